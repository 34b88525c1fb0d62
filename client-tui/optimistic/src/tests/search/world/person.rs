//! What somebody at a terminal wants.

use shared::id::{MutationId, OrderId};
use shared::money::Cents;
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use super::World;
use crate::input::Input;
use crate::tests::search::happening::{Dollars, Nth, Stars, Who, Wish};
use crate::tests::world::{mutation, order_id, wish};

impl World {
    pub(super) fn person(&mut self, who: Who, wish_for: Wish) {
        let Some(terminal) = self.terminal(who) else { return };
        let pending: Vec<MutationId> = terminal.pending().map(|it| it.mutation_id).collect();
        let pending = |nth: Nth| nth.one(&pending).copied();
        let input = match wish_for {
            Wish::Place => {
                self.wished += 1;
                Some(Input::Place { mutation_id: self.fresh(), order: wish(self.wished) })
            }
            Wish::Cancel(nth) => self
                .wished_for(nth)
                .map(|order_id| Input::Cancel { mutation_id: self.fresh(), order_id }),
            Wish::SetTip(nth, Dollars(dollars)) => self.wished_for(nth).map(|order_id| {
                let tip = Tip::saturating(Cents::saturating(u32::from(dollars) * 100));
                Input::SetTip { mutation_id: self.fresh(), order_id, tip }
            }),
            Wish::Rate(nth, Stars(stars)) => self.wished_for(nth).map(|order_id| {
                let rating = Rating::try_from(i64::from(stars)).unwrap();
                Input::Rate { mutation_id: self.fresh(), order_id, rating }
            }),
            Wish::TakeBack(nth) => pending(nth).map(|mutation_id| Input::TakeBack { mutation_id }),
            Wish::RetryNow(nth) => pending(nth).map(|mutation_id| Input::RetryNow { mutation_id }),
            Wish::Dismiss(nth) => pending(nth).map(|mutation_id| Input::Dismiss { mutation_id }),
        };
        let Some(input) = input else { return };
        let fresh = self.fresh();
        self.tell(who, input);
        // Only what is pending has to come to an end: what is declined was never asked of a server.
        let intent = self
            .terminal(who)
            .and_then(|terminal| terminal.state.pending.get(fresh)?.intent.known().cloned());
        if let Some(intent) = intent {
            self.chronicle.asked(fresh, intent);
        }
    }

    fn fresh(&self) -> MutationId {
        mutation(1 + u128::try_from(self.chronicle.fates.len()).unwrap())
    }

    /// The newest one first.
    fn wished_for(&self, nth: Nth) -> Option<OrderId> {
        let before = nth.of(usize::try_from(self.wished).unwrap())?;
        Some(order_id(self.wished - u128::try_from(before).unwrap()))
    }
}

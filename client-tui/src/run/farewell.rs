//! What is said when the program has left: nothing, or what is still on its way.

use std::collections::BTreeSet;

use shared::id::OrderId;

use crate::app::Model;
use crate::terminal::QuitReason;
use crate::ui;

/// Why the program leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Somebody pressed the key for it.
    Wanted,
    /// Something outside wants it.
    Told(QuitReason),
}

/// The end of a program that ran well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    leaving: Leaving,
    /// Orders with something pending that is not decided.
    undecided: usize,
}

impl Farewell {
    pub(super) fn of(model: &Model, leaving: Leaving) -> Self {
        let view = model.timeless_view();
        let pending = view.rows.iter().flat_map(|row| &row.pending).chain(&view.elsewhere);
        let undecided: BTreeSet<OrderId> =
            pending.filter(|it| ui::is_undecided(it)).map(|it| it.order_id).collect();
        Self { leaving, undecided: undecided.len() }
    }

    /// The words for standard error. There is nobody to read them where the terminal has gone.
    pub(super) fn words(&self) -> Option<String> {
        if self.leaving == Leaving::Told(QuitReason::HungUp) {
            return None;
        }
        match self.undecided {
            0 => None,
            1 => Some(
                "1 order still on its way: it is kept in the journal, and the next start of tiffin \
                 goes on with it."
                    .to_owned(),
            ),
            orders => Some(format!(
                "{orders} orders still on their way: they are kept in the journal, and the next \
                 start of tiffin goes on with them."
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixture::World;

    #[test]
    fn what_is_still_on_its_way_is_said_and_nothing_else() {
        let mut world = World::with_a_menu();
        let words = |world: &World, leaving| Farewell::of(&world.model, leaving).words();
        assert_eq!(words(&world, Leaving::Wanted), None);
        world.place();
        assert!(words(&world, Leaving::Wanted).unwrap().starts_with("1 order still on its way"));
        world.place();
        world.place();
        let told = Leaving::Told(QuitReason::Terminated);
        assert!(words(&world, told).unwrap().starts_with("3 orders still on their way"));
        assert_eq!(words(&world, Leaving::Told(QuitReason::HungUp)), None);
    }

    #[test]
    fn a_confirmed_order_needs_us_no_more() {
        let mut world = World::live();
        world.placed_and_confirmed();
        assert_eq!(Farewell::of(&world.model, Leaving::Wanted).words(), None);
    }
}

//! What the tests say of a server in one word.

use shared::id::{MutationId, OrderId};
use shared::order::command::{Command, PlaceOrder};
use shared::order::status::OrderStatus;
use uuid::Uuid;

use crate::case::names;
use crate::case::server::{Reply, Server, Subscription};
use crate::input::{Change, Receipt};
use crate::intent::Intent;

pub(in crate::tests) fn order_id(number: u128) -> OrderId {
    names::order_id(u32::try_from(number).unwrap())
}

pub(in crate::tests) fn mutation(number: u128) -> MutationId {
    MutationId::new(Uuid::from_u128(0x2000 + number))
}

/// Two dishes at the first restaurant, $29.00 and a tip of $2.00.
pub(in crate::tests) fn wish(number: u128) -> PlaceOrder {
    names::wish(order_id(number)).unwrap()
}

impl Server {
    /// A customer's mutation, which always gets a receipt.
    pub(in crate::tests) fn receive(
        &mut self,
        mutation_id: MutationId,
        intent: &Intent,
    ) -> Receipt {
        match self.answer(mutation_id, intent) {
            Reply::Receipt(receipt) => receipt,
            Reply::Failure(_, failure) => panic!("a customer is told {failure:?}"),
        }
    }

    /// Somebody places this order at another terminal.
    pub(in crate::tests) fn place(&mut self, number: u128) {
        let seen = self.catalog.clone();
        let placing = Intent::Place { order: wish(number), seen };
        self.receive(mutation(500_000 + number), &placing);
    }

    /// A function's command, and whether it did anything; what is refused changes nothing.
    pub(in crate::tests) fn act(&mut self, number: u128, command: &Command) -> bool {
        self.take(order_id(number), command).is_ok()
    }

    /// So many steps of the normal way.
    pub(in crate::tests) fn advance(&mut self, number: u128, steps: usize) {
        // An order that is past it, or has ended, stays where it is.
        drop(self.bring_to(order_id(number), OrderStatus::WAY[steps]));
    }

    /// All changes so far, from the start.
    pub(in crate::tests) fn changes(&self) -> Vec<Change> {
        let mut subscription = Subscription { last: shared::cursor::Position::START };
        std::iter::from_fn(|| self.next(&mut subscription)).collect()
    }
}

//! What happens at the server without any of our terminals.

use shared::id::OrderId;
use shared::money::Cents;
use shared::order::Order;
use shared::order::command::Command;
use shared::order::status::OrderStatus;

use super::World;
use crate::intent::Intent;
use crate::pending::Phase;
use crate::tests::search::happening::{Move, Nth, ServerDoes, Who};
use crate::tests::search::terminal::Terminal;
use crate::tests::world::{Server, mutation};

impl World {
    pub(super) fn server(&mut self, does: ServerDoes) {
        match does {
            ServerDoes::MovesOrder(nth, its_move) => self.move_order(nth, its_move),
            ServerDoes::HearsOfAnOrder => {
                // A number that no terminal of ours gives.
                let heard = u128::try_from(self.server.receipts.len()).unwrap();
                self.server.place(1_000 * (1 + u128::from(self.epoch)) + heard);
            }
            ServerDoes::HearsOfACancellation(nth) => self.cancel_at_a_third_terminal(nth),
            ServerDoes::ServesSomebodyElse => self.server.somebody_else_acts(),
            ServerDoes::ChangesPrices => {
                let dish = &mut self.server.catalog.restaurants[0].menu[0];
                dish.price = dish.price.plus(Cents::saturating(1));
            }
            ServerDoes::ChangesThemBack => self.server.catalog.clone_from(&self.menus),
            ServerDoes::LosesItsLog => self.begin_another_log(),
            ServerDoes::BacksUp => self.backup = Some(Box::new(self.server.clone())),
            ServerDoes::IsSetBack => self.set_back(),
        }
    }

    fn server_order(&self, nth: Nth) -> Option<OrderId> {
        let orders: Vec<OrderId> = self.server.orders.keys().copied().collect();
        nth.one(&orders).copied()
    }

    fn move_order(&mut self, nth: Nth, its_move: Move) {
        let Some(order_id) = self.server_order(nth) else { return };
        let status = self.server.orders[&order_id].status;
        let next = OrderStatus::WAY.into_iter().find(|it| *it > status);
        // What its rules do not allow (any more) does not happen.
        match (its_move, next) {
            (Move::On, Some(next)) => drop(self.server.bring_to(order_id, next)),
            (Move::ToTheDoor, _) => {
                drop(self.server.bring_to(order_id, OrderStatus::Delivered));
            }
            (Move::On, None) => {}
            (Move::Rejected, _) => {
                drop(self.server.take(order_id, &Command::Reject { reason: "No.".to_owned() }));
            }
            (Move::Cancelled, _) => drop(self.server.take(order_id, &Command::Cancel)),
        }
    }

    fn cancel_at_a_third_terminal(&mut self, nth: Nth) {
        if let Some(order_id) = self.server_order(nth) {
            let fresh = 900_000 + u128::try_from(self.server.receipts.len()).unwrap();
            self.server.receive(mutation(fresh), &Intent::Cancel { order_id });
        }
    }

    fn begin_another_log(&mut self) {
        self.go_down();
        self.epoch += 1;
        let catalog = self.server.catalog.clone();
        self.server = Server::new(1 + u128::from(self.epoch));
        self.server.catalog = catalog;
        self.backup = None;
    }

    /// Only where each terminal sees at once what was lost: a log that has outgrown a position again
    /// cannot be told from the one that it belongs to. (That is why restoring a backup by our own
    /// command gives the log a new identity.)
    fn set_back(&mut self) {
        let Some(backup) = self.backup.clone() else { return };
        self.go_down();
        let head = backup.head();
        let sees_it = |terminal: &Terminal| {
            let cursor = terminal.state.cursor();
            let is_ahead =
                cursor.is_some_and(|it| it.log_id == head.log_id && it.position > head.position);
            let knows_no_more = terminal.pending().all(|it| match it.phase {
                Phase::Accepted { cursor } => cursor.position <= head.position,
                Phase::Queued { .. }
                | Phase::Saving { .. }
                | Phase::Sending { .. }
                | Phase::Checking { .. }
                | Phase::Refused { .. } => true,
            });
            let kept = |order: &Order| {
                backup.orders.get(&order.id).is_some_and(|it| it.version >= order.version)
            };
            is_ahead || (knows_no_more && terminal.state.confirmed.orders.values().all(kept))
        };
        if self.terminals().all(|(_, terminal)| sees_it(terminal)) {
            self.epoch += 1;
            self.disk.cache = None;
            self.server = *backup;
        }
        for who in Who::BOTH {
            self.connect(who);
        }
    }

    /// All connections break, and nothing that was under way arrives any more.
    fn go_down(&mut self) {
        self.letters.clear();
        for terminal in self.running.iter_mut().flatten() {
            terminal.break_link();
        }
    }
}

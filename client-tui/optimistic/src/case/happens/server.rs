//! What the server does, and everybody behind it: functions, other customers, the customer's other
//! terminals, and whoever restores a backup. Steps 6 and 7 of an order's way.

use shared::catalog::Catalog;
use shared::money::Cents;
use shared::order::command::Command;
use shared::order::refusal::Refusal;
use shared::order::status::OrderStatus;

use super::super::names::{MutationName, TerminalName, order_id, wish};
use super::super::server::{Reply, Server};
use super::super::stage::{Cannot, Stage};
use super::{Done, order};
use crate::intent::{Intent, IntentKind};

/// The name of the customer's terminals of which a case tells no more.
const ANOTHER: TerminalName = TerminalName('Z');

/// By how much a dish becomes dearer.
const RISE: Cents = Cents::saturating(1_00);

pub(super) fn perform(stage: &mut Stage, words: &[&str], text: &str) -> Done {
    match words {
        ["server", "brings", "order", number, "to", status] => {
            let number = order(number)?;
            let status: OrderStatus = status
                .parse()
                .map_err(|_| Cannot::Malformed(format!("“{status}” is no status")))?;
            stage.server.bring_to(order_id(number), status).map_err(Cannot::Happen)
        }
        ["server", "rejects", "order", number] => {
            act(stage, number, &Command::Reject { reason: text.to_owned() })
        }
        ["server", "cancels", "order", number] => act(stage, number, &Command::Cancel),
        ["server", "loses", "its", "menu"] => {
            stage.server.catalog = Catalog::default();
            Ok(())
        }
        ["server", "raises", "its", "prices"] => {
            let restaurants = stage.server.catalog.restaurants.iter_mut();
            for dish in restaurants.flat_map(|restaurant| &mut restaurant.menu) {
                dish.price = dish.price.plus(RISE);
            }
            Ok(())
        }
        ["server", "forgets", "its", "receipts"] => {
            stage.server.receipts.clear();
            Ok(())
        }
        ["server", "is", "backed", "up"] => {
            stage.backup = Some(stage.server.clone());
            Ok(())
        }
        ["server", "is", "restored"] => {
            let backup = stage.backup.clone();
            stage.server = backup.ok_or_else(|| Cannot::Happen("there is no backup".to_owned()))?;
            Ok(())
        }
        ["server", "begins", "another", "log"] => {
            let log = stage.server.log_id.uuid().as_u128();
            let now = stage.server.now;
            stage.server = Server::new(log.saturating_add(1));
            stage.server.now = now;
            Ok(())
        }
        ["another", "customer", "acts"] => {
            stage.server.somebody_else_acts();
            Ok(())
        }
        ["another", "terminal", "places", number] => {
            let order_id = order_id(order(number)?);
            let seen = stage.server.catalog.clone();
            let placed = wish(order_id).map(|order| Intent::Place { order, seen });
            let placed =
                placed.ok_or_else(|| Cannot::Happen("the house has no dishes".to_owned()))?;
            elsewhere(stage, number, &placed)
        }
        ["another", "terminal", "cancels", number] => {
            elsewhere(stage, number, &Intent::Cancel { order_id: order_id(order(number)?) })
        }
        _ => Err(Cannot::NotUnderstood),
    }
}

/// A function says something about an order.
fn act(stage: &mut Stage, number: &str, command: &Command) -> Done {
    let order_id = order_id(order(number)?);
    stage.server.take(order_id, command).map_err(|refusal| {
        let (Refusal::Early { why } | Refusal::Late { why }) = refusal else {
            return Cannot::Happen(format!("{refusal:?}"));
        };
        Cannot::Happen(why)
    })
}

/// The same customer asks for something at another terminal, of which nothing more is told.
fn elsewhere(stage: &mut Stage, number: &str, intent: &Intent) -> Done {
    let kind: IntentKind = intent.kind();
    let name = MutationName { terminal: ANOTHER, kind, order: order(number)?, letter: 'a' };
    match stage.server.answer(name.id(), intent) {
        Reply::Receipt(_) => Ok(()),
        Reply::Failure(_, failure) => Err(Cannot::Happen(failure.message)),
    }
}

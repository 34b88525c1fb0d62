//! When we ask how much is left of what is limited.

use shared::order::command::Command as OrderCommand;
use shared::order::status::OrderStatus;

use super::*;
use crate::app::fixture::CONNECTION;
use crate::app::message::Network;
use crate::link::{LinkCommand, LinkEvent, RequestId};

/// The menus that were asked for and are not answered.
fn asked(world: &mut World) -> Vec<RequestId> {
    let menu = |effect: Effect| {
        let Effect::Link(LinkCommand::Execute { id, body, .. }) = effect else { return None };
        (body["operationName"] == "Menu").then_some(id)
    };
    let asked: Vec<_> = std::mem::take(&mut world.effects).into_iter().filter_map(menu).collect();
    for id in &asked {
        world.take(Message::Network(Network::Event(LinkEvent::Lost { id: *id })));
    }
    asked
}

/// A world whose session has a connection to ask on.
fn connected() -> World {
    let mut world = World::live();
    let connection = CONNECTION;
    world.take(Message::Network(Network::Event(LinkEvent::Connected { connection })));
    assert_eq!(asked(&mut world).len(), 1, "with the first words");
    world
}

#[test]
fn a_menu_that_is_opened_is_asked_for_anew_where_something_on_it_is_limited() {
    let mut world = connected();
    world.press("Enter");
    assert_eq!(asked(&mut world).len(), 1);
    world.press("j k + -");
    assert_eq!(asked(&mut world).len(), 0, "it is open already");
    world.press("Esc j l");
    assert_eq!(world.model.focus, Pane::Menu);
    assert_eq!(asked(&mut world).len(), 0, "of Nonna's dishes there is no end");
}

#[test]
fn what_an_order_of_ours_took_or_gave_back_is_asked_for() {
    let mut world = connected();
    // Mole Negro, and for comparison something of which there is no end.
    world.press("j j j j Enter j Enter p");
    let limited = world.model.selected_order().unwrap().id;
    asked(&mut world);
    world.confirm(limited);
    assert_eq!(asked(&mut world).len(), 0, "nothing is decided");
    world.happen(limited, &OrderCommand::Validate);
    assert_eq!(asked(&mut world).len(), 1);
    world.happen(limited, &OrderCommand::RecordDecline { reason: "no".to_owned() });
    assert_eq!(world.model.selected_order().unwrap().status, OrderStatus::PaymentDeclined);
    assert_eq!(asked(&mut world).len(), 1);
    let other = world.place_at(0);
    asked(&mut world);
    world.confirm(other);
    world.happen(other, &OrderCommand::Validate);
    assert_eq!(asked(&mut world).len(), 0);
}

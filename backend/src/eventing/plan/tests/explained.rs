//! Every event explains itself: what happened, in a sentence for a person; why, and by whom; when, by
//! the clock of whoever caused it and by ours; and in which version of its type.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::function::Function;
use shared::order::command::Command;
use shared::order::event::OrderEvent;
use shared::stock::event::StockEvent;

use crate::eventing::consumer::{Consumer, Follower};
use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{
    CUSTOMER, Room, cancel, completed, order_id, place, place_draft, portions, rate, set_tip,
};
use crate::eventing::follower::{Advance, Notice};
use crate::eventing::log::{Body, CustomerEvent, LogEvent, Source, SystemEvent};
use crate::eventing::plan::Claim;
use crate::eventing::request::{Pause, Request, Run, SignIn};

/// What an event follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A mutation of a client, which it names.
    Mutation,
    /// The handling of an earlier event, which it names.
    Event,
    /// A deadline, whose time the order tells.
    Deadline,
    /// Somebody who acts of themselves: a new customer, the operator, the server, its clock.
    Somebody,
}

/// What an event of this type may follow from. A new type has to say so here, or nothing compiles.
fn origins(body: &Body) -> &'static [Origin] {
    match body {
        Body::Order(event) => match event {
            OrderEvent::OrderPlaced { .. }
            | OrderEvent::TipSet { .. }
            | OrderEvent::OrderRated { .. }
            | OrderEvent::CancellationRequested { .. } => &[Origin::Mutation],
            OrderEvent::OrderValidated { .. }
            | OrderEvent::PaymentCaptured { .. }
            | OrderEvent::PaymentDeclined { .. }
            | OrderEvent::OrderAccepted { .. }
            | OrderEvent::PreparationStarted { .. }
            | OrderEvent::CourierAssigned { .. }
            | OrderEvent::OrderReady { .. }
            | OrderEvent::OrderPickedUp { .. }
            | OrderEvent::OrderDelivered { .. }
            | OrderEvent::TipCaptured { .. }
            | OrderEvent::PaymentRefunded { .. }
            | OrderEvent::DeliveryDied { .. }
            | OrderEvent::DeliveryRedelivered { .. }
            | OrderEvent::CustomerNotified { .. } => &[Origin::Event],
            OrderEvent::OrderRejected { .. }
            | OrderEvent::TipWaived { .. }
            | OrderEvent::OrderCancelled { .. } => &[Origin::Event, Origin::Deadline],
        },
        Body::Customer(
            CustomerEvent::CustomerSignedIn { .. } | CustomerEvent::TokensRevoked {},
        ) => &[Origin::Somebody],
        Body::Restaurant(event) => match event {
            StockEvent::PortionsReset { .. }
            | StockEvent::PortionsClaimed { .. }
            | StockEvent::PortionsTaken { .. }
            | StockEvent::ClaimDropped { .. }
            | StockEvent::PortionsGivenBack { .. } => &[Origin::Event],
        },
        Body::System(event) => match event {
            SystemEvent::ServerStarted { .. }
            | SystemEvent::ServerStopped { .. }
            | SystemEvent::ConsumerPaused { .. }
            | SystemEvent::ConsumerResumed { .. }
            | SystemEvent::EnvironmentResumed {}
            | SystemEvent::ScheduleRan { .. }
            | SystemEvent::ScheduleSkipped { .. } => &[Origin::Somebody],
        },
    }
}

/// What this event says that it follows from, if that makes sense.
fn origin(event: &LogEvent, before: &[LogEvent]) -> Option<Origin> {
    let cause = event.causation_id.map(|id| before.iter().any(|earlier| earlier.id == id));
    match (event.source, event.mutation_id, cause) {
        (Source::Customer, Some(_), None) => Some(Origin::Mutation),
        (_, None, Some(true)) => Some(Origin::Event),
        (Source::Deadline, None, None) => Some(Origin::Deadline),
        (Source::Customer | Source::Operator | Source::Server | Source::Schedule, None, None) => {
            Some(Origin::Somebody)
        }
        (_, _, _) => None,
    }
}

/// The names of all types, as the sources have them: what a history does not contain is found out.
fn all_types() -> BTreeSet<&'static str> {
    let sources = [
        include_str!("../../../../../shared/src/order/event.rs"),
        include_str!("../../../../../shared/src/stock/event.rs"),
        include_str!("../../log.rs"),
        include_str!("../../log/system.rs"),
    ];
    let name = |line: &'static str| {
        let (_, name) = line.trim().split_once(" => \"")?;
        let name = name.strip_suffix("\",")?;
        name.chars().all(char::is_alphanumeric).then_some(name)
    };
    let is_type = |name: &&str| name.starts_with(char::is_uppercase);
    sources.into_iter().flat_map(str::lines).filter_map(name).filter(is_type).collect()
}

/// Has everything handled until nothing is left, but for what this function is to handle.
fn work(room: &mut Room, crew: &Crew, mut open: Vec<Claim>, but: Option<Function>) -> Vec<Claim> {
    let mut left = Vec::new();
    while let Some(claim) = open.pop() {
        if Some(claim.delivery.key.function) == but {
            left.push(claim);
        } else {
            open.extend(room.write(&[completed(&claim, crew.handle(&claim))]).claims);
        }
    }
    left
}

/// The dish of the first restaurant of which there are only so many portions.
const LIMITED: usize = 4;

/// A history in which everything happens that can.
fn everything() -> Room {
    let mut room = Room::new(0.0);
    let crew = Crew::of(&room);
    let (name, token_hash) = ("Ada".to_owned(), "00".repeat(32));
    let courier = Consumer::Function(Function::Courier);
    room.write(&[
        Request::Record(Run::Started { version: "1.2.3".to_owned() }),
        Request::SignIn(SignIn { customer_id: CUSTOMER, name, token_hash }),
        Request::SetPaused(courier, Pause::Paused),
        Request::SetPaused(courier, Pause::Running),
        Request::Record(Run::Resumed),
    ]);
    // Delivered, tipped and rated.
    let open = room.write(&[place(1, 1), set_tip(1, 3_00, 2)]).claims;
    work(&mut room, &crew, open, None);
    room.write(&[rate(1, 5, 3)]);
    // Cancelled, rejected, and not paid.
    for batch in [
        vec![place(2, 4), cancel(2, 5)],
        vec![place_draft(portions(4, 1, 5, 3), 6)],
        vec![place_draft(portions(1, 2, 0, 7), 7)],
    ] {
        let open = room.write(&batch).claims;
        work(&mut room, &crew, open, None);
    }
    // The last portions: claimed and not needed any more, and taken and given back.
    let open = room.write(&[place_draft(portions(1, 0, LIMITED, 8), 20), cancel(8, 21)]).claims;
    work(&mut room, &crew, open, None);
    room.write(&[place_draft(portions(1, 0, LIMITED, 9), 22)]);
    room.pass(room.house.policy.limits.fairness_window);
    let open = room.write(&[Request::LookAtDue]).claims;
    work(&mut room, &crew, open, Some(Function::ChargePayment));
    let open = room.write(&[cancel(9, 23)]).claims;
    work(&mut room, &crew, open, None);
    // Given up by the courier, and tried once more.
    let open = room.write(&[place(4, 8)]).claims;
    let left = work(&mut room, &crew, open, Some(Function::Courier));
    let why = "the courier's map is lost".to_owned();
    room.write(&[completed(&left[0], Outcome::GiveUp { why })]);
    room.write(&[Request::Redeliver(left[0].delivery.key)]);
    // A tip that nobody takes in time, and the customer is told.
    let open = room.write(&[place(5, 9)]).claims;
    work(&mut room, &crew, open, Some(Function::SettleTip));
    room.pass(Duration::from_hours(25));
    room.write(&[Request::LookAtDue]);
    let cause = room.log.events.last().unwrap().event.id;
    let command = Command::Notify { message: "It is on its way.".to_owned() };
    room.write(&[Request::Advance(Box::new(Advance {
        follower: Follower::Notifications,
        from: shared::cursor::Position::START,
        to: room.log.head.position,
        state: "{}".to_owned(),
        notices: vec![Notice { order_id: order_id(5), cause, command }],
    }))]);
    room.write(&[
        Request::RevokeTokens(CUSTOMER),
        Request::Record(Run::Stopped { reason: "SIGTERM".to_owned() }),
    ]);
    room
}

#[test]
fn every_event_says_what_happened_why_by_whom_and_when() {
    let room = everything();
    let events: Vec<_> = room.log.events.iter().map(|it| LogEvent::clone(&it.event)).collect();
    for (at, event) in events.iter().enumerate() {
        let origin = origin(event, &events[..at]);
        assert!(
            origin.is_some_and(|it| origins(&event.body).contains(&it)),
            "{origin:?}: {event:?}"
        );
        assert_eq!(event.input_hash.is_some(), event.mutation_id.is_some(), "{event:?}");
        assert!(event.occurred_at <= event.recorded_at, "{event:?}");
        assert!(event.schema_version() > 0);
    }
    let mut found: BTreeSet<&str> = events.iter().map(LogEvent::type_name).collect();
    found.extend(ELSEWHERE);
    assert_eq!(found, all_types(), "everything that can happen has happened here");
}

/// What happens at night only: the schedules' own tests look at it.
const ELSEWHERE: [&str; 3] = ["PortionsReset", "ScheduleRan", "ScheduleSkipped"];

/// What the first event of each type says, as it is read by a person.
const MESSAGES: &[(&str, &str)] = &[
    ("CancellationRequested", "The customer asked for a cancellation."),
    ("ClaimDropped", "An order no longer asks for portions."),
    (
        "ConsumerPaused",
        "The operator paused courier: nothing of it is attempted, and its backlog grows.",
    ),
    ("ConsumerResumed", "The operator let courier go on."),
    ("CourierAssigned", "Bilal will bring it."),
    ("CustomerNotified", "The customer was told: It is on its way."),
    ("CustomerSignedIn", "Ada signed in."),
    ("DeliveryDied", "courier gave up and waits for an operator: the courier's map is lost"),
    ("DeliveryRedelivered", "The operator had courier try once more."),
    (
        "EnvironmentResumed",
        "The operator let this environment, built from the log of another, go on by itself.",
    ),
    ("OrderAccepted", "The restaurant took the order on."),
    ("OrderCancelled", "The order was cancelled: you asked for it."),
    ("OrderDelivered", "The order is at the door."),
    ("OrderPickedUp", "The courier is on the way."),
    ("OrderPlaced", "The customer ordered 2 portions for $29.00."),
    ("OrderRated", "The customer rated the order 5 of 5."),
    ("OrderReady", "The order stands at the counter."),
    (
        "OrderRejected",
        "The order was rejected: the kitchen takes on at most $60.00 at a time. Order a little less.",
    ),
    ("OrderValidated", "The order is in order; $29.00 is to be charged."),
    ("PaymentCaptured", "The card paid $29.00."),
    (
        "PaymentDeclined",
        "The payment was declined: your bank did not pay $13.13. Order something else.",
    ),
    ("PaymentRefunded", "Nothing had been charged, and nothing will be."),
    ("PortionsClaimed", "An order asks for 1 x Lamb Rogan Josh."),
    ("PortionsGivenBack", "An order gave back 1 x Lamb Rogan Josh."),
    ("PortionsTaken", "An order was given 1 x Lamb Rogan Josh."),
    ("PreparationStarted", "The kitchen began to cook."),
    ("ServerStarted", "The server started (version 1.2.3)."),
    ("ServerStopped", "The server stopped: SIGTERM."),
    ("TipCaptured", "The courier got a tip of $3.00."),
    ("TipSet", "The customer set the tip to $3.00."),
    ("TipWaived", "The tip was waived: it could not be charged in time."),
    ("TokensRevoked", "The operator ended all tokens of this customer."),
];

#[test]
fn every_event_has_a_sentence_that_a_person_understands() {
    let room = everything();
    let mut found = BTreeMap::new();
    for committed in &room.log.events {
        let (name, message) = (committed.event.type_name(), committed.event.message());
        let names_a_function = Function::ALL.iter().any(|it| message.starts_with(it.name()));
        let begins = message.starts_with(|it: char| it.is_uppercase() || it == '$');
        assert!(begins || names_a_function, "{name}: {message}");
        assert!(message.len() > 10 && !message.contains("  "), "{name}: {message}");
        found.entry(name).or_insert(message);
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(name, it)| (*name, it.as_str())).collect();
    assert_eq!(found, MESSAGES);
}

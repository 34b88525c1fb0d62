use optimistic::{
    input::{Answer, FailureCode, PageToken, SubscriptionEnd},
    intent::{Intent, IntentKind},
};
use serde_json::{Value, json};
use shared::{
    catalog::{Catalog, Opening},
    cursor::{Cursor, Position, Version},
    id::{CustomerId, LogId, MenuItemId, MutationId, OrderId, RestaurantId},
    money::Cents,
    order::{
        Order, Waiter,
        command::{LineRequest, OrderDraft, Quantity},
        payment::{Charge, PaymentStatus},
        rating::Rating,
        status::OrderStatus,
        tip::Tip,
    },
};
use uuid::Uuid;

use super::*;

const LOG: &str = "018f0000-0000-7000-8000-000000000001";
const ID: &str = "018f0000-0000-7000-8000-000000000002";
const THEN: &str = "2026-11-20T12:00:00Z";
const LATER: &str = "2026-11-21T19:30:00Z";

fn customer() -> CustomerId {
    CustomerId::new(Uuid::from_u128(7))
}

fn uuid() -> Uuid {
    ID.parse().unwrap()
}

fn cursor(position: u64) -> Cursor {
    Cursor { log_id: LogId::new(LOG.parse().unwrap()), position: Position::new(position) }
}

/// An order as a backend writes it, changed by `change`.
fn wire_order(change: impl FnOnce(&mut Value)) -> Value {
    let mut order = json!({
        "id": ID, "version": 3, "status": "PAID", "restaurant": { "id": ID },
        "lines": [{ "menuItemId": ID, "name": "Dal", "quantity": 2, "unitPriceCents": 950 }],
        "tipCents": 150, "note": "no onions", "deliverTo": null, "rating": null, "cancelRequested": false, "payment": "CAPTURED",
        "waitingFor": { "who": "kitchen", "since": THEN, "until": null },
        "expectedAt": null, "scheduledFor": null, "reason": null, "courier": null, "placedAt": THEN, "updatedAt": THEN,
        "timeline": [{ "status": "PLACED", "at": THEN }, { "status": "PAID", "at": THEN }], "mutationIds": [ID],
    });
    change(&mut order);
    order
}

fn page(orders: &[Value], page_info: &Value) -> Value {
    json!({ "data": { "orders": { "nodes": orders, "pageInfo": page_info, "cursor": cursor(9) } } })
}

/// The only order of a page.
fn read_order(order: Value) -> Result<Order, AnswerError> {
    let payload = page(&[order], &json!({ "hasNextPage": false, "endCursor": null }));
    read_orders(payload, None, customer()).map(|page| page.orders.into_iter().next().unwrap())
}

fn change(event: &Value, order: &Value) -> Value {
    json!({ "data": { "orderChanges": { "cursor": cursor(9), "previous": cursor(8), "event": event, "order": order } } })
}

fn event() -> Value {
    json!({
        "id": ID, "cursor": cursor(9), "type": "PaymentCaptured", "message": "The card paid.", "source": "charge-payment",
        "orderId": ID, "mutationId": null, "causationId": ID, "recordedAt": THEN,
    })
}

#[test]
fn a_request_names_its_operation_and_carries_its_document() {
    for (request, name) in [
        (server(), "Server"),
        (sign_in("Ada"), "SignIn"),
        (menu(), "Menu"),
        (orders(None), "Orders"),
        (order_changes(cursor(3)), "OrderChanges"),
        (
            mutation(MutationId::new(uuid()), &Intent::Cancel { order_id: OrderId::new(uuid()) }),
            "CancelOrder",
        ),
    ] {
        assert_eq!(request["operationName"], name);
        assert!(request["query"].as_str().unwrap().contains(name));
    }
    assert_eq!(sign_in("Ada")["variables"], json!({ "name": "Ada" }));
    assert_eq!(
        orders(Some(&PageToken("x".to_owned())))["variables"],
        json!({ "first": PAGE_SIZE, "after": "x" })
    );
    assert_eq!(order_changes(cursor(3))["variables"], json!({ "after": format!("{LOG}:3") }));
}

#[test]
fn placing_says_all_that_was_wanted_and_nothing_that_was_not() {
    let order = OrderDraft {
        order_id: OrderId::new(uuid()),
        restaurant_id: RestaurantId::new(uuid()),
        lines: vec![LineRequest { menu_item_id: MenuItemId::new(uuid()), quantity: Quantity::ONE }],
        tip: Tip::saturating(Cents::saturating(150)),
        note: None,
        deliver_to: Some("the red door".to_owned()),
        expected_subtotal: Some(Cents::saturating(950)),
        placed_at: Some(THEN.parse().unwrap()),
        scheduled_for: Some(LATER.parse().unwrap()),
    };
    let intent = Intent::Place { order: order.try_into().unwrap(), seen: Catalog::default() };
    let input = json!({
        "mutationId": ID, "orderId": ID, "restaurantId": ID, "lines": [{ "menuItemId": ID, "quantity": 1 }],
        "tipCents": 150, "deliverTo": "the red door", "expectedSubtotalCents": 950, "placedAt": THEN,
        "scheduledFor": LATER,
    });
    assert_eq!(mutation(MutationId::new(uuid()), &intent)["variables"], json!({ "input": input }));
}

#[test]
fn a_tip_and_a_rating_are_said_in_the_contracts_terms() {
    let order_id = OrderId::new(uuid());
    let tip = Intent::SetTip { order_id, tip: Tip::saturating(Cents::saturating(250)) };
    let rating = Intent::Rate { order_id, rating: Rating::BEST };
    for (intent, name, field, amount) in
        [(tip, "SetTip", "tipCents", 250), (rating, "RateOrder", "rating", 5)]
    {
        let request = mutation(MutationId::new(uuid()), &intent);
        assert_eq!(request["operationName"], name);
        let input = json!({ "mutationId": ID, "orderId": ID, field: amount });
        assert_eq!(request["variables"], json!({ "input": input }));
    }
}

#[test]
fn a_server_and_a_session_are_read() {
    let payload = json!({ "data": { "server": { "logId": LOG, "version": "1", "cursor": cursor(4), "now": THEN } } });
    let server = read_server(payload).unwrap();
    assert_eq!((server.log_id, server.cursor), (cursor(4).log_id, cursor(4)));

    let payload =
        json!({ "data": { "signIn": { "token": "t", "customer": { "id": ID, "name": "Ada" } } } });
    let signed_in =
        read_sign_in(payload).unwrap().into_signed_in(server.log_id, "http://kitchen".to_owned());
    assert_eq!(signed_in.account().customer_id, CustomerId::new(uuid()));
    assert_eq!((signed_in.token.reveal(), signed_in.name.as_str()), ("t", "Ada"));
}

#[test]
fn a_menu_is_read_with_the_viewer_where_there_is_one() {
    let dish = |available| {
        json!({
            "id": ID, "name": "Dal", "description": "Lentils.", "priceCents": 950, "available": available,
        })
    };
    let menu = [dish(json!(null)), dish(json!(3)), dish(json!(0))];
    let restaurant =
        json!({ "id": ID, "name": "Roti", "cuisine": "Indian", "open": false, "menu": menu });
    let menu =
        read_menu(json!({ "data": { "viewer": null, "restaurants": [restaurant] } })).unwrap();
    assert_eq!(menu.viewer, None);
    let restaurant = menu.catalog.restaurant(RestaurantId::new(uuid())).unwrap();
    assert_eq!(
        (restaurant.opening, restaurant.menu[0].price),
        (Opening::Closed, Cents::saturating(950))
    );
    let left: Vec<_> = restaurant.menu.iter().map(|dish| dish.portions).collect();
    assert_eq!(left, [None, Some(3), Some(0)]);
}

#[test]
fn an_order_is_read_whole() {
    let order = read_order(wire_order(|_| {})).unwrap();
    assert_eq!(
        (order.customer_id, order.version, order.status),
        (customer(), Version::new(3), OrderStatus::Paid)
    );
    assert_eq!(
        (order.subtotal(), order.total()),
        (Cents::saturating(1_900), Cents::saturating(2_050))
    );
    assert_eq!(order.note.as_deref(), Some("no onions"));
    assert_eq!(order.rating, None);
    let rated = read_order(wire_order(|order| order["rating"] = json!(5))).unwrap();
    assert_eq!(rated.rating, Some(Rating::BEST));
    assert_eq!(order.waiting_for().map(|wait| wait.who.name()), Some("kitchen"));
    assert!(!order.cancel_requested());
    assert_eq!(
        order.timeline.iter().map(|change| change.status).collect::<Vec<_>>(),
        [OrderStatus::Placed, OrderStatus::Paid]
    );
    assert_eq!(order.mutation_ids, [MutationId::new(uuid())]);
}

#[test]
fn the_payment_reads_as_it_was_written() {
    for status in PaymentStatus::ALL {
        let order =
            read_order(wire_order(|order| order["payment"] = json!(status.word()))).unwrap();
        assert_eq!(order.payment_status(), status);
    }
}

#[test]
fn what_was_delivered_and_waits_for_nothing_has_its_tip_settled() {
    let delivered = |waiting_for: Value, tip: u32| {
        let order = read_order(wire_order(|order| {
            order["status"] = json!("DELIVERED");
            order["waitingFor"] = waiting_for;
            order["tipCents"] = json!(tip);
        }));
        order.unwrap().money.tip
    };
    let settling = json!({ "who": "settle-tip", "since": THEN, "until": THEN });
    assert_eq!(delivered(settling, 150), Charge::Open);
    assert_eq!(delivered(Value::Null, 150), Charge::Captured(Cents::saturating(150)));
    assert_eq!(delivered(Value::Null, 0), Charge::Open);
}

#[test]
fn an_undecided_cancellation_is_what_an_order_waits_for() {
    let order = read_order(wire_order(|order| {
        order["cancelRequested"] = json!(true);
        order["waitingFor"]["who"] = json!("cancellation");
    }));
    let order = order.unwrap();
    assert!(order.cancel_requested());
    assert_eq!(order.waiting_for().map(|wait| wait.who.name()), Some("cancellation"));
}

#[test]
fn words_of_a_newer_backend_are_reported_or_passed_on_and_never_a_panic() {
    for (place, word) in [
        ("status", json!("TELEPORTED")),
        ("payment", json!("BARTERED")),
        ("version", json!(-1)),
        ("tipCents", json!(-1)),
        ("rating", json!(6)),
    ] {
        let error = read_order(wire_order(|order| order[place] = word)).unwrap_err();
        assert!(
            matches!(error, AnswerError::NotUnderstood { what: "an order", .. }),
            "{place}: {error}"
        );
    }
    let order =
        read_order(wire_order(|order| order["waitingFor"]["who"] = json!("drone"))).unwrap();
    assert_eq!(
        order.waiting_for().map(|wait| wait.who.clone()),
        Some(Waiter::Other("drone".to_owned()))
    );
}

#[test]
fn a_page_says_where_the_next_one_begins() {
    let payload = page(&[], &json!({ "hasNextPage": true, "endCursor": "abc" }));
    let after = Some(PageToken("before".to_owned()));
    let read = read_orders(payload, after.clone(), customer()).unwrap();
    assert_eq!(
        (read.after, read.next, read.cursor),
        (after, Some(PageToken("abc".to_owned())), cursor(9))
    );
    let last = read_orders(
        page(&[], &json!({ "hasNextPage": false, "endCursor": "abc" })),
        None,
        customer(),
    )
    .unwrap();
    assert_eq!(last.next, None);
}

#[test]
fn a_change_carries_the_event_and_the_order_as_of_it() {
    let read = read_order_change(change(&event(), &wire_order(|_| {})), customer()).unwrap();
    let changed = read.change.event.unwrap();
    assert_eq!((read.change.cursor, read.change.previous), (cursor(9), Some(cursor(8))));
    assert_eq!(
        (changed.event_type.as_str(), changed.order.status),
        ("PaymentCaptured", OrderStatus::Paid)
    );
    let logged = read.event.unwrap();
    assert_eq!((logged.position, logged.source.as_str()), (Position::new(9), "charge-payment"));
}

#[test]
fn a_position_mark_has_neither_event_nor_order() {
    let mark = read_order_change(change(&Value::Null, &Value::Null), customer()).unwrap();
    assert_eq!((mark.change.event, mark.event), (None, None));
    read_order_change(change(&event(), &Value::Null), customer()).unwrap_err();
    read_order_change(change(&Value::Null, &wire_order(|_| {})), customer()).unwrap_err();
}

#[test]
fn a_receipt_says_accepted_or_why_not() {
    let receipt = |field: &str, refusal: Value, order: Value| json!({ "data": { field: { "mutationId": ID, "cursor": cursor(9), "refusal": refusal, "order": order } } });
    let payload = receipt("placeOrder", Value::Null, wire_order(|_| {}));
    assert_eq!(
        read_receipt(IntentKind::Place, payload, customer()).unwrap().answer,
        Answer::Accepted
    );

    for (kind, field) in [(IntentKind::SetTip, "setTip"), (IntentKind::Rate, "rateOrder")] {
        let payload = receipt(field, Value::Null, wire_order(|_| {}));
        assert_eq!(read_receipt(kind, payload, customer()).unwrap().answer, Answer::Accepted);
    }

    let refusal =
        json!({ "code": "TOO_LATE_TO_CANCEL", "message": "The kitchen began.", "orderVersion": 5 });
    let payload = receipt("cancelOrder", refusal, wire_order(|_| {}));
    let receipt = read_receipt(IntentKind::Cancel, payload, customer()).unwrap();
    assert_eq!((receipt.mutation_id, receipt.cursor), (MutationId::new(uuid()), cursor(9)));
    let Answer::Refused { refused, order } = receipt.answer else { panic!("accepted") };
    assert_eq!(
        (refused.code.as_str(), refused.order_version),
        ("TOO_LATE_TO_CANCEL", Some(Version::new(5)))
    );
    assert_eq!(order.map(|order| order.version), Some(Version::new(3)));
}

#[test]
fn graphql_errors_keep_their_code_and_their_words() {
    let error = |code: &str| json!({ "message": "no", "extensions": { "code": code } });
    let payload = json!({ "data": null, "errors": [error("RATE_LIMITED"), error("OTHER")] });
    let refused = read_receipt(IntentKind::Place, payload, customer()).unwrap_err();
    let failure = refused.failure();
    assert_eq!((failure.code, failure.message.as_str()), (FailureCode::RateLimited, "no"));

    let ended =
        GraphqlErrors::of_failure(&json!([error("CURSOR_OF_ANOTHER_LOG")])).subscription_end();
    assert_eq!(ended, SubscriptionEnd::CursorOfAnotherLog);
    let ended = GraphqlErrors::of_failure(&json!([error("UNAVAILABLE")])).subscription_end();
    assert_eq!(ended, SubscriptionEnd::Interrupted { reason: "no".to_owned() });
}

#[test]
fn errors_without_form_are_errors_all_the_same() {
    for errors in [json!(null), json!([]), json!("no"), json!([null]), json!([{ "message": 7 }])] {
        assert!(!GraphqlErrors::of_failure(&errors).to_string().is_empty(), "{errors}");
    }
}

#[test]
fn whatever_else_comes_is_reported() {
    for payload in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "data": null }),
        json!({ "data": { "server": 7 } }),
    ] {
        assert!(
            matches!(read_server(payload.clone()), Err(AnswerError::NotUnderstood { .. })),
            "{payload}"
        );
    }
    let not_understood = read_server(json!({})).unwrap_err().failure();
    assert!(matches!(not_understood.code, FailureCode::Other(_)));
}

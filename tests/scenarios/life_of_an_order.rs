//! One order from key press to door, over HTTP and over WebSocket: the receipt that comes before
//! anything is decided, every status in its order, the events and what caused each of them.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use harness::http::orders::place_order_document;
use serde_json::{Value, json};

use crate::evidence::Account;
use crate::house::{House, PATIENCE, TIFFIN, list, position, statuses, text, texts};

/// The normal way.
pub(crate) const WAY: [&str; 8] =
    ["PLACED", "VALIDATED", "PAID", "ACCEPTED", "PREPARING", "READY", "PICKED_UP", "DELIVERED"];

#[test]
fn the_receipt_says_placed_before_any_function_has_run() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 2)?.with("tipCents", 2_00).with("note", "no coriander");
    let receipt = ada.place(&order)?;

    assert_eq!(receipt["mutationId"], order.mutation_id.to_string());
    assert_eq!(receipt["replayed"], false);
    let placed = &receipt["order"];
    assert_eq!(placed["id"], order.order_id.to_string());
    assert_eq!((&placed["status"], &placed["version"]), (&json!("PLACED"), &json!(1)));
    assert_eq!((statuses(placed), &placed["payment"]), (vec!["PLACED"], &json!("NONE")));
    assert_eq!(placed["waitingFor"]["who"], "validate-order");
    assert!(text(placed, "/waitingFor/until") > text(placed, "/waitingFor/since"));
    assert_eq!(placed["mutationIds"], json!([order.mutation_id.to_string()]));
    assert_eq!(placed["note"], "no coriander");
    assert_eq!(placed["lines"][0]["name"], TIFFIN);
    assert_eq!(
        (&placed["lines"][0]["quantity"], &placed["lines"][0]["unitPriceCents"]),
        (&json!(2), &json!(14_50))
    );
    let money = ["subtotalCents", "tipCents", "totalCents"].map(|field| placed[field].as_i64());
    assert_eq!(money, [Some(29_00), Some(2_00), Some(31_00)]);

    let first = ada.events(order.order_id)?.first().cloned().context("it has events")?;
    assert_eq!((&first["type"], &first["cursor"]), (&json!("OrderPlaced"), &receipt["cursor"]));
    Ok(())
}

#[test]
fn an_order_passes_every_status_once_and_in_order() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 3_00);
    ada.place(&order)?;
    let order = ada.settled(order.order_id)?;

    assert_eq!(statuses(&order), WAY);
    assert_eq!((&order["status"], &order["payment"]), (&json!("DELIVERED"), &json!("CAPTURED")));
    let times = texts(list(&order, "/timeline"), "/at");
    assert!(times.is_sorted() && times.iter().all(|time| !time.is_empty()), "{times:?}");
    assert!(!text(&order, "/courier").is_empty() && order["reason"].is_null());
    let account = house.books()?.of(text(&order, "/id").parse()?)?;
    assert_eq!(account, Account { dishes: Some(14_50), tip: Some(3_00), given_back: None });
    house.log_file()?.check()?;
    house.log_file()?.check_all_done()
}

#[test]
fn each_event_names_who_appended_it_and_which_event_was_its_cause() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 3_00);
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    let events = ada.events(order.order_id)?;

    let types: BTreeMap<_, _> =
        events.iter().map(|it| (text(it, "/id"), text(it, "/type"))).collect();
    let story = |event: &Value| {
        let cause = types.get(text(event, "/causationId")).copied().unwrap_or("-");
        format!("{} <- {} {cause}", text(event, "/type"), text(event, "/source"))
    };
    let mut told: Vec<_> = events.iter().map(story).collect();
    // The kitchen and the dispatch work side by side: either may be ready first.
    told[5..7].sort();
    assert_eq!(
        told,
        [
            "OrderPlaced <- customer -",
            "OrderValidated <- validate-order OrderPlaced",
            "PaymentCaptured <- charge-payment OrderValidated",
            "OrderAccepted <- kitchen PaymentCaptured",
            "PreparationStarted <- kitchen OrderAccepted",
            "CourierAssigned <- courier PreparationStarted",
            "OrderReady <- kitchen PreparationStarted",
            "OrderPickedUp <- courier OrderReady",
            "OrderDelivered <- courier OrderPickedUp",
            "TipCaptured <- settle-tip OrderDelivered",
        ]
    );
    let mutation_ids: Vec<_> = events.iter().map(|event| &event["mutationId"]).collect();
    assert_eq!(mutation_ids[0], &json!(order.mutation_id.to_string()));
    assert!(mutation_ids[1..].iter().all(|id| id.is_null()), "{mutation_ids:?}");
    Ok(())
}

#[test]
fn the_versions_of_an_order_are_dense_and_its_positions_grow() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 3_00);
    ada.place(&order)?;
    let delivered = ada.settled(order.order_id)?;
    let events = ada.events(order.order_id)?;

    let stream = format!("order:{}", order.order_id);
    for (event, version) in events.iter().zip(1..) {
        assert_eq!(event["stream"], stream);
        assert_eq!(
            (&event["streamVersion"], &event["orderVersion"]),
            (&json!(version), &json!(version))
        );
        assert_eq!(event["schemaVersion"], 1);
        assert!(text(event, "/message").ends_with('.') && event["data"].is_object(), "{event:#}");
    }
    assert_eq!(delivered["version"], events.len());
    let positions =
        texts(&events, "/cursor").into_iter().map(position).collect::<Result<Vec<_>>>()?;
    assert!(positions.windows(2).all(|pair| pair[0] < pair[1]), "{positions:?}");
    Ok(())
}

#[test]
fn one_websocket_carries_the_order_its_changes_and_the_question_how_it_stands() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    let socket = changes.socket();

    let order = house.order(TIFFIN, 1)?.with("tipCents", 3_00);
    let input = json!({ "input": order.input() });
    let receipt = socket.execute(&place_order_document(), &input)?["placeOrder"].take();
    assert_eq!(
        (&receipt["order"]["status"], &receipt["refusal"]),
        (&json!("PLACED"), &Value::Null)
    );

    let seen = changes.until(order.order_id, "TipCaptured")?;
    assert_eq!(seen[0]["cursor"], receipt["cursor"]);
    let events: Vec<_> = seen.iter().map(|change| change["event"].clone()).collect();
    assert_eq!(events, ada.events(order.order_id)?, "what was pushed is what can be read");
    let mut statuses: Vec<_> = seen.iter().map(|change| text(change, "/order/status")).collect();
    statuses.dedup();
    assert_eq!(statuses, WAY);

    let document = "query($id: UUID!) { order(id: $id) { version status } }";
    let now = socket.execute(document, &json!({ "id": order.order_id.to_string() }))?;
    let last = &seen.last().context("something was seen")?["order"];
    assert_eq!(now["order"], json!({ "version": last["version"], "status": "DELIVERED" }));
    Ok(())
}

#[test]
fn without_a_tip_everything_is_settled_at_the_door() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let delivered = ada.client.wait_for_status(order.order_id, "DELIVERED", PATIENCE)?;

    assert!(delivered["waitingFor"].is_null(), "{delivered:#}");
    let events = ada.events(order.order_id)?;
    assert_eq!(events.last().map(|event| text(event, "/type")), Some("OrderDelivered"));
    assert_eq!(house.books()?.of(order.order_id)?.tip, None);
    Ok(())
}

#[test]
fn pace_stretches_each_simulated_duration() -> Result<()> {
    let pace = 0.04;
    let house = House::open(pace)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let accepted = ada.client.wait_for_status(order.order_id, "ACCEPTED", PATIENCE)?;
    assert_eq!(accepted["waitingFor"]["who"], "kitchen");
    let order = ada.client.wait_for_status(order.order_id, "DELIVERED", PATIENCE)?;

    let at = |status| {
        let times = list(&order, "/timeline").iter();
        let found = times.clone().find(|change| text(change, "/status") == status);
        found.map(|change| text(change, "/at").parse::<jiff::Timestamp>())
    };
    for (from, to, seconds) in [
        ("VALIDATED", "PAID", 5.0),
        ("PAID", "ACCEPTED", 3.0),
        ("ACCEPTED", "PREPARING", 4.0),
        ("PREPARING", "READY", 12.0),
        ("READY", "PICKED_UP", 2.0),
        ("PICKED_UP", "DELIVERED", 12.0),
    ] {
        let (from_time, to_time) = (at(from).context(from)??, at(to).context(to)??);
        let took = Duration::try_from(to_time.duration_since(from_time))?;
        assert!(took >= Duration::from_secs_f64(seconds * pace), "{from} to {to} took {took:?}");
    }
    Ok(())
}

//! A mutation has one effect, however often it is sent: by the same client or by several at once,
//! over whichever transport, also after kill -9. The same id with another input is an error, and a
//! refusal repeats itself.

use std::thread;

use anyhow::{Context, Result};
use harness::http::orders::{cancel_order_document, fresh_id, place_order_document};
use harness::{PlaceOrder, Port};
use serde_json::{Value, json};

use crate::house::{Customer, FOR_EVER, House, PATIENCE, TIFFIN, cancel_over, text};

/// Both receipts tell the same outcome, the second one as a repetition.
fn assert_repeats(second: &Value, first: &Value) {
    assert_eq!(second["replayed"], true, "{second:#}");
    for field in ["mutationId", "cursor", "refusal"] {
        assert_eq!(second[field], first[field], "{field}");
    }
}

fn place_over_web_socket(customer: &Customer, order: &PlaceOrder) -> Result<Value> {
    let input = json!({ "input": order.input() });
    let mut data = customer.web_socket()?.execute(&place_order_document(), &input)?;
    Ok(data["placeOrder"].take())
}

#[test]
fn a_repeated_order_is_answered_again_and_placed_once_over_either_transport() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    let first = ada.place(&order)?;
    assert_eq!(first["replayed"], false);
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    let head = house.head()?;

    assert_repeats(&ada.place(&order)?, &first);
    let again = place_over_web_socket(&ada, &order)?;
    assert_repeats(&again, &first);
    assert_eq!(again["order"]["status"], "VALIDATED", "the order is shown as it stands now");
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn a_repeated_cancellation_is_answered_again_and_asked_for_once() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    let mutation_id = fresh_id();
    let first = cancel_over(&ada.web_socket()?, mutation_id, order.order_id)?;
    assert_eq!((&first["replayed"], &first["refusal"]), (&json!(false), &Value::Null));
    ada.settled(order.order_id)?;
    let head = house.head()?;

    let again = ada.client.cancel_order_as(mutation_id, order.order_id)?;
    assert_repeats(&again, &first);
    assert_eq!(again["order"]["status"], "CANCELLED");
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn an_answer_that_was_lost_on_the_way_is_given_again() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    let socket = ada.web_socket()?;
    // Sent, carried out, and never read.
    socket.subscribe(&place_order_document(), &json!({ "input": order.input() }))?;
    ada.client.wait_for_status(order.order_id, "PLACED", PATIENCE)?;
    socket.abort();

    let again = ada.place(&order)?;
    assert_eq!(again["replayed"], true);
    let first = ada.events(order.order_id)?.first().cloned().context("it has events")?;
    assert_eq!(again["cursor"], first["cursor"]);
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 1);
    Ok(())
}

#[test]
fn clients_that_send_the_same_order_at_once_share_one_effect() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("tipCents", 1_00);
    let (customer, input) = (&ada, &order);
    let receipts = thread::scope(|scope| {
        let ways = [Customer::place, place_over_web_socket].into_iter().cycle().take(8);
        let senders: Vec<_> =
            ways.map(|place| scope.spawn(move || place(customer, input))).collect();
        let answers = senders.into_iter().map(|sender| sender.join().expect("no panic"));
        answers.collect::<Result<Vec<_>>>()
    })?;

    let first = receipts.iter().filter(|receipt| receipt["replayed"] == false);
    assert_eq!(first.count(), 1, "{receipts:#?}");
    assert!(receipts.iter().all(|receipt| receipt["cursor"] == receipts[0]["cursor"]));
    ada.settled(order.order_id)?;
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 1);
    assert_eq!(house.books()?.of(order.order_id)?.kept(), 15_50);
    house.log_file()?.check()
}

#[test]
fn what_was_answered_before_kill_9_is_answered_the_same_afterwards() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    let placed = ada.place(&order)?;
    let unknown = PlaceOrder::new(fresh_id()).line(fresh_id(), 1);
    let refused = ada.client.place_order(&unknown)?;
    house.backend.kill()?;
    house.backend.restart(Port::Same)?;

    assert_repeats(&ada.place(&order)?, &placed);
    assert_repeats(&place_over_web_socket(&ada, &order)?, &placed);
    assert_repeats(&ada.client.place_order(&unknown)?, &refused);
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 1);
    Ok(())
}

#[test]
fn a_refusal_repeats_itself_even_where_the_answer_would_be_another_by_now() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    let mutation_id = fresh_id();
    let too_early = ada.client.cancel_order_as(mutation_id, order.order_id)?;
    assert_eq!(too_early["refusal"]["code"], "ORDER_NOT_FOUND");
    ada.place(&order)?;

    let again = ada.client.cancel_order_as(mutation_id, order.order_id)?;
    assert_repeats(&again, &too_early);
    assert_eq!(again["order"]["id"], order.order_id.to_string(), "the order is shown all the same");
    let anew = ada.client.cancel_order(order.order_id)?;
    assert!(anew["refusal"].is_null(), "a new mutation is decided anew: {anew:#}");
    Ok(())
}

#[test]
fn the_same_id_with_another_input_is_a_conflict_and_changes_nothing() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    let standing = ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    let head = house.head()?;

    let (dish, _) = *order.lines.first().context("it has a line")?;
    let place = place_order_document();
    for other in [
        PlaceOrder { lines: vec![(dish, 2)], ..order.clone() },
        PlaceOrder { order_id: fresh_id(), ..order.clone() },
        order.clone().with("tipCents", 1),
        order.clone().with("note", "more chilli"),
        order.clone().with("expectedSubtotalCents", 14_50),
    ] {
        let input = json!({ "input": other.input() });
        let error = ada.client.error(&place, &input)?;
        assert_eq!(error.code, "IDEMPOTENCY_CONFLICT");
        assert!(error.message.contains("a new mutation needs a new id"), "{}", error.message);
        assert_eq!(ada.web_socket()?.error(&place, &input)?, error);
    }
    let cancel = json!({ "input": {
        "mutationId": order.mutation_id.to_string(), "orderId": order.order_id.to_string(),
    } });
    let error = ada.client.error(&cancel_order_document(), &cancel)?;
    assert_eq!(error.code, "IDEMPOTENCY_CONFLICT", "also for another kind of mutation");

    assert_eq!(ada.client.order(order.order_id)?, standing);
    assert_eq!(house.head()?, head);
    Ok(())
}

#[test]
fn inputs_that_mean_the_same_are_the_same() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?.with("note", "no coriander");
    let first = ada.place(&order)?;
    for same in [
        order.clone().with("deliverTo", Value::Null).with("placedAt", Value::Null),
        order.clone().with("expectedSubtotalCents", Value::Null),
        order.clone().with("tipCents", Value::Null),
        order.clone().with("tipCents", 0),
        order.clone().with("note", "  no coriander "),
        order.clone().with("deliverTo", "   "),
    ] {
        assert_repeats(&ada.place(&same)?, &first);
    }
    Ok(())
}

#[test]
fn the_same_mutation_id_of_another_customer_is_another_mutation() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let hers = house.order(TIFFIN, 1)?;
    let his = PlaceOrder { mutation_id: hers.mutation_id, ..house.order("Garlic Naan", 2)? };
    let first = ada.place(&hers)?;
    let second = ben.place(&his)?;

    assert_eq!((&first["replayed"], &second["replayed"]), (&json!(false), &json!(false)));
    assert_ne!(first["cursor"], second["cursor"]);
    assert_eq!(second["order"]["lines"][0]["name"], "Garlic Naan");
    assert_repeats(&ada.place(&hers)?, &first);
    assert_repeats(&ben.place(&his)?, &second);
    Ok(())
}

#[test]
fn an_order_id_of_another_customer_is_taken_and_nothing_of_their_order_is_told() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, ben) = (house.customer("Ada")?, house.customer("Ben")?);
    let hers = house.order(TIFFIN, 1)?;
    ada.place(&hers)?;
    let standing = ada.client.wait_for_status(hers.order_id, "VALIDATED", PATIENCE)?;

    let his = PlaceOrder { order_id: hers.order_id, ..house.order("Garlic Naan", 2)? };
    let refused = ben.client.place_order(&his)?;
    assert_eq!(text(&refused, "/refusal/code"), "ORDER_ID_TAKEN");
    assert!(refused["order"].is_null() && refused["refusal"]["orderVersion"].is_null());
    assert_repeats(&ben.client.place_order(&his)?, &refused);

    // Not even her very own mutation, replayed by somebody else, is answered with her receipt.
    let stolen = ben.client.place_order(&hers)?;
    assert_eq!(
        (&stolen["replayed"], text(&stolen, "/refusal/code")),
        (&json!(false), "ORDER_ID_TAKEN")
    );
    assert!(stolen["order"].is_null());
    assert_eq!(ada.client.order(hers.order_id)?, standing);
    Ok(())
}

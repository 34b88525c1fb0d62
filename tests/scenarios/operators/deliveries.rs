//! What operators do with deliveries: find them, hand them out once more, hold them back.

use anyhow::{Context, Result};
use harness::{Attempt, eventually};
use serde_json::{Value, json};

use super::{REVOKE, SET_PAUSED};
use crate::house::{FOR_EVER, House, PATIENCE, TIFFIN, list, text, texts};

const DELIVERIES: &str = "query($orderId: UUID, $function: String, $status: [DeliveryStatus!], $first: Int, $after: String) {
    deliveries(orderId: $orderId, function: $function, status: $status, first: $first, after: $after) {
        nodes { id function status attempts lastError revision event { type orderId } history { number outcome error worker } }
        pageInfo { hasNextPage endCursor } } }";
const REDELIVER: &str =
    "mutation($id: UUID!) { redeliver(deliveryId: $id) { id event { type } history { number } } }";

#[test]
fn a_delivery_that_is_done_can_be_tried_again_and_nothing_happens_twice() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    let order = house.order(TIFFIN, 2)?.with("tipCents", 300);
    ada.place(&order)?;
    let settled = ada.settled(order.order_id)?;
    let books = house.books()?.of(order.order_id)?;
    let charge = json!({ "orderId": order.order_id.to_string(), "function": "charge-payment" });
    let page = operator.query(DELIVERIES, &charge)?;
    let [delivery] = list(&page, "/deliveries/nodes") else { panic!("{page:#}") };
    assert_eq!(text(delivery, "/status"), "DONE");
    assert_eq!(text(delivery, "/event/type"), "OrderValidated");

    let id = text(delivery, "/id");
    operator.query(REDELIVER, &json!({ "id": id }))?;
    let again = eventually(PATIENCE, "the second attempt", || {
        let page = operator.query(DELIVERIES, &charge);
        match page.map(|page| page["deliveries"]["nodes"][0].clone()) {
            Ok(it) if it["attempts"] == 2 && it["status"] == "DONE" => Attempt::Done(it),
            other => Attempt::NotYet(format!("{other:?}")),
        }
    })?;
    assert_eq!(again["history"][0]["number"], 2);
    assert_eq!(text(&again, "/history/0/outcome"), "late", "{again:#}");
    assert_eq!(house.books()?.of(order.order_id)?, books, "the bank gave its first answer");
    house.books()?.check_presented(&format!("charge:{}", order.order_id), 1)?;
    assert_eq!(ada.client.order(order.order_id)?["status"], settled["status"]);
    let events = ada.events(order.order_id)?;
    let said = events.iter().find(|it| it["type"] == "DeliveryRedelivered");
    let said = said.context("the order says so")?;
    assert_eq!(text(said, "/source"), "operator");
    house.log_file()?.check()?;

    let answer = operator.query(REDELIVER, &json!({ "id": id }))?;
    assert_eq!(text(&answer, "/redeliver/event/type"), "OrderValidated");
    let past = list(&answer, "/redeliver/history").first().map(|it| &it["number"]);
    assert_eq!(past, Some(&json!(2)), "the answer tells the past of the delivery: {answer:#}");

    let unknown = json!({ "id": ada.id.to_string() });
    for document in [REDELIVER, REVOKE] {
        let unknown = if document == REVOKE { json!({ "id": id }) } else { unknown.clone() };
        assert_eq!(operator.error(document, &unknown)?.code, "BAD_USER_INPUT");
    }
    Ok(())
}

#[test]
fn deliveries_come_in_pages_by_order_function_and_status() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    let orders = (0..3).map(|_| house.order(TIFFIN, 1)).collect::<Result<Vec<_>>>()?;
    for order in &orders {
        ada.place(order)?;
        ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    }
    let count = |variables: Value| -> Result<usize> {
        Ok(list(&operator.query(DELIVERIES, &variables)?, "/deliveries/nodes").len())
    };
    assert_eq!(count(json!({}))?, 6);
    assert_eq!(count(json!({ "function": "charge-payment" }))?, 3);
    assert_eq!(count(json!({ "orderId": orders[1].order_id.to_string() }))?, 2);
    assert_eq!(count(json!({ "status": ["DONE"] }))?, 3);
    assert_eq!(count(json!({ "status": ["DONE", "PENDING"] }))?, 6);
    assert_eq!(count(json!({ "status": ["DEAD"] }))?, 0);
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    let whole = operator.query(DELIVERIES, &json!({}))?;
    let whole = texts(list(&whole, "/deliveries/nodes"), "/id");
    for _ in 0..whole.len() {
        let page = operator.query(DELIVERIES, &json!({ "first": 2, "after": after }))?;
        seen.extend(texts(list(&page, "/deliveries/nodes"), "/id").into_iter().map(str::to_owned));
        if page["deliveries"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["deliveries"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen, whole, "each once, in the same order");
    for wrong in
        [json!({ "after": "soup" }), json!({ "first": 201 }), json!({ "function": "oven" })]
    {
        assert_eq!(operator.error(DELIVERIES, &wrong)?.code, "BAD_USER_INPUT", "{wrong}");
    }
    Ok(())
}

#[test]
fn what_is_paused_waits_also_over_a_restart_and_then_goes_on() -> Result<()> {
    let mut house = House::open(0.0)?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    let pause = |paused| json!({ "function": "charge-payment", "paused": paused });
    let answer = operator.query(SET_PAUSED, &pause(true))?;
    let paused = json!({ "name": "charge-payment", "paused": true, "pending": 0, "lagMs": 0 });
    assert_eq!(answer["setPaused"], paused);
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "VALIDATED", PATIENCE)?;
    house.backend.kill()?;
    house.backend.restart(harness::Port::Same)?;

    let insights = "{ insights { functions { name paused pending running lagMs } } }";
    let page = operator.query(insights, &Value::Null)?;
    let functions = list(&page, "/insights/functions");
    let charging = functions.iter().find(|it| it["name"] == "charge-payment");
    let charging = charging.context("it is listed")?;
    assert_eq!((&charging["paused"], &charging["running"]), (&json!(true), &json!(0)));
    assert_eq!(ada.client.order(order.order_id)?["status"], "VALIDATED");
    let waiting = json!({ "function": "charge-payment", "status": ["PENDING"] });
    let page = operator.query(DELIVERIES, &waiting)?;
    assert_eq!(page["deliveries"]["nodes"][0]["attempts"], 0, "nothing was attempted");

    operator.query(SET_PAUSED, &pause(false))?;
    ada.client.wait_for_status(order.order_id, "DELIVERED", PATIENCE)?;
    let events = "{ events(first: 200) { nodes { source message } } }";
    let page = operator.query(events, &Value::Null)?;
    let told = list(&page, "/events/nodes").iter().filter(|it| it["source"] == "operator");
    let told = told.map(|it| text(it, "/message"));
    let told: Vec<&str> = told.filter(|it| it.contains("charge-payment")).collect();
    assert_eq!(
        told,
        [
            "The operator paused charge-payment: nothing of it is attempted, and its backlog grows.",
            "The operator let charge-payment go on.",
        ]
    );
    let wrong = json!({ "function": "oven", "paused": true });
    let error = operator.error(SET_PAUSED, &wrong)?;
    assert!(error.code == "BAD_USER_INPUT" && error.message.contains("notifications"), "{error:?}");
    Ok(())
}

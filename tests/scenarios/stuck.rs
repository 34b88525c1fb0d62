//! What is stuck, and who sees it: dead letters wait for a person, who hands them out once more; and a
//! function that is paused is another thing than one that is down.

use anyhow::{Result, ensure};
use harness::{BackendOptions, Client, PlaceOrder, eventually};
use serde_json::{Value, json};

use crate::evidence::Account;
use crate::house::{Customer, House, PATIENCE, TIFFIN, list, text, texts};
use crate::operator_commands::command;

const DELIVERIES: &str = "query($function: String) { deliveries(function: $function) { nodes {
    status attempts lastError history { number outcome error } } } }";
const INSIGHTS: &str = "{ insights { functions { name paused pending retrying dead } } }";

/// A house whose functions can be taken down, and which waits so long at most after a failure.
fn with_lab(backoff_ms: &str) -> Result<House> {
    let arguments = ["--lab", "--backoff-ms", backoff_ms].map(Into::into).to_vec();
    House::open_talkative(BackendOptions { pace: 0.0, arguments, ..BackendOptions::default() })
}

/// Places three orders, and waits until each stands so.
fn three(house: &House, customer: &Customer, status: &str) -> Result<Vec<PlaceOrder>> {
    let orders = (0..3).map(|_| house.order(TIFFIN, 1)).collect::<Result<Vec<_>>>()?;
    for order in &orders {
        customer.place(order)?;
    }
    for order in &orders {
        customer.client.wait_for_status(order.order_id, status, PATIENCE)?;
    }
    Ok(orders)
}

/// Waits until all three deliveries to the kitchen are as wanted, and gives them.
fn kitchen(operator: &Client, wanted: impl Fn(&Value) -> bool) -> Result<Vec<Value>> {
    eventually(PATIENCE, "the deliveries to the kitchen", || {
        let page = operator.query(DELIVERIES, &json!({ "function": "kitchen" }))?;
        let deliveries = list(&page, "/deliveries/nodes");
        let all = deliveries.len() == 3 && deliveries.iter().all(&wanted);
        ensure!(all, "{page:#}");
        Ok(deliveries.to_vec())
    })
}

/// Waits until the insights, which follow the log, say this of the kitchen.
fn check_stats(operator: &Client, expected: &Value) -> Result<()> {
    eventually(PATIENCE, "the insights of the kitchen", || {
        let page = operator.query(INSIGHTS, &Value::Null)?;
        let functions = list(&page, "/insights/functions");
        ensure!(functions.contains(expected), "{functions:#?}");
        Ok(())
    })
}

#[test]
fn dead_letters_are_told_to_the_customer_and_handed_out_once_more_by_a_person() -> Result<()> {
    let house = with_lab("1")?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    command(&house, &["faults", "--functions-down", "kitchen"])?;
    let orders = three(&house, &ada, "PAID")?;
    let dead = kitchen(&operator, |it| it["status"] == "DEAD")?;
    for delivery in &dead {
        assert_eq!((&delivery["attempts"], text(delivery, "/lastError")), (&json!(10), DOWN));
        let history = list(delivery, "/history");
        let outcomes = texts(history, "/outcome");
        assert!(
            outcomes.len() == 10 && outcomes.ends_with(&["failed", "given up"]),
            "{outcomes:?}"
        );
    }
    for order in &orders {
        let order = ada.client.order(order.order_id)?;
        assert_eq!(text(&order, "/waitingFor/who"), "operator");
        assert!(order["waitingFor"]["until"].is_string(), "and not for ever: {order:#}");
        let told = eventually(PATIENCE, "a word for the customer", || {
            let events = ada.events(text(&order, "/id").parse()?)?;
            let messages = texts(&events, "/data/message").join(" ");
            ensure!(messages.contains("stuck"), "{messages}");
            Ok(messages)
        })?;
        assert!(told.contains("looks after it"), "{told}");
    }
    let stuck =
        json!({ "name": "kitchen", "paused": false, "pending": 0, "retrying": 0, "dead": 3 });
    check_stats(&operator, &stuck)?;

    command(&house, &["faults", "--off"])?;
    let mut changes = ada.follow(None)?;
    let told = command(&house, &["redeliver", "--function", "kitchen", "--dead"])?;
    assert!(told.ends_with("3 dead letters handed out once more.\n"), "{told}");
    let first = changes.next()?;
    assert_eq!(text(&first, "/event/type"), "DeliveryRedelivered");
    assert_eq!(text(&first, "/event/source"), "operator");
    let paid = Account { dishes: Some(14_50), tip: None, given_back: None };
    for order in &orders {
        assert_eq!(ada.settled(order.order_id)?["status"], "DELIVERED");
        assert_eq!(house.books()?.of(order.order_id)?, paid);
        let events = ada.events(order.order_id)?;
        let types = texts(&events, "/type");
        let place = |wanted| types.iter().position(|it| *it == wanted);
        assert!(place("DeliveryDied") < place("DeliveryRedelivered"), "{types:?}");
        assert!(place("DeliveryRedelivered") < place("OrderAccepted"), "{types:?}");
    }
    eventually(PATIENCE, "the audit trail", || house.log_file()?.check_audited("operator", 3))?;
    let log = house.log_file()?;
    log.check()?;
    command(&house, &["verify"])?;
    eventually(PATIENCE, "the end of all work", || log.check_all_done())
}

/// What a function says that is down.
const DOWN: &str = "kitchen is down";

#[test]
fn while_it_is_paused_nothing_is_attempted_and_while_it_is_down_each_attempt_is_on_record()
-> Result<()> {
    let house = with_lab("100")?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    command(&house, &["pause", "kitchen"])?;
    command(&house, &["faults", "--functions-down", "kitchen"])?;
    let orders = three(&house, &ada, "PAID")?;
    let untouched = |it: &Value| {
        it["status"] == "PENDING" && it["attempts"] == 0 && list(it, "/history").is_empty()
    };
    let waiting = kitchen(&operator, untouched)?;
    assert!(waiting.iter().all(|it| it["lastError"].is_null()), "{waiting:?}");
    let paused =
        json!({ "name": "kitchen", "paused": true, "pending": 3, "retrying": 0, "dead": 0 });
    check_stats(&operator, &paused)?;

    command(&house, &["resume", "kitchen"])?;
    let failed =
        kitchen(&operator, |it| it["status"] == "FAILED" && list(it, "/history").len() > 1)?;
    for delivery in &failed {
        let history = list(delivery, "/history");
        assert!(texts(history, "/outcome").iter().all(|it| *it == "failed"), "{delivery:#}");
        assert!(texts(history, "/error").iter().all(|it| *it == DOWN), "{delivery:#}");
        let attempts = delivery["attempts"].as_i64().unwrap_or_default();
        assert_eq!(usize::try_from(attempts)?, history.len(), "all of them are on record");
    }
    for order in &orders {
        let order = ada.client.order(order.order_id)?;
        assert_eq!(
            (&order["status"], text(&order, "/waitingFor/who")),
            (&json!("PAID"), "kitchen")
        );
    }
    command(&house, &["faults", "--off"])?;
    for order in &orders {
        ada.client.wait_for_status(order.order_id, "DELIVERED", PATIENCE)?;
    }
    Ok(())
}

//! The operator's commands beside a running server: what they show, what they change, and what they
//! say where there is no server or no such thing.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use harness::process::run;
use harness::{Attempt, eventually};
use serde_json::Value;

use crate::house::{BACKEND, House, PATIENCE, TIFFIN, text, texts};

/// Runs a command at the house's database and gives what it prints.
pub(crate) fn command(house: &House, arguments: &[&str]) -> Result<String> {
    let database = house.backend.database();
    let database = database.to_str().context("a path in UTF-8")?;
    let all: Vec<_> = arguments.iter().copied().chain(["--database", database]).collect();
    let output = run(Path::new(BACKEND), &all, &[], PATIENCE)?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{arguments:?}: {complaint}");
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn a_paused_function_shows_its_backlog_and_goes_on_when_it_is_told_to() -> Result<()> {
    let mut house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    assert!(command(&house, &["pause", "kitchen"])?.contains("kitchen is paused"));
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.client.wait_for_status(order.order_id, "PAID", PATIENCE)?;
    let waiting = command(&house, &["deliveries", "--function", "kitchen", "--status", "pending"])?;
    let lines: Vec<_> = waiting.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("STATUS"), "{waiting}");
    assert!(lines[1].contains("PaymentCaptured") && lines[1].contains(&order.order_id.to_string()));
    let kitchen = eventually(PATIENCE, "the statistics of the kitchen", || {
        let stats = command(&house, &["stats"]);
        let line =
            stats.as_deref().unwrap_or_default().lines().find(|it| it.starts_with("kitchen"));
        match line {
            Some(line) if line.split_whitespace().nth(1) == Some("1") => {
                Attempt::Done(line.to_owned())
            }
            Some(_) | None => Attempt::NotYet(format!("{stats:?}")),
        }
    })?;
    assert!(kitchen.ends_with("paused"), "{kitchen}");
    command(&house, &["resume", "kitchen"])?;
    ada.client.wait_for_status(order.order_id, "DELIVERED", PATIENCE)?;

    let customers = command(&house, &["customers"])?;
    assert!(customers.contains(&ada.id.to_string()) && customers.contains("Ada"), "{customers}");
    house.backend.stop()?;
    assert_eq!(command(&house, &["customers"])?, customers, "it needs no server");
    let refused = command(&house, &["stats"]).unwrap_err().to_string();
    assert!(refused.contains("no server serves"), "{refused}");
    Ok(())
}

#[test]
fn one_delivery_is_redelivered_by_its_id_and_its_history_says_what_came_of_it() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    let order = house.order(TIFFIN, 1)?;
    ada.place(&order)?;
    ada.settled(order.order_id)?;
    let order_id = order.order_id.to_string();
    let shown = ["deliveries", "--order", &order_id, "--function", "validate-order"];
    let before = command(&house, &shown)?;
    let row = before.lines().nth(1).context("a row")?;
    let id = row.split_whitespace().last().context("an id")?;
    let told = command(&house, &["redeliver", id])?;
    assert!(told.contains("validate-order gets OrderPlaced") && told.contains(&order_id), "{told}");
    let with_history: Vec<_> = shown.into_iter().chain(["--history"]).collect();
    eventually(PATIENCE, "the history", || match command(&house, &with_history) {
        Ok(table) if table.contains("2.") && table.contains("late: ") => Attempt::Done(()),
        other => Attempt::NotYet(format!("{other:?}")),
    })?;
    let events = ada.events(order.order_id)?;
    assert!(texts(&events, "/type").contains(&"DeliveryRedelivered"));
    let none = command(&house, &["redeliver", "--function", "kitchen", "--dead"])?;
    assert_eq!(none, "There is no dead letter.\n");
    Ok(())
}

#[test]
fn revoked_tokens_are_shown_as_such_and_mistakes_are_explained() -> Result<()> {
    let house = House::open(0.0)?;
    let ada = house.customer("Ada")?;
    command(&house, &["revoke", &ada.id.to_string()])?;
    assert_eq!(ada.client.raw("{ viewer { id } }", &Value::Null)?.0, 401);
    let customers = command(&house, &["customers"])?;
    assert!(customers.contains("tokens revoked"), "{customers}");
    let oven = command(&house, &["pause", "oven"]).unwrap_err().to_string();
    assert!(oven.contains("nobody called `oven`") && oven.contains("validate-order"), "{oven}");
    let unknown = command(&house, &["redeliver", &ada.id.to_string()]).unwrap_err().to_string();
    assert!(unknown.contains("there is no delivery with this id"), "{unknown}");
    assert!(unknown.contains("forgotten a week after"), "{unknown}");
    assert!(text(&house.server()?, "/version").starts_with("0."));
    Ok(())
}

//! Kill -9 at the worst moment: the gateway has moved money, and the log does not know it yet. The
//! next start asks the gateway again under the same key, so nothing is taken or given twice.
//!
//! The moment is held fast by two locks from outside, as any other program might take them: one on
//! the gateway's books, so that the function waits there, then one on the database, so that what
//! the function reports cannot be written.

use std::path::Path;

use anyhow::Result;
use harness::{Port, eventually};
use rusqlite::Connection;

use crate::evidence::Account;
use crate::house::{House, PATIENCE, text};

/// One movement of money.
struct Movement {
    function: &'static str,
    /// The gateway's key is this and the order's id.
    key: &'static str,
    dish: &'static str,
    portions: i64,
    /// The books are locked once this has happened to the order.
    locked_after: &'static str,
    status: &'static str,
    account: Account,
}

/// Nobody else writes to this file as long as the connection lives.
fn locked(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    Ok(connection)
}

fn kill_between_effect_and_record(movement: &Movement) -> Result<()> {
    // The order stays 200 ms at least in each status: time enough to take a lock.
    let mut house = House::open(0.1)?;
    let ada = house.customer("Ada")?;
    let mut changes = ada.follow(None)?;
    let order = house.order(movement.dish, movement.portions)?.with("tipCents", 3_00);
    ada.place(&order)?;
    changes.until(order.order_id, movement.locked_after)?;
    let books = locked(&house.backend.data_directory().join("tiffin-gateway.db"))?;
    let what = format!("{} at work", movement.function);
    eventually(PATIENCE, what, || house.log_file()?.check_leased(movement.function))?;
    let database = locked(&house.backend.database())?;
    drop(books);
    let key = format!("{}:{}", movement.key, order.order_id);
    eventually(PATIENCE, "the money to move", || house.books()?.check_presented(&key, 1))?;

    house.backend.kill()?;
    drop(database);
    house.log_file()?.check()?;
    house.backend.restart(Port::Same)?;

    let ended = ada.settled(order.order_id)?;
    assert_eq!(text(&ended, "/status"), movement.status);
    assert_eq!(house.books()?.of(order.order_id)?, movement.account);
    house.books()?.check_presented(&key, 2)?;
    house.log_file()?.check()?;
    house.log_file()?.check_all_done()
}

#[test]
fn a_charge_that_was_taken_and_not_recorded_is_taken_once() -> Result<()> {
    kill_between_effect_and_record(&Movement {
        function: "charge-payment",
        key: "charge",
        dish: "Butter Chicken",
        portions: 1,
        locked_after: "OrderValidated",
        status: "DELIVERED",
        account: Account { dishes: Some(15_00), tip: Some(3_00), given_back: None },
    })
}

#[test]
fn a_tip_that_was_taken_and_not_recorded_is_taken_once() -> Result<()> {
    kill_between_effect_and_record(&Movement {
        function: "settle-tip",
        key: "tip",
        dish: "Butter Chicken",
        portions: 1,
        locked_after: "OrderPickedUp",
        status: "DELIVERED",
        account: Account { dishes: Some(15_00), tip: Some(3_00), given_back: None },
    })
}

#[test]
fn a_refund_that_was_given_and_not_recorded_is_given_once() -> Result<()> {
    kill_between_effect_and_record(&Movement {
        function: "refund",
        key: "refund",
        dish: "Saltimbocca",
        portions: 4,
        locked_after: "PaymentCaptured",
        status: "REJECTED",
        account: Account { dishes: Some(74_00), tip: None, given_back: Some(74_00) },
    })
}

//! Death at each named point, each time that an order's way comes by it: nothing is left out by luck.
//!
//! For each point a server is told to die there the first time, the second time, and so on, until an
//! order gets home and another gets its money back before it is due to die. After each death the server
//! starts again, and everything that was sent has happened once.

use std::os::unix::process::ExitStatusExt;

use anyhow::{Context, Result, ensure};
use harness::{Attempt, BackendOptions, PlaceOrder, Port, Signal, eventually};
use serde_json::Value;

use crate::evidence::Account;
use crate::house::{Customer, House, PATIENCE, TIFFIN, text};
use crate::log_tools::verified;

/// A lease so short that what the dead process held is due soon, also where nobody recovers it.
const TIMING: [&str; 5] = ["--lab", "--lease-ms", "300", "--backoff-ms", "10"];
/// Far more often than the two orders come by any point.
const PASSINGS_MAX: usize = 200;

/// An order that was sent, how it must end, and the receipt, if one came.
struct Sent {
    order: PlaceOrder,
    status: &'static str,
    account: Account,
    receipt: Option<Value>,
}

/// One that comes home, and one that is taken money for and refunded.
fn two_orders(house: &House) -> Result<[Sent; 2]> {
    let home = Account { dishes: Some(14_50), tip: Some(3_00), given_back: None };
    let refunded = Account { dishes: Some(72_50), tip: None, given_back: Some(72_50) };
    let sent = |dish, portions, status, account| {
        let order = house.order(dish, portions)?.with("tipCents", 3_00);
        anyhow::Ok(Sent { order, status, account, receipt: None })
    };
    Ok([sent(TIFFIN, 1, "DELIVERED", home)?, sent("Lasagne della Nonna", 5, "REJECTED", refunded)?])
}

/// Starts the server anew, to die at this point, or not at all.
fn start(house: &mut House, death: Option<String>) -> Result<()> {
    let death = death.into_iter().flat_map(|death| ["--die-at".to_owned(), death]);
    let arguments = TIMING.into_iter().map(str::to_owned).chain(death);
    house.backend.change_arguments(arguments.map(Into::into).collect());
    house.backend.restart(Port::Same)
}

/// Whether the server has died at its point; waits until it has, or until both orders are settled.
fn has_died(house: &mut House, ada: &Customer, sent: &[Sent; 2]) -> Result<bool> {
    let settled = |sent: &Sent| {
        let order = ada.client.order(sent.order.order_id)?;
        anyhow::Ok(text(&order, "/status") == sent.status && order["waitingFor"].is_null())
    };
    eventually(PATIENCE, "a death or the end of both orders", || match house.backend.ended() {
        Ok(Some(status)) if status.signal() == Some(Signal::KILL.as_raw()) => Attempt::Done(true),
        Ok(Some(status)) => Attempt::Hopeless(format!("it has ended with {status}")),
        Ok(None) if sent.iter().all(|it| settled(it).unwrap_or(false)) => Attempt::Done(false),
        other => Attempt::NotYet(format!("{other:?}")),
    })
}

/// After a death: whoever repeats themselves gets the receipt that they had, and all ends as it should.
fn check_recovered(house: &House, ada: &Customer, sent: &[Sent; 2]) -> Result<()> {
    for Sent { order, status, account, receipt } in sent {
        let again = ada.place(order)?;
        if let Some(receipt) = receipt {
            ensure!(again["replayed"] == true, "a receipt was given, and forgotten: {again:#}");
            assert_eq!(again["cursor"], receipt["cursor"]);
        }
        assert_eq!(ada.place(order)?["cursor"], again["cursor"]);
        let ended = ada.settled(order.order_id)?;
        assert_eq!(text(&ended, "/status"), *status, "{ended:#}");
        assert_eq!(house.books()?.of(order.order_id)?, *account);
    }
    house.log_file()?.check()
}

/// Dies at this point the first time, the second time, and so on, until that is beyond both orders' way.
fn die_at_each_passing_of(point: &str) -> Result<()> {
    let arguments = TIMING.map(Into::into).to_vec();
    let options = BackendOptions { arguments, ..BackendOptions::default() };
    let mut house = House::open_with(options)?;
    let ada = house.customer("Ada")?;
    let mut orders = 0;
    for passing in 1..=PASSINGS_MAX {
        start(&mut house, Some(format!("{point}:{passing}")))?;
        let mut sent = two_orders(&house)?;
        for it in &mut sent {
            // No receipt: it has died, before or after it had written the order down.
            it.receipt = ada.place(&it.order).ok();
        }
        let died = has_died(&mut house, &ada, &sent)?;
        // Also where it lives: its death could still come, of something that follows.
        start(&mut house, None)?;
        check_recovered(&house, &ada, &sent).with_context(|| format!("{point}:{passing}"))?;
        orders += 1;
        if !died {
            ensure!(passing > 1, "nothing ever comes by {point}");
            eventually(PATIENCE, "the last delivery", || house.log_file()?.check_all_done())?;
            for (event_type, each) in
                [("OrderPlaced", 2), ("OrderDelivered", 1), ("PaymentRefunded", 1)]
            {
                assert_eq!(house.log_file()?.events(event_type)?, each * orders, "{event_type}");
            }
            return verified(&house);
        }
    }
    anyhow::bail!("{PASSINGS_MAX} passings of {point} were not enough")
}

#[test]
fn a_death_after_a_batch_is_planned_changes_nothing() -> Result<()> {
    die_at_each_passing_of("batch-planned")
}

#[test]
fn a_death_before_the_commit_takes_everything_back() -> Result<()> {
    die_at_each_passing_of("before-commit")
}

#[test]
fn a_death_after_the_commit_and_before_the_receipt_loses_only_the_answer() -> Result<()> {
    die_at_each_passing_of("after-commit")
}

#[test]
fn a_death_after_the_receipt_and_after_the_completion_loses_nothing() -> Result<()> {
    die_at_each_passing_of("after-answer")
}

#[test]
fn a_death_after_the_claim_hands_the_delivery_out_again() -> Result<()> {
    die_at_each_passing_of("after-claim")
}

#[test]
fn a_death_while_the_bank_is_asked_moves_money_once() -> Result<()> {
    die_at_each_passing_of("during-effect")
}

#[test]
fn a_death_after_the_effect_and_before_the_completion_has_no_second_effect() -> Result<()> {
    die_at_each_passing_of("after-effect")
}

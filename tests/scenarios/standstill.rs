//! A server that stands still, as a laptop does whose lid is closed: longer than its leases last, and with
//! its functions in the middle of their work.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use harness::process::run;
use harness::{BackendOptions, eventually, stays};
use serde_json::json;

use crate::evidence::Account;
use crate::house::{BACKEND, House, PATIENCE, TIFFIN, text};
use crate::log_tools::verified;

/// More than three leases of the server below.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(1);

#[test]
fn a_server_that_stood_still_for_longer_than_its_leases_turns_its_zombies_away_and_goes_on()
-> Result<()> {
    let arguments = ["--lab", "--lease-ms", "300", "--backoff-ms", "10"];
    let arguments = arguments.map(Into::into).to_vec();
    let options = BackendOptions { pace: 0.0, arguments, ..BackendOptions::default() };
    let mut house = House::open_with(options)?;
    // Every attempt has a second one: at once, or when its lease is over.
    let twice = "mutation($input: FaultsInput!) { setFaults(input: $input) { seed } }";
    house.operator()?.query(twice, &json!({ "input": { "duplicateDeliveries": 1.0 } }))?;
    let ada = house.customer("Ada")?;
    let mut orders = Vec::new();
    for _ in 0..4 {
        let order = house.order(TIFFIN, 1)?.with("tipCents", 3_00);
        ada.place(&order)?;
        orders.push(order);
    }
    house.backend.pause()?;
    let log = house.log_file()?;
    stays(LONGER_THAN_A_LEASE, "the log", || log.events("OrderDelivered"))?;
    let database = house.backend.database().display().to_string();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
    let second = run(Path::new(BACKEND), &serve, &[], PATIENCE)?;
    let complaint = String::from_utf8_lossy(&second.stderr);
    ensure!(second.status.code() == Some(1), "it is not dead, only still: {complaint}");
    ensure!(complaint.contains(&house.backend.url()), "{complaint}");
    house.backend.resume()?;

    let paid = Account { dishes: Some(14_50), tip: Some(3_00), given_back: None };
    for order in &orders {
        assert_eq!(text(&ada.settled(order.order_id)?, "/status"), "DELIVERED");
        assert_eq!(house.books()?.of(order.order_id)?, paid);
    }
    eventually(PATIENCE, "the last delivery", || house.log_file()?.check_all_done())?;
    eventually(PATIENCE, "a zombie that is turned away", || {
        house.backend.log().contains("refused a zombie").then_some(())
    })?;
    house.log_file()?.check()?;
    verified(&house)
}

//! Two programs on one data directory: one customer, one backend, and whoever stays goes on.

use anyhow::Result;
use harness::Proxy;

use super::person::{Home, LIVE, Person, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House, PATIENCE};

#[test]
fn two_programs_share_one_backend_and_one_customer() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&["--pace", "1000"])?;
    let mut second = home.start(&["--pace", "1000"])?;
    second.sees("The backend of another tiffin is at")?;
    second.sees(LIVE)?;
    assert_eq!(second.backend_url()?, ada.backend_url()?);
    assert_eq!(second.terminal.processes(), [], "the first one's is enough");

    ada.orders(&THREE_TIER)?;
    second.types("3")?;
    second.sees_status("Validated")?;
    second.leaves()?;

    ada.sees(LIVE)?;
    only_order(&home.customer(&ada.backend_url()?)?, "VALIDATED")?;
    ada.leaves()?;
    Ok(())
}

#[test]
fn when_the_first_one_leaves_the_second_starts_a_backend_and_brings_the_order_home() -> Result<()> {
    let home = Home::new()?;
    let mut ada = home.start_live(&["--pace", "0.2"])?;
    let mut second = home.start(&["--pace", "0.2"])?;
    second.sees("The backend of another tiffin is at")?;
    second.sees(LIVE)?;
    ada.orders(&THREE_TIER)?;
    ada.sees_status("Validated")?;
    ada.leaves()?;

    second.types("3")?;
    second.reads("the backend of another tiffin has ended")?;
    second.sees("Your own backend is at")?;
    second.sees_status("Delivered")?;
    second.own_backend()?;
    only_order(&home.customer(&second.backend_url()?)?, "DELIVERED")?;
    second.leaves()?;
    Ok(())
}

#[test]
fn two_programs_that_start_at_once_agree_on_one_backend_and_one_customer() -> Result<()> {
    let home = Home::new()?;
    let programs = [home.start(&[])?, home.start(&[])?, home.start(&[])?];
    for program in &programs {
        program.sees(LIVE)?;
        program.sees(THREE_TIER.name)?;
    }
    let [url, second, third] = programs.each_ref().map(Person::backend_url);
    let url = url?;
    assert_eq!((&second?, &third?), (&url, &url));
    let backends: usize = programs.iter().map(|it| it.terminal.processes().len()).sum();
    assert_eq!(backends, 1);
    let customers = home.customer(&url)?;
    let viewer = customers.query("{ viewer { name } }", &serde_json::Value::Null)?;
    assert_eq!(viewer["viewer"]["name"], "tester");
    Ok(())
}

#[test]
fn what_two_killed_programs_had_unsent_goes_out_once_from_whoever_starts_next() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let mut proxy = Proxy::start(house.backend.address())?;
    let home = Home::new()?;
    let mut killed = [home.start_at(&proxy.url())?, home.start_at(&proxy.url())?];
    proxy.cut()?;
    for person in &mut killed {
        person.sees("Offline since")?;
        person.orders(&THREE_TIER)?;
        // By then it is in the journal.
        person.sees("queued 1 s")?;
    }
    for person in killed {
        person.gets_killed()?;
    }

    proxy.pass()?;
    for mut next in [home.start_at(&proxy.url())?, home.start_at(&proxy.url())?] {
        next.types("3")?;
        next.terminal.wait_until(PATIENCE, "both orders", |screen| {
            screen.text().lines().filter(|row| row.contains("Validated since")).count() >= 2
        })?;
        next.sees_settled("Validated")?;
    }
    let log = house.log_file()?;
    assert_eq!(log.events("OrderPlaced")?, 2);
    log.check()
}

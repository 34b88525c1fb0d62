//! Two programs on one data directory: one customer, one backend, and whoever stays goes on.

use anyhow::Result;

use super::person::{Home, LIVE, Person, THREE_TIER, only_order};

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

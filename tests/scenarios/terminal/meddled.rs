//! Single messages between the terminal program and its backend are lost, come twice or in another
//! order: each order is placed once all the same, and what the screen says is what is on record.

use anyhow::Result;
use harness::proxy::{Fate, Meant};
use harness::{Proxy, eventually};

use super::agreement::of_screen_server_and_log;
use super::person::{Home, Person, TALL, THREE_TIER};
use crate::house::{FOR_EVER, House, PATIENCE};

/// A house behind a line whose messages something may befall, and a guest who is there already.
struct Meddled {
    house: House,
    proxy: Proxy,
    home: Home,
    ada: Person,
}

impl Meddled {
    fn open() -> Result<Self> {
        let house = House::open(FOR_EVER)?;
        let proxy = Proxy::start(house.backend.address())?;
        let home = Home::new()?;
        let ada = home.start_in(TALL, &["--url", &proxy.url()])?;
        ada.sees(super::person::LIVE)?;
        ada.sees(THREE_TIER.name)?;
        Ok(Self { house, proxy, home, ada })
    }

    fn orders(&mut self, portions: usize) -> Result<()> {
        self.ada.chooses(&THREE_TIER, portions)?;
        self.ada.types("p")
    }

    /// Checks that there are as many orders as were placed, of one portion, of two and so on.
    fn check_orders(&mut self, orders: u64) -> Result<()> {
        let customer = self.home.customer(&self.house.backend.url())?;
        let log = self.house.log_file()?;
        // Before the key press is taken in, all three agree that there is nothing.
        eventually(PATIENCE, format!("{orders} orders on record"), || {
            log.events("OrderPlaced").is_ok_and(|placed| placed >= orders).then_some(())
        })?;
        let said = of_screen_server_and_log(&mut self.ada, &customer, &log)?;
        let expected: Vec<_> =
            (1..=orders).map(|portions| (portions, "VALIDATED".into())).collect();
        assert_eq!(said, expected);
        self.check_events(orders)
    }

    /// Checks that the screen knows the two events that each order has had.
    fn check_events(&mut self, orders: u64) -> Result<()> {
        let expected = [orders, orders];
        self.ada.types("4")?;
        self.ada.terminal.wait_until(PATIENCE, format!("events {expected:?}"), |screen| {
            let screen = screen.text();
            let known = |event: &str, by: &str| {
                let tells = |row: &&str| row.contains(event) && row.contains(by);
                u64::try_from(screen.lines().filter(tells).count()).unwrap_or_default()
            };
            expected
                == [known("OrderPlaced", "customer"), known("OrderValidated", "validate-order")]
        })?;
        self.ada.types("3")
    }

    /// Orders once for each of these, while that befalls that message.
    fn check_each(&mut self, fates: &[(Meant, Fate)]) -> Result<()> {
        for (orders, (meant, fate)) in (1..).zip(fates) {
            self.proxy.befall(meant.clone(), *fate);
            self.orders(orders)?;
            self.proxy.wait_until_befallen(PATIENCE)?;
            self.proxy.pass()?;
            self.check_orders(u64::try_from(orders)?)?;
        }
        Ok(())
    }
}

#[test]
fn an_order_whose_answer_is_lost_with_the_line_is_shown_as_being_checked_and_settles_once()
-> Result<()> {
    let mut it = Meddled::open()?;
    it.proxy.befall(Meant::answer("placeOrder"), Fate::LostInACut);
    // Where these come first they are not to tell of it.
    it.proxy.befall(Meant::change(), Fate::Lost);
    it.proxy.befall(Meant::change(), Fate::Lost);
    it.orders(1)?;
    it.ada.sees("Offline since")?;
    let screen = it.ada.sees("checking")?;
    assert!(screen.style_of("1 x Three-tier Tiffin")?.dim, "{screen}");
    assert_eq!(it.house.log_file()?.events("OrderPlaced")?, 1, "it is on record");

    it.proxy.spare_the_rest();
    it.proxy.pass()?;
    it.check_orders(1)
}

#[test]
fn a_cancellation_whose_answer_is_lost_with_the_line_is_checked_and_happens_once() -> Result<()> {
    let mut it = Meddled::open()?;
    it.orders(1)?;
    it.check_orders(1)?;
    it.proxy.befall(Meant::answer("cancelOrder"), Fate::LostInACut);
    it.proxy.befall(Meant::change(), Fate::Lost);
    it.proxy.befall(Meant::change(), Fate::Lost);
    it.ada.types("x")?;
    it.ada.sees("Cancel the order?")?;
    it.ada.types("y")?;
    it.ada.sees("cancellation checking")?;

    it.proxy.spare_the_rest();
    it.proxy.pass()?;
    it.ada.sees_settled("Cancelled")?;
    let customer = it.home.customer(&it.house.backend.url())?;
    let log = it.house.log_file()?;
    let said = of_screen_server_and_log(&mut it.ada, &customer, &log)?;
    assert_eq!(said, [(1, "CANCELLED".to_owned())]);
    assert_eq!(log.events("CancellationRequested")?, 1);
    Ok(())
}

/// The line stays up and everything else passes: nothing tells but the silence.
#[test]
fn an_order_whose_request_never_arrives_is_asked_again_and_placed_once() -> Result<()> {
    let mut it = Meddled::open()?;
    it.proxy.befall(Meant::request("PlaceOrder"), Fate::Lost);
    it.orders(1)?;
    it.proxy.wait_until_befallen(PATIENCE)?;
    it.ada.sees("sending")?;
    assert_eq!(it.house.log_file()?.events("OrderPlaced")?, 0, "it is not on record");
    it.check_orders(1)
}

#[test]
fn an_order_that_is_on_record_and_of_which_no_word_comes_is_asked_again_and_placed_once()
-> Result<()> {
    let mut it = Meddled::open()?;
    it.proxy.befall(Meant::answer("placeOrder"), Fate::Lost);
    it.proxy.befall(Meant::change(), Fate::Lost);
    it.proxy.befall(Meant::change(), Fate::Lost);
    it.orders(1)?;
    it.proxy.wait_until_befallen(PATIENCE)?;
    it.ada.sees("sending")?;
    assert_eq!(it.house.log_file()?.events("OrderPlaced")?, 1, "it is on record");
    it.check_orders(1)
}

#[test]
fn what_comes_twice_happens_once() -> Result<()> {
    Meddled::open()?.check_each(&[
        (Meant::request("PlaceOrder"), Fate::Doubled),
        (Meant::answer("placeOrder"), Fate::Doubled),
        (Meant::change(), Fate::Doubled),
        (Meant::change().after(1), Fate::Doubled),
    ])
}

#[test]
fn an_answer_or_a_change_that_is_lost_is_made_up_for() -> Result<()> {
    Meddled::open()?.check_each(&[
        (Meant::answer("placeOrder"), Fate::Lost),
        (Meant::change(), Fate::Lost),
        (Meant::change().after(1), Fate::LostInACut),
    ])
}

#[test]
fn what_comes_in_another_order_comes_to_the_same() -> Result<()> {
    Meddled::open()?.check_each(&[
        (Meant::answer("placeOrder"), Fate::Overtaken),
        (Meant::change(), Fate::Overtaken),
        (Meant::request("PlaceOrder"), Fate::Overtaken),
    ])
}

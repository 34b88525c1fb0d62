//! The answer to an order is lost after the order is on record: the connection is cut, or the
//! program is killed. Nobody knows then what has become of it; it is asked again and happens once.

use std::time::Duration;

use anyhow::Result;
use harness::Proxy;

use super::person::{Home, LIVE, Person, THREE_TIER, only_order};
use crate::house::{FOR_EVER, House};

/// How long the answer is on its way: long enough to look into the backend meanwhile and to do
/// something terrible.
const WAY_OF_THE_ANSWER: Duration = Duration::from_secs(2);

/// A house far away, whose answers can be lost.
struct Faraway {
    house: House,
    proxy: Proxy,
    home: Home,
}

impl Faraway {
    fn open() -> Result<Self> {
        let house = House::open(FOR_EVER)?;
        let proxy = Proxy::start(house.backend.address())?;
        Ok(Self { house, proxy, home: Home::new()? })
    }

    fn start(&self) -> Result<Person> {
        self.home.start(&["--url", &self.proxy.url()])
    }

    /// Somebody whose order is on record, while the answer is still on its way to them.
    fn with_an_answer_on_its_way(&mut self) -> Result<Person> {
        let mut ada = self.home.start_at(&self.proxy.url())?;
        self.proxy.delay(WAY_OF_THE_ANSWER)?;
        ada.orders(&THREE_TIER)?;
        self.check_one_order()?;
        Ok(ada)
    }

    fn check_one_order(&self) -> Result<()> {
        only_order(&self.home.customer(&self.house.backend.url())?, "VALIDATED")?;
        Ok(())
    }
}

#[test]
fn an_answer_that_is_lost_on_its_way_is_asked_for_again_and_the_order_is_placed_once() -> Result<()>
{
    let mut faraway = Faraway::open()?;
    let ada = faraway.with_an_answer_on_its_way()?;
    faraway.proxy.cut()?;
    ada.sees("Offline since")?;
    let screen = ada.sees("checking")?;
    assert!(screen.style_of("1 x Three-tier Tiffin")?.dim, "{screen}");

    faraway.proxy.pass()?;
    ada.sees_settled("Validated")?;
    faraway.check_one_order()
}

#[test]
fn a_program_that_is_killed_before_the_answer_goes_on_checking_and_the_order_is_placed_once()
-> Result<()> {
    let mut faraway = Faraway::open()?;
    let ada = faraway.with_an_answer_on_its_way()?;
    ada.gets_killed()?;
    faraway.proxy.cut()?;

    let mut ada = faraway.start()?;
    ada.types("3")?;
    let screen = ada.sees("checking")?;
    assert!(screen.style_of("1 x Three-tier Tiffin")?.dim, "{screen}");
    faraway.proxy.pass()?;
    ada.sees_settled("Validated")?;
    ada.leaves()?;
    faraway.check_one_order()
}

#[test]
fn a_program_that_is_killed_with_an_order_unsent_sends_it_at_the_next_start_once() -> Result<()> {
    let mut faraway = Faraway::open()?;
    let mut ada = faraway.home.start_at(&faraway.proxy.url())?;
    faraway.proxy.cut()?;
    ada.sees("Offline since")?;
    ada.orders(&THREE_TIER)?;
    // Leaves its mark in the journal first: what is younger than that, no program can save.
    ada.sees("queued 1 s")?;
    ada.gets_killed()?;

    let mut ada = faraway.start()?;
    ada.types("3")?;
    ada.sees("queued")?;
    faraway.proxy.pass()?;
    ada.sees_settled("Validated")?;
    faraway.check_one_order()
}

#[test]
fn an_order_is_placed_once_however_often_the_line_breaks() -> Result<()> {
    let mut faraway = Faraway::open()?;
    let ada = faraway.with_an_answer_on_its_way()?;
    for _ in 0..5 {
        faraway.proxy.cut()?;
        ada.sees("Offline since")?;
        faraway.proxy.pass()?;
        ada.sees(LIVE)?;
    }
    ada.sees_settled("Validated")?;
    faraway.check_one_order()
}

//! Somebody orders and cancels while the backend and the terminal program are killed at random
//! moments and started again, and the line between them is cut in the middle of what they say. Whatever the journal of a killed program holds comes true, once; and
//! in the end the screen, the server and the log say the same.
//!
//! A walk is repeated by its seed, as far as two processes can be: `TIFFIN_WALKS=17 cargo test
//! random_walk` goes walk 17, `TIFFIN_WALKS=1..200` goes many. All are of one dish, the n-th order of
//! n portions.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use harness::proxy::{Fate, Meant, Mode};
use harness::wait::let_pass;
use harness::{Port, Proxy};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::agreement::{of_screen_server_and_log, portions_in};
use super::journal_file::{Wish, wishes};
use super::person::{Home, Person, TALL, THREE_TIER};
use crate::house::{FOR_EVER, House, PATIENCE};

/// Which walks are gone, where somebody says: a seed, or a range of seeds.
const WALKS_VARIABLE: &str = "TIFFIN_WALKS";
/// Those that are gone where nobody says: few enough for every run of the tests.
const USUAL_WALKS: Range<u64> = 1..6;
/// The deeds of one walk: four or five orders among them.
const DEEDS: usize = 12;
/// The longest time from a deed to the next, in milliseconds: an order takes about as long from the
/// key to the fact, so that a kill meets it anywhere on its way.
const HASTE: u64 = 60;

struct Walk {
    random: StdRng,
    house: House,
    backend: State,
    proxy: Proxy,
    home: Home,
    ada: Option<Person>,
    orders: u64,
    promised: Promised,
    /// What was done, for whoever has to find out what went wrong.
    story: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    Down,
}

/// What the journals of killed programs have held, by the number of portions.
#[derive(Debug, Default)]
struct Promised {
    placed: BTreeSet<u64>,
    cancelled: BTreeSet<u64>,
    taken_back: BTreeSet<u64>,
    portions: BTreeMap<String, u64>,
}

impl Promised {
    /// Takes in what a program has left behind.
    fn take(&mut self, wishes: &[Wish]) {
        for wish in wishes {
            if wish.kind == "place" {
                self.portions.insert(wish.order_id.clone(), wish.portions);
                self.placed.insert(wish.portions);
                if wish.end.as_deref() == Some("withdrawn") {
                    self.placed.remove(&wish.portions);
                    self.taken_back.insert(wish.portions);
                }
            }
        }
        for wish in wishes.iter().filter(|wish| wish.kind == "cancel") {
            let Some(portions) = self.portions.get(&wish.order_id) else { continue };
            match wish.end.as_deref() {
                None | Some("confirmed") => self.cancelled.insert(*portions),
                // Taken back as well, or there was nothing to cancel.
                Some(_) => self.cancelled.remove(portions),
            };
        }
    }
}

impl Walk {
    fn begin(seed: u64) -> Result<Self> {
        let house = House::open(FOR_EVER)?;
        let proxy = Proxy::start(house.backend.address())?;
        let home = Home::new()?;
        // Signs in, and remembers the menu.
        home.start_at(&proxy.url())?.leaves()?;
        let mut walk = Self {
            random: StdRng::seed_from_u64(seed),
            house,
            backend: State::Up,
            proxy,
            home,
            ada: None,
            orders: 0,
            promised: Promised::default(),
            story: Vec::new(),
        };
        walk.start()?;
        Ok(walk)
    }

    fn go(&mut self) -> Result<()> {
        for _ in 0..DEEDS {
            match self.random.random_range(0..12) {
                0..4 => self.order()?,
                4 => self.cancel()?,
                5..7 => self.kill_or_start_the_backend()?,
                7..9 => self.kill_the_terminal()?,
                9 => self.kill_both()?,
                _ => self.cut_in_the_middle_or_mend()?,
            }
            self.linger();
        }
        self.end()
    }

    fn order(&mut self) -> Result<()> {
        self.orders += 1;
        let portions = self.orders;
        self.story.push(format!("order {portions}"));
        let ada = self.ada()?;
        ada.chooses(&THREE_TIER, usize::try_from(portions)?)?;
        ada.types("p")
    }

    /// Of any of the newest orders, where it can still be cancelled: of one that was never sent it
    /// takes back the order itself, and of others it asks.
    fn cancel(&mut self) -> Result<()> {
        let down = self.random.random_range(0..3);
        self.story.push(format!("cancel, {down} rows down"));
        let ada = self.ada()?;
        ada.types("3g")?;
        ada.types(&"j".repeat(down))?;
        ada.types("xy")
    }

    fn kill_or_start_the_backend(&mut self) -> Result<()> {
        match self.backend {
            State::Up => self.kill_the_backend(),
            State::Down => self.start_the_backend(),
        }
    }

    fn kill_the_backend(&mut self) -> Result<()> {
        self.story.push("kill the backend".to_owned());
        self.backend = State::Down;
        self.house.backend.kill()
    }

    fn start_the_backend(&mut self) -> Result<()> {
        self.story.push("start the backend".to_owned());
        self.backend = State::Up;
        self.house.backend.restart(Port::Same)
    }

    fn kill_the_terminal(&mut self) -> Result<()> {
        self.story.push("kill the terminal program".to_owned());
        self.ada.take().context("it runs")?.gets_killed()?;
        self.start()
    }

    fn kill_both(&mut self) -> Result<()> {
        if self.backend == State::Up {
            self.kill_the_backend()?;
        }
        self.kill_the_terminal()
    }

    /// Sees to it that the line is cut in the middle of what is said next, or said twice; or mends
    /// the line where that has happened.
    fn cut_in_the_middle_or_mend(&mut self) -> Result<()> {
        if self.proxy.mode() == Mode::Cut {
            self.story.push("mend the line".to_owned());
            return self.proxy.pass();
        }
        let meant = match self.random.random_range(0..4) {
            0 => Meant::request("PlaceOrder"),
            1 => Meant::answer("placeOrder"),
            2 => Meant::answer("cancelOrder"),
            _ => Meant::change(),
        };
        let fate = if self.random.random() { Fate::LostInACut } else { Fate::Doubled };
        self.story.push(format!("{fate:?} be {meant:?}"));
        self.proxy.befall(meant, fate);
        Ok(())
    }

    /// Starts the terminal program, which has to show what the one before has left unsettled.
    fn start(&mut self) -> Result<()> {
        let left = wishes(&self.home)?;
        self.story.push(format!("start the terminal program with {left:?}"));
        self.promised.take(&left);
        let ada = self.home.start_in(TALL, &["--url", &self.proxy.url()])?;
        ada.sees(THREE_TIER.name)?;
        let unsettled = left.iter().filter(|wish| wish.kind == "place" && wish.end.is_none());
        let unsettled: BTreeSet<u64> = unsettled.map(|wish| wish.portions).collect();
        self.ada = Some(ada);
        self.ada()?.types("3")?;
        let ada = self.ada()?;
        ada.terminal.wait_until(PATIENCE, format!("orders {unsettled:?}"), |screen| {
            let shown: BTreeSet<u64> = screen.text().lines().filter_map(portions_in).collect();
            unsettled.is_subset(&shown)
        })?;
        Ok(())
    }

    /// Lets all come to rest, and checks that it has come out right.
    fn end(&mut self) -> Result<()> {
        if self.backend == State::Down {
            self.start_the_backend()?;
        }
        self.proxy.spare_the_rest();
        self.proxy.pass()?;
        let customer = self.home.customer(&self.house.backend.url())?;
        let log = self.house.log_file()?;
        let mut ada = self.ada.take().context("it runs")?;
        let said = of_screen_server_and_log(&mut ada, &customer, &log)?;
        let words = ada.leaves()?;
        ensure!(!words.contains("still on"), "all is settled, and it says {words}");
        self.promised.take(&wishes(&self.home)?);

        let placed: BTreeSet<u64> = said.iter().map(|(portions, _)| *portions).collect();
        ensure!(placed.len() == said.len(), "an order has been doubled: {said:?}");
        let known = placed.iter().all(|portions| (1..=self.orders).contains(portions));
        ensure!(known, "nobody has ordered that: {said:?}");
        let Promised { placed: promised, cancelled, taken_back, .. } = &self.promised;
        ensure!(promised.is_subset(&placed), "{promised:?} were kept, and there are {said:?}");
        ensure!(taken_back.is_disjoint(&placed), "{taken_back:?} were taken back: {said:?}");
        let not_cancelled = said
            .iter()
            .find(|(portions, status)| cancelled.contains(portions) && status != "CANCELLED");
        ensure!(not_cancelled.is_none(), "{cancelled:?} were to be cancelled: {said:?}");
        Ok(())
    }

    fn ada(&mut self) -> Result<&mut Person> {
        self.ada.as_mut().context("the terminal program runs")
    }

    fn linger(&mut self) {
        let milliseconds = self.random.random_range(0..HASTE);
        let_pass(Duration::from_millis(milliseconds));
    }
}

/// The seeds of the walks to go.
fn walks() -> Result<Range<u64>> {
    let Ok(asked) = std::env::var(WALKS_VARIABLE) else { return Ok(USUAL_WALKS) };
    let seeds = match asked.split_once("..") {
        Some((first, end)) => first.parse()?..end.parse()?,
        None => asked.parse().map(|seed: u64| seed..seed.saturating_add(1))?,
    };
    Ok(seeds)
}

#[test]
fn ordering_while_both_processes_are_killed_at_random_moments_loses_doubles_and_misreports_nothing()
-> Result<()> {
    for seed in walks().with_context(|| format!("{WALKS_VARIABLE} is a seed, or 1..200"))? {
        let mut walk = Walk::begin(seed)?;
        walk.go().with_context(|| {
            let story = walk.story.join("\n  ");
            format!("{WALKS_VARIABLE}={seed} repeats this walk:\n  {story}\nand then")
        })?;
    }
    Ok(())
}

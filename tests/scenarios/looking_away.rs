//! A subscriber looks away while thousands of things happen to its orders (step 8 of an order's way): the
//! server holds next to nothing for it, and whoever looks again has missed nothing.
//!
//! A socket that takes nothing for ten seconds is given up; where the load takes longer, somebody who looks
//! away for all of it comes back by cursor, as after any other break. `TIFFIN_UNREAD_EVENTS=20000` looks
//! away for more of them; much fewer than usual drown in what a server takes anyway.

use std::num::NonZeroU64;
use std::thread;

use anyhow::{Context, Result, ensure};
use harness::process::status_number;
use harness::{BackendOptions, Closed, Pid, PlaceOrder, Received, eventually};

use crate::changes::Changes;
use crate::house::{Customer, House, PATIENCE, TIFFIN, position, text};

/// For how many events somebody looks away, where it is said.
const EVENTS_VARIABLE: &str = "TIFFIN_UNREAD_EVENTS";
/// For how many otherwise: in a debug build some ten seconds.
const USUAL_EVENTS: u64 = 10_000;
/// What comes of an order with a tip, where nothing is in its way.
const EVENTS_OF_AN_ORDER: u64 = 10;
/// Enough for the server to have most of what it keeps whoever listens: its newest thousand events, pages
/// of its database, the memory of its threads.
const ORDERS_BEFORE: u64 = 100;
/// How many orders are on their way to the server at once.
const HANDS: usize = 8;
/// The longest note that an order may have, in characters.
const NOTE_CHARACTERS: usize = 280;
/// Four bytes.
const NOTE_CHARACTER: char = '🍛';
/// How often each change says the note, so that it comes to seven kilobytes: the systems of both sides take
/// in megabytes that nobody has read, and no more than some hundred of these.
const NOTES: usize = 6;
/// Twice what both systems take in.
const ORDERS_UNTIL_IT_STALLS: u64 = 100;

fn events() -> Result<u64> {
    let Ok(said) = std::env::var(EVENTS_VARIABLE) else { return Ok(USUAL_EVENTS) };
    let events: Result<NonZeroU64, _> = said.parse();
    let events =
        events.with_context(|| format!("{EVENTS_VARIABLE} is to be a number from 1, not `{said}`"));
    Ok(events?.get())
}

fn resident_bytes(pid: Pid) -> Result<usize> {
    Ok(usize::try_from(status_number(pid, "VmRSS")? * 1024)?)
}

/// Places so many orders and waits until all are home.
fn so_many_come_home(house: &House, ada: &Customer, orders: u64) -> Result<()> {
    let note = NOTE_CHARACTER.to_string().repeat(NOTE_CHARACTERS);
    let order = |_| Ok(house.order(TIFFIN, 1)?.with("tipCents", 1_00).with("note", note.as_str()));
    let orders: Vec<PlaceOrder> = (0..orders).map(order).collect::<Result<_>>()?;
    thread::scope(|scope| {
        let place = |share: &[PlaceOrder]| share.iter().try_for_each(|it| ada.place(it).map(drop));
        let shares = orders.chunks(orders.len().div_ceil(HANDS));
        let hands: Vec<_> = shares.map(|share| scope.spawn(move || place(share))).collect();
        hands.into_iter().try_for_each(|hand| {
            hand.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    let log = house.log_file()?;
    eventually(PATIENCE * 3, "the end of all orders", || log.check_all_done())
}

/// Follows in many words.
fn long_winded(ada: &Customer, after: Option<&str>) -> Result<Changes> {
    let notes: Vec<_> = (0..NOTES).map(|number| format!("note{number}: note")).collect();
    Changes::start_with(ada.web_socket()?, &notes.join(" "), after)
}

/// What came to somebody who reads on to the end.
#[derive(Debug, Default)]
struct Read {
    positions: Vec<u64>,
    /// How often the server had hung up.
    breaks: usize,
}

fn read_on(mut changes: Changes, ada: &Customer, end: u64) -> Result<Read> {
    let mut read = Read::default();
    while position(changes.cursor())? < end {
        match changes.next() {
            Ok(change) => read.positions.push(position(text(&change, "/cursor"))?),
            Err(error) => {
                let ended = changes.socket().receive(PATIENCE)?;
                ensure!(ended == Received::Closed(Closed::Lost), "{ended:?}: {error:#}");
                read.breaks += 1;
                changes = long_winded(ada, Some(changes.cursor()))?;
            }
        }
    }
    Ok(read)
}

#[test]
fn who_looks_away_for_thousands_of_events_costs_the_server_little_and_misses_none() -> Result<()> {
    let house = House::open(0.0)?;
    let (ada, pid) = (house.customer("Ada")?, house.backend.pid()?);
    so_many_come_home(&house, &ada, ORDERS_BEFORE)?;
    let changes = long_winded(&ada, None)?;
    let (from, before) = (position(changes.cursor())?, resident_bytes(pid)?);

    so_many_come_home(&house, &ada, events()?.div_ceil(EVENTS_OF_AN_ORDER))?;
    let grown = resident_bytes(pid)?.saturating_sub(before);

    let read = read_on(changes, &ada, position(&house.head()?)?)?;
    assert_eq!(read.positions, house.log_file()?.positions_of_orders(from)?, "each once, in order");
    ensure!(read.breaks <= 1, "hung up {} times on somebody who reads", read.breaks);
    let unread = read.positions.len() * NOTES * NOTE_CHARACTERS * NOTE_CHARACTER.len_utf8();
    ensure!(grown < unread / 2, "{grown} bytes more, while {unread} were unread");
    Ok(())
}

#[test]
fn who_does_not_look_again_for_ten_seconds_is_given_up_and_comes_back_by_cursor() -> Result<()> {
    let environment = vec![("TIFFIN_LOG".into(), "backend::api=debug".into())];
    let house = House::open_with(BackendOptions { environment, ..BackendOptions::default() })?;
    let ada = house.customer("Ada")?;
    let changes = long_winded(&ada, None)?;
    let from = position(changes.cursor())?;
    so_many_come_home(&house, &ada, ORDERS_UNTIL_IT_STALLS)?;
    eventually(PATIENCE, "that the server gives the connection up", || {
        let log = house.backend.log();
        ensure!(log.contains("a WebSocket peer does not read"), "{log}");
        Ok(())
    })?;

    let read = read_on(changes, &ada, position(&house.head()?)?)?;
    assert_eq!(read.positions, house.log_file()?.positions_of_orders(from)?, "each once, in order");
    assert_eq!(read.breaks, 1, "what was on its way had arrived; then the connection was gone");
    Ok(())
}

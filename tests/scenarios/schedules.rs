//! What the clock appends: the shelves are filled each night, once, also where no server was there at
//! that time; and whoever asks sees when it is next.

use anyhow::Result;
use harness::{Attempt, Port, eventually};
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::house::{FOR_EVER, House, PATIENCE, list, text};
use crate::operator_commands::command;

const SCHEDULES: &str = "{ schedules { name cron nextAt paused } server { now } }";

/// When the shelves are filled next, and what time it is.
fn next_and_now(house: &House) -> Result<(Timestamp, Timestamp)> {
    let answer = house.operator()?.query(SCHEDULES, &Value::Null)?;
    assert_eq!(text(&answer, "/schedules/0/name"), "reset-portions");
    assert_eq!(answer["schedules"][0]["paused"], false);
    Ok((text(&answer, "/schedules/0/nextAt").parse()?, text(&answer, "/server/now").parse()?))
}

/// As if the server had been down since then.
fn put_back(house: &House, next_at: Timestamp) -> Result<()> {
    let file = Connection::open(house.backend.database())?;
    file.execute("UPDATE schedule SET next_at = ?1", [next_at.as_millisecond()])?;
    Ok(())
}

#[test]
fn a_night_without_a_server_is_made_up_for_once_and_the_log_says_so() -> Result<()> {
    let mut house = House::open(FOR_EVER)?;
    let (next, now) = next_and_now(&house)?;
    assert!(next > now && next.duration_since(now) <= SignedDuration::from_hours(24));
    assert_eq!(next.strftime("%H:%M:%S").to_string(), "04:00:00", "as its cron expression says");
    house.backend.stop()?;
    put_back(&house, next.checked_sub(SignedDuration::from_hours(3 * 24))?)?;
    house.backend.restart(Port::Same)?;
    let log = house.log_file()?;
    eventually(PATIENCE, "the run that was missed", || match log.events("ScheduleRan") {
        Ok(1) => Attempt::Done(()),
        other => Attempt::NotYet(format!("{other:?}")),
    })?;
    assert!(log.events("PortionsReset")? >= 1);
    assert_eq!(next_and_now(&house)?.0, next, "three nights were missed, and made up for once");
    log.check()?;

    house.backend.kill()?;
    house.backend.restart(Port::Same)?;
    assert_eq!(house.log_file()?.events("ScheduleRan")?, 1, "and not again");
    let events = house
        .operator()?
        .query("{ events(first: 200) { nodes { type source message } } }", &json!({}))?;
    let ran = list(&events, "/events/nodes").iter().find(|it| it["type"] == "ScheduleRan");
    assert_eq!(ran.map(|it| text(it, "/source")), Some("schedule"));
    Ok(())
}

#[test]
fn the_command_shows_each_schedule_with_its_zone_and_its_next_time() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let (next, _) = next_and_now(&house)?;
    let shown = command(&house, &["schedules"])?;
    let lines: Vec<_> = shown.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("SCHEDULE"), "{shown}");
    let next = next.strftime("%Y-%m-%d %H:%M UTC").to_string();
    assert!(
        lines[1].starts_with("reset-portions  0 4 * * * UTC") && lines[1].contains(&next),
        "{shown}"
    );
    Ok(())
}

#[test]
fn schedules_are_the_operators_business() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let ada = house.customer("Ada")?;
    assert_eq!(ada.client.error(SCHEDULES, &Value::Null)?.code, "FORBIDDEN");
    Ok(())
}

//! The time that somebody wishes for, as people write it and read it. Step 1 of an order's way.
//!
//! What is written becomes an instant there and then, and not when the order is placed: `+45` counts
//! from when it was said, and `tomorrow` stays the same day, however long the cart is left. Pure: the
//! present and the time zone are passed in. Whether a wish can still be met is decided elsewhere.

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, TimestampRound, ToSpan, Unit};
use shared::order::command::AHEAD_MAX;
use thiserror::Error;

/// Days on which a time can be at most so far ahead, today among them.
const DAYS: usize = 8;
/// The first letters of a weekday that tell it from the others.
const WEEKDAY_LETTERS: usize = 3;

/// Why something is no time to deliver at; each says what to write.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoTime {
    /// Nothing that can be read.
    #[error("This is not a time: write 19:30, +45 (minutes), or tomorrow 12:00.")]
    Unreadable,
    /// The present, or before it.
    #[error("This is not ahead: write +45, or nothing at all for as soon as possible.")]
    NotAhead,
    /// More than the bound that both sides share.
    #[error(
        "An order is for at most {} days ahead: write an earlier time, such as tomorrow 12:00.",
        AHEAD_MAX.as_secs() / 86_400
    )]
    TooFarAhead,
    /// The clocks go forward over it.
    #[error("The clocks go forward over this time: write {0}, which is just after.")]
    LeftOut(String),
}

/// The instant that is meant, to the minute; none where nothing is written.
///
/// `19:30` is today, or tomorrow if that has passed; `fri 12:00` is the next one. Where the clocks go
/// back, the first of two such times that is still to come.
///
/// # Errors
/// It is no time, or none that an order can be for.
pub fn read(written: &str, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, NoTime> {
    let written = written.trim().to_lowercase();
    if written.is_empty() {
        return Ok(None);
    }
    let at = match written.strip_prefix('+') {
        Some(minutes) => so_many_minutes_ahead(minutes.trim_start(), now)?,
        None => time_of_some_day(&written, now, zone)?,
    };
    let furthest = now.saturating_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
    if at > furthest { Err(NoTime::TooFarAhead) } else { Ok(Some(at)) }
}

/// How it is written, so that it can be read again while it is ahead; what has passed is its time of
/// day alone.
pub fn write(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let there = at.to_zoned(zone.clone());
    let today = now.to_zoned(zone.clone()).date();
    let is_tomorrow = today.tomorrow().is_ok_and(|tomorrow| tomorrow == there.date());
    let format = if at <= now || there.date() == today {
        "%H:%M"
    } else if is_tomorrow {
        "tomorrow %H:%M"
    } else {
        "%a %H:%M"
    };
    there.strftime(format).to_string()
}

fn so_many_minutes_ahead(minutes: &str, now: Timestamp) -> Result<Timestamp, NoTime> {
    if minutes.is_empty() || !minutes.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NoTime::Unreadable);
    }
    // More digits than a number has are too far ahead, too.
    let minutes: u32 = minutes.parse().map_err(|_| NoTime::TooFarAhead)?;
    let exact =
        now.checked_add(Duration::from_mins(minutes.into())).map_err(|_| NoTime::TooFarAhead)?;
    let whole = TimestampRound::new().smallest(Unit::Minute).mode(jiff::RoundMode::Trunc);
    exact.round(whole).ok().filter(|at| *at > now).ok_or(NoTime::NotAhead)
}

fn time_of_some_day(written: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, NoTime> {
    let (day, time) = match written.rsplit_once(char::is_whitespace) {
        Some((day, time)) => (Some(day.trim_end()), time),
        None => (None, written),
    };
    let time = time_of_day(time).ok_or(NoTime::Unreadable)?;
    let today = now.to_zoned(zone.clone()).date();
    let days = std::iter::successors(Some(today), |day| day.checked_add(1.day()).ok()).take(DAYS);
    let days: Vec<Date> = match day {
        None => days.take(2).collect(),
        Some("tomorrow") => days.skip(1).take(1).collect(),
        Some(name) => days.filter(|day| is_called(*day, name)).collect(),
    };
    if days.is_empty() {
        return Err(NoTime::Unreadable);
    }
    let ahead = |day: &Date| first_ahead(*day, time, now, zone).transpose();
    days.iter().find_map(ahead).unwrap_or(Err(NoTime::NotAhead))
}

/// `19:30`, `7:05`.
fn time_of_day(written: &str) -> Option<Time> {
    let (hour, minute) = written.split_once(':')?;
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn is_called(day: Date, name: &str) -> bool {
    let weekday = day.strftime("%A").to_string().to_lowercase();
    name.len() >= WEEKDAY_LETTERS && weekday.starts_with(name)
}

/// This time of this day, if it is still to come.
fn first_ahead(
    day: Date,
    time: Time,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Option<Timestamp>, NoTime> {
    let there = zone.to_ambiguous_timestamp(day.to_datetime(time));
    if let AmbiguousOffset::Gap { .. } = there.offset() {
        let after = there.compatible().ok().filter(|after| *after > now);
        return after.map_or(Ok(None), |after| Err(NoTime::LeftOut(write(after, now, zone))));
    }
    let both = [there.earlier(), there.later()];
    Ok(both.into_iter().flatten().find(|at| *at > now))
}

#[cfg(test)]
mod tests;

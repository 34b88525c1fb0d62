//! Which times a schedule has, and what becomes of those that were missed.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn times(cron: &str) -> Times {
    Times::of(cron).unwrap()
}

const DAY: Duration = Duration::from_hours(24);

fn any_time() -> impl Strategy<Value = Timestamp> {
    // From 1990 to 2070: leap years, and changes of summer time that UTC knows nothing of.
    (631_152_000_000..3_155_760_000_000_i64).prop_map(|it| Timestamp::from_millisecond(it).unwrap())
}

proptest! {
    #[test]
    fn every_schedule_has_a_next_time_and_every_night_has_one(now in any_time()) {
        for schedule in Schedule::ALL {
            let next = schedule.next_after(now).unwrap();
            prop_assert!(next > now);
            prop_assert!(next.duration_since(now) <= SignedDuration::from_hours(24));
            prop_assert_eq!(next.to_zoned(TimeZone::UTC).strftime("%H:%M:%S.%f").to_string(), "04:00:00.0");
        }
    }

    #[test]
    fn whatever_was_missed_it_strikes_once_and_is_next_due_in_the_future(
        next_at in any_time(), late in 0..100_000_000_000_i64
    ) {
        let planned = Planned { schedule: Schedule::ResetPortions, next_at };
        let now = Timestamp::from_millisecond(next_at.as_millisecond() + late).unwrap();
        let Strike::Run { due_at, next_at } = planned.strike(now).unwrap() else {
            panic!("a night is never further away than a day");
        };
        prop_assert!(due_at <= now && now.duration_since(due_at) <= SignedDuration::from_hours(24));
        prop_assert!(next_at > now);
        let after = Planned { schedule: Schedule::ResetPortions, next_at };
        prop_assert_eq!(after.strike(now).unwrap(), Strike::NotYet);
    }
}

#[test]
fn a_leap_day_and_the_nights_of_summer_time_are_days_like_any_other() {
    let leap = times("30 2 29 2 * UTC");
    let first = leap.next_after(at("2025-03-01T00:00:00Z")).unwrap();
    assert_eq!(first, at("2028-02-29T02:30:00Z"));
    let nightly = times("30 2 * * * UTC");
    for (before, then) in [
        ("2026-03-29T00:00:00Z", "2026-03-29T02:30:00Z"),
        ("2026-10-25T00:00:00Z", "2026-10-25T02:30:00Z"),
        ("2026-12-31T02:30:00Z", "2027-01-01T02:30:00Z"),
    ] {
        assert_eq!(nightly.next_after(at(before)).unwrap(), at(then));
    }
}

#[test]
fn a_run_that_is_late_within_the_tolerance_comes_and_a_later_one_is_skipped() {
    let weekly = times("0 4 * * MON UTC");
    let due = at("2026-11-16T04:00:00Z");
    let next_at = at("2026-11-23T04:00:00Z");
    let late = |by: Duration| strike(&weekly, DAY, due, due.checked_add(by).unwrap()).unwrap();
    assert_eq!(late(Duration::ZERO), Strike::Run { due_at: due, next_at });
    assert_eq!(late(DAY), Strike::Run { due_at: due, next_at });
    assert_eq!(late(DAY + Duration::from_nanos(1)), Strike::Skip { next_at });
    assert_eq!(late(Duration::from_hours(6 * 24)), Strike::Skip { next_at });
    // The second one that was missed is the one that is not too late.
    let due_at = next_at;
    let next_at = at("2026-11-30T04:00:00Z");
    for late_by in [Duration::from_hours(1), DAY] {
        assert_eq!(late(7 * DAY + late_by), Strike::Run { due_at, next_at }, "{late_by:?}");
    }
    assert_eq!(late(8 * DAY + Duration::from_nanos(1)), Strike::Skip { next_at });
}

#[test]
fn a_run_has_one_id_wherever_it_is_struck_and_no_other_has_it() {
    let (one, other) = (at("2026-11-21T04:00:00Z"), at("2026-11-22T04:00:00Z"));
    let schedule = Schedule::ResetPortions;
    assert_eq!(schedule.run_id(one), schedule.run_id(one));
    assert_ne!(schedule.run_id(one), schedule.run_id(other));
}

#[test]
fn each_schedule_is_found_by_its_name() {
    for schedule in Schedule::ALL {
        assert_eq!(schedule.name().parse(), Ok(schedule));
    }
    assert!("brunch".parse::<Schedule>().is_err());
}

#[test]
fn what_is_no_cron_expression_is_told_as_such() {
    let why = Times::of("every night").err().unwrap().to_string();
    assert!(why.contains("`every night`"), "{why}");
}

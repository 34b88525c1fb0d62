use proptest::prelude::*;

use super::*;

/// A Saturday.
const NOON: &str = "2026-11-21T12:04:09Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An hour east of Greenwich, with clocks that go forward on 29 March 2026 and back on 25 October.
fn central_europe() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn read_at_noon(written: &str) -> Result<Option<Timestamp>, NoTime> {
    read(written, at(NOON), &TimeZone::UTC)
}

#[test]
fn times_are_read_as_people_write_them() {
    for (written, expected) in [
        ("19:30", "2026-11-21T19:30:00Z"),
        ("  7:05 ", "2026-11-22T07:05:00Z"),
        ("12:04", "2026-11-22T12:04:00Z"),
        ("12:05", "2026-11-21T12:05:00Z"),
        ("+45", "2026-11-21T12:49:00Z"),
        ("+ 1", "2026-11-21T12:05:00Z"),
        ("tomorrow 12:00", "2026-11-22T12:00:00Z"),
        ("Tomorrow   23:59", "2026-11-22T23:59:00Z"),
        ("tue 0:00", "2026-11-24T00:00:00Z"),
        ("Friday 12:00", "2026-11-27T12:00:00Z"),
        ("sat 19:30", "2026-11-21T19:30:00Z"),
        ("sat 11:00", "2026-11-28T11:00:00Z"),
    ] {
        assert_eq!(read_at_noon(written), Ok(Some(at(expected))), "{written}");
    }
}

#[test]
fn nothing_written_is_no_wish() {
    assert_eq!(read_at_noon(""), Ok(None));
    assert_eq!(read_at_noon("   "), Ok(None));
}

#[test]
fn what_is_no_time_is_answered_with_an_example() {
    for written in [
        "soon", "24:00", "19:60", "19:3", "1930", "+", "+x", "+-5", ":", "t 12:00", "tomorrow",
        "é:éé",
    ] {
        let error = read_at_noon(written).unwrap_err();
        assert_eq!(error, NoTime::Unreadable, "{written}");
        assert!(error.to_string().contains("19:30"), "{error}");
    }
    assert_eq!(read_at_noon("+0"), Err(NoTime::NotAhead));
}

#[test]
fn a_week_ahead_is_the_bound_to_the_minute() {
    assert_eq!(read_at_noon("+10080"), Ok(Some(at("2026-11-28T12:04:00Z"))));
    for written in ["+10081", "+99999", "+99999999999999999999"] {
        assert_eq!(read_at_noon(written), Err(NoTime::TooFarAhead), "{written}");
    }
    assert!(NoTime::TooFarAhead.to_string().contains("at most 7 days"));
}

#[test]
fn the_day_is_that_of_the_place_where_one_is() {
    // Past midnight there, while it is still yesterday in Greenwich.
    let now = at("2026-11-21T23:30:00Z");
    let read = |written| read(written, now, &central_europe()).unwrap().unwrap().to_string();
    assert_eq!(read("0:45"), "2026-11-21T23:45:00Z");
    assert_eq!(read("tomorrow 12:00"), "2026-11-23T11:00:00Z");
}

#[test]
fn a_time_over_which_the_clocks_go_forward_is_named_and_one_that_comes_twice_is_the_next() {
    let zone = central_europe();
    let evening_before = at("2026-03-28T19:00:00Z");
    let left_out = NoTime::LeftOut("tomorrow 03:30".to_owned());
    assert_eq!(read("2:30", evening_before, &zone), Err(left_out.clone()));
    assert_eq!(read("tomorrow 2:30", evening_before, &zone), Err(left_out));
    // Once it is over, the next day has that time again.
    let noon = at("2026-03-29T10:00:00Z");
    assert_eq!(read("2:30", noon, &zone), Ok(Some(at("2026-03-30T00:30:00Z"))));

    let before_both = at("2026-10-25T00:10:00Z");
    assert_eq!(read("2:30", before_both, &zone), Ok(Some(at("2026-10-25T00:30:00Z"))));
    let between = at("2026-10-25T00:40:00Z");
    assert_eq!(read("2:30", between, &zone), Ok(Some(at("2026-10-25T01:30:00Z"))));
}

#[test]
fn a_wish_is_written_as_short_as_it_is_clear() {
    let write = |text| write(at(text), at(NOON), &TimeZone::UTC);
    assert_eq!(write("2026-11-21T19:30:00Z"), "19:30");
    assert_eq!(write("2026-11-22T12:00:00Z"), "tomorrow 12:00");
    assert_eq!(write("2026-11-24T08:15:00Z"), "Tue 08:15");
    assert_eq!(write("2026-11-20T19:30:00Z"), "19:30", "it has passed");
}

/// A moment of the year 2026, in which the clocks change twice.
fn some_moment() -> impl Strategy<Value = Timestamp> {
    (1_767_225_600_i64..1_798_761_600).prop_map(|second| Timestamp::from_second(second).unwrap())
}

proptest! {
    #[test]
    fn whatever_is_written_is_a_whole_minute_within_the_week_or_told_why_not(
        written in "(\\+? ?[0-9]{0,6}|(tomorrow |[a-z]{3} )?[0-9]{1,2}:[0-9]{2}|.{0,20})",
        now in some_moment(),
    ) {
        match read(&written, now, &central_europe()) {
            Ok(Some(at)) => {
                prop_assert!(at > now && at <= now + AHEAD_MAX, "{at}");
                prop_assert_eq!(at.as_second() % 60, 0);
            }
            Ok(None) => prop_assert!(written.trim().is_empty()),
            Err(error) => prop_assert!(error.to_string().contains("write"), "{error}"),
        }
    }

    #[test]
    fn what_is_written_for_a_wish_is_read_as_the_same_wish(
        now in some_moment(),
        minutes in 1_u32..=7 * 24 * 60,
    ) {
        let read = |written: &str| read(written, now, &TimeZone::UTC);
        let wish = read(&format!("+{minutes}")).unwrap().unwrap();
        prop_assert_eq!(read(&write(wish, now, &TimeZone::UTC)), Ok(Some(wish)));
    }

    #[test]
    fn a_time_of_day_is_the_next_one_where_one_is(
        now in some_moment(),
        hour in 0_i8..24,
        minute in 0_i8..60,
    ) {
        let zone = central_europe();
        match read(&format!("{hour}:{minute:02}"), now, &zone) {
            Ok(at) => {
                let at = at.unwrap();
                let there = at.to_zoned(zone.clone());
                prop_assert_eq!((there.hour(), there.minute()), (hour, minute));
                // The day on which the clocks go back has 25 hours.
                prop_assert!(at > now && at <= now + Duration::from_hours(25));
            }
            Err(error) => {
                prop_assert!(matches!(error, NoTime::LeftOut(_)) && hour == 2, "{error}");
            }
        }
    }
}

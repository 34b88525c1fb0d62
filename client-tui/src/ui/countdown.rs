//! How long until the backend is tried again, in words, and when these words change.
//! Steps 2 and 9 of an order's way.

use std::time::Duration;

use optimistic::Monotonic;

use crate::app::connection::{Connection, NextTry};

const SECOND: Duration = Duration::from_secs(1);

/// `next try in 4 s`, or that it is under way; `None` where nothing is tried by itself.
pub(crate) fn words(connection: &Connection, now: Monotonic) -> Option<String> {
    match connection.next_try()? {
        NextTry::UnderWay => Some("trying now".to_owned()),
        NextTry::At(then) => match seconds_left(then, now) {
            0 => Some("trying now".to_owned()),
            seconds => Some(format!("next try in {seconds} s")),
        },
        NextTry::WhenAsked => None,
    }
}

/// When these words are other ones.
pub(crate) fn next_change(connection: &Connection, now: Monotonic) -> Option<Monotonic> {
    let NextTry::At(then) = connection.next_try()? else { return None };
    let seconds_after = seconds_left(then, now).checked_sub(1)?;
    let left = SECOND.saturating_mul(u32::try_from(seconds_after).unwrap_or(u32::MAX));
    // At the whole second, not before it: then there are so many seconds left.
    let until_then = then.since(now).saturating_sub(left);
    Some(now.after(until_then))
}

/// A second that has begun counts: whoever reads 1 waits for no longer than that.
fn seconds_left(then: Monotonic, now: Monotonic) -> u64 {
    then.since(now).as_millis().div_ceil(SECOND.as_millis()).try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::connection::{Backend, LinkState};

    const fn at(milliseconds: u64) -> Monotonic {
        Monotonic::from_millis(milliseconds)
    }

    fn offline(next_try: NextTry) -> Connection {
        let (since, why) = (jiff::Timestamp::UNIX_EPOCH, "no answer".to_owned());
        let link = LinkState::Offline { since, why, next_try };
        let backend = Backend::At("http://127.0.0.1:4000".parse().unwrap());
        Connection { backend, link, customer: None }
    }

    #[test]
    fn each_second_is_counted_down_to_the_try_and_no_frame_is_drawn_for_nothing() {
        let connection = offline(NextTry::At(at(3_300)));
        let mut now = at(0);
        let mut said = vec![words(&connection, now).unwrap()];
        while let Some(then) = next_change(&connection, now) {
            assert!(then > now);
            assert_eq!(words(&connection, at(then.millis() - 1)).as_ref(), said.last());
            now = then;
            said.push(words(&connection, now).unwrap());
        }
        let tries = [4, 3, 2, 1].map(|seconds| format!("next try in {seconds} s"));
        assert_eq!(said, [&tries[..], &["trying now".to_owned()]].concat());
        assert_eq!(now, at(3_300));
    }

    #[test]
    fn what_is_tried_only_when_asked_for_is_not_counted_down() {
        let connection = offline(NextTry::WhenAsked);
        assert_eq!((words(&connection, at(0)), next_change(&connection, at(0))), (None, None));
    }

    #[test]
    fn a_try_that_is_under_way_is_said_and_changes_nothing_by_itself() {
        let connection = offline(NextTry::UnderWay);
        assert_eq!(words(&connection, at(0)).as_deref(), Some("trying now"));
        assert_eq!(next_change(&connection, at(0)), None);
    }
}

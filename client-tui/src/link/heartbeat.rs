//! Notices a peer that is silent for too long: a half-open connection looks alive for hours.
//!
//! Pure: instants are passed in. Whatever arrives counts as a sign of life, so a connection on
//! which something happens is never asked.

use std::time::Duration;

use tokio::time::Instant;

/// After this much silence the peer is asked for a sign of life. A backend with a subscription says
/// something at least every 15 s, so that this is rarely more than one question between two marks.
pub const ASK_AFTER: Duration = Duration::from_secs(10);
/// This long after the question without any answer the connection counts as dead: far more than a
/// bad line needs, and short enough to look at.
pub const DEAD_AFTER: Duration = Duration::from_secs(10);

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pulse {
    /// Nothing yet.
    Quiet,
    /// Send a ping.
    Ask,
    /// Give the connection up.
    Dead,
}

/// When the peer was last heard, and whether it has been asked since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heartbeat {
    Heard { at: Instant },
    Asked { at: Instant },
}

impl Heartbeat {
    pub(super) fn start(now: Instant) -> Self {
        Self::Heard { at: now }
    }

    /// Something has arrived.
    pub(super) fn heard(&mut self, now: Instant) {
        *self = Self::Heard { at: now };
    }

    /// When [`Heartbeat::pulse`] should be looked at again.
    pub(super) fn due(&self) -> Instant {
        match self {
            Self::Heard { at } => *at + ASK_AFTER,
            Self::Asked { at } => *at + DEAD_AFTER,
        }
    }

    /// What is due now; an answer of `Ask` counts as asked.
    pub(super) fn pulse(&mut self, now: Instant) -> Pulse {
        if now < self.due() {
            return Pulse::Quiet;
        }
        match self {
            Self::Heard { .. } => self.ask(now),
            Self::Asked { .. } => Pulse::Dead,
        }
    }

    /// There is a reason to doubt the connection (the machine slept): ask at once.
    pub(super) fn ask(&mut self, now: Instant) -> Pulse {
        match self {
            Self::Heard { .. } => {
                *self = Self::Asked { at: now };
                Pulse::Ask
            }
            Self::Asked { .. } => Pulse::Quiet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "any instant will do to count from")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn silence_is_first_asked_about_and_then_taken_for_death() {
        let start = start();
        let mut heartbeat = Heartbeat::start(start);
        assert_eq!(heartbeat.pulse(start + ASK_AFTER - Duration::from_millis(1)), Pulse::Quiet);
        assert_eq!(heartbeat.pulse(start + ASK_AFTER), Pulse::Ask);
        assert_eq!(heartbeat.due(), start + ASK_AFTER + DEAD_AFTER);
        assert_eq!(heartbeat.pulse(heartbeat.due()), Pulse::Dead);
    }

    #[test]
    fn any_sign_of_life_answers_the_question() {
        let start = start();
        let mut heartbeat = Heartbeat::start(start);
        assert_eq!(heartbeat.pulse(start + ASK_AFTER), Pulse::Ask);
        let answered = start + ASK_AFTER + Duration::from_secs(1);
        heartbeat.heard(answered);
        assert_eq!(heartbeat.due(), answered + ASK_AFTER);
    }

    #[test]
    fn a_doubt_asks_at_once_but_only_once() {
        let start = start();
        let mut heartbeat = Heartbeat::start(start);
        assert_eq!(heartbeat.ask(start), Pulse::Ask);
        assert_eq!(heartbeat.ask(start), Pulse::Quiet);
        assert_eq!(heartbeat.due(), start + DEAD_AFTER);
    }
}

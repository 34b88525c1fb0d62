//! How the backend is reached and whether it is: what the header says in words.

use jiff::Timestamp;
use optimistic::Monotonic;

use crate::link::Endpoint;

/// The backend and the link to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Whose backend, and how it fares as far as we can tell.
    pub backend: Backend,
    /// The link to it.
    pub link: LinkState,
    /// The name under which we are signed in, once we have been.
    pub customer: Option<String>,
}

/// Whose backend it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Somebody else's, at this endpoint.
    At(Endpoint),
    /// Our own.
    Own(OwnBackend),
}

/// How our own backend fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnBackend {
    /// It is being started, or looked for.
    Starting,
    /// It answers at this endpoint.
    Running {
        /// Where.
        endpoint: Endpoint,
    },
    /// It is that of another `tiffin` on the same data, and answers at this endpoint.
    Shared {
        /// Where.
        endpoint: Endpoint,
    },
    /// It has ended, and is started again.
    Restarting {
        /// What it ended with, in words.
        why: String,
        /// When.
        next_start: Monotonic,
    },
}

/// Whether the backend is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It has not been reached since the start.
    Connecting,
    /// The connection stands; we are still saying who we are.
    Greeting,
    /// What the screen shows is the present.
    Live,
    /// It was lost.
    Offline {
        /// When.
        since: Timestamp,
        /// Why, for a person.
        why: String,
        /// When it goes on.
        next_try: NextTry,
    },
    /// The backend does not know us any more, and its log is the one that we know.
    SignInNeeded,
}

/// When the backend is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextTry {
    /// It is being tried now.
    UnderWay,
    /// Then.
    At(Monotonic),
    /// When somebody asks for it: another try by itself could only fail in the same way.
    WhenAsked,
}

impl LinkState {
    /// What the header says after `next`: offline since the first failure, until we are live again or
    /// know that we cannot be.
    #[must_use]
    pub fn followed_by(&self, next: Self) -> Self {
        let Self::Offline { since, why, .. } = self else { return next };
        match next {
            Self::Connecting | Self::Greeting => {
                Self::Offline { since: *since, why: why.clone(), next_try: NextTry::UnderWay }
            }
            Self::Offline { why, next_try, .. } => Self::Offline { since: *since, why, next_try },
            Self::Live | Self::SignInNeeded => next,
        }
    }
}

impl Connection {
    /// Before the first try.
    pub fn new(backend: Backend) -> Self {
        Self { backend, link: LinkState::Connecting, customer: None }
    }

    /// When the backend is tried again, while it is not reached.
    pub fn next_try(&self) -> Option<NextTry> {
        match (&self.link, &self.backend) {
            (LinkState::Live | LinkState::SignInNeeded, _) => None,
            (_, Backend::Own(OwnBackend::Restarting { next_start, .. })) => {
                Some(NextTry::At(*next_start))
            }
            (LinkState::Connecting | LinkState::Greeting, _)
            | (_, Backend::Own(OwnBackend::Starting)) => Some(NextTry::UnderWay),
            (LinkState::Offline { next_try, .. }, _) => Some(*next_try),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offline(since: i64, millisecond: u64) -> LinkState {
        LinkState::Offline {
            since: Timestamp::from_second(since).unwrap(),
            why: format!("try {since}"),
            next_try: NextTry::At(Monotonic::from_millis(millisecond)),
        }
    }

    #[test]
    fn offline_is_counted_from_the_first_failure_and_the_next_try_from_the_last() {
        let trying = offline(1, 100).followed_by(LinkState::Connecting);
        let LinkState::Offline { since, next_try: NextTry::UnderWay, .. } = &trying else {
            panic!("{trying:?}")
        };
        assert_eq!(since.as_second(), 1);
        let LinkState::Offline { since, why, next_try } = trying.followed_by(offline(2, 700))
        else {
            panic!("not offline")
        };
        let then = NextTry::At(Monotonic::from_millis(700));
        assert_eq!((since.as_second(), why.as_str(), next_try), (1, "try 2", then));
    }

    #[test]
    fn the_first_try_of_all_is_followed_by_its_failure_and_a_failure_by_success() {
        assert_eq!(LinkState::Connecting.followed_by(offline(1, 100)), offline(1, 100));
        assert_eq!(offline(1, 100).followed_by(LinkState::Live), LinkState::Live);
    }

    #[test]
    fn a_backend_of_our_own_that_has_ended_is_waited_for_before_the_link_is() {
        let next_start = Monotonic::from_millis(9);
        let backend =
            Backend::Own(OwnBackend::Restarting { why: "it was killed".to_owned(), next_start });
        let connection = Connection { backend, link: offline(1, 100), customer: None };
        assert_eq!(connection.next_try(), Some(NextTry::At(next_start)));
    }
}

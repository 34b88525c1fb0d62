//! Who is connected: so that a customer's open connections end when their tokens do.
//! Step 3 of an order's way.
//!
//! A token is looked at when a connection opens, and a connection may stay for days.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::id::CustomerId;
use tokio::sync::watch;

/// The customers who are connected. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sessions {
    open: Arc<Mutex<BTreeMap<CustomerId, watch::Sender<()>>>>,
}

/// One connection of a customer's, or of somebody whose token nobody ends.
#[derive(Debug)]
pub(crate) struct OpenSession(Option<watch::Receiver<()>>);

impl Sessions {
    /// Begins a session. It has to begin before the token is looked at: then either the look finds the
    /// token ended, or the session hears of it.
    pub(super) fn begin(&self, customer: CustomerId) -> OpenSession {
        let mut open = self.lock();
        // As many as are connected, and those who have left since the last one came.
        open.retain(|_, sender| sender.receiver_count() > 0);
        let sender = open.entry(customer).or_insert_with(|| watch::Sender::new(()));
        OpenSession(Some(sender.subscribe()))
    }

    /// Ends all sessions of a customer.
    pub(super) fn end(&self, customer: CustomerId) {
        // Without its sender a session has ended.
        drop(self.lock().remove(&customer));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CustomerId, watch::Sender<()>>> {
        // A panic elsewhere cannot leave the map half-changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenSession {
    /// A session that nobody ends.
    pub(crate) const ENDLESS: Self = Self(None);

    /// Waits until the token has ended.
    pub(crate) async fn ended(&mut self) {
        let Some(session) = &mut self.0 else { return std::future::pending().await };
        while session.changed().await.is_ok() {}
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn only_the_sessions_of_whose_tokens_ended_end_and_those_who_left_are_forgotten() {
        let (sessions, ada, ben) = (Sessions::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let (ada, ben) = (CustomerId::new(ada), CustomerId::new(ben));
        let mut hers = [sessions.begin(ada), sessions.begin(ada)];
        let mut his = sessions.begin(ben);
        sessions.end(ada);
        assert!(hers.iter_mut().all(|session| session.ended().now_or_never().is_some()));
        assert!(his.ended().now_or_never().is_none());
        let mut endless = OpenSession::ENDLESS;
        assert!(endless.ended().now_or_never().is_none());
        // Whoever signs in with another token is another session.
        assert!(sessions.begin(ada).ended().now_or_never().is_none());
        drop(his);
        let _hers_again = sessions.begin(ada);
        assert_eq!(sessions.lock().len(), 1);
    }
}

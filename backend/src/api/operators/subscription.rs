//! What operators follow: the whole log, and the deliveries beside it.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, Result, Subscription};
use futures_util::Stream;
use futures_util::stream::{self, unfold};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::api::Backend;
use crate::api::auth::Caller;
use crate::api::error::ApiError;
use crate::api::rendering::Part;
use crate::api::scalars::CursorScalar;
use crate::api::subscription::known;
use crate::api::types::delivery::Delivery;
use crate::api::types::event::Event;
use crate::api::types::insights::Insights;
use crate::eventing::delivery;
use crate::eventing::log::Scope;

/// The least time between two insights of one subscription.
const INTERVAL: Duration = Duration::from_millis(100);
/// How often a lag that grows is shown.
const LAG_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(in crate::api) struct OperatorSubscription;

#[Subscription]
impl OperatorSubscription {
    /// Operators: the whole event log after `after`, then each further event.
    async fn events(
        &self,
        context: &Context<'_>,
        after: Option<CursorScalar>,
    ) -> Result<impl Stream<Item = Event> + use<>> {
        let backend = context.data::<Backend>()?;
        let shown = match context.data::<Part>()? {
            Part::Render(committed) => Some(Event::of_tail(backend.log_id, Arc::clone(committed))),
            Part::Open(opening) => {
                Caller::operator(context)?;
                let head = backend.reader.head().await.map_err(ApiError::from)?.position;
                let after = after.map_or(Ok(head), |after| known(backend, after.0, head))?;
                opening.open(backend.follow(Scope::WholeLog, after));
                None
            }
        };
        Ok(stream::iter(shown))
    }

    /// Operators: the insights now, then again whenever they change (at most ten times a second).
    async fn insights(
        &self,
        context: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Insights>> + use<>> {
        Caller::operator(context)?;
        let backend = context.data::<Backend>()?.clone();
        let pulse = backend.monitor.pulse();
        Ok(unfold(Some(Watched { backend, pulse, shown: None }), Watched::next))
    }

    /// Operators: each change of a delivery, as it happens (no history: subscribe, then query, keep the higher `revision`).
    async fn delivery_changes(
        &self,
        context: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<Delivery>> + use<>> {
        Caller::operator(context)?;
        let changes = context.data::<Backend>()?.monitor.deliveries();
        Ok(unfold(Some(changes), next_change))
    }
}

/// The insights, as somebody watches them.
struct Watched {
    backend: Backend,
    pulse: watch::Receiver<()>,
    shown: Option<Insights>,
}

impl Watched {
    /// The next insights; after an error there are none.
    async fn next(watched: Option<Self>) -> Option<(Result<Insights>, Option<Self>)> {
        let mut watched = watched?;
        match watched.next_insights().await {
            Ok(insights) => Some((Ok(insights), Some(watched))),
            Err(error) => Some((Err(error.into()), None)),
        }
    }

    async fn next_insights(&mut self) -> Result<Insights, ApiError> {
        loop {
            if let Some(shown) = &self.shown {
                rest(INTERVAL).await;
                let changed = self.pulse.changed();
                if shown.lags() {
                    // Time alone changes what is shown: once a second is enough to see it grow.
                    drop(tokio::time::timeout(LAG_INTERVAL, changed).await);
                } else if changed.await.is_err() {
                    return std::future::pending().await;
                }
            }
            self.pulse.mark_unchanged();
            let insights = self.backend.insights().await?;
            if self.shown.as_ref() != Some(&insights) {
                return Ok(self.shown.insert(insights).clone());
            }
        }
    }
}

async fn rest(time: Duration) {
    #[expect(
        clippy::disallowed_methods,
        reason = "at most ten times a second, as the contract says"
    )]
    tokio::time::sleep(time).await;
}

/// The next change of a delivery; whoever is too slow for all of them is told so, and begins anew.
async fn next_change(
    changes: Option<broadcast::Receiver<delivery::Delivery>>,
) -> Option<(Result<Delivery>, Option<broadcast::Receiver<delivery::Delivery>>)> {
    let mut changes = changes?;
    match changes.recv().await {
        Ok(delivery) => Some((Ok(Delivery::changed(delivery)), Some(changes))),
        Err(RecvError::Lagged(missed)) => Some((Err(ApiError::TooSlow(missed).into()), None)),
        Err(RecvError::Closed) => None,
    }
}

#[cfg(test)]
mod tests {
    use shared::cursor::Position;
    use shared::function::Function;

    use super::*;
    use crate::eventing::delivery::DeliveryKey;
    use crate::eventing::fixture::NOW;

    #[tokio::test]
    async fn whoever_is_too_slow_for_the_changes_is_told_so_and_gets_no_more() {
        let (sender, changes) = broadcast::channel(2);
        let key = DeliveryKey { function: Function::Kitchen, position: Position::new(1) };
        let delivery = delivery::Delivery::new(key, NOW);
        sender.send(delivery.clone()).unwrap();
        let (first, changes) = next_change(Some(changes)).await.unwrap();
        assert!(first.is_ok());
        for _ in 0..3 {
            sender.send(delivery.clone()).unwrap();
        }
        let (refused, changes) = next_change(changes).await.unwrap();
        let message = refused.err().unwrap().message;
        assert!(message.contains("1 "), "it says how many were missed: {message}");
        assert!(next_change(changes).await.is_none(), "a gap in the changes would not be seen");
    }
}

//! What is drawn and what is wanted, in the words of a case.
//! Steps 2, 3 and 9 of an order's way.

use crate::effect::{Effect, Flush};
use crate::record::{Record, Settlement};
use crate::view::{Attention, Offer, PendingState, PendingView, Row, Standing};

use super::names::{MutationName, TIP, TerminalName, order_number, word};
use shared::id::MutationId;

/// `7 PLACED cancelling placeholder [place queued] [cancel queued in doubt]`
pub(crate) fn row(row: &Row<'_>) -> String {
    let order = row.order;
    let number = order_number(order.id).to_string();
    let cancelling = order.cancel_requested().then(|| "cancelling".to_owned());
    let tip = (order.tip != TIP).then(|| format!("tip {}", order.tip));
    let rating = order.rating.map(|rating| format!("rated {}", rating.get()));
    let standing = match row.standing {
        Standing::Placeholder => "placeholder",
        Standing::Confirmed => "confirmed",
        Standing::NotPlaced => "not placed",
    };
    let pending = row.pending.iter().map(|it| format!("[{} {}]", word(it.kind), progress(it)));
    [
        Some(number),
        Some(order.status.to_string()),
        cancelling,
        tip,
        rating,
        Some(standing.to_owned()),
    ]
    .into_iter()
    .flatten()
    .chain(pending)
    .collect::<Vec<_>>()
    .join(" ")
}

/// How far a pending mutation is: `sending in doubt`.
pub(crate) fn progress(pending: &PendingView<'_>) -> String {
    let state = match pending.state {
        PendingState::Queued => "queued",
        PendingState::Sending => "sending",
        PendingState::Checking => "checking",
        PendingState::Accepted => "accepted",
        PendingState::Refused => "refused",
    };
    let doubt = if pending.doubt.is_some() { " in doubt" } else { "" };
    format!("{state}{doubt}")
}

/// What a person can do about it.
pub(crate) const fn offer(offer: Offer) -> &'static str {
    match offer {
        Offer::TakeBack => "take back",
        Offer::RetryNow => "retry",
        Offer::Dismiss => "dismiss",
    }
}

/// Why somebody should look at it.
pub(crate) fn attention(attention: Attention<'_>) -> String {
    match attention {
        Attention::NotSaved { reason } => format!("not saved: {reason}"),
        Attention::NeedsNewerTiffin => "needs a newer Tiffin".to_owned(),
        Attention::AnotherCustomer => "of another customer".to_owned(),
        Attention::TakesLong => "takes long".to_owned(),
    }
}

/// What a changed cache is called.
pub(crate) const CACHE: &str = "cache";

/// What is wanted, as it is called at this terminal; `None` of what is told to a person instead, or to
/// the log file.
pub(crate) fn effect(effect: &Effect, terminal: TerminalName) -> Option<String> {
    Some(match effect {
        Effect::Send { mutation_id, .. } => format!("send {}", named(*mutation_id, terminal)),
        Effect::Journal { record: written, flush, .. } => {
            let flushed = match flush {
                Flush::Lazily => "",
                Flush::First => " and flush",
            };
            format!("journal {}{flushed}", record(written, terminal))
        }
        Effect::Subscribe { after, .. } => format!("subscribe after {}", after.position),
        Effect::LoadPage { after: None, .. } => "load the first page".to_owned(),
        Effect::LoadPage { after: Some(token), .. } => format!("load the page at {}", token.0),
        Effect::Reconnect { .. } => "reconnect".to_owned(),
        Effect::CacheDirty => CACHE.to_owned(),
        Effect::Notify(_) | Effect::Remark(_) => return None,
    })
}

fn record(record: &Record, terminal: TerminalName) -> String {
    let name = named(record.mutation_id(), terminal);
    match record {
        Record::Intent { .. } => format!("intent of {name}"),
        Record::Sending { .. } => format!("sending of {name}"),
        Record::Settled { settlement, .. } => format!("end of {name}: {}", end(settlement)),
        Record::Dismissed { .. } => format!("dismissal of {name}"),
    }
}

/// How a mutation ended, in a word.
const fn end(settlement: &Settlement) -> &'static str {
    match settlement {
        Settlement::Confirmed => "confirmed",
        Settlement::Refused(_) => "refused",
        Settlement::Withdrawn => "withdrawn",
        Settlement::OrderNotPlaced => "order not placed",
        Settlement::Vanished => "vanished",
        Settlement::Abandoned => "abandoned",
    }
}

/// The mutation's name at this terminal.
pub(crate) fn named(mutation_id: MutationId, terminal: TerminalName) -> String {
    MutationName::of(mutation_id).map_or_else(|| mutation_id.to_string(), |name| name.at(terminal))
}

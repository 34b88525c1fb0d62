//! What the server's log has told us: orders, and the position up to which we have followed it.
//! Step 9 of an order's way.
//!
//! Nothing gets in here but changes of the subscription, pages of a snapshot, the order that a refusal
//! carries, and the cache, which holds what such messages once said. A prediction never does.

use std::collections::BTreeMap;

use shared::cursor::{Position, Version};
use shared::id::OrderId;
use shared::order::Order;

use crate::account::Account;
use crate::clock::Monotonic;
use crate::input::{Change, PageToken};
use crate::rules::{Rule, Rules};

/// The changes that are kept while something before them is missing. What does not fit is dropped:
/// going on from our position brings all of them again.
pub const BUFFER_MAX: usize = 256;

/// Facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Confirmed {
    /// Whose facts these are, and of which log.
    pub(crate) account: Option<Account>,
    /// Up to where we have followed the log; `None` before the first page.
    pub(crate) position: Option<Position>,
    pub(crate) orders: BTreeMap<OrderId, Order>,
    pub(crate) pages: Pages,
    pub(crate) stream: Stream,
    /// Changes that came before the ones that they follow.
    pub(crate) buffer: BTreeMap<Position, Change>,
    /// Orders that another log had and this one has not shown yet.
    pub(crate) missing: Vec<OrderId>,
}

/// How much of the viewer's orders is loaded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pages {
    /// This page is next.
    Loading {
        after: Option<PageToken>,
        /// The last order of the page before it.
        anchor: Option<OrderId>,
        request: Request,
    },
    All,
    /// As many as are kept.
    AsManyAsKept,
}

/// The subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Stream {
    #[default]
    Off,
    /// Asked for, or about to be; it has not said anything yet.
    Asked(Request),
    Live {
        /// How often it was asked for since it last brought us forward.
        fruitless: u32,
    },
}

/// Something that the link is asked for until it comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    /// How often it was asked for.
    pub(crate) attempts: u32,
    /// When it is to be asked for (again).
    pub(crate) due: Monotonic,
}

/// What became of an order that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    New,
    Newer,
    /// What we have is as new or newer.
    Known,
}

impl Default for Pages {
    fn default() -> Self {
        Self::Loading { after: None, anchor: None, request: Request::default() }
    }
}

impl Confirmed {
    pub(crate) fn version(&self, order_id: OrderId) -> Option<Version> {
        self.orders.get(&order_id).map(|order| order.version)
    }

    /// Takes an order in, unless what we have is as new.
    pub(crate) fn merge(&mut self, order: &Order, rules: Rules) -> Merge {
        let higher_wins = rules.hold(Rule::HigherVersionWins);
        let merge = match self.version(order.id) {
            None => Merge::New,
            Some(version) if version >= order.version && higher_wins => return Merge::Known,
            Some(_) => Merge::Newer,
        };
        self.orders.insert(order.id, order.clone());
        merge
    }

    /// Keeps a change for later. At the bound it is dropped.
    pub(crate) fn keep_for_later(&mut self, change: Change, rules: Rules) {
        if self.buffer.len() < rules.bound(BUFFER_MAX) {
            self.buffer.insert(change.cursor.position, change);
        }
    }

    /// Takes the next change out of the buffer, if it follows our position.
    pub(crate) fn next_buffered(&mut self) -> Option<Change> {
        let position = self.position?;
        while let Some(first) = self.buffer.first_entry() {
            let follows = first.get().previous.map(|previous| previous.position);
            if *first.key() <= position {
                first.remove();
            } else if follows == Some(position) {
                return Some(first.remove());
            } else {
                return None;
            }
        }
        None
    }

    /// Forgets all facts, for those of this account.
    pub(crate) fn begin_again(&mut self, account: Account) {
        let missing = std::mem::take(&mut self.missing);
        *self = Self { account: Some(account), missing, ..Self::default() };
    }
}

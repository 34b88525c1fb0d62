//! Pages, the server, and who has signed in. Step 8 of an order's way.

use async_graphql::SimpleObject;

use super::event::Event;
use super::order::Order;
use crate::api::scalars::{CursorScalar, DateTime, UuidScalar};

/// `now` lets a client with a wrong clock show waits and ages rightly.
#[derive(SimpleObject)]
pub(crate) struct ServerInfo {
    pub(crate) log_id: UuidScalar,
    pub(crate) version: String,
    pub(crate) cursor: CursorScalar,
    pub(crate) now: DateTime,
    pub(crate) lab: bool,
}

#[derive(SimpleObject)]
pub(crate) struct Customer {
    pub(crate) id: UuidScalar,
    pub(crate) name: String,
}

#[derive(SimpleObject)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) customer: Customer,
}

/// `cursor` is the log position at which the page was read: subscribe after it and nothing is missed.
#[derive(SimpleObject)]
pub(crate) struct OrderConnection {
    pub(crate) nodes: Vec<Order>,
    pub(crate) page_info: PageInfo,
    pub(crate) cursor: CursorScalar,
}

#[derive(SimpleObject)]
pub(crate) struct EventConnection {
    pub(crate) nodes: Vec<Event>,
    pub(crate) page_info: PageInfo,
}

#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    pub(crate) has_next_page: bool,
    pub(crate) end_cursor: Option<String>,
}

//! Pages of a snapshot: merged order by order with whatever else arrives, the higher version wins.
//! The first page says from where to follow the changes; nothing waits for the later ones.
//! Step 9 of an order's way.

use shared::id::OrderId;
use shared::order::Order;

use super::{Cache, Step};
use crate::confirmed::{Merge, Pages, Request, Stream};
use crate::effect::Notice;
use crate::input::Page;
use crate::retry::backoff;
use crate::state::{ORDERS_MAX, State};

/// So often a page is asked for where it begins now. A server that fails as often may not know the
/// beginning any more; then the pages begin anew.
const PAGE_ATTEMPTS: u32 = 5;

impl Step<'_> {
    pub(super) fn page_loaded(&mut self, page: Page) {
        if !self.is_of_our_log(page.cursor.log_id) {
            return;
        }
        let anchor = match &self.state.confirmed.pages {
            Pages::Loading { after, anchor, .. } if *after == page.after => *anchor,
            Pages::Loading { .. } | Pages::All | Pages::AsManyAsKept => {
                return self.remark("a page that is not the next one");
            }
        };
        let at_once = Request { attempts: 0, due: self.now.monotonic };
        if self.state.confirmed.position.is_none() {
            self.state.confirmed.position = Some(page.cursor.position);
            self.state.confirmed.stream = Stream::Asked(at_once);
        }
        self.take_in_orders(anchor, &page.orders);
        self.cache = Cache::Dirty;
        let anchor = page.orders.last().map(|order| order.id).or(anchor);
        self.state.confirmed.pages = match page.next {
            None => Pages::All,
            Some(_) if self.is_full() => Pages::AsManyAsKept,
            Some(next) => Pages::Loading { after: Some(next), anchor, request: at_once },
        };
        self.report_what_has_vanished();
        self.settle_what_our_position_proves();
    }

    pub(super) fn page_failed(&mut self, reason: &str) {
        self.remark(format!("a page of orders did not come: {reason}"));
        let now = self.now;
        if let Pages::Loading { after, anchor, request } = &mut self.state.confirmed.pages {
            request.due = now.monotonic.after(backoff(request.attempts, now, 1));
            if request.attempts >= PAGE_ATTEMPTS {
                (*after, *anchor) = (None, None);
            }
        }
    }

    /// Takes in orders, newest first, and gives the new ones their rows: those below `anchor`, or on
    /// top without one.
    pub(super) fn take_in_orders(&mut self, anchor: Option<OrderId>, orders: &[Order]) {
        let room =
            self.state.rules.bound(ORDERS_MAX).saturating_sub(self.state.confirmed.orders.len());
        let mut new = 0;
        let fitting: Vec<&Order> = orders
            .iter()
            .filter(|order| {
                let is_new = self.state.confirmed.version(order.id).is_none();
                new += usize::from(is_new);
                !is_new || new <= room
            })
            .collect();
        let ids: Vec<OrderId> = fitting.iter().map(|order| order.id).collect();
        self.state.rows.show_below(anchor, &ids);
        for order in fitting {
            self.take_in_order(order);
        }
    }

    /// Takes one order in, if it is newer than what we have, with all that it proves.
    pub(super) fn take_in_order(&mut self, order: &Order) {
        let was_open = self.state.order(order.id).is_some_and(|shown| !shown.status.is_final());
        match self.state.confirmed.merge(order, self.state.rules) {
            Merge::Known => {}
            Merge::Newer | Merge::New => {
                self.cache = Cache::Dirty;
                self.make_room(order.id);
                if was_open && order.status.is_final() {
                    self.notify(Notice::Ended {
                        order_id: order.id,
                        status: order.status,
                        reason: order.reason.clone(),
                    });
                }
            }
        }
        self.touch(order.id);
        self.settle_what_the_order_proves(order.id);
    }

    fn is_full(&self) -> bool {
        self.state.confirmed.orders.len() >= self.state.rules.bound(ORDERS_MAX)
    }

    /// At the bound the lowest row goes on which nothing is pending, one that has ended first.
    fn make_room(&mut self, newcomer: OrderId) {
        if self.state.confirmed.orders.len() <= self.state.rules.bound(ORDERS_MAX) {
            return;
        }
        let State { rows, confirmed, pending, .. } = &*self.state;
        let idle = || {
            rows.iter().rev().filter(|order_id| {
                *order_id != newcomer
                    && confirmed.orders.contains_key(order_id)
                    && pending.of_order(*order_id).next().is_none()
            })
        };
        let has_ended =
            |id: &OrderId| confirmed.orders.get(id).is_some_and(|it| it.status.is_final());
        let Some(lowest) = idle().find(has_ended).or_else(|| idle().next()) else { return };
        self.state.confirmed.orders.remove(&lowest);
        self.state.confirmed.pages = Pages::AsManyAsKept;
        self.touch(lowest);
    }

    /// Once all pages are here, what another log had and this one has not is reported.
    fn report_what_has_vanished(&mut self) {
        let confirmed = &mut self.state.confirmed;
        if matches!(confirmed.pages, Pages::Loading { .. }) {
            return;
        }
        let missing = std::mem::take(&mut confirmed.missing);
        let orders = missing.iter().filter(|id| !confirmed.orders.contains_key(id)).count();
        if orders > 0 {
            self.notify(Notice::Vanished { orders });
        }
    }
}

//! The order of the rows: fixed at first sight, newest first. Rows come and go, but two rows that
//! stay never change places, whatever their orders' times, statuses or ids are.
//! Steps 2 and 9 of an order's way.

use shared::id::OrderId;

/// The ids of the orders that are drawn, from top to bottom, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rows(Vec<OrderId>);

impl Rows {
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = OrderId> {
        self.0.iter().copied()
    }

    pub(crate) fn contains(&self, order_id: OrderId) -> bool {
        self.0.contains(&order_id)
    }

    pub(crate) fn remove(&mut self, order_id: OrderId) {
        self.0.retain(|it| *it != order_id);
    }

    /// Puts a new one on top; one that is there stays where it is.
    pub(crate) fn show_on_top(&mut self, order_id: OrderId) {
        if !self.contains(order_id) {
            self.0.insert(0, order_id);
        }
    }

    /// Puts the new ones of these (newest first) where they belong relative to the ones that are
    /// there: each below the one before it, the first below `anchor`, or on top without one.
    pub(crate) fn show_below(&mut self, anchor: Option<OrderId>, page: &[OrderId]) {
        let mut place = anchor.and_then(|anchor| self.place(anchor)).map_or(0, |it| it + 1);
        for order_id in page {
            if let Some(there) = self.place(*order_id) {
                place = place.max(there + 1);
            } else {
                self.0.insert(place.min(self.0.len()), *order_id);
                place += 1;
            }
        }
    }

    fn place(&self, order_id: OrderId) -> Option<usize> {
        self.0.iter().position(|it| *it == order_id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ids(numbers: &[u128]) -> Vec<OrderId> {
        numbers.iter().map(|number| OrderId::new(Uuid::from_u128(*number))).collect()
    }

    #[test]
    fn a_page_fits_in_around_what_is_there() {
        let mut rows = Rows(ids(&[5, 3]));
        rows.show_below(None, &ids(&[6, 5, 4, 3, 2]));
        assert_eq!(rows.0, ids(&[6, 5, 4, 3, 2]));
        rows.show_below(ids(&[2]).first().copied(), &ids(&[1, 0]));
        assert_eq!(rows.0, ids(&[6, 5, 4, 3, 2, 1, 0]));
    }

    #[test]
    fn rows_that_stay_never_change_places() {
        let mut rows = Rows(ids(&[1, 2, 3]));
        rows.show_below(None, &ids(&[3, 9, 2, 8, 1]));
        let kept: Vec<_> = rows.iter().filter(|it| ids(&[1, 2, 3]).contains(it)).collect();
        assert_eq!(kept, ids(&[1, 2, 3]));
        assert_eq!(rows.0.len(), 5);
    }
}

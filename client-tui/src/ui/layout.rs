//! Where everything stands, computed from the area of the frame and nothing else.
//!
//! Three shapes: a large terminal shows all panes side by side; a smaller one shows the place that has
//! the focus; one that is too small for that says so. Nothing is ever cut in half.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::app::pane::Pane;

/// The smallest terminal in which one can order.
pub(crate) const MINIMUM: (u16, u16) = (40, 12);
/// From here on all panes stand side by side.
const WIDE: (u16, u16) = (140, 36);
/// Rows of restaurants and menu where all panes stand side by side: the longest menu, with its frame.
const CHOOSING_ROWS: u16 = 20;
/// From here on restaurants and menu stand side by side.
const TWO_COLUMNS: u16 = 70;
/// Rows of the selected order's line of life, with its frame.
const ORDER_ROWS: u16 = 11;
/// Rows of the list of orders that must remain beside it: two orders with their frame.
const ORDERS_ROWS_MIN: u16 = 6;
/// Rows of a pane that a message leaves to it: one order with its frame, and a line more.
const PANE_ROWS_MIN: u16 = 5;

/// What fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One sentence.
    TooSmall,
    /// Everything, or as much of it as fits.
    Fits(Places),
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// The name, the places, the state of the link.
    pub(crate) header: Rect,
    /// The panes that are shown.
    pub(crate) panes: Vec<(Pane, Rect)>,
    /// The selected order's line of life, where there is room for it.
    pub(crate) order: Option<Rect>,
    /// The latest message, where there is one; it covers nothing.
    pub(crate) message: Option<Rect>,
    /// Where something may lie over the panes: all between header and footer, but for the message.
    pub(crate) over: Rect,
    /// The hints.
    pub(crate) footer: Rect,
}

/// The panes and what else stands in the body.
type Body = (Vec<(Pane, Rect)>, Option<Rect>, Rect);

/// Decides what stands where. `message_rows` says how many rows the latest message needs in so many
/// columns, 0 where there is none: the pane beside it gives way, and nothing else moves.
pub(crate) fn shape(area: Rect, focus: Pane, message_rows: impl Fn(u16) -> u16) -> Shape {
    if area.width < MINIMUM.0 || area.height < MINIMUM.1 {
        return Shape::TooSmall;
    }
    let [header, body, footer] = area.layout(&Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
    ]));
    let (panes, order, message) = if area.width >= WIDE.0 && area.height >= WIDE.1 {
        all_panes(body, message_rows)
    } else {
        one_place(body, focus, message_rows(body.width))
    };
    let message = Some(message).filter(|message| !message.is_empty());
    let covered = message.filter(|message| message.bottom() == body.bottom());
    let height = body.height.saturating_sub(covered.map_or(0, |message| message.height));
    let over = Rect { height, ..body };
    Shape::Fits(Places { header, panes, order, message, over, footer })
}

fn all_panes(body: Rect, message_rows: impl Fn(u16) -> u16) -> Body {
    let halves = Layout::horizontal([Constraint::Fill(46), Constraint::Fill(54)]);
    let [left, right] = body.layout(&halves);
    let room = left.height.saturating_sub(CHOOSING_ROWS + PANE_ROWS_MIN);
    let [choosing, cart, message] = left.layout(&Layout::vertical([
        Constraint::Length(CHOOSING_ROWS),
        Constraint::Fill(1),
        Constraint::Length(message_rows(left.width).min(room)),
    ]));
    let [restaurants, menu] = choosing.layout(&restaurants_and_menu());
    let [orders, order, hood] = right.layout(&Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(ORDER_ROWS),
        Constraint::Fill(1),
    ]));
    let panes = vec![
        (Pane::Restaurants, restaurants),
        (Pane::Menu, menu),
        (Pane::Cart, cart),
        (Pane::Orders, orders),
        (Pane::UnderTheHood, hood),
    ];
    (panes, Some(order), message)
}

fn one_place(body: Rect, focus: Pane, message_rows: u16) -> Body {
    let beneath = |room: u16| {
        let message = Constraint::Length(message_rows.min(room));
        Layout::vertical([Constraint::Fill(1), message])
    };
    match focus {
        Pane::Orders if body.height >= ORDER_ROWS + ORDERS_ROWS_MIN => {
            let rows = Layout::vertical([Constraint::Fill(1), Constraint::Length(ORDER_ROWS)]);
            let [above, order] = body.layout(&rows);
            let room = above.height.saturating_sub(PANE_ROWS_MIN);
            let [orders, message] = above.layout(&beneath(room));
            (vec![(Pane::Orders, orders)], Some(order), message)
        }
        Pane::Restaurants | Pane::Menu | Pane::Cart | Pane::Orders | Pane::UnderTheHood => {
            let room = body.height.saturating_sub(PANE_ROWS_MIN);
            let [above, message] = body.layout(&beneath(room));
            let chooses = matches!(focus, Pane::Restaurants | Pane::Menu);
            if chooses && body.width >= TWO_COLUMNS {
                let [restaurants, menu] = above.layout(&restaurants_and_menu());
                (vec![(Pane::Restaurants, restaurants), (Pane::Menu, menu)], None, message)
            } else {
                (vec![(focus, above)], None, message)
            }
        }
    }
}

fn restaurants_and_menu() -> Layout {
    Layout::horizontal([Constraint::Length(27), Constraint::Fill(1)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(width: u16, height: u16, focus: Pane) -> Places {
        match shape(Rect::new(0, 0, width, height), focus, |_| 0) {
            Shape::Fits(places) => places,
            Shape::TooSmall => panic!("{width}x{height} is too small"),
        }
    }

    #[test]
    fn a_large_terminal_shows_every_pane_and_a_small_one_the_place_with_the_focus() {
        let large = fits(160, 50, Pane::Cart);
        assert_eq!(large.panes.iter().map(|(pane, _)| *pane).collect::<Vec<_>>(), Pane::ALL);
        assert!(large.order.is_some());
        for focus in Pane::ALL {
            let small = fits(80, 24, focus);
            assert!(small.panes.iter().any(|(pane, _)| *pane == focus), "{focus:?}");
        }
    }

    #[test]
    fn a_message_moves_neither_the_order_nor_what_is_above_it() {
        let with = |rows| match shape(Rect::new(0, 0, 80, 24), Pane::Orders, |_| rows) {
            Shape::Fits(places) => places,
            Shape::TooSmall => panic!("it is large enough"),
        };
        assert_eq!(with(0).order, with(4).order);
        let top = |places: Places| places.panes.first().map(|(_, rect)| rect.y);
        assert_eq!(top(with(0)), top(with(4)));
    }

    proptest! {
        #[test]
        fn what_is_shown_lies_within_the_frame_and_over_nothing_else(
            width in 0_u16..300, height in 0_u16..120, focus in prop::sample::select(&Pane::ALL),
            message in 0_u16..6,
        ) {
            let area = Rect::new(0, 0, width, height);
            let Shape::Fits(places) = shape(area, focus, |_| message) else {
                prop_assert!(width < MINIMUM.0 || height < MINIMUM.1);
                return Ok(());
            };
            let mut rects: Vec<Rect> = places.panes.iter().map(|(_, rect)| *rect).collect();
            rects.extend([places.header, places.footer]);
            rects.extend(places.order);
            prop_assert_eq!(places.message.is_some(), message > 0);
            rects.extend(places.message);
            prop_assert!(places.panes.iter().all(|(_, rect)| rect.height >= PANE_ROWS_MIN));
            for (index, rect) in rects.iter().enumerate() {
                prop_assert_eq!(rect.intersection(area), *rect);
                prop_assert!(rect.area() > 0);
                prop_assert!(rects[..index].iter().all(|other| !other.intersects(*rect)));
            }
        }
    }
}

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
/// From here on restaurants and menu stand side by side.
const TWO_COLUMNS: u16 = 70;
/// Rows of the selected order's line of life, with its frame.
const ORDER_ROWS: u16 = 11;
/// Rows of the list of orders that must remain beside it: two orders with their frame.
const ORDERS_ROWS_MIN: u16 = 6;

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
    /// Everything between header and footer: what lies over the panes lies here.
    pub(crate) body: Rect,
    /// The hints.
    pub(crate) footer: Rect,
}

/// Decides what stands where.
pub(crate) fn shape(area: Rect, focus: Pane) -> Shape {
    if area.width < MINIMUM.0 || area.height < MINIMUM.1 {
        return Shape::TooSmall;
    }
    let [header, body, footer] = area.layout(&Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
    ]));
    let (panes, order) = if area.width >= WIDE.0 && area.height >= WIDE.1 {
        all_panes(body)
    } else {
        one_place(body, focus)
    };
    Shape::Fits(Places { header, panes, order, body, footer })
}

fn all_panes(body: Rect) -> (Vec<(Pane, Rect)>, Option<Rect>) {
    let halves = Layout::horizontal([Constraint::Fill(46), Constraint::Fill(54)]);
    let [left, right] = body.layout(&halves);
    let [choosing, cart] =
        left.layout(&Layout::vertical([Constraint::Length(20), Constraint::Fill(1)]));
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
    (panes, Some(order))
}

fn one_place(body: Rect, focus: Pane) -> (Vec<(Pane, Rect)>, Option<Rect>) {
    match focus {
        Pane::Restaurants | Pane::Menu if body.width >= TWO_COLUMNS => {
            let [restaurants, menu] = body.layout(&restaurants_and_menu());
            (vec![(Pane::Restaurants, restaurants), (Pane::Menu, menu)], None)
        }
        Pane::Orders if body.height >= ORDER_ROWS + ORDERS_ROWS_MIN => {
            let rows = Layout::vertical([Constraint::Fill(1), Constraint::Length(ORDER_ROWS)]);
            let [orders, order] = body.layout(&rows);
            (vec![(Pane::Orders, orders)], Some(order))
        }
        Pane::Restaurants | Pane::Menu | Pane::Cart | Pane::Orders | Pane::UnderTheHood => {
            (vec![(focus, body)], None)
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
        match shape(Rect::new(0, 0, width, height), focus) {
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

    proptest! {
        #[test]
        fn what_is_shown_lies_within_the_frame_and_over_nothing_else(
            width in 0_u16..300, height in 0_u16..120, focus in prop::sample::select(&Pane::ALL),
        ) {
            let area = Rect::new(0, 0, width, height);
            let Shape::Fits(places) = shape(area, focus) else {
                prop_assert!(width < MINIMUM.0 || height < MINIMUM.1);
                return Ok(());
            };
            let mut rects: Vec<Rect> = places.panes.iter().map(|(_, rect)| *rect).collect();
            rects.extend([places.header, places.footer]);
            rects.extend(places.order);
            for (index, rect) in rects.iter().enumerate() {
                prop_assert_eq!(rect.intersection(area), *rect);
                prop_assert!(rect.area() > 0);
                prop_assert!(rects[..index].iter().all(|other| !other.intersects(*rect)));
            }
        }
    }
}

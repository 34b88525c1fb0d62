//! The selected order: its line of life with times, what happens now, what is in it, the money.
//! Steps 2 and 9 of an order's way.

use optimistic::view::{Row, Standing, View};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::scene::{Scene, empty};
use super::text::wrap;
use super::theme::Role;
use super::{fares, track, words};
use crate::app::model::Model;

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let Some(row) = selected(scene.model, &scene.view) else {
        let inside = scene.block("The order", Role::Plain, None, area, frame);
        return empty(&["The selected order's way to your door is shown here."], inside, frame);
    };
    let name = row.restaurant.map_or("a restaurant", |restaurant| &restaurant.name);
    let title = format!("Your order at {name}");
    let inside = scene.block(&title, Role::Plain, None, area, frame);
    let height = usize::from(inside.height);
    let (track, mut lines) = lines(scene, row, usize::from(inside.width));
    if track.len() + lines.len() < height && !track.is_empty() {
        lines.insert(0, Line::default());
    }
    let lines: Vec<Line> = track.into_iter().chain(lines).take(height).collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The order that is told here.
pub(super) fn selected<'a, 'b>(model: &Model, view: &'b View<'a>) -> Option<&'b Row<'a>> {
    view.rows.get(model.order_index(&view.rows)?)
}

/// The line of life, and what there is to say: from the most to the least urgent, so that what is cut
/// at the end is missed least.
fn lines(scene: &Scene, row: &Row<'_>, cells: usize) -> (Vec<Line<'static>>, Vec<Line<'static>>) {
    let track: Vec<Line> = track::large(scene, row, cells).into_iter().flatten().collect();
    let mut lines = Vec::new();
    lines.extend(fares::all_pending_in_full(scene, row, cells));
    if row.confirmed_version.is_some() {
        lines.extend(fares::sentence_in_full(scene, row, cells));
    }
    let role = if row.confirmed_version.is_some() { Role::Plain } else { Role::Pending };
    let plain = |text: &str| -> Vec<Line> {
        wrap(text, cells).into_iter().map(|line| Line::from(scene.span(line, role))).collect()
    };
    lines.extend(plain(&words::dishes(row.order)));
    lines.extend(plain(&money(row)));
    if let Some(at) = row.order.scheduled_for {
        let at = words::day_and_time(at, scene.now.wall, &scene.model.settings.time_zone);
        lines.extend(plain(&format!("For {at}, not before")));
    }
    let texts = [("Note", &row.order.note), ("To", &row.order.deliver_to)];
    for (name, text) in texts {
        if let Some(text) = text {
            lines.extend(plain(&format!("{name}: {text}")));
        }
    }
    lines.extend(fares::history(scene, row, cells));
    (track, lines)
}

fn money(row: &Row<'_>) -> String {
    let order = row.order;
    let payment = match row.standing {
        Standing::NotPlaced => "nothing charged",
        Standing::Confirmed | Standing::Placeholder => words::payment(order),
    };
    if !order.tip.is_zero() && order.status.ended_unfulfilled() {
        // The tip is charged at the door, which this order has not seen.
        format!("Dishes {}, {payment}; no tip is charged", order.subtotal())
    } else if order.tip.is_zero() {
        format!("Total {}, {payment}", order.total())
    } else {
        let (dishes, tip) = (order.subtotal(), order.tip);
        format!("Dishes {dishes} + tip {tip} = {}, {payment}", order.total())
    }
}

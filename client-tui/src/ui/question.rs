//! A question in the middle of the screen, asked only where something would be lost; and the box in
//! which it stands.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use super::scene::Scene;
use super::text::wrap;
use super::theme::Role;
use crate::app::model::Question;

/// The widest a question gets: a comfortable line to read.
const COLUMNS: u16 = 56;
/// A frame and a space on either side; a frame above and below.
const FRAME: u16 = 2;

pub(super) fn draw(scene: &Scene, question: Question, body: Rect, frame: &mut Frame) {
    let (title, words, yes, no) = words(scene, question);
    let answers = keys(scene, &[("y", yes), ("n", no)]);
    draw_box(scene, title, &words, vec![answers], None, body, frame);
}

/// Keys and what they do, in one line.
pub(super) fn keys(scene: &Scene, keys: &[(&'static str, &str)]) -> Line<'static> {
    let spans = keys.iter().flat_map(|(key, does)| {
        [scene.span(*key, Role::Accent), scene.span(format!(" {does}    "), Role::Plain)]
    });
    Line::from(spans.collect::<Vec<_>>())
}

/// A box in the middle with some words, an empty line, and the lines to act upon; the cursor, if there
/// is one, is so many columns to the right in one of them. Where there is no room the words give way:
/// one has to see what one does.
pub(super) fn draw_box(
    scene: &Scene,
    title: &str,
    words: &str,
    mut act: Vec<Line<'static>>,
    cursor: Option<(usize, usize)>,
    body: Rect,
    frame: &mut Frame,
) {
    let columns = body.width.min(COLUMNS);
    let mut lines: Vec<Line> = wrap(words, usize::from(columns.saturating_sub(2 * FRAME)))
        .into_iter()
        .map(Line::from)
        .collect();
    lines.push(Line::default());
    let room = usize::from(body.height.saturating_sub(FRAME));
    lines.truncate(room.saturating_sub(act.len()));
    let above = lines.len();
    lines.append(&mut act);
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(FRAME);
    let area =
        body.centered(Constraint::Length(columns), Constraint::Length(rows.min(body.height)));
    frame.render_widget(Clear, area);
    let inside = scene.block(title, Role::Attention, None, area, frame);
    frame.render_widget(Paragraph::new(lines), inside);
    if let Some((line, column)) = cursor {
        let x = inside.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
        let y = inside.y.saturating_add(u16::try_from(above + line).unwrap_or(u16::MAX));
        frame.set_cursor_position((x.min(inside.right()), y));
    }
}

fn words(scene: &Scene, question: Question) -> (&'static str, String, &'static str, &'static str) {
    match question {
        Question::Cancel(order_id) => {
            let row = scene.view.rows.iter().find(|row| row.order.id == order_id);
            let name = row.and_then(|row| row.restaurant).map_or("the restaurant", |it| &it.name);
            let words = format!(
                "Cancel your order at {name}? Whatever was paid comes back to your card. \
                 Once the kitchen has begun it is too late."
            );
            ("Cancel the order?", words, "cancel it", "keep it")
        }
        Question::StartAnew { restaurant, .. } => {
            let name = |id| scene.model.restaurants().iter().find(|it| Some(it.id) == id);
            let old = name(scene.model.cart.restaurant()).map_or("elsewhere", |it| &it.name);
            let new = name(Some(restaurant)).map_or("here", |it| &it.name);
            let words = format!(
                "An order comes from one kitchen, and your cart holds dishes of {old}. \
                 Empty it and begin with {new}?"
            );
            ("Begin another cart?", words, "begin anew", "keep the cart")
        }
    }
}

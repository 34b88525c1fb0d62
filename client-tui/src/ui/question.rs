//! A question in the middle of the screen, asked only where something would be lost.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Paragraph};

use super::scene::Scene;
use super::text::wrap;
use super::theme::Role;
use crate::app::model::Question;

pub(super) fn draw(scene: &Scene, question: Question, body: Rect, frame: &mut Frame) {
    let (title, words, yes, no) = words(scene, question);
    let columns = body.width.min(56);
    let lines = wrap(&words, usize::from(columns.saturating_sub(4)));
    let rows = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX).min(body.height);
    let area = body.centered(Constraint::Length(columns), Constraint::Length(rows));
    frame.render_widget(Clear, area);
    let inside = scene.block(title, Role::Attention, None, area, frame);
    let mut lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
    lines.push(Line::default());
    lines.push(Line::from(vec![
        scene.span("y", Role::Accent),
        scene.span(format!(" {yes}    "), Role::Plain),
        scene.span("n", Role::Accent),
        scene.span(format!(" {no}"), Role::Plain),
    ]));
    frame.render_widget(Paragraph::new(lines), inside);
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

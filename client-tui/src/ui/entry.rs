//! A tip or a rating that is being entered, in the middle of the screen. Step 1 of an order's way.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use shared::id::OrderId;
use shared::order::tip::Tip;

use super::question::{draw_box, keys};
use super::scene::Scene;
use super::text::width;
use super::theme::Role;
use super::words;
use crate::app::cart::TIP_STEP;
use crate::app::entry::{RatingEntry, TipEntry};

pub(super) fn draw_tip(scene: &Scene, entry: &TipEntry, body: Rect, frame: &mut Frame) {
    let order = scene.model.store.order(entry.order_id);
    let present = order.map_or_else(String::new, |order| format!(", {} so far", order.tip));
    let words = format!(
        "The courier's tip{present}. {TIP_STEP} more or less with + and -, or type an amount up to {}. \
         It is charged on delivery.",
        Tip::MAX
    );
    let amount = entry.text();
    let total = order.map_or_else(String::new, |order| {
        format!("   total {}", order.subtotal().plus(entry.tip().cents()))
    });
    let label = "Tip  ";
    let field = Line::from(vec![
        Span::raw(label),
        scene.span(amount.clone(), Role::Strong),
        Span::raw(total),
    ]);
    let title = format!("Tip for {}", name(scene, entry.order_id));
    let answers = keys(scene, &[("Enter", "take it"), ("Esc", "leave it")]);
    let cursor = width(label) + width(&amount);
    draw_box(scene, &title, &words, vec![field, answers], Some((0, cursor)), body, frame);
}

pub(super) fn draw_rating(scene: &Scene, entry: RatingEntry, body: Rect, frame: &mut Frame) {
    let words = "How was it? Type 1 to 5, or count the stars with + and -.";
    let chosen = entry.rating.map_or_else(|| "not rated yet".to_owned(), words::rating);
    let field = Line::from(vec![
        scene.span(words::stars(entry.rating), Role::Accent),
        Span::raw("  "),
        scene.span(chosen, Role::Strong),
    ]);
    let title = format!("Rate {}", name(scene, entry.order_id));
    let answers = keys(scene, &[("Enter", "rate it"), ("Esc", "leave it")]);
    draw_box(scene, &title, words, vec![field, answers], None, body, frame);
}

fn name<'a>(scene: &'a Scene, order_id: OrderId) -> &'a str {
    let row = scene.view.rows.iter().find(|row| row.order.id == order_id);
    row.and_then(|row| row.restaurant).map_or("this order", |restaurant| &restaurant.name)
}

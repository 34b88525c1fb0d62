//! The list of restaurants. Step 1 of an order's way.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shared::catalog::{Opening, Restaurant};

use super::list::{place_in_list, window};
use super::scene::{Scene, empty, selected};
use super::text::two_sides;
use super::theme::Role;
use crate::app::pane::Pane;

/// The name, and beneath it the kind of food.
const ROWS: usize = 2;

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let restaurants = scene.model.restaurants();
    let chosen = scene.model.restaurant().map(|restaurant| restaurant.id);
    let index = restaurants.iter().position(|restaurant| Some(restaurant.id) == chosen);
    // Two rows go to the frame.
    let height = usize::from(area.height.saturating_sub(2));
    let shown = window(restaurants.len(), index, height, |_| ROWS);
    let place = place_in_list(restaurants.len(), index, &shown);
    let inside = scene.pane(Pane::Restaurants, "Restaurants", place, area, frame);
    if restaurants.is_empty() {
        let words = [
            "No restaurants yet.",
            "They are shown as soon as the backend answers for the first time.",
        ];
        return empty(&words, inside, frame);
    }
    let lines: Vec<Line> = restaurants
        .iter()
        .skip(shown.start)
        .take(shown.len())
        .flat_map(|restaurant| row(scene, restaurant, Some(restaurant.id) == chosen, inside.width))
        .collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

fn row<'a>(
    scene: &Scene,
    restaurant: &'a Restaurant,
    is_chosen: bool,
    cells: u16,
) -> Vec<Line<'a>> {
    let selection = scene.selection(Pane::Restaurants, is_chosen);
    let name = scene.span(restaurant.name.clone(), Role::Strong);
    let opening = match restaurant.opening {
        Opening::Open => Vec::new(),
        Opening::Closed => vec![scene.span("closed", Role::Attention)],
    };
    let cells = usize::from(cells);
    let lines = vec![
        two_sides(vec![scene.selection_mark(selection), name], Vec::new(), cells),
        two_sides(vec![Span::raw("  "), Span::raw(restaurant.cuisine.as_str())], opening, cells),
    ];
    selected(lines, selection)
}

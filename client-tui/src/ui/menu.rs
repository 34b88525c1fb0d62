//! The menu of the selected restaurant, and how much of it is in the cart already.
//! Step 1 of an order's way.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shared::catalog::{MenuItem, Opening};

use super::list::{place_in_list, window};
use super::scene::{Scene, empty, selected};
use super::text::{two_sides, width, wrap};
use super::theme::Role;
use crate::app::pane::Pane;

/// Where a description begins: beneath the name.
const INDENT: &str = "  ";

const CLOSED: &str = "Closed just now. You may order all the same; it will be rejected.";

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let Some(restaurant) = scene.model.restaurant() else {
        let inside = scene.pane(Pane::Menu, "Menu", None, area, frame);
        return empty(&["The menu of the selected restaurant stands here."], inside, frame);
    };
    let menu = &restaurant.menu;
    let chosen = scene.model.dish().map(|dish| dish.id);
    let index = menu.iter().position(|dish| Some(dish.id) == chosen);
    let cells = usize::from(area.width.saturating_sub(4));
    let notice = match restaurant.opening {
        Opening::Open => Vec::new(),
        Opening::Closed => wrap(CLOSED, cells),
    };
    let height = usize::from(area.height.saturating_sub(2)).saturating_sub(notice.len());
    // Descriptions of all dishes where there is room for them; that of the selected one is whole.
    let whole = scene.model.dish().map_or_else(Vec::new, |dish| description(dish, cells));
    let all_described = menu.len() * 2 + whole.len() <= height + 1;
    let rows = |row: usize| match (Some(row) == index, all_described) {
        (true, _) => 1 + whole.len(),
        (false, true) => 2,
        (false, false) => 1,
    };
    let shown = window(menu.len(), index, height, rows);
    let title = format!("{}, {}", restaurant.name, restaurant.cuisine);
    let place = place_in_list(menu.len(), index, &shown);
    let inside = scene.pane(Pane::Menu, &title, place, area, frame);
    if menu.is_empty() {
        return empty(&["This menu is empty today."], inside, frame);
    }
    let [top, list] = inside.layout(&Layout::vertical([
        Constraint::Length(u16::try_from(notice.len()).unwrap_or(0)),
        Constraint::Fill(1),
    ]));
    let notice: Vec<Line> =
        notice.into_iter().map(|line| Line::from(scene.span(line, Role::Attention))).collect();
    frame.render_widget(Paragraph::new(notice), top);
    let dishes = menu.iter().enumerate().skip(shown.start).take(shown.len());
    let lines: Vec<Line> = dishes
        .flat_map(|(number, dish)| {
            let is_chosen = Some(number) == index;
            row(scene, dish, is_chosen, rows(number) - 1, usize::from(list.width))
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), list);
}

fn row<'a>(
    scene: &Scene,
    dish: &'a MenuItem,
    is_chosen: bool,
    description_rows: usize,
    cells: usize,
) -> Vec<Line<'a>> {
    let selection = scene.selection(Pane::Menu, is_chosen);
    let name = scene.span(dish.name.clone(), Role::Strong);
    let mut right = Vec::new();
    let portions = scene.model.cart.portions_of(dish.id);
    if portions > 0 {
        right.push(scene.span(format!("{portions} in the cart  "), Role::Accent));
    }
    right.push(Span::raw(format!("{:>7}", dish.price)));
    // Where there is no room for both, the name says more.
    let taken = right.iter().map(Span::width).sum::<usize>() + width(INDENT) + width(&dish.name);
    if let Some(left) = left(scene, dish).filter(|left| taken + left.width() < cells) {
        right.insert(0, left);
    }
    let mut lines = vec![two_sides(vec![scene.selection_mark(selection), name], right, cells)];
    let described =
        if is_chosen { description(dish, cells) } else { vec![dish.description.clone()] };
    lines.extend(
        described
            .into_iter()
            .take(description_rows)
            .map(|line| two_sides(vec![Span::raw(format!("{INDENT}{line}"))], Vec::new(), cells)),
    );
    selected(lines, selection)
}

/// How much of a dish was left when we last heard of it, where there is only so much. What is sold out
/// can be ordered all the same: somebody may give theirs back.
fn left<'a>(scene: &Scene, dish: &MenuItem) -> Option<Span<'a>> {
    Some(match dish.portions? {
        0 => scene.span("sold out  ".to_owned(), Role::Attention),
        left => scene.span(format!("{left} left  "), Role::Plain),
    })
}

/// The whole description of a dish, in lines.
fn description(dish: &MenuItem, cells: usize) -> Vec<String> {
    wrap(&dish.description, cells.saturating_sub(width(INDENT)))
}

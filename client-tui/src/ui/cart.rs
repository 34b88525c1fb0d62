//! The cart: dishes, tip, note, address, time, and what it comes to. Step 1 of an order's way.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shared::catalog::Catalog;
use shared::money::Cents;
use shared::order::command::LineRequest;
use tui_input::Input;

use super::list::{place_in_list, window};
use super::scene::{Scene, Selection, empty, selected};
use super::text::{column_right, two_sides, width};
use super::theme::Role;
use crate::app::cart::{CartRow, TextField, Written};
use crate::app::later;
use crate::app::model::Overlay;
use crate::app::pane::Pane;

/// Where the texts begin, so that they stand in a column.
const LABEL_CELLS: usize = 12;

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let rows = scene.model.cart.rows();
    let chosen = scene.model.cart_row();
    let index = rows.iter().position(|row| Some(*row) == chosen);
    let height = usize::from(area.height.saturating_sub(2));
    let airy = rows.len() + GAPS <= height;
    let rows_of = |row: usize| match rows.get(row) {
        Some(CartRow::Tip | CartRow::Place) if airy => 2,
        _ => 1,
    };
    let shown = window(rows.len(), index, height, rows_of);
    let place = place_in_list(rows.len(), index, &shown);
    let inside = scene.pane(Pane::Cart, &title(scene), place, area, frame);
    if rows.is_empty() {
        let words = [
            "Your cart is empty.",
            "Choose a restaurant, press Enter for its menu, and Enter again on a dish.",
        ];
        return empty(&words, inside, frame);
    }
    let mut lines: Vec<Line> = Vec::new();
    for (number, row) in rows.iter().enumerate().skip(shown.start).take(shown.len()) {
        if rows_of(number) > 1 {
            lines.push(Line::default());
        }
        if let Some(cursor) = cursor_column(scene, *row) {
            let row = inside.y.saturating_add(u16::try_from(lines.len()).unwrap_or(0));
            place_cursor(scene, cursor, row, inside, frame);
        }
        lines.push(line(scene, *row, Some(*row) == chosen, usize::from(inside.width)));
    }
    frame.render_widget(Paragraph::new(lines), inside);
}

/// Empty lines, where there is room: before the tip and before the last row.
const GAPS: usize = 2;

fn title(scene: &Scene) -> String {
    let restaurants = scene.model.restaurants();
    let restaurant = restaurants.iter().find(|it| Some(it.id) == scene.model.cart.restaurant());
    match restaurant.filter(|_| !scene.model.cart.is_empty()) {
        Some(restaurant) => format!("Cart, from {}", restaurant.name),
        None => "Cart".to_owned(),
    }
}

fn line(scene: &Scene, row: CartRow, is_chosen: bool, cells: usize) -> Line<'static> {
    let selection = match (scene.selection(Pane::Cart, is_chosen), row) {
        // The cursor shows better where nothing is reversed.
        (Selection::Focused, CartRow::Written(it)) if edited(scene, it).is_some() => {
            Selection::Resting
        }
        (selection, _) => selection,
    };
    let cart = &scene.model.cart;
    let line = match row {
        CartRow::Dish(dish) => {
            let line = cart.lines().iter().find(|line| line.menu_item_id == dish);
            line.map_or_else(Line::default, |line| dish_line(scene, line, selection, cells))
        }
        CartRow::Tip => {
            let left = vec![scene.selection_mark(selection), label("Tip")];
            two_sides(left, vec![Span::raw(cart.tip().to_string())], cells)
        }
        CartRow::Written(it) => written_line(scene, it, selection, cells),
        CartRow::Place => {
            let left =
                vec![scene.selection_mark(selection), scene.span("Place the order", Role::Accent)];
            let total = subtotal(scene).plus(cart.tip());
            two_sides(left, vec![scene.span(format!("Total  {total}"), Role::Strong)], cells)
        }
    };
    selected(vec![line], selection).into_iter().next().unwrap_or_default()
}

fn dish_line(
    scene: &Scene,
    line: &LineRequest,
    selection: Selection,
    cells: usize,
) -> Line<'static> {
    let quantity = line.quantity.get();
    let dish = scene.model.store.catalog().and_then(|catalog| scene.model.cart.dish(line, catalog));
    let left = |name: Span<'static>| {
        let quantity = Span::raw(format!("{quantity:>2} x "));
        vec![scene.selection_mark(selection), quantity, name]
    };
    let Some(dish) = dish else {
        let name = scene.span("a dish that is on the menu no longer", Role::Attention);
        return two_sides(left(name), Vec::new(), cells);
    };
    let price = dish.price.times(quantity.into());
    let each = if quantity > 1 { format!("{} each", dish.price) } else { String::new() };
    let right = format!("{each}{}", column_right(&price.to_string(), 10));
    let name = scene.span(dish.name.clone(), Role::Strong);
    two_sides(left(name), vec![Span::raw(right)], cells)
}

fn written_line(
    scene: &Scene,
    written: Written,
    selection: Selection,
    cells: usize,
) -> Line<'static> {
    let (name, invitation) = match written {
        Written::Text(TextField::Note) => ("Note", "for the kitchen: press n to write"),
        Written::Text(TextField::DeliverTo) => ("Deliver to", "where? press d to write"),
        Written::When => ("When", "as soon as possible: press w to say when"),
    };
    let mut spans = vec![scene.selection_mark(selection), label(name)];
    spans.push(match edited(scene, written) {
        Some(input) => Span::raw(visible(input, cells.saturating_sub(2 + LABEL_CELLS))),
        None if scene.model.cart.is_unwritten(written) => Span::raw(invitation),
        None => scene.span(present(scene, written), Role::Strong),
    });
    two_sides(spans, Vec::new(), cells)
}

/// What stands there.
fn present(scene: &Scene, written: Written) -> String {
    let cart = &scene.model.cart;
    match written {
        Written::Text(field) => cart.text(field).to_owned(),
        Written::When => cart.scheduled_for().map_or_else(String::new, |at| {
            let now = scene.model.store.server_time(scene.now.wall);
            format!("for {}", later::write(at, now, &scene.model.settings.time_zone))
        }),
    }
}

fn label(name: &str) -> Span<'static> {
    Span::raw(super::text::column(name, LABEL_CELLS))
}

fn subtotal(scene: &Scene) -> Cents {
    let price = |catalog: &Catalog| scene.model.cart.subtotal(catalog);
    scene.model.store.catalog().map_or(Cents::ZERO, price)
}

/// What is being written, if it is this.
fn edited<'a>(scene: &'a Scene, written: Written) -> Option<&'a Input> {
    match &scene.model.overlay {
        Some(Overlay::Editing { written: edited, input }) if *edited == written => Some(input),
        Some(
            Overlay::Editing { .. }
            | Overlay::Help { .. }
            | Overlay::Question(_)
            | Overlay::Tip(_)
            | Overlay::Rating(_),
        )
        | None => None,
    }
}

/// The part of the text around the cursor that fits into so many cells, one of them for the cursor.
fn visible(input: &Input, cells: usize) -> String {
    let hidden = input.visual_scroll(cells.saturating_sub(1));
    let mut skipped = 0;
    input
        .value()
        .chars()
        .skip_while(|character| {
            let skip = skipped < hidden;
            skipped += width(character.encode_utf8(&mut [0; 4]));
            skip
        })
        .collect()
}

/// How far the cursor is to the right of where the texts begin, if this row is being written.
fn cursor_column(scene: &Scene, row: CartRow) -> Option<(Written, usize)> {
    let CartRow::Written(written) = row else { return None };
    edited(scene, written).map(|input| (written, input.visual_cursor()))
}

fn place_cursor(
    scene: &Scene,
    (written, column): (Written, usize),
    row: u16,
    inside: Rect,
    frame: &mut Frame,
) {
    let Some(input) = edited(scene, written) else { return };
    let cells = usize::from(inside.width).saturating_sub(2 + LABEL_CELLS);
    let hidden = input.visual_scroll(cells.saturating_sub(1));
    let column = 2 + LABEL_CELLS + column.saturating_sub(hidden);
    let column = inside.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    frame.set_cursor_position((column.min(inside.right().saturating_sub(1)), row));
}

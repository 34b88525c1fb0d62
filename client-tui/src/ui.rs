//! The model as a frame: step 2 (the placeholder) and step 9 (the fact in its place) as one sees them.
//!
//! Pure: the model, the time and the theme in, cells out. Nothing is remembered from frame to frame
//! and nothing is decided; what can be done stands in the key table, what is true in the store.

pub mod motion;
pub mod theme;
mod symbols;
mod text;
mod layout;
mod list;
mod words;
mod scene;
mod header;
mod footer;
mod restaurants;
mod menu;
mod cart;
mod countdown;
mod pending;
mod track;
mod fares;
mod orders;
mod order;
mod under_the_hood;
mod help;
mod question;
mod entry;
mod toast;
mod too_small;
mod case;
#[cfg(test)]
pub(crate) mod snapshot;

use optimistic::view::PendingView;
use optimistic::{Monotonic, Now};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};

use crate::app::model::{Model, Overlay};
use crate::app::pane::Pane;
pub(crate) use case::draw as draw_case;
use layout::{Places, Shape, shape};
use orders::Telling;
use scene::Scene;
use theme::Theme;

/// Draws the model as it looks at this moment.
pub fn draw(model: &Model, now: Now, theme: Theme, frame: &mut Frame) {
    match shape_of(model, frame.area()) {
        Shape::TooSmall => too_small::draw(frame),
        Shape::Fits(places) => draw_places(&Scene::new(model, now, theme), &places, frame),
    }
}

/// When a frame of this size looks different although nothing happens: at the next step of a pulse,
/// or when an age or a countdown on it does.
pub fn next_change(model: &Model, size: Size, now: Monotonic) -> Option<Monotonic> {
    let Shape::Fits(places) = shape_of(model, Rect::from(size)) else { return None };
    let view = model.view_at(now);
    let listed = places.panes.iter().filter(|(pane, _)| *pane == Pane::Orders);
    let listed = listed.flat_map(|(_, area)| orders::in_view(model, &view, *area));
    let selected = places.order.and_then(|_| order::selected(model, &view));
    let pending = listed.chain(selected).flat_map(|row| &row.pending);
    let motion = model.settings.motion;
    let pending = pending.map(|pending| pending::next_change(pending, motion, now));
    pending.chain(countdown::next_change(&model.connection, now)).min()
}

fn shape_of(model: &Model, area: Rect) -> Shape {
    shape(area, model.focus, |width| toast::height(model, width))
}

/// Whether something pending is still waited for; a refusal is decided.
pub fn is_undecided(pending: &PendingView<'_>) -> bool {
    pending::is_undecided(pending.state)
}

/// How many rows the help has while this pane has the focus.
pub fn help_rows(focus: Pane) -> usize {
    help::row_count(focus)
}

fn draw_places(scene: &Scene, places: &Places, frame: &mut Frame) {
    header::draw(scene, places.header, frame);
    let telling = match places.order {
        Some(_) => Telling::Beside,
        None => Telling::InItsRow,
    };
    for (pane, area) in &places.panes {
        match pane {
            Pane::Restaurants => restaurants::draw(scene, *area, frame),
            Pane::Menu => menu::draw(scene, *area, frame),
            Pane::Cart => cart::draw(scene, *area, frame),
            Pane::Orders => orders::draw(scene, telling, *area, frame),
            Pane::UnderTheHood => under_the_hood::draw(scene, *area, frame),
        }
    }
    if let Some(area) = places.order {
        order::draw(scene, area, frame);
    }
    if let Some(area) = places.message {
        toast::draw(scene, area, frame);
    }
    draw_over(scene, places.over, frame);
    footer::draw(scene, places.footer, frame);
}

/// What lies over the panes.
fn draw_over(scene: &Scene, body: Rect, frame: &mut Frame) {
    match &scene.model.overlay {
        None | Some(Overlay::Editing { .. }) => {}
        Some(Overlay::Help { row }) => help::draw(scene, *row, body, frame),
        Some(Overlay::Question(question)) => question::draw(scene, *question, body, frame),
        Some(Overlay::Tip(entry)) => entry::draw_tip(scene, entry, body, frame),
        Some(Overlay::Rating(entry)) => entry::draw_rating(scene, *entry, body, frame),
    }
}

#[cfg(test)]
mod tests;

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
mod pending;
mod track;
mod fares;
mod orders;
mod order;
mod under_the_hood;
mod help;
mod question;
mod toast;
mod too_small;
#[cfg(test)]
pub(crate) mod snapshot;

use optimistic::Now;
use optimistic::view::PendingView;
use ratatui::Frame;
use ratatui::layout::{Rect, Size};

use crate::app::model::{Model, Overlay};
use crate::app::pane::Pane;
use layout::{Places, Shape, shape};
use orders::Telling;
use scene::Scene;
use theme::Theme;

/// Draws the model as it looks at this moment.
pub fn draw(model: &Model, now: Now, theme: Theme, frame: &mut Frame) {
    match shape(frame.area(), model.focus) {
        Shape::TooSmall => too_small::draw(frame),
        Shape::Fits(places) => draw_places(&Scene::new(model, now, theme), &places, frame),
    }
}

/// Whether something in such a frame changes by itself while time passes: a pulse, an age.
pub fn is_moving(model: &Model, size: Size) -> bool {
    match shape(Rect::from(size), model.focus) {
        Shape::TooSmall => false,
        Shape::Fits(places) => {
            places
                .panes
                .iter()
                .any(|(pane, area)| *pane == Pane::Orders && orders::shows_pending(model, *area))
                || places.order.is_some() && order::shows_pending(model)
        }
    }
}

/// Whether something pending is still waited for; a refusal is decided.
pub fn is_undecided(pending: &PendingView<'_>) -> bool {
    pending::is_moving(pending.state)
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
    match &scene.model.overlay {
        None | Some(Overlay::Editing { .. }) => {}
        Some(Overlay::Help { row }) => help::draw(scene, *row, places.body, frame),
        Some(Overlay::Question(question)) => {
            question::draw(scene, *question, places.body, frame);
        }
    }
    // Whoever reads the help or a question is not to be interrupted.
    if scene.model.overlay.is_none() {
        toast::draw(scene, places.body, frame);
    }
    footer::draw(scene, places.footer, frame);
}

#[cfg(test)]
mod tests;

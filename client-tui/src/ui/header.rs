//! The first two lines: where one can go, and whether what one sees is the present.

use optimistic::view::{Queue, Totals};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::scene::Scene;
use super::text::{cut_spans, two_sides, width};
use super::theme::Role;
use super::{symbols, words};
use crate::app::connection::{Backend, LinkState, OwnBackend};
use crate::app::pane::{Pane, Place};

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    let [first, second] =
        area.layout(&Layout::vertical([Constraint::Length(1), Constraint::Length(1)]));
    frame.render_widget(places(scene, usize::from(first.width)), first);
    frame.render_widget(state(scene, usize::from(second.width)), second);
}

/// The name of the program and the places; those without the focus shrink to their number where
/// there is no room for all names.
fn places(scene: &Scene, cells: usize) -> Line<'static> {
    let long = places_with(scene, Names::All);
    if long.iter().map(Span::width).sum::<usize>() <= cells {
        return Line::from(long);
    }
    Line::from(cut_spans(places_with(scene, Names::OfTheFocus), cells))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    All,
    OfTheFocus,
}

fn places_with(scene: &Scene, names: Names) -> Vec<Span<'static>> {
    let mut spans = vec![scene.span(" Tiffin  ", Role::Strong)];
    for place in Place::ALL {
        let here = place.holds(scene.model.focus);
        let name = if here || names == Names::All { place.name } else { "" };
        let count = count(scene, place).map_or_else(String::new, |count| format!(" ({count})"));
        let text =
            format!(" {}{}{name}{count} ", place.number, if name.is_empty() { "" } else { " " });
        spans.push(if here { scene.span(text, Role::Selected) } else { Span::raw(text) });
        let refused = place.pane == Pane::Orders && scene.view.pending.refused > 0;
        spans.push(if refused { scene.span(symbols::REFUSED, Role::Bad) } else { Span::raw(" ") });
    }
    spans
}

/// How many things wait at a place: portions in the cart, orders on their way.
fn count(scene: &Scene, place: Place) -> Option<usize> {
    let count = match place.pane {
        Pane::Cart => usize::try_from(scene.model.cart.portions()).ok()?,
        Pane::Orders => scene.view.totals.on_their_way,
        Pane::Restaurants | Pane::Menu | Pane::UnderTheHood => 0,
    };
    (count > 0).then_some(count)
}

/// The state of the link in a sentence, and the day's sum where there is room.
fn state(scene: &Scene, cells: usize) -> Line<'static> {
    let (mark, role, sentences) = link(scene, cells.saturating_sub(4));
    let mut left = vec![Span::raw(" "), scene.span(format!("{mark} "), role)];
    let mut room = cells.saturating_sub(4);
    let can_order = !scene.model.restaurants().is_empty();
    let worth_saying = |sentence: &String| can_order || sentence != GO_ON;
    for (index, sentence) in sentences.into_iter().filter(worth_saying).enumerate() {
        // Whole sentences only; the first one is the one that matters.
        if index > 0 && width(&sentence) > room {
            break;
        }
        room = room.saturating_sub(width(&sentence) + 1);
        left.push(scene.span(sentence, if index == 0 { role } else { Role::Plain }));
        left.push(Span::raw(" "));
    }
    let sum = sum(scene.view.totals);
    let right = if width(&sum) < room { vec![Span::raw(format!("{sum} "))] } else { Vec::new() };
    two_sides(left, right, cells)
}

fn sum(totals: Totals) -> String {
    let orders = match totals.on_their_way {
        0 => String::new(),
        1 => "1 order on its way".to_owned(),
        orders => format!("{orders} orders on their way"),
    };
    match (orders.is_empty(), totals.today.is_zero()) {
        (_, true) => orders,
        (true, false) => format!("{} today", totals.today),
        (false, false) => format!("{orders}, {} today", totals.today),
    }
}

/// For whoever knows a menu: nobody has to wait.
const GO_ON: &str = "Ordering goes on: it is kept.";

fn link(scene: &Scene, cells: usize) -> (&'static str, Role, Vec<String>) {
    let connection = &scene.model.connection;
    let zone = &scene.model.settings.time_zone;
    let wait = |first: String, more: &str| {
        (symbols::QUEUED, Role::Attention, vec![first, more.to_owned()])
    };
    let countdown = super::countdown::words(connection, scene.now.monotonic);
    if scene.view.queue == Queue::SignInNeeded {
        return unknown_to_the_backend();
    }
    match (&connection.link, &connection.backend) {
        (LinkState::SignInNeeded, _) => unknown_to_the_backend(),
        (LinkState::Live, backend) => {
            let name = connection.customer.as_deref().unwrap_or("a customer");
            let sentences = vec![format!("Live, as {name}."), at(backend)];
            (symbols::DONE, Role::Good, sentences)
        }
        (LinkState::Offline { since, .. }, Backend::Own(OwnBackend::Restarting { .. })) => {
            // Also where it was the one of another tiffin.
            let since = format!("The backend has ended at {}", words::time(*since, zone));
            let first = counting_down("The backend has ended", &since, countdown, cells);
            (symbols::REFUSED, Role::Attention, vec![first, GO_ON.to_owned()])
        }
        (LinkState::Offline { since, why, .. }, backend) => {
            let since = format!("Offline since {}", words::time(*since, zone));
            let first = counting_down("Offline", &since, countdown, cells);
            let sentences = vec![first, GO_ON.to_owned(), at(backend), format!("Why: {why}.")];
            (symbols::REFUSED, Role::Attention, sentences)
        }
        (_, Backend::Own(OwnBackend::Starting)) => {
            wait("Starting your own backend.".to_owned(), GO_ON)
        }
        (_, Backend::Own(OwnBackend::Restarting { why, .. })) => {
            let short = "Your own backend does not start";
            let long = format!("{short}: {why}");
            // What a person can do about it is worth more than when it fails again.
            let first = counting_down(&long, &long, countdown, cells);
            (symbols::REFUSED, Role::Attention, vec![first, GO_ON.to_owned()])
        }
        (LinkState::Connecting, backend) => wait(format!("Connecting. {}", at(backend)), GO_ON),
        (LinkState::Greeting, backend) => wait(format!("Signing in. {}", at(backend)), GO_ON),
    }
}

/// What is the matter, and when it goes on. Where there is no room for both, the second is worth more
/// than the details of the first.
fn counting_down(short: &str, long: &str, countdown: Option<String>, cells: usize) -> String {
    let Some(countdown) = countdown else { return format!("{long}.") };
    let whole = format!("{long}, {countdown}.");
    if width(&whole) <= cells { whole } else { format!("{short}, {countdown}.") }
}

fn unknown_to_the_backend() -> (&'static str, Role, Vec<String>) {
    let first = "Not signed in: the backend does not know you any more.".to_owned();
    let more = "What is pending waits. Another --data-dir begins as a new customer.".to_owned();
    (symbols::REFUSED, Role::Bad, vec![first, more])
}

fn at(backend: &Backend) -> String {
    match backend {
        Backend::At(endpoint) => format!("The backend is at {endpoint}."),
        Backend::Own(OwnBackend::Running { endpoint }) => {
            format!("Your own backend is at {endpoint}.")
        }
        Backend::Own(OwnBackend::Shared { endpoint }) => {
            format!("The backend of another tiffin is at {endpoint}.")
        }
        Backend::Own(OwnBackend::Starting | OwnBackend::Restarting { .. }) => String::new(),
    }
}

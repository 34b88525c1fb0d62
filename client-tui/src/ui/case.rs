//! A page of a hard case: what the case says, where it is, the orders as they are drawn then, and what
//! the store wants. The orders pane is the program's own.

use jiff::tz::TimeZone;
use optimistic::case::{Frame as CaseFrame, Head};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::orders::{self, Telling};
use super::scene::Scene;
use super::symbols::HERE;
use super::text::{cut_spans, two_sides, wrap};
use super::theme::{Role, Theme};
use super::too_small;
use crate::app::connection::{Backend, Connection, OwnBackend};
use crate::app::model::{Model, Settings};
use crate::app::pane::Pane;
use crate::app::session::Session;
use crate::replay_case::player::Player;
use crate::ui::layout::MINIMUM;
use crate::ui::motion::Motion;

/// From here on the case stands beside the orders, else above them.
const TWO_COLUMNS: u16 = 120;
/// Rows of the case where it stands above the orders, with its frame.
const CASE_ROWS: u16 = 8;
/// Rows of what is out, with its frame.
const OUT_ROWS: u16 = 6;

/// Draws the page that is open.
pub(crate) fn draw(player: &Player, theme: Theme, frame: &mut Frame) {
    let area = frame.area();
    if area.width < MINIMUM.0 || area.height < MINIMUM.1 {
        return too_small::draw(frame);
    }
    let Some(page) = player.frame() else {
        return frame.render_widget(Paragraph::new("Nothing happens in this case."), area);
    };
    let model = model(page);
    let scene = Scene::new(&model, page.now, theme);
    let [head, body, out, verdict, keys] = area.layout(&Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(OUT_ROWS),
        Constraint::Length(1),
        Constraint::Length(1),
    ]));
    let [case, orders] = if area.width >= TWO_COLUMNS {
        body.layout(&Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]))
    } else {
        body.layout(&Layout::vertical([Constraint::Length(CASE_ROWS), Constraint::Fill(1)]))
    };
    draw_head(&scene, player, head, frame);
    draw_case(&scene, player, page, case, frame);
    orders::draw(&scene, Telling::InItsRow, orders, frame);
    draw_out(&scene, page, out, frame);
    draw_verdict(&scene, player, page, verdict, frame);
    frame.render_widget(footer(&scene, usize::from(keys.width)), keys);
}

/// The program as it would be with this store: nothing but the orders is looked at.
fn model(page: &CaseFrame) -> Model {
    let session = Session::new(String::new(), None);
    let connection = Connection::new(Backend::Own(OwnBackend::Starting));
    let settings = Settings { motion: Motion::Reduced, time_zone: TimeZone::UTC };
    let mut model = Model::new(page.state.clone(), session, connection, settings);
    model.focus = Pane::Orders;
    model
}

fn draw_head(scene: &Scene, player: &Player, area: Rect, frame: &mut Frame) {
    let Head { id, title, then, .. } = player.head();
    let cells = usize::from(area.width);
    let place = format!("step {} of {} ", player.at() + 1, player.frames().len());
    let left = vec![scene.span(format!(" {id} {title}"), Role::Strong)];
    let lines = vec![
        two_sides(left, vec![Span::raw(place)], cells),
        Line::from(cut_spans(vec![Span::raw(format!(" Then {then}"))], cells)),
    ];
    frame.render_widget(Paragraph::new(lines), area);
}

/// The lines of the file around the one that has just happened.
fn draw_case(scene: &Scene, player: &Player, page: &CaseFrame, area: Rect, frame: &mut Frame) {
    let title = format!("What happens, at terminal {}", page.terminal);
    let inside = scene.block(&title, Role::Plain, None, area, frame);
    let height = usize::from(inside.height);
    let lines = player.lines();
    let here = page.line.saturating_sub(1);
    let first = here.saturating_sub(height / 3).min(lines.len().saturating_sub(height));
    let shown = (first..).zip(lines.iter().skip(first).take(height));
    let shown: Vec<Line> = shown
        .map(|(index, text)| {
            let mark = if index == here { HERE } else { " " };
            let line = format!("{mark} {:>3}  {text}", index + 1);
            let spans = cut_spans(vec![Span::raw(line)], usize::from(inside.width));
            let line = Line::from(spans);
            if index == here { line.patch_style(Modifier::BOLD) } else { line }
        })
        .collect();
    frame.render_widget(Paragraph::new(shown), inside);
}

/// What the store wanted in this step, and what it told the person.
fn draw_out(scene: &Scene, page: &CaseFrame, area: Rect, frame: &mut Frame) {
    let inside = scene.block("What is out", Role::Plain, None, area, frame);
    let cells = usize::from(inside.width);
    let wanted = wrap(&page.out.join(", "), cells).into_iter().map(Line::from);
    let told = page.told.iter().flat_map(|words| wrap(words, cells));
    let told = told.map(|words| Line::from(scene.span(words, Role::Attention)));
    let mut lines: Vec<Line> = wanted.chain(told).collect();
    if lines.is_empty() {
        lines.push(Line::from("Nothing."));
    }
    frame.render_widget(Paragraph::new(lines), inside);
}

/// Whether this page is as the case says, and on the last one whether all of it was.
fn draw_verdict(scene: &Scene, player: &Player, page: &CaseFrame, area: Rect, frame: &mut Frame) {
    let failed = page.looks.iter().find(|look| !look.holds());
    let (words, role) = match failed {
        Some(look) => {
            let words = format!("Line {}: {} is not as the case says.", look.line, look.what);
            (words, Role::Bad)
        }
        None if !player.is_at_the_end() => match page.looks.len() {
            0 => (String::new(), Role::Plain),
            _ => ("As the case says.".to_owned(), Role::Good),
        },
        None if player.verdict().holds() => (player.verdict().to_string(), Role::Good),
        None => (player.verdict().to_string().replace('\n', " "), Role::Bad),
    };
    let spans = cut_spans(vec![scene.span(format!(" {words}"), role)], usize::from(area.width));
    frame.render_widget(Line::from(spans), area);
}

fn footer(scene: &Scene, cells: usize) -> Line<'static> {
    let hints =
        [("Right", "next step"), ("Left", "back"), ("g", "first"), ("G", "last"), ("q", "leave")];
    let hints = hints
        .into_iter()
        .flat_map(|(key, label)| [scene.span(key, Role::Accent), Span::raw(format!(" {label}  "))]);
    let spans = std::iter::once(Span::raw(" ")).chain(hints).collect();
    Line::from(cut_spans(spans, cells))
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::app::keymap::Key;
    use crate::cli::Pages;
    use crate::replay_case::player::tests::player;
    use crate::terminal::ColourDepth;
    use crate::ui::snapshot::text_and_styles;

    fn drawn(player: &Player, (columns, rows): (u16, u16)) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let theme = Theme::new(ColourDepth::Sixteen);
        terminal.draw(|frame| draw(player, theme, frame)).unwrap();
        text_and_styles(terminal.backend().buffer())
    }

    #[test]
    fn a_case_shows_what_happens_the_orders_and_what_is_out() {
        let mut player = player("H63-cancel-versus-cooking", Pages::ByKeys);
        for _ in 0..5 {
            player.press(Key::code(KeyCode::Right));
        }
        insta::assert_snapshot!("case_cancelling_80x24", drawn(&player, (80, 24)));
        insta::assert_snapshot!("case_cancelling_160x50", drawn(&player, (160, 50)));
        player.press(Key::char('G'));
        insta::assert_snapshot!("case_verdict_80x24", drawn(&player, (80, 24)));
    }

    #[test]
    fn every_page_fits_into_every_size() {
        let mut player = player("H18-new-epoch", Pages::ByKeys);
        loop {
            for size in [(1, 1), (40, 12), (80, 24), (119, 30), (200, 60)] {
                drawn(&player, size);
            }
            if player.is_at_the_end() {
                break;
            }
            player.next();
        }
    }
}

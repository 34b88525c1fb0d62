//! The last line: what one can do here and now, from the key table.
//!
//! Cut at whole hints, and always ending with the key that shows all keys.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::scene::Scene;
use super::text::width;
use super::theme::Role;
use crate::app::command::Command;
use crate::app::keymap::{self, Binding};

pub(super) fn draw(scene: &Scene, area: Rect, frame: &mut Frame) {
    frame.render_widget(line(scene, usize::from(area.width)), area);
}

fn line(scene: &Scene, cells: usize) -> Line<'static> {
    let (help, others): (Vec<_>, Vec<_>) = keymap::hints(scene.model)
        .into_iter()
        .partition(|(binding, _)| binding.command == Command::ToggleHelp);
    let help = help.first().copied();
    let reserved = help.map_or(0, |(binding, label)| hint_width(binding, label));
    let mut room = cells.saturating_sub(1 + reserved);
    let mut spans = vec![Span::raw(" ")];
    for (binding, label) in others {
        let Some(rest) = room.checked_sub(hint_width(binding, label)) else { break };
        room = rest;
        spans.extend(hint(scene, binding, label));
    }
    if let Some((binding, label)) = help {
        spans.extend(hint(scene, binding, label));
    }
    Line::from(spans)
}

fn hint(scene: &Scene, binding: &Binding, label: &str) -> [Span<'static>; 2] {
    [scene.span(key(binding), Role::Accent), Span::raw(format!(" {label}  "))]
}

fn hint_width(binding: &Binding, label: &str) -> usize {
    width(&key(binding)) + width(label) + 3
}

fn key(binding: &Binding) -> String {
    binding.keys.first().map(ToString::to_string).unwrap_or_default()
}

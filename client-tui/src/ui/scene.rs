//! What every part of the screen needs to draw itself, and what they all draw the same way: the frame
//! of a pane, the rows of a list, the words of an empty one.

use optimistic::Now;
use optimistic::view::View;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Flex, Layout, Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Padding, Paragraph};

use super::motion::Pulse;
use super::symbols::HERE;
use super::text::wrap;
use super::theme::{Role, Theme};
use crate::app::model::Model;
use crate::app::moment::looking;
use crate::app::pane::Pane;

/// One frame in the making.
pub(crate) struct Scene<'a> {
    pub(crate) model: &'a Model,
    pub(crate) view: View<'a>,
    pub(crate) now: Now,
    pub(crate) theme: Theme,
}

/// Whether a row is the selected one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// It is, and its pane has the focus.
    Focused,
    /// It is, and the focus is elsewhere.
    Resting,
    /// It is not.
    None,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(model: &'a Model, now: Now, theme: Theme) -> Self {
        let looking = looking(now, &model.settings.time_zone);
        Self { model, view: optimistic::view(&model.store, &looking), now, theme }
    }

    pub(crate) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    pub(crate) fn span(&self, text: impl Into<String>, role: Role) -> Span<'static> {
        Span::styled(text.into(), self.theme.style(role))
    }

    /// How bright a pulsing mark is in this frame.
    pub(crate) fn pulse(&self) -> Pulse {
        self.model.settings.motion.pulse(self.now.monotonic)
    }

    /// Whether this row is the selected one of this pane.
    pub(crate) fn selection(&self, pane: Pane, is_selected: bool) -> Selection {
        match (is_selected, self.model.focus == pane) {
            (false, _) => Selection::None,
            (true, true) => Selection::Focused,
            (true, false) => Selection::Resting,
        }
    }

    /// The mark before a row.
    pub(crate) fn selection_mark(&self, selection: Selection) -> Span<'static> {
        match selection {
            Selection::Focused => Span::raw(format!("{HERE} ")),
            Selection::Resting => self.span(format!("{HERE} "), Role::Accent),
            Selection::None => Span::raw("  "),
        }
    }

    /// The frame of a pane, which shows where the focus is; gives the area within.
    pub(crate) fn pane(
        &self,
        pane: Pane,
        title: &str,
        place: Option<String>,
        area: Rect,
        frame: &mut Frame,
    ) -> Rect {
        let focused = self.model.focus == pane;
        let role = if focused { Role::Accent } else { Role::Plain };
        self.block(title, role, place, area, frame)
    }

    /// A frame with a title, and where in its list the selection is.
    pub(crate) fn block(
        &self,
        title: &str,
        role: Role,
        place: Option<String>,
        area: Rect,
        frame: &mut Frame,
    ) -> Rect {
        let title = self.span(format!(" {title} "), Role::Strong).patch_style(self.style(role));
        let mut block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(self.style(role))
            .padding(Padding::horizontal(1))
            .title(title);
        if let Some(place) = place {
            block = block.title_bottom(Line::raw(place).right_aligned());
        }
        let inside = block.inner(area);
        frame.render_widget(block, area);
        inside
    }
}

/// Says in the middle of an empty pane what would stand there and how to get there.
pub(crate) fn empty(sentences: &[&str], area: Rect, frame: &mut Frame) {
    let width = usize::from(area.width.saturating_sub(2)).min(56);
    let lines = sentences.iter().flat_map(|sentence| wrap(sentence, width));
    let lines: Vec<Line> = lines.map(Line::from).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let centred = Layout::vertical([Constraint::Length(height)]).flex(Flex::Center);
    let [middle] = area.inner(Margin::new(1, 0)).layout(&centred);
    frame.render_widget(Paragraph::new(lines).alignment(Alignment::Center), middle);
}

/// The lines of one row, marked where it is the selected one of the pane with the focus.
pub(crate) fn selected(lines: Vec<Line<'_>>, selection: Selection) -> Vec<Line<'_>> {
    match selection {
        Selection::Focused => {
            let reversed = Style::new().add_modifier(Modifier::REVERSED);
            lines.into_iter().map(|line| line.patch_style(reversed)).collect()
        }
        Selection::Resting | Selection::None => lines,
    }
}

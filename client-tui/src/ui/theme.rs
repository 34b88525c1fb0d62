//! What each kind of text looks like: roles, not colours, so that a screen says what it means.
//! Steps 2 and 9 of an order's way.
//!
//! Only the sixteen colours of the user's own palette are used, on the user's own background, so that
//! it is right on dark and on light. Without colour the modifiers alone remain, and no role needs
//! more: *dim means pending, and nothing else is ever dim*.

use ratatui::style::{Color, Modifier, Style};

use super::motion::Pulse;
use crate::terminal::ColourDepth;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Ordinary text.
    Plain,
    /// What the eye should find first: a name, a sum.
    Strong,
    /// Where the focus is, and keys one may press.
    Accent,
    /// It went well.
    Good,
    /// It went wrong: a refusal, an early end.
    Bad,
    /// Look here: offline, checking, closed.
    Attention,
    /// Not confirmed yet; stands still.
    Pending,
    /// Not confirmed yet; the mark that pulses.
    Pulsing(Pulse),
    /// The selected row of the pane that has the focus.
    Selected,
}

/// The styles of this terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    depth: ColourDepth,
}

impl Theme {
    /// The theme for a terminal that shows so many colours.
    pub const fn new(depth: ColourDepth) -> Self {
        Self { depth }
    }

    /// What this role looks like.
    pub fn style(self, role: Role) -> Style {
        match role {
            Role::Plain | Role::Pulsing(Pulse::Middle) => Style::new(),
            Role::Accent => self.colour(Color::Cyan).add_modifier(Modifier::BOLD),
            Role::Good => self.colour(Color::Green),
            Role::Bad => self.colour(Color::Red).add_modifier(Modifier::BOLD),
            Role::Attention => self.colour(Color::Magenta).add_modifier(Modifier::BOLD),
            Role::Strong | Role::Pulsing(Pulse::High) => Style::new().add_modifier(Modifier::BOLD),
            Role::Pending | Role::Pulsing(Pulse::Low) => Style::new().add_modifier(Modifier::DIM),
            Role::Selected => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    fn colour(self, colour: Color) -> Style {
        if self.depth.is_monochrome() { Style::new() } else { Style::new().fg(colour) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 11] = [
        Role::Plain,
        Role::Strong,
        Role::Accent,
        Role::Good,
        Role::Bad,
        Role::Attention,
        Role::Pending,
        Role::Pulsing(Pulse::Low),
        Role::Pulsing(Pulse::Middle),
        Role::Pulsing(Pulse::High),
        Role::Selected,
    ];

    #[test]
    fn without_colour_no_role_has_one() {
        let theme = Theme::new(ColourDepth::Monochrome);
        for role in ROLES {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None), "{role:?}");
        }
    }

    #[test]
    fn the_background_is_always_the_terminals_own() {
        let theme = Theme::new(ColourDepth::TrueColour);
        assert!(ROLES.into_iter().all(|role| theme.style(role).bg.is_none()));
    }

    #[test]
    fn dim_means_pending_and_nothing_else() {
        let theme = Theme::new(ColourDepth::Sixteen);
        for role in ROLES {
            let dim = theme.style(role).add_modifier.contains(Modifier::DIM);
            assert_eq!(dim, matches!(role, Role::Pending | Role::Pulsing(Pulse::Low)), "{role:?}");
        }
    }
}

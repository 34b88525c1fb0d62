//! How many colours the terminal can show, decided from the environment and nothing else.
//!
//! The theme is chosen by this once, at the start. We do `NO_COLOR` ourselves, because crossterm
//! 0.29 turns each colour command into a reset then, which also takes away bold and reverse.

/// What the theme may use. Meaning is never carried by colour alone, at any depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// The terminal's own foreground and background, with bold, dim and reverse.
    Monochrome,
    /// The sixteen colours that the user's own palette defines.
    Sixteen,
    /// The fixed cube of 256.
    TwoHundredFiftySix,
    /// 24 bits.
    TrueColour,
}

impl ColourDepth {
    /// Decides by the values of `NO_COLOR`, `COLORTERM`, `TERM` and `TERM_PROGRAM`.
    /// What is not known to be more gets the sixteen colours, which are right everywhere.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name: &str| variable(name).unwrap_or_default();
        let term = value("TERM");
        // https://no-color.org: present *and not empty*.
        if !value("NO_COLOR").is_empty() || term == "dumb" {
            Self::Monochrome
        } else if matches!(value("COLORTERM").as_str(), "truecolor" | "24bit") {
            Self::TrueColour
        } else if term.contains("256color") || value("TERM_PROGRAM") == "Apple_Terminal" {
            Self::TwoHundredFiftySix
        } else {
            Self::Sixteen
        }
    }

    /// True where only modifiers (bold, dim, reverse, underline) may carry meaning.
    pub fn is_monochrome(self) -> bool {
        self == Self::Monochrome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(environment: &[(&str, &str)]) -> ColourDepth {
        ColourDepth::detect(|name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn no_color_wins_over_whatever_the_terminal_can_do() {
        let environment =
            [("NO_COLOR", "1"), ("COLORTERM", "truecolor"), ("TERM", "xterm-256color")];
        assert!(detect(&environment).is_monochrome());
    }

    #[test]
    fn an_empty_no_color_means_nothing() {
        assert_eq!(detect(&[("NO_COLOR", ""), ("COLORTERM", "24bit")]), ColourDepth::TrueColour);
    }

    #[test]
    fn the_depth_is_read_from_the_terminals_own_variables() {
        assert_eq!(detect(&[("TERM", "dumb")]), ColourDepth::Monochrome);
        assert_eq!(detect(&[("TERM", "screen-256color")]), ColourDepth::TwoHundredFiftySix);
        assert_eq!(detect(&[("TERM_PROGRAM", "Apple_Terminal")]), ColourDepth::TwoHundredFiftySix);
    }

    #[test]
    fn an_unknown_terminal_gets_the_sixteen_colours_that_are_right_everywhere() {
        assert_eq!(detect(&[]), ColourDepth::Sixteen);
        assert_eq!(detect(&[("TERM", "linux")]), ColourDepth::Sixteen);
    }
}

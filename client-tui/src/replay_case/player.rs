//! Which page of a case is open, and what a key does about it.
//!
//! Pure: no screen, no clock. To go back is to open an earlier page; nothing is undone.

use crossterm::event::KeyCode;
use optimistic::case::{Frame, Head, Play, Verdict};

use crate::app::keymap::Key;
use crate::cli::Pages;

/// A case that was performed, open at one of its frames.
#[derive(Clone, Debug)]
pub(crate) struct Player {
    head: Head,
    /// The file, line by line.
    lines: Vec<String>,
    play: Play,
    at: usize,
    pages: Pages,
}

/// What a key asks for beyond another page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Nothing.
    Stay,
    /// To leave.
    Quit,
    /// To be stopped until somebody goes on.
    Suspend,
}

impl Player {
    /// Open at the first frame.
    pub(crate) fn new(head: Head, text: &str, play: Play, pages: Pages) -> Self {
        Self { head, lines: text.lines().map(str::to_owned).collect(), play, at: 0, pages }
    }

    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    /// The lines of the file, the first one numbered one.
    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }

    pub(crate) fn frames(&self) -> &[Frame] {
        &self.play.frames
    }

    /// What is open; `None` of a case in which nothing happens.
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.play.frames.get(self.at)
    }

    /// How many frames come before what is open.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) const fn verdict(&self) -> &Verdict {
        &self.play.verdict
    }

    fn last(&self) -> usize {
        self.play.frames.len().saturating_sub(1)
    }

    pub(crate) fn is_at_the_end(&self) -> bool {
        self.at == self.last()
    }

    /// Whether the next page comes without a key.
    pub(crate) fn goes_on_by_itself(&self) -> bool {
        self.pages == Pages::ByThemselves && !self.is_at_the_end()
    }

    /// The next page, if there is one.
    pub(crate) fn next(&mut self) {
        self.at = self.at.saturating_add(1).min(self.last());
    }

    /// Whoever presses a key turns the pages from then on.
    pub(crate) fn press(&mut self, key: Key) -> Pressed {
        self.pages = Pages::ByKeys;
        let is_one_of = |keys: &[Key]| keys.contains(&key);
        if is_one_of(&QUIT) {
            return Pressed::Quit;
        }
        if key == Key::ctrl('z') {
            return Pressed::Suspend;
        }
        if is_one_of(&NEXT) {
            self.next();
        } else if is_one_of(&BACK) {
            self.at = self.at.saturating_sub(1);
        } else if is_one_of(&FIRST) {
            self.at = 0;
        } else if is_one_of(&LAST) {
            self.at = self.last();
        }
        Pressed::Stay
    }
}

// As in the rest of the program: arrows, the letters under the right hand, g and G.
const NEXT: [Key; 5] = [
    Key::code(KeyCode::Right),
    Key::char(' '),
    Key::char('l'),
    Key::char('j'),
    Key::code(KeyCode::Down),
];
const BACK: [Key; 4] =
    [Key::code(KeyCode::Left), Key::char('h'), Key::char('k'), Key::code(KeyCode::Up)];
const FIRST: [Key; 2] = [Key::char('g'), Key::code(KeyCode::Home)];
const LAST: [Key; 2] = [Key::char('G'), Key::code(KeyCode::End)];
const QUIT: [Key; 2] = [Key::char('q'), Key::ctrl('c')];

#[cfg(test)]
pub(crate) mod tests {
    use optimistic::Rules;
    use optimistic::case::{play, read};

    use super::*;

    /// A case of the folder, performed.
    pub(crate) fn player(case: &str, pages: Pages) -> Player {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/optimistic/cases");
        let text = std::fs::read_to_string(format!("{folder}/{case}.case")).unwrap();
        let case = read(&text).unwrap();
        let play = play(&case, Rules::whole()).unwrap();
        Player::new(case.head, &text, play, pages)
    }

    #[test]
    fn keys_turn_the_pages_and_stay_within_the_case() {
        let mut player = player("H01-push-before-ack", Pages::ByKeys);
        let last = player.frames().len() - 1;
        for (key, at) in [
            (Key::code(KeyCode::Left), 0),
            (Key::code(KeyCode::Right), 1),
            (Key::char(' '), 2),
            (Key::code(KeyCode::Left), 1),
            (Key::char('G'), last),
            (Key::char(' '), last),
            (Key::char('g'), 0),
        ] {
            assert_eq!(player.press(key), Pressed::Stay);
            assert_eq!(player.at(), at, "{key}");
        }
        assert_eq!(player.press(Key::char('q')), Pressed::Quit);
        assert_eq!(player.press(Key::ctrl('c')), Pressed::Quit);
        assert_eq!(player.press(Key::ctrl('z')), Pressed::Suspend);
    }

    #[test]
    fn pages_turn_by_themselves_until_somebody_presses_a_key_or_the_end_is_reached() {
        let mut left_alone = player("H01-push-before-ack", Pages::ByThemselves);
        let mut turns = 1;
        while left_alone.goes_on_by_itself() {
            left_alone.next();
            turns += 1;
        }
        assert_eq!(turns, left_alone.frames().len());
        let mut touched = player("H01-push-before-ack", Pages::ByThemselves);
        touched.press(Key::char(' '));
        assert!(!touched.goes_on_by_itself());
        assert!(!player("H01-push-before-ack", Pages::ByKeys).goes_on_by_itself());
    }
}

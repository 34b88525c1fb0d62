//! Short messages over the screen: what happened out of sight, and why a key did nothing.
//!
//! Bad news stays until somebody has dismissed it; everything else goes by itself. At most a few are
//! kept, and the same words are never there twice.

use std::time::Duration;

use optimistic::clock::Monotonic;
use serde::{Deserialize, Serialize};
use shared::id::OrderId;

/// The toasts that are kept at most. What more could say is found at its order.
pub const TOASTS_MAX: usize = 3;
/// How long what goes by itself stays: long enough to read two sentences.
const READING_TIME: Duration = Duration::from_secs(5);

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// For your information.
    Hint,
    /// It went well.
    Good,
    /// It went wrong; stays.
    Bad,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toast {
    /// What kind.
    pub tone: Tone,
    /// One or two sentences.
    pub text: String,
    /// The order that it is about, where it is about one.
    pub about: Option<OrderId>,
    until: Option<Monotonic>,
}

/// The messages on the screen, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toasts(Vec<Toast>);

impl Toasts {
    /// Shows a message. Where there are too many, the oldest goes that would have gone by itself, or
    /// else the oldest.
    pub fn show(&mut self, tone: Tone, text: String, about: Option<OrderId>, now: Monotonic) {
        self.0.retain(|toast| toast.text != text);
        if self.0.len() >= TOASTS_MAX {
            let passing = self.0.iter().position(|toast| toast.until.is_some());
            self.0.remove(passing.unwrap_or(0));
        }
        let until = match tone {
            Tone::Hint | Tone::Good => Some(now.after(READING_TIME)),
            Tone::Bad => None,
        };
        self.0.push(Toast { tone, text, about, until });
    }

    /// The messages, oldest first.
    pub fn shown(&self) -> &[Toast] {
        &self.0
    }

    /// Takes the latest one away; `false` where there is none.
    pub fn dismiss_latest(&mut self) -> bool {
        self.0.pop().is_some()
    }

    /// Takes away what is about this order.
    pub fn dismiss_about(&mut self, order: OrderId) {
        self.0.retain(|toast| toast.about != Some(order));
    }

    /// Takes away what has been there long enough; `true` where something was.
    pub fn expire(&mut self, now: Monotonic) -> bool {
        let before = self.0.len();
        self.0.retain(|toast| toast.until.is_none_or(|until| until > now));
        self.0.len() < before
    }

    /// When the next one goes by itself.
    pub fn next_wakeup(&self) -> Option<Monotonic> {
        self.0.iter().filter_map(|toast| toast.until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Monotonic = Monotonic::from_millis(0);

    fn texts(toasts: &Toasts) -> Vec<&str> {
        toasts.shown().iter().map(|toast| toast.text.as_str()).collect()
    }

    #[test]
    fn a_hint_goes_by_itself_and_bad_news_stays() {
        let mut toasts = Toasts::default();
        toasts.show(Tone::Bad, "refused".to_owned(), None, START);
        toasts.show(Tone::Hint, "hint".to_owned(), None, START);
        let then = toasts.next_wakeup().unwrap();
        assert!(toasts.expire(then));
        assert_eq!(texts(&toasts), ["refused"]);
        assert_eq!(toasts.next_wakeup(), None);
        assert!(!toasts.expire(START.after(Duration::from_hours(24))));
    }

    #[test]
    fn the_same_words_are_there_once_and_bad_news_is_the_last_to_be_pushed_out() {
        let mut toasts = Toasts::default();
        toasts.show(Tone::Bad, "refused".to_owned(), None, START);
        for text in ["a", "b", "b", "c"] {
            toasts.show(Tone::Hint, text.to_owned(), None, START);
        }
        assert_eq!(texts(&toasts), ["refused", "b", "c"]);
    }

    #[test]
    fn what_is_about_an_order_goes_with_its_refusal() {
        let order = OrderId::new(uuid::Uuid::nil());
        let mut toasts = Toasts::default();
        toasts.show(Tone::Bad, "refused".to_owned(), Some(order), START);
        toasts.show(Tone::Bad, "other".to_owned(), None, START);
        toasts.dismiss_about(order);
        assert_eq!(texts(&toasts), ["other"]);
        assert!(toasts.dismiss_latest() && !toasts.dismiss_latest());
    }
}

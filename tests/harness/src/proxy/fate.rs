//! What may befall a single message of `graphql-transport-ws` on its way: which one is meant, and
//! what becomes of it. Faults that a network does not have (a message twice, one before the other)
//! stand for those of whatever lies between a client and a backend: proxies, retries, bugs.

use serde_json::Value;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It does not arrive; everything after it does.
    Lost,
    /// It does not arrive, and the line is cut there, until the test lets it pass again.
    LostInACut,
    /// It arrives twice, one right after the other.
    Doubled,
    /// The next one of its direction arrives before it.
    Overtaken,
}

/// Who has sent a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Client,
    Backend,
}

/// Which message is meant: the next one of its kind, or the one so many later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant {
    kind: Kind,
    /// How many of its kind pass before it.
    spared: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// The client asks for this operation, by its name.
    Request(String),
    /// The backend says something to an operation with this field at its root.
    Answer(String),
    /// The backend tells of an event, and not only of a position.
    Change,
}

impl Meant {
    /// The client's request for the operation of this name.
    pub fn request(operation: &str) -> Self {
        Self { kind: Kind::Request(operation.to_owned()), spared: 0 }
    }

    /// The backend's answer that has this field at its root.
    pub fn answer(field: &str) -> Self {
        Self { kind: Kind::Answer(field.to_owned()), spared: 0 }
    }

    /// A change with an event; position marks do not count.
    pub fn change() -> Self {
        Self { kind: Kind::Change, spared: 0 }
    }

    /// So many of its kind pass first.
    #[must_use]
    pub fn after(self, spared: usize) -> Self {
        Self { spared, ..self }
    }
}

/// The fates that wait for their messages.
#[derive(Debug, Default)]
pub(super) struct Fates(Vec<(Meant, Fate)>);

impl Fates {
    pub(super) fn add(&mut self, meant: Meant, fate: Fate) {
        self.0.push((meant, fate));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    /// What becomes of this message; a fate is met once.
    pub(super) fn of(&mut self, sender: Sender, text: &str) -> Option<Fate> {
        if self.0.is_empty() {
            return None;
        }
        let message = serde_json::from_str(text).ok()?;
        let mut met = None;
        for (index, (meant, _)) in self.0.iter_mut().enumerate() {
            if !meant.kind.holds(sender, &message) {
                continue;
            }
            match meant.spared.checked_sub(1) {
                Some(spared) => meant.spared = spared,
                None => met = met.or(Some(index)),
            }
        }
        let (_, fate) = self.0.remove(met?);
        Some(fate)
    }
}

impl Kind {
    fn holds(&self, sender: Sender, message: &Value) -> bool {
        let says = |pointer: &str, word: &str| {
            message.pointer(pointer).and_then(Value::as_str).is_some_and(|it| it == word)
        };
        let data = |pointer: &str| message.pointer(&format!("/payload/data/{pointer}"));
        let is_answer = sender == Sender::Backend && says("/type", "next");
        match self {
            Self::Request(operation) => {
                sender == Sender::Client
                    && says("/type", "subscribe")
                    && says("/payload/operationName", operation)
            }
            Self::Answer(field) => is_answer && data(field).is_some(),
            Self::Change => {
                is_answer && data("orderChanges/event").is_some_and(|event| !event.is_null())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = r#"{"type":"subscribe","id":"1","payload":{"operationName":"PlaceOrder"}}"#;
    const RECEIPT: &str = r#"{"type":"next","id":"1","payload":{"data":{"placeOrder":{}}}}"#;
    const MARK: &str =
        r#"{"type":"next","id":"2","payload":{"data":{"orderChanges":{"event":null}}}}"#;
    const CHANGE: &str =
        r#"{"type":"next","id":"2","payload":{"data":{"orderChanges":{"event":{}}}}}"#;

    fn only(meant: Meant) -> Fates {
        Fates(vec![(meant, Fate::Lost)])
    }

    #[test]
    fn a_message_is_meant_by_who_sent_it_and_what_it_is_about() {
        let messages = [
            (Sender::Client, PLACE),
            (Sender::Backend, RECEIPT),
            (Sender::Backend, MARK),
            (Sender::Backend, CHANGE),
            (Sender::Backend, PLACE),
            (Sender::Client, RECEIPT),
            (Sender::Client, "no JSON"),
        ];
        let met = |meant: Meant| {
            messages.map(|(sender, text)| only(meant.clone()).of(sender, text).is_some())
        };
        let [request, receipt, change] =
            [Meant::request("PlaceOrder"), Meant::answer("placeOrder"), Meant::change()].map(met);
        assert_eq!(request, [true, false, false, false, false, false, false]);
        assert_eq!(receipt, [false, true, false, false, false, false, false]);
        assert_eq!(change, [false, false, false, true, false, false, false]);
    }

    #[test]
    fn a_fate_is_met_once_by_the_message_that_it_waits_for() {
        let mut fates = only(Meant::change().after(2));
        let met = [(); 4].map(|()| fates.of(Sender::Backend, CHANGE));
        assert_eq!(met, [None, None, Some(Fate::Lost), None]);
        assert_eq!(fates.left(), 0);
    }

    #[test]
    fn of_two_fates_for_one_message_the_second_waits_for_the_next() {
        let mut fates = only(Meant::change());
        fates.add(Meant::change(), Fate::Doubled);
        let met = [(); 3].map(|()| fates.of(Sender::Backend, CHANGE));
        assert_eq!(met, [Some(Fate::Lost), Some(Fate::Doubled), None]);
    }
}

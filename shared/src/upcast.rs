//! Old versions of events, made new. Step 9 of an order's way, years later.
//!
//! What has happened is never changed, so a log keeps events as they were written. Whoever reads one
//! *upcasts* its `data` first, version by version, to what this build writes; only then it becomes a
//! typed event. So the fold, the API and every client know one version of each type, the newest.
//!
//! A step looks at nothing but the old data: the same log gives the same orders on every machine.

use serde_json::{Map, Value};
use thiserror::Error;

/// From one version of a type's `data` to the next.
struct Step {
    type_name: &'static str,
    /// The version that it takes; it gives the one after it.
    from: u32,
    upcast: fn(&mut Map<String, Value>) -> Result<(), &'static str>,
}

/// All steps, oldest first. One that was written is never changed again.
const STEPS: &[Step] = &[Step { type_name: "OrderCancelled", from: 1, upcast: say_who_cancelled }];

/// An event cannot be read by this build.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UpcastError {
    /// A newer build has written it.
    #[error(
        "{type_name} has version {found}, and this program knows up to {known}: use a newer one"
    )]
    Newer {
        /// The event's type.
        type_name: String,
        /// Its version.
        found: u32,
        /// The newest that this build knows.
        known: u32,
    },
    /// It is not what that version was.
    #[error("{type_name} is no version {version} of that event: {why}")]
    Unfit {
        /// The event's type.
        type_name: String,
        /// The version that it claims.
        version: u32,
        /// What is wrong.
        why: &'static str,
    },
}

/// The version of this type's `data` that this build writes and reads. The first is 1.
pub fn newest_version(type_name: &str) -> u32 {
    let last = STEPS.iter().rfind(|step| step.type_name == type_name);
    last.map_or(1, |step| step.from + 1)
}

/// The `data` of an event of this type, written in this version, as the newest version has it.
///
/// # Errors
/// A newer build has written it, or it is not what its version says.
pub fn upcast(type_name: &str, version: u32, mut data: Value) -> Result<Value, UpcastError> {
    let known = newest_version(type_name);
    let unfit = |version, why| UpcastError::Unfit { type_name: type_name.to_owned(), version, why };
    if version > known {
        return Err(UpcastError::Newer { type_name: type_name.to_owned(), found: version, known });
    }
    if version == 0 {
        return Err(unfit(version, "the first version is 1"));
    }
    let later = |step: &&Step| step.type_name == type_name && step.from >= version;
    for step in STEPS.iter().filter(later) {
        let fields = data.as_object_mut().ok_or_else(|| unfit(step.from, "it has no fields"))?;
        (step.upcast)(fields).map_err(|why| unfit(step.from, why))?;
    }
    Ok(data)
}

/// Version 1 said only in words who ended the order. Whatever a customer had asked for began so.
fn say_who_cancelled(data: &mut Map<String, Value>) -> Result<(), &'static str> {
    let reason = data.get("reason").and_then(Value::as_str).ok_or("it has no reason")?;
    let by = if reason.starts_with("you asked for it") { "customer" } else { "deadline" };
    data.insert("by".to_owned(), Value::from(by));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_version_of_a_cancellation_told_in_words_who_it_was() {
        for (reason, by) in [
            ("you asked for it.", "customer"),
            ("you asked for it, and nobody objected in time.", "customer"),
            ("the payment did not come through in time.", "deadline"),
        ] {
            let old = json!({ "reason": reason });
            let new = json!({ "reason": reason, "by": by });
            assert_eq!(upcast("OrderCancelled", 1, old), Ok(new));
        }
    }

    #[test]
    fn what_is_new_already_stays_as_it_is() {
        let new = json!({ "reason": "you asked for it.", "by": "deadline" });
        assert_eq!(upcast("OrderCancelled", 2, new.clone()), Ok(new));
        let never_changed = json!({ "amount": 5 });
        assert_eq!(upcast("TipCaptured", 1, never_changed.clone()), Ok(never_changed));
    }

    #[test]
    fn what_a_newer_program_wrote_and_what_no_program_wrote_is_refused_in_words() {
        let newer = upcast("OrderCancelled", 3, json!({})).unwrap_err().to_string();
        assert!(newer.contains("version 3") && newer.contains("up to 2"), "{newer}");
        assert!(upcast("TipCaptured", 2, json!({})).is_err());
        assert!(upcast("TipCaptured", 0, json!({})).is_err());
        for data in [json!({}), json!({ "reason": 7 }), json!([]), json!(null)] {
            let unfit = upcast("OrderCancelled", 1, data).unwrap_err();
            assert!(matches!(unfit, UpcastError::Unfit { version: 1, .. }), "{unfit}");
        }
    }

    #[test]
    fn the_steps_of_a_type_follow_each_other_from_the_first_version_on() {
        for step in STEPS {
            let of_type: Vec<_> = STEPS
                .iter()
                .filter(|it| it.type_name == step.type_name)
                .map(|it| it.from)
                .collect();
            assert_eq!(of_type, (1..newest_version(step.type_name)).collect::<Vec<_>>());
        }
    }
}

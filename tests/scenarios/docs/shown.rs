//! Whether what a page shows is what came. `…` stands for whatever may be there instead, because it
//! is different each time: an id, a time, a token, or simply too long to be shown. At the end of a
//! list it stands for all that may follow. How many spaces there are does not matter.

use serde_json::Value;

/// Whether this came, where the page shows that. Objects have the same fields.
pub(crate) fn is_json(shown: &Value, came: &Value) -> bool {
    match (shown, came) {
        (Value::String(shown), _) if shown == "…" => !came.is_null(),
        (Value::String(shown), Value::String(came)) => is_text(shown, came),
        (Value::Array(shown), Value::Array(came)) => {
            let (shown, is_open) = match shown.split_last() {
                Some((last, others)) if last == "…" => (others, true),
                _ => (shown.as_slice(), false),
            };
            (shown.len() == came.len() || is_open && shown.len() < came.len())
                && shown.iter().zip(came).all(|(shown, came)| is_json(shown, came))
        }
        (Value::Object(shown), Value::Object(came)) => {
            shown.len() == came.len() && { shown.iter() }
                .all(|(name, shown)| came.get(name).is_some_and(|came| is_json(shown, came)))
        }
        (shown, came) => shown == came,
    }
}

/// Whether the text is the shown one from beginning to end.
pub(crate) fn is_text(shown: &str, came: &str) -> bool {
    let Some((first, others)) = shown.split_once('…') else { return shown == came };
    let Some(came) = came.strip_prefix(first) else { return false };
    let Some((between, last)) = others.rsplit_once('…') else { return came.ends_with(others) };
    let Some(mut rest) = came.strip_suffix(last) else { return false };
    between.split('…').all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// Whether each line that is shown stands, in this order, within a line of what came.
pub(crate) fn are_lines(shown: &str, came: &str) -> bool {
    let mut lines = came.lines().map(evenly_spaced);
    let mut shown = shown.lines().map(evenly_spaced).filter(|line| !line.is_empty());
    shown.all(|shown| {
        let anywhere = format!("…{shown}…");
        lines.by_ref().any(|line| is_text(&anywhere, &line))
    })
}

fn evenly_spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_left_open_may_be_anything_and_nothing_else_may() {
    for (shown, came) in [("a…c", "abc"), ("…:2", "x:1:2"), ("…", ""), ("a…", "a"), ("a", "a")]
    {
        assert!(is_text(shown, came), "{shown} {came}");
    }
    for (shown, came) in [("a…c", "abd"), ("…:2", "x:21"), ("a", "ab"), ("a…b…b", "ab")] {
        assert!(!is_text(shown, came), "{shown} {came}");
    }
    let came = serde_json::json!({ "a": ["x1", 2], "b": null });
    let is_it = |shown| is_json(&shown, &came);
    assert!(is_it(serde_json::json!({ "a": ["x…", 2], "b": null })));
    assert!(!is_it(serde_json::json!({ "a": ["x…", 3], "b": null })));
    assert!(!is_it(serde_json::json!({ "a": ["x…"], "b": null })));
    assert!(is_it(serde_json::json!({ "a": ["x…", "…"], "b": null })));
    assert!(!is_it(serde_json::json!({ "a": ["x…", 2, 3, "…"], "b": null })));
    assert!(!is_it(serde_json::json!({ "a": ["x…", 2] })));
    assert!(!is_it(serde_json::json!({ "a": ["x…", 2], "b": "…" })), "what is shown is there");
    assert!(are_lines("one…\n\n  three", "zero\nthe one here\ntwo\n|   three  |"));
    assert!(!are_lines("two\none", "one\ntwo"));
}

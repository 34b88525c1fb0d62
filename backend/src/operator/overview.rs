//! `stats`, `pause` and `resume`: how everything is doing, and who is to stand still.

use serde_json::{Value, json};

use super::deliveries::text;
use super::server::Server;
use super::table::{Side, Table};

const INSIGHTS: &str = "{ insights { cursor revenueCents deliveryMsP50 deliveryMsP95
    byStatus { status orders }
    functions { name pending running retrying dead doneTotal lagMs paused } } }";
const SET_PAUSED: &str = "mutation($function: String!, $paused: Boolean!) {
    setPaused(function: $function, paused: $paused) { name pending paused } }";

/// What is to become of a consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Pause,
    Resume,
}

/// How the business is doing, and a table of all who consume events.
pub(super) fn stats(server: &Server) -> anyhow::Result<String> {
    let answer = server.ask(INSIGHTS, &Value::Null)?;
    let insights = answer.get("insights").cloned().unwrap_or_default();
    let mut lines = vec![
        format!("orders     {}", by_status(&insights)),
        format!("revenue    {}", revenue(text(&insights, "/revenueCents"))),
        match insights.get("deliveryMsP50") {
            None | Some(Value::Null) => "delivered  none yet".to_owned(),
            half => format!(
                "delivered  half of them in {}, 95 % in {}",
                seconds(half),
                seconds(insights.get("deliveryMsP95"))
            ),
        },
        format!("as of      {}", text(&insights, "/cursor")),
        String::new(),
    ];
    let number = Side::Right;
    let mut table = Table::new(&[
        ("CONSUMER", Side::Left),
        ("PENDING", number),
        ("RUNNING", number),
        ("RETRYING", number),
        ("DEAD", number),
        ("DONE", number),
        ("LAG", number),
        ("", Side::Left),
    ]);
    for function in list(&insights, "functions") {
        let count = |name: &str| function.get(name).map(ToString::to_string).unwrap_or_default();
        let paused = function.get("paused") == Some(&Value::Bool(true));
        let mut texts = vec![text(function, "/name").to_owned()];
        texts.extend(["pending", "running", "retrying", "dead", "doneTotal"].map(count));
        texts.push(seconds(function.get("lagMs")));
        texts.push(if paused { "paused".to_owned() } else { String::new() });
        table.row(texts);
    }
    lines.extend(table.lines());
    Ok(lines.join("\n") + "\n")
}

/// Has a consumer stand still, or go on.
pub(super) fn set_paused(server: &Server, function: &str, wish: Wish) -> anyhow::Result<String> {
    let variables = json!({ "function": function, "paused": wish == Wish::Pause });
    let answer = server.ask(SET_PAUSED, &variables)?;
    let pending = answer.pointer("/setPaused/pending").map(ToString::to_string).unwrap_or_default();
    Ok(match wish {
        Wish::Pause => format!(
            "{function} is paused: nothing of it is attempted, and {pending} wait. \
             `tiffin-backend resume {function}` lets it go on.\n"
        ),
        Wish::Resume => format!("{function} goes on; {pending} wait.\n"),
    })
}

fn by_status(insights: &Value) -> String {
    let some = |it: &&Value| it.get("orders").and_then(Value::as_u64).is_some_and(|it| it > 0);
    let counts = list(insights, "byStatus").iter().filter(some).map(|count| {
        let orders = count.get("orders").map(ToString::to_string).unwrap_or_default();
        format!("{orders} {}", text(count, "/status"))
    });
    let counts: Vec<_> = counts.collect();
    if counts.is_empty() { "none yet".to_owned() } else { counts.join(", ") }
}

fn revenue(cents: &str) -> String {
    let cents: i64 = cents.parse().unwrap_or_default();
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}", crate::operate::words::dollars(cents.unsigned_abs()))
}

fn seconds(milliseconds: Option<&Value>) -> String {
    match milliseconds.and_then(Value::as_u64) {
        None => "–".to_owned(),
        Some(milliseconds) => format!("{}.{:03} s", milliseconds / 1000, milliseconds % 1000),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

//! `deliveries` and `redeliver`: what each function has to handle, and once more.

use serde_json::{Value, json};

use super::server::Server;
use super::table::{Side, Table};
use crate::cli::{Deliveries, Redeliver};
use crate::operate::words::counted;

/// The most that one question brings.
const PAGE: u32 = 200;

const DELIVERIES: &str = "query($orderId: UUID, $function: String, $status: [DeliveryStatus!],
        $first: Int, $after: String) {
    deliveries(orderId: $orderId, function: $function, status: $status, first: $first, after: $after) {
        nodes { id function status attempts nextAttemptAt lastError event { type orderId }
            history { number startedAt outcome error worker } }
        pageInfo { hasNextPage endCursor } } }";
const REDELIVER: &str = "mutation($id: UUID!) { redeliver(deliveryId: $id) {
    id function status event { type orderId } } }";

/// A table of deliveries, the newest event first.
pub(super) fn list(server: &Server, options: &Deliveries) -> anyhow::Result<String> {
    let status: Vec<_> = options.status.iter().map(|word| word.to_uppercase()).collect();
    let mut wanted =
        json!({ "orderId": options.order, "function": options.function, "status": status });
    let mut table = Table::new(&[
        ("STATUS", Side::Left),
        ("FUNCTION", Side::Left),
        ("ATTEMPTS", Side::Right),
        ("EVENT", Side::Left),
        ("ORDER", Side::Left),
        ("ID", Side::Left),
        ("", Side::Left),
    ]);
    let (mut left, mut histories, mut more) = (options.first, Vec::new(), true);
    while more && left > 0 {
        set(&mut wanted, "first", json!(left.min(PAGE)));
        let page = server.ask(DELIVERIES, &wanted)?;
        for delivery in nodes(&page) {
            left = left.saturating_sub(1);
            table.row(row(delivery));
            histories.push(if options.history { history(delivery) } else { Vec::new() });
        }
        more = page.pointer("/deliveries/pageInfo/hasNextPage") == Some(&Value::Bool(true));
        let end = page.pointer("/deliveries/pageInfo/endCursor").cloned();
        set(&mut wanted, "after", end.unwrap_or_default());
    }
    if histories.is_empty() {
        return Ok("There is no such delivery.\n".to_owned());
    }
    let mut lines = table.lines().into_iter();
    let mut text: Vec<String> = lines.next().into_iter().collect();
    for (line, history) in lines.zip(histories) {
        text.push(line);
        text.extend(history);
    }
    if more {
        text.push("There are more; `--first` shows so many.".to_owned());
    }
    Ok(text.join("\n") + "\n")
}

/// Has one delivery handled once more, or all dead letters of a function.
pub(super) fn redeliver(server: &Server, options: &Redeliver) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    if let Some(id) = options.id {
        lines.push(once_more(server, &json!(id))?);
    } else {
        // Always the first page: what was redelivered is not dead any more.
        let dead = json!({ "function": options.function, "status": ["DEAD"], "first": PAGE });
        loop {
            let page = server.ask(DELIVERIES, &dead)?;
            let ids: Vec<&Value> = nodes(&page).iter().filter_map(|it| it.get("id")).collect();
            if ids.is_empty() {
                break;
            }
            for id in ids {
                lines.push(once_more(server, id)?);
            }
        }
        let number = u64::try_from(lines.len()).unwrap_or(u64::MAX);
        lines.push(match number {
            0 => "There is no dead letter.".to_owned(),
            _ => format!("{} handed out once more.", counted(number, "dead letter")),
        });
    }
    Ok(lines.join("\n") + "\n")
}

fn once_more(server: &Server, id: &Value) -> anyhow::Result<String> {
    let answer = server.ask(REDELIVER, &json!({ "id": id }))?;
    let of = |pointer: &str| text(&answer, &format!("/redeliver{pointer}"));
    let (function, event) = (of("/function"), of("/event/type"));
    Ok(format!("{function} gets {event} of order {} once more", of("/event/orderId")))
}

fn row(delivery: &Value) -> Vec<String> {
    let status = text(delivery, "/status");
    let error = text(delivery, "/lastError");
    let remark = match status {
        "PENDING" | "FAILED" => {
            let due = format!("due {}", text(delivery, "/nextAttemptAt"));
            if error.is_empty() { due } else { format!("{due}: {error}") }
        }
        "DONE" => String::new(),
        _ => error.to_owned(),
    };
    let attempts = delivery.get("attempts").map(ToString::to_string).unwrap_or_default();
    let mut texts = vec![status.to_owned(), text(delivery, "/function").to_owned(), attempts];
    for pointer in ["/event/type", "/event/orderId", "/id"] {
        texts.push(text(delivery, pointer).to_owned());
    }
    texts.push(remark);
    texts
}

fn history(delivery: &Value) -> Vec<String> {
    let attempts = delivery.get("history").and_then(Value::as_array);
    let line = |attempt: &Value| {
        let number = attempt.get("number").map(ToString::to_string).unwrap_or_default();
        let of = |pointer| text(attempt, pointer);
        let (at, outcome) = (of("/startedAt"), of("/outcome"));
        format!("    {number:>3}. {at}  {outcome}: {} ({})", of("/error"), of("/worker"))
    };
    attempts.into_iter().flatten().map(line).collect()
}

fn nodes(page: &Value) -> &[Value] {
    page.pointer("/deliveries/nodes").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn set(variables: &mut Value, name: &str, value: Value) {
    if let Some(variables) = variables.as_object_mut() {
        variables.insert(name.to_owned(), value);
    }
}

/// The text at this JSON pointer; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

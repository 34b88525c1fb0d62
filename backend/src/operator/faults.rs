//! `faults`: what goes wrong on purpose, in the contract's words, on a server with a lab.
//!
//! It only asks for `setFaults`, which answers with all faults as they are then; asked for nothing, it
//! changes nothing and answers the same.

use serde_json::{Map, Value, json};

use super::server::Server;
use super::table::{Side, Table};
use crate::cli::Faults;

const SET_FAULTS: &str = "mutation($input: FaultsInput!) { setFaults(input: $input) {
    seed functionsDown duplicateDeliveries reorderDeliveries crashBeforeAck gatewayTimeouts
    lostReplies latencyMs } }";

/// Each fault: its name in the contract, its flag, and what one has it for.
const FAULTS: [(&str, &str, &str); 7] = [
    ("functionsDown", "functions-down", "each attempt of these fails"),
    ("duplicateDeliveries", "duplicate-deliveries", "a delivery is made twice"),
    ("reorderDeliveries", "reorder-deliveries", "a delivery is overtaken by later ones"),
    ("crashBeforeAck", "crash-before-ack", "a function is gone before it can say that it is done"),
    ("gatewayTimeouts", "gateway-timeouts", "the bank does it, and its answer never comes"),
    ("lostReplies", "lost-replies", "a mutation is on record, and its answer never comes"),
    ("latencyMs", "latency-ms", "each answer comes later"),
];

/// Switches faults, and shows all of them.
pub(super) fn set(server: &Server, options: &Faults) -> anyhow::Result<String> {
    let mut answer = server.ask(SET_FAULTS, &json!({ "input": input(options) }))?;
    let faults = answer.get_mut("setFaults").map(Value::take).unwrap_or_default();
    Ok(shown(&faults))
}

/// The contract's input: what is not asked for is left out, and stays as it is.
fn input(options: &Faults) -> Value {
    let asked = [
        (
            "functionsDown",
            options.functions_down.as_deref().map(|names| json!(without_none(names))),
        ),
        ("duplicateDeliveries", options.duplicate_deliveries.map(Value::from)),
        ("reorderDeliveries", options.reorder_deliveries.map(Value::from)),
        ("crashBeforeAck", options.crash_before_ack.map(Value::from)),
        ("gatewayTimeouts", options.gateway_timeouts.map(Value::from)),
        ("lostReplies", options.lost_replies.map(Value::from)),
        ("latencyMs", options.latency_ms.map(Value::from)),
        ("seed", options.seed.map(Value::from)),
    ];
    let mut input = if options.off { all_off() } else { Map::new() };
    for (name, value) in asked {
        input.extend(value.map(|value| (name.to_owned(), value)));
    }
    Value::Object(input)
}

fn all_off() -> Map<String, Value> {
    let off = |name: &str| if name == "functionsDown" { json!([]) } else { json!(0) };
    FAULTS.into_iter().map(|(name, ..)| (name.to_owned(), off(name))).collect()
}

fn without_none(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).filter(|name| *name != "none").collect()
}

fn shown(faults: &Value) -> String {
    let columns = [("FAULT", Side::Left), ("NOW", Side::Left), ("", Side::Left)];
    let mut table = Table::new(&columns);
    for (name, flag, what) in FAULTS {
        let now = faults.get(name).map(in_words).unwrap_or_default();
        table.row(vec![flag.to_owned(), now, what.to_owned()]);
    }
    let seed = faults.get("seed").map(Value::to_string).unwrap_or_default();
    table.row(vec!["seed".to_owned(), seed, "the same attempts are struck again".to_owned()]);
    table.text()
}

/// A fault's setting; `-` where it is off.
fn in_words(setting: &Value) -> String {
    let words = match setting.as_array() {
        Some(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        None => setting.to_string(),
    };
    let is_off = words.is_empty() || setting.as_f64() == Some(0.0);
    if is_off { "-".to_owned() } else { words }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn asked(flags: &[&str]) -> Value {
        let arguments = ["tiffin-backend", "faults"].iter().chain(flags);
        let command = Cli::try_parse_from(arguments).unwrap().command;
        let Command::Faults(options) = command else { panic!("{command:?}") };
        input(&options)
    }

    #[test]
    fn what_is_not_asked_for_stays_as_it_is() {
        assert_eq!(asked(&[]), json!({}));
        let flags = ["--functions-down", "kitchen,courier", "--lost-replies", "0.5", "--seed", "7"];
        let expected =
            json!({ "functionsDown": ["kitchen", "courier"], "lostReplies": 0.5, "seed": 7 });
        assert_eq!(asked(&flags), expected);
        assert_eq!(asked(&["--functions-down", "none"]), json!({ "functionsDown": [] }));
    }

    #[test]
    fn off_switches_every_fault_off_but_what_is_asked_for_beside_it() {
        let asked = asked(&["--off", "--latency-ms", "9"]);
        for (name, flag, _) in FAULTS {
            let off = asked.get(name).is_some_and(|it| *it == json!(0) || *it == json!([]));
            assert_eq!(off, flag != "latency-ms", "{name}");
        }
        assert_eq!(asked["latencyMs"], 9);
        assert_eq!(asked.get("seed"), None, "a seed is no fault");
    }

    #[test]
    fn what_is_on_is_seen_at_a_glance() {
        let faults = json!({ "seed": 7, "functionsDown": ["kitchen"], "lostReplies": 0.25,
            "crashBeforeAck": 0.0, "latencyMs": 0 });
        let shown = shown(&faults);
        let now = |flag: &str| {
            let line = shown.lines().find(|line| line.starts_with(flag)).unwrap();
            line.split_whitespace().nth(1).unwrap()
        };
        assert_eq!(
            ["functions-down", "lost-replies", "crash-before-ack", "latency-ms", "seed"].map(now),
            ["kitchen", "0.25", "-", "-", "7"]
        );
    }
}

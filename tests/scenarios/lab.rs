//! Faults on purpose, as whoever looks after a server switches them: only on one that has a lab, and
//! whatever they do, an order pays once and comes home.

use anyhow::Result;
use harness::{BackendOptions, Client};
use serde_json::{Value, json};

use crate::evidence::Account;
use crate::house::{House, TIFFIN};
use crate::operator_commands::command;

const SET_FAULTS: &str = "mutation($input: FaultsInput!) { setFaults(input: $input) {
    seed functionsDown duplicateDeliveries reorderDeliveries crashBeforeAck gatewayTimeouts
    lostReplies latencyMs } }";

fn with_lab() -> Result<House> {
    let arguments = ["--lab", "--lease-ms", "300", "--backoff-ms", "10"];
    let arguments = arguments.map(Into::into).to_vec();
    House::open_with(BackendOptions { pace: 0.0, arguments, ..BackendOptions::default() })
}

fn set(operator: &Client, faults: &Value) -> Result<Value> {
    Ok(operator.query(SET_FAULTS, &json!({ "input": faults }))?["setFaults"].take())
}

#[test]
fn only_the_operator_of_a_server_with_a_lab_injects_faults() -> Result<()> {
    let (plain, lab) = (House::open(0.0)?, with_lab()?);
    assert_eq!((&plain.server()?["lab"], &lab.server()?["lab"]), (&json!(false), &json!(true)));
    let nothing = json!({ "input": {} });
    let error = plain.operator()?.error(SET_FAULTS, &nothing)?;
    assert_eq!(error.code, "FORBIDDEN");
    assert!(error.message.contains("--lab"), "{}", error.message);
    assert_eq!(lab.customer("Ada")?.client.error(SET_FAULTS, &nothing)?.code, "FORBIDDEN");
    let operator = lab.operator()?;
    for wrong in [
        json!({ "lostReplies": 1.5 }),
        json!({ "functionsDown": ["oven"] }),
        json!({ "latencyMs": -1 }),
    ] {
        let error = operator.error(SET_FAULTS, &json!({ "input": wrong }))?;
        assert_eq!(error.code, "BAD_USER_INPUT", "{wrong}");
    }
    set(&operator, &json!({ "seed": 7, "functionsDown": ["kitchen"], "crashBeforeAck": 0.25 }))?;
    let faults = set(&operator, &json!({ "latencyMs": 5, "lostReplies": null }))?;
    let expected = json!({ "seed": 7, "functionsDown": ["kitchen"], "duplicateDeliveries": 0.0,
        "reorderDeliveries": 0.0, "crashBeforeAck": 0.25, "gatewayTimeouts": 0.0,
        "lostReplies": 0.0, "latencyMs": 5 });
    assert_eq!(faults, expected);
    Ok(())
}

#[test]
fn a_lost_reply_and_a_silent_bank_cost_a_repetition_and_no_money() -> Result<()> {
    let house = with_lab()?;
    let (ada, operator) = (house.customer("Ada")?, house.operator()?);
    let order = house.order(TIFFIN, 1)?;
    set(
        &operator,
        &json!({ "lostReplies": 1.0, "gatewayTimeouts": 0.5, "duplicateDeliveries": 0.5 }),
    )
    .err();
    assert!(ada.client.place_order(&order).is_err(), "no answer came");
    assert!(ada.client.place_order(&order).is_err(), "and none came again");
    // This answer is lost as well if it must be; what it switches off is off.
    set(&operator, &json!({ "lostReplies": 0.0 })).err();
    let receipt = ada.place(&order)?;
    assert_eq!(receipt["replayed"], true, "the first of them had its effect");
    assert_eq!(ada.settled(order.order_id)?["status"], "DELIVERED");
    let paid = Account { dishes: Some(14_50), tip: None, given_back: None };
    assert_eq!(house.books()?.of(order.order_id)?, paid);
    house.log_file()?.check()
}

#[test]
fn the_command_shows_which_faults_are_on_and_can_always_be_told_to_switch_them_off() -> Result<()> {
    let (plain, lab) = (House::open(0.0)?, with_lab()?);
    let refused = command(&plain, &["faults"]).unwrap_err().to_string();
    assert!(refused.contains("--lab"), "{refused}");
    let settings = |shown: String| -> Vec<String> {
        let setting = |line: &str| line.split_whitespace().nth(1).unwrap_or_default().to_owned();
        shown.lines().skip(1).map(setting).collect()
    };
    let nothing = ["-", "-", "-", "-", "-", "-", "-"];
    assert_eq!(settings(command(&lab, &["faults"])?)[..7], nothing);
    let flags = ["faults", "--functions-down", "kitchen,courier", "--latency-ms", "5"];
    let shown = settings(command(&lab, &flags)?);
    assert_eq!(shown[..7], ["kitchen,courier", "-", "-", "-", "-", "-", "5"]);

    // All mutations lose their answers, but the one that switches faults.
    let shown = settings(command(&lab, &["faults", "--lost-replies", "1", "--seed", "7"])?);
    assert_eq!(shown, ["kitchen,courier", "-", "-", "-", "-", "1.0", "5", "7"]);
    assert!(command(&lab, &["pause", "kitchen"]).is_err());
    assert_eq!(settings(command(&lab, &["faults", "--off"])?)[..7], nothing);
    assert!(command(&lab, &["resume", "kitchen"])?.contains("goes on"));
    for (wrong, said) in [("--lost-replies=-1", "a chance is"), ("--functions-down=oven", "oven")] {
        let refused = command(&lab, &["faults", wrong]).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
    Ok(())
}

//! What holds is said to hold; and whatever is broken in a copy of a database is named.

use super::*;
use crate::operate::fixture::{Premises, UNDER_WAY, order_text};

#[test]
fn a_database_with_a_history_holds_and_what_is_under_way_is_told_apart() {
    let premises = Premises::with_history();
    let verdict = verify(&premises.database()).unwrap();
    let text = verdict.to_string();
    assert!(verdict.holds(), "{text}");
    for words in [
        "6 orders and 1 customer: what is stored is the fold of the log",
        "7 accepted and 1 refused",
        "1 waiting, 2 dead letters:",
        "$163.00 taken and $74.00 given back, as the log says; 1 order under way",
        "Everything holds.",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
}

/// What is done to a copy, which check finds it, and in which words.
const BREAKS: &[(&str, &str, &str)] = &[
    ("DELETE FROM event WHERE seq = 7", "log", "position 7 is missing: after 6 comes 8"),
    ("DELETE FROM event WHERE seq = 1", "log", "position 1 is missing: after 0 comes 2"),
    ("UPDATE log_head SET seq = seq - 1", "log", "the head says"),
    ("UPDATE event SET recorded_at = 5 WHERE seq = 3", "log", "time goes back at position 3"),
    (
        "UPDATE event SET causation_id = '00000000-0000-0000-0000-0000000000ff'
             WHERE type = 'OrderValidated' AND seq < 9",
        "log",
        "names a cause that does not stand before it",
    ),
    ("UPDATE event SET stream_version = 9 WHERE seq = 4", "log", "has no version"),
    ("UPDATE event SET data = '{' WHERE seq = 2", "state", "position 2 cannot be read"),
    ("UPDATE event SET type = 'Eaten' WHERE seq = 2", "state", "position 2 cannot be read"),
    (
        "UPDATE stream SET state = json_set(state, '$.tip', 1) WHERE stream LIKE '%1'",
        "state",
        "is not the fold of its events",
    ),
    ("UPDATE stream SET state = '[]' WHERE stream LIKE '%1'", "state", "cannot be read"),
    (
        "UPDATE stream SET status = 'PLACED' WHERE stream LIKE '%1'",
        "state",
        "is filed under something else",
    ),
    ("UPDATE stream SET version = 3 WHERE stream LIKE '%1'", "state", "is not the fold"),
    ("DELETE FROM stream WHERE stream LIKE '%1'", "state", "has events, but no stored state"),
    ("UPDATE consumer SET paused = 0", "state", "settle-tip was paused, and is not"),
    ("DELETE FROM event WHERE stream LIKE '%6'", "state", "has a state, but no event"),
    (
        "UPDATE event SET type = 'OrderReady' WHERE type = 'OrderAccepted'",
        "state",
        "went from PAID to READY",
    ),
    ("DELETE FROM receipt WHERE refusal IS NULL", "receipts", "has no receipt that says so"),
    ("UPDATE receipt SET input_hash = 'x'", "receipts", "has no receipt that says so"),
    ("UPDATE receipt SET seq = 1 WHERE refusal IS NULL", "receipts", "promises an event"),
    ("UPDATE receipt SET seq = 999 WHERE refusal IS NOT NULL", "receipts", "was refused at"),
    (
        "DELETE FROM delivery WHERE function = 'kitchen' AND status = 'done'",
        "deliveries",
        "kitchen has no delivery of position",
    ),
    (
        "UPDATE delivery SET function = 'refund' WHERE function = 'validate-order'",
        "deliveries",
        "refund does not handle position",
    ),
    (
        "UPDATE delivery SET function = 'chef' WHERE function = 'kitchen'",
        "deliveries",
        "a delivery cannot be read",
    ),
    (
        "UPDATE delivery SET seq = 999 WHERE function = 'settle-tip'",
        "deliveries",
        "settle-tip is to handle position 999, where no event is",
    ),
    (
        "DELETE FROM delivery WHERE status = 'leased'",
        "state",
        "waits for charge-payment, which has forgotten it",
    ),
    (
        "DELETE FROM delivery WHERE status = 'dead' AND function = 'courier'",
        "deliveries",
        "courier gave up on position",
    ),
    (
        "UPDATE delivery SET customer_id = 'x' WHERE status IN ('pending', 'leased')",
        "deliveries",
        "in the place of another customer",
    ),
    (
        "UPDATE delivery SET status = 'dead' WHERE function = 'settle-tip'",
        "deliveries",
        "settle-tip gave up on position",
    ),
];

#[test]
fn each_thing_that_is_broken_in_the_database_is_named() {
    let sound = Premises::with_history();
    for (sql, subject, words) in BREAKS {
        let premises = sound.copy();
        premises.spoil(sql);
        let verdict = verify(&premises.database()).unwrap();
        let told = verdict.told(subject);
        assert!(!verdict.holds() && told.iter().any(|it| it.contains(words)), "{sql}\n{verdict}");
    }
}

#[test]
fn what_was_forgotten_because_it_was_done_is_told_apart_from_what_is_missing() {
    let premises = Premises::with_history();
    let database = rusqlite::Connection::open(premises.database()).unwrap();
    let prune = "DELETE FROM delivery WHERE function = 'validate-order' AND status = 'done'";
    let pruned = database.execute(prune, []).unwrap();
    let upto = "INSERT INTO consumer (function, pruned_to)
                SELECT 'validate-order', max(seq) FROM event WHERE type = 'OrderPlaced'";
    database.execute(upto, []).unwrap();
    let verdict = verify(&premises.database()).unwrap();
    assert!(verdict.holds(), "{verdict}");
    assert!(verdict.to_string().contains(&format!("{pruned} done and pruned")), "{verdict}");
    // Beyond that position it has to be there.
    database
        .execute("UPDATE consumer SET pruned_to = pruned_to - 1 WHERE pruned_to > 0", [])
        .unwrap();
    let told = verify(&premises.database()).unwrap();
    assert_eq!(told.told("deliveries").len(), 1, "{told}");
}

#[test]
fn an_event_that_was_changed_since_audit_read_it_is_found_out() {
    let premises = Premises::with_history();
    let sound = verify(&premises.database()).unwrap().to_string();
    let chain = sound.split("chain ").nth(1).and_then(|rest| rest.split(':').next()).unwrap();
    assert_eq!(chain.len(), 64, "{sound}");
    // Nothing else tells: when it happened by the customer's clock is no part of the order's state.
    premises.spoil("UPDATE event SET occurred_at = occurred_at - 1 WHERE seq = 4");
    let verdict = verify(&premises.database()).unwrap();
    let told = verdict.told("audit");
    assert!(told.len() == 1 && told[0].contains(chain), "{verdict}");
}

#[test]
fn whoever_has_portions_that_are_not_theirs_is_named() {
    let sound = Premises::with_portions();
    let verdict = verify(&sound.database()).unwrap();
    let words = "2 orders took limited dishes, 1 gave them back, none sold twice";
    assert!(verdict.holds() && verdict.to_string().contains(words), "{verdict}");
    let (first, second) = (order_text(1), order_text(2));
    let breaks = [
        (
            "UPDATE event SET data = json_set(data, '$.portions[0].quantity', 6)
                 WHERE type = 'PortionsTaken'"
                .to_owned(),
            "more than there is",
        ),
        (
            "UPDATE event SET type = 'ClaimDropped' WHERE type = 'PortionsGivenBack'".to_owned(),
            "and kept its portions",
        ),
        (
            format!(
                "UPDATE event SET data = json_set(data, '$.orderId', '{first}')
                     WHERE type = 'PortionsGivenBack'"
            ),
            "takes back what order",
        ),
        (
            "UPDATE event SET causation_id = (SELECT id FROM event WHERE seq = 2)
                 WHERE type = 'PortionsTaken'"
                .to_owned(),
            "does not follow from order",
        ),
        (
            format!("DELETE FROM event WHERE type = 'PortionsTaken' AND data LIKE '%{second}%'"),
            "and given no portions",
        ),
    ];
    for (sql, words) in breaks {
        let premises = sound.copy();
        premises.spoil(&sql);
        let verdict = verify(&premises.database()).unwrap();
        let told = verdict.told("portions");
        assert!(told.iter().any(|it| it.contains(words)), "{sql}\n{verdict}");
    }
}

#[test]
fn nights_hold_and_one_that_was_not_as_the_log_says_is_named() {
    let sound = Premises::with_nights();
    let verdict = verify(&sound.database()).unwrap();
    let words = "6 orders took limited dishes, 2 gave them back, none sold twice";
    assert!(verdict.holds() && verdict.to_string().contains(words), "{verdict}");
    let breaks = [
        (
            "UPDATE event SET data = json_set(data, '$.shelf[0].portions', 1)
                 WHERE type = 'PortionsReset'",
            "portions",
            "more than there is",
        ),
        (
            "UPDATE event SET type = 'ScheduleStopped' WHERE type = 'ScheduleSkipped'",
            "state",
            "cannot be read",
        ),
        ("DELETE FROM event WHERE type = 'ScheduleRan'", "log", "is missing"),
    ];
    for (sql, subject, words) in breaks {
        let premises = sound.copy();
        premises.spoil(sql);
        let verdict = verify(&premises.database()).unwrap();
        let told = verdict.told(subject);
        assert!(told.iter().any(|it| it.contains(words)), "{sql}\n{verdict}");
    }
}

#[test]
fn books_that_differ_from_the_log_are_named_to_the_cent() {
    let (delivered, cancelled) = (order_text(1), order_text(2));
    let cases = [
        (
            format!("UPDATE entry SET taken = 1 WHERE key = 'charge:{delivered}'"),
            "charged, the log says $29.00 and the bank $0.01",
        ),
        (
            format!("UPDATE entry SET taken = 5 WHERE key = 'tip:{delivered}'"),
            "tip, the log says $2.00 and the bank $0.05",
        ),
        (
            format!("UPDATE entry SET given = 7 WHERE key = 'refund:{cancelled}'"),
            "given back, the log says $0.00 and the bank $0.07",
        ),
        (format!("DELETE FROM entry WHERE key = 'refund:{cancelled}'"), "closed its books"),
        ("UPDATE entry SET order_id = 'x' WHERE key LIKE 'tip:%'".to_owned(), "has an order x"),
    ];
    let sound = Premises::with_history();
    for (sql, words) in cases {
        let premises = sound.copy();
        premises.spoil_books(&sql);
        let verdict = verify(&premises.database()).unwrap();
        let told = verdict.told("books");
        assert!(told.iter().any(|it| it.contains(words)), "{sql}\n{verdict}");
    }
}

#[test]
fn a_charge_that_no_function_will_record_is_wrong_and_not_under_way() {
    let premises = Premises::with_history();
    premises.spoil("UPDATE delivery SET status = 'done' WHERE status = 'leased'");
    let verdict = verify(&premises.database()).unwrap();
    let words =
        format!("order {}: charged, the log says $0.00 and the bank $29.00", order_text(UNDER_WAY));
    assert_eq!(verdict.told("books"), [words]);
}

#[test]
fn without_books_beside_it_a_file_holds_by_itself() {
    let premises = Premises::with_history();
    std::fs::remove_file(gateway::books_beside(&premises.database())).unwrap();
    let verdict = verify(&premises.database()).unwrap();
    assert!(verdict.holds() && verdict.to_string().contains("not compared"), "{verdict}");
}

#[test]
fn the_state_hash_is_of_the_log_and_of_nothing_beside_it() {
    let one = Premises::with_history();
    let other = one.copy();
    let state = |premises: &Premises| verify(&premises.database()).unwrap().state;
    let before = state(&one);
    one.spoil("UPDATE delivery SET token = token + 1, revision = revision + 1");
    one.spoil_books("UPDATE entry SET requests = 9");
    assert_eq!(state(&one), before);
    other.spoil("UPDATE event SET data = json_set(data, '$.note', 'hot') WHERE seq = 2");
    assert_ne!(state(&other), before);
}

#[test]
fn a_file_that_cannot_be_read_is_no_verdict_but_an_error_that_says_what_to_do() {
    let premises = Premises::with_history();
    let database = premises.database();
    let missing = verify(&database.with_file_name("other.db")).unwrap_err().to_string();
    assert!(missing.contains("there is no database at") && missing.contains("--database"));
    assert!(!database.with_file_name("other.db").exists(), "looking makes nothing");
    let books = verify(&gateway::books_beside(&database)).unwrap_err().to_string();
    assert!(books.contains("is no database of Tiffin's"), "{books}");
    std::fs::write(&database, "what is this?".repeat(1000)).unwrap();
    let text = verify(&database).unwrap_err().to_string();
    assert!(text.contains("is no database of Tiffin's"), "{text}");
}

#[test]
fn a_damaged_page_is_named_or_stops_the_reading_in_words() {
    let premises = Premises::with_history();
    let mut bytes = std::fs::read(premises.database()).unwrap();
    let (page, pages) = (4096, bytes.len() / 4096);
    for number in 1..pages {
        let mut damaged = bytes.clone();
        damaged[number * page..number * page + 200].fill(0xa5);
        std::fs::write(premises.database(), &damaged).unwrap();
        match verify(&premises.database()) {
            Ok(verdict) => assert!(!verdict.holds(), "page {number}\n{verdict}"),
            Err(error) => assert!(error.to_string().contains("is damaged"), "{number}: {error}"),
        }
    }
    bytes.truncate(page * 2);
    std::fs::write(premises.database(), &bytes).unwrap();
    let error = verify(&premises.database()).unwrap_err().to_string();
    assert!(error.contains("is damaged") && error.contains("restore"), "{error}");
}

#[test]
fn what_is_found_often_is_told_some_times_and_counted() {
    let premises = Premises::with_history();
    premises.spoil("DELETE FROM delivery");
    let verdict = verify(&premises.database()).unwrap();
    assert_eq!(verdict.told("deliveries").len(), 12);
    assert!(verdict.to_string().contains("more\n"), "{verdict}");
}

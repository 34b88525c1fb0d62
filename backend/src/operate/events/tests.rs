//! One event is one line, for a person or for a program; and following shows each once, as it comes.

use rusqlite::Connection;
use serde_json::Value;

use super::*;
use crate::operate::fixture::Premises;
use crate::store::sqlite::open_to_look;

const ALL: Wanted = Wanted { stream: None, after: Position::START, form: Form::Words };

fn shown(premises: &Premises, wanted: &Wanted) -> Vec<String> {
    let mut output = Vec::new();
    let log = open_to_look(&premises.database()).unwrap();
    show(&log, wanted, &mut output, |_| Ok(ControlFlow::Break(()))).unwrap();
    String::from_utf8(output).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn each_event_is_one_line_in_the_order_of_the_log() {
    let premises = Premises::with_history();
    let lines = shown(&premises, &ALL);
    for (number, line) in (1..).zip(&lines) {
        assert_eq!(line.split_whitespace().next(), Some(number.to_string().as_str()), "{line}");
    }
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&lines[0]).ends_with("customer …00000007 customer Ada signed in."));
    let placed = "2 2027-01-15 08:00:00.000Z order …00000001 customer \
                  The customer ordered 2 portions for $29.00.";
    assert_eq!(words(&lines[1]), placed);
}

#[test]
fn an_order_is_found_by_the_end_of_its_id_if_that_names_one() {
    let premises = Premises::with_history();
    let log = open_to_look(&premises.database()).unwrap();
    let stream = order_ending_in(&log, "00000002").unwrap();
    let lines = shown(&premises, &Wanted { stream: Some(stream), ..ALL });
    assert!(lines.len() > 3 && lines.iter().all(|it| it.contains("order …00000002")), "{lines:?}");
    for (end, count) in [("", "6 orders"), ("ffff", "0 orders")] {
        let error = order_ending_in(&log, end).unwrap_err().to_string();
        assert!(error.starts_with(count), "{error}");
    }
}

#[test]
fn a_program_gets_all_that_the_contract_tells() {
    let premises = Premises::with_history();
    let lines = shown(&premises, &Wanted { form: Form::Json, after: Position::new(1), ..ALL });
    let event: Value = serde_json::from_str(&lines[0]).unwrap();
    let contract = shared::SCHEMA.split("type Event {").nth(1).unwrap().split('}').next().unwrap();
    let fields = contract.lines().filter_map(|line| line.trim().split_once(": "));
    let fields: Vec<_> = fields.map(|(name, _)| name).filter(|name| !name.contains('"')).collect();
    assert_eq!(fields.len(), event.as_object().unwrap().len(), "{fields:?} {event}");
    for field in fields {
        assert!(event.get(field).is_some(), "{field} is missing in {event}");
    }
    assert_eq!(event["type"], "OrderPlaced");
    assert_eq!(event["data"]["tip"], 200);
}

#[test]
fn what_cannot_be_read_is_one_line_and_what_follows_is_shown() {
    let premises = Premises::with_history();
    let before = shown(&premises, &ALL).len();
    premises.spoil("UPDATE event SET data = '{' || char(27) WHERE seq = 2");
    let lines = shown(&premises, &ALL);
    assert_eq!(lines.len(), before);
    assert!(lines[1].contains("2  cannot be read: "), "{}", lines[1]);
    assert!(lines.iter().all(|line| !line.contains('\u{1b}')));
}

#[test]
fn following_shows_what_others_write_each_event_once() {
    let premises = Premises::with_history();
    let log = open_to_look(&premises.database()).unwrap();
    let writer = Connection::open(premises.database()).unwrap();
    let last = shown(&premises, &ALL).len();
    let (mut seen, mut rounds) = (0, 0);
    until_written(&log, &mut seen).unwrap();
    let mut output = Vec::new();
    let after = Position::new(u64::try_from(last).unwrap());
    show(&log, &Wanted { after, ..ALL }, &mut output, |log| {
        rounds += 1;
        if rounds > 3 {
            return Ok(ControlFlow::Break(()));
        }
        writer
            .execute(
                "INSERT INTO event SELECT seq + 1, 'event' || seq, stream, stream_version + 1, type,
                     schema_version, customer_id, data, NULL, NULL, NULL, source, occurred_at,
                     recorded_at FROM event ORDER BY seq DESC LIMIT 1",
                [],
            )
            .unwrap();
        until_written(log, &mut seen)?;
        Ok(ControlFlow::Continue(()))
    })
    .unwrap();
    let lines: Vec<_> = std::str::from_utf8(&output).unwrap().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn whoever_has_seen_enough_ends_it_well() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let premises = Premises::with_history();
    let log = open_to_look(&premises.database()).unwrap();
    show(&log, &ALL, &mut Closed, |_| panic!("nobody is there to wait for")).unwrap();
}

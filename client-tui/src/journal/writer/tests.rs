//! The thread: everything is answered, in order, whatever the disk does.

use std::{
    path::Path,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use jiff::Timestamp;
use optimistic::{Effect, Now, State, account::ProfileId, step};
use shared::id::{MutationId, OrderId};
use uuid::Uuid;

use super::*;

const PROFILE: ProfileId = ProfileId::new(Uuid::from_u128(1));
/// Far longer than the disk takes, so that a hanging thread fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Writes to the journal as the store asks for them, so many.
fn writes(number: usize) -> Vec<(WriteId, Record, Flush)> {
    let mut state = State::new(PROFILE);
    let now =
        Now { monotonic: optimistic::Monotonic::default(), wall: Timestamp::UNIX_EPOCH, jitter: 1 };
    let catalog = shared::catalog::house::of_the_house();
    let dish = catalog.restaurants[0].menu[0].clone();
    let restaurant_id = catalog.restaurants[0].id;
    step(&mut state, Input::CatalogLoaded(catalog), now);
    (0_u128..)
        .take(number)
        .flat_map(|number| {
            let draft = shared::order::command::OrderDraft {
                order_id: OrderId::new(Uuid::from_u128(number)),
                restaurant_id,
                lines: vec![shared::order::command::LineRequest {
                    menu_item_id: dish.id,
                    quantity: shared::order::command::Quantity::ONE,
                }],
                tip: shared::order::tip::Tip::NONE,
                note: None,
                deliver_to: None,
                expected_subtotal: None,
                placed_at: None,
                scheduled_for: None,
            };
            let mutation_id = MutationId::new(Uuid::from_u128(number));
            let order = draft.try_into().unwrap();
            step(&mut state, Input::Place { mutation_id, order }, now)
        })
        .filter_map(|effect| {
            let Effect::Journal { write, record, flush } = effect else { return None };
            Some((write, record, flush))
        })
        .collect()
}

fn open_in(directory: &Path) -> impl FnMut() -> Result<Opened, JournalError> + Send + 'static {
    let directory = directory.to_owned();
    move || Journal::open(&directory, PROFILE, Uuid::from_u128(1))
}

fn reporting() -> (impl FnMut(JournalReport) + Send, mpsc::Receiver<JournalReport>) {
    let (sender, reports) = sync_channel(10_000);
    (move |report| sender.send(report).unwrap(), reports)
}

fn next_input(reports: &mpsc::Receiver<JournalReport>) -> Input {
    loop {
        if let JournalReport::Input(input) = reports.recv_timeout(PATIENCE).unwrap() {
            return input;
        }
    }
}

#[test]
fn each_record_is_reported_written_in_its_turn_after_what_was_pending() {
    let directory = tempfile::tempdir().unwrap();
    let (report, reports) = reporting();
    let writer = JournalWriter::start(open_in(directory.path()), report).unwrap();
    assert_eq!(next_input(&reports), Input::JournalRestored { mutations: Vec::new() });
    let asked = writes(200);
    for (write, record, flush) in asked.clone() {
        writer.write(write, record, flush).unwrap();
    }
    for (write, ..) in &asked {
        assert_eq!(next_input(&reports), Input::JournalWritten { write: *write });
    }
}

#[test]
fn what_was_handed_over_is_written_when_the_writer_has_gone() {
    let directory = tempfile::tempdir().unwrap();
    let (report, _reports) = reporting();
    let writer = JournalWriter::start(open_in(directory.path()), report).unwrap();
    for (write, record, flush) in writes(200) {
        writer.write(write, record, flush).unwrap();
    }
    drop(writer);
    assert_eq!(open_in(directory.path())().unwrap().mutations.len(), 200);
}

#[test]
fn a_record_that_finds_the_queue_full_is_reported_failed_at_once() {
    let (report, _reports) = reporting();
    let (release, gate) = sync_channel::<()>(0);
    let open = move || -> Result<Opened, JournalError> {
        // A disk that takes its time.
        let _ended_by_the_test = gate.recv();
        let source = io::ErrorKind::NotFound.into();
        Err(JournalError::Open { path: "nowhere".into(), source })
    };
    let writer = JournalWriter::start(open, report).unwrap();
    // Dropped before the writer, also where this test fails: the thread must be able to end.
    let release = release;
    let (write, record, flush) = writes(1).remove(0);
    for _ in 0..QUEUE_LIMIT {
        writer.write(write, record.clone(), flush).unwrap();
    }
    let Err(Input::JournalFailed { write: failed, reason }) = writer.write(write, record, flush)
    else {
        panic!("it had no room")
    };
    assert_eq!(failed, write);
    assert!(reason.contains("slow"), "{reason}");
    drop(release);
}

/// H74
#[test]
fn a_journal_that_could_not_be_opened_is_tried_again_with_the_next_record() {
    let directory = tempfile::tempdir().unwrap();
    let works = Arc::new(Mutex::new(false));
    let (report, reports) = reporting();
    let mut open = open_in(directory.path());
    let is_working = Arc::clone(&works);
    let open = move || {
        if *is_working.lock().unwrap() {
            return open();
        }
        let source = io::ErrorKind::StorageFull.into();
        Err(JournalError::Open { path: "journal".into(), source })
    };
    let writer = JournalWriter::start(open, report).unwrap();
    let mut asked = writes(2).into_iter();
    let (write, record, flush) = asked.next().unwrap();
    writer.write(write, record, flush).unwrap();
    let Input::JournalFailed { write: failed, reason } = next_input(&reports) else {
        panic!("it failed")
    };
    assert_eq!(failed, write);
    assert!(reason.contains("cannot be opened"), "{reason}");
    *works.lock().unwrap() = true;
    let (write, record, flush) = asked.next().unwrap();
    writer.write(write, record, flush).unwrap();
    assert_eq!(next_input(&reports), Input::JournalRestored { mutations: Vec::new() });
    assert_eq!(next_input(&reports), Input::JournalWritten { write });
}

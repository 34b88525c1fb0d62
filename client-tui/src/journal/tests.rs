//! Crashes at every byte, programs that live and die beside each other, disks that refuse.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{MetadataExt, PermissionsExt},
    thread,
};

use jiff::Timestamp;
use optimistic::{
    account::Account,
    intent::{AnyIntent, Intent},
    record::{Refused, Settlement},
};
use shared::id::{CustomerId, LogId, MutationId, OrderId};

use super::{pages::Pages, *};

const PROFILE: ProfileId = ProfileId::new(Uuid::from_u128(1));
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// As Tiffin 0.1.0 wrote it before a journal said who wrote it: two orders, one of them on its way,
/// a refused cancellation and one that is through.
const OF_FORMAT_1: &[u8] = include_bytes!("tests/format-1.log");

fn id(number: u128) -> MutationId {
    MutationId::new(Uuid::from_u128(number))
}

fn intent(number: u128) -> (Record, Flush) {
    let record = Record::Intent {
        mutation_id: id(number),
        asked_at: Timestamp::UNIX_EPOCH,
        seen: None,
        intent: Intent::Cancel { order_id: OrderId::new(Uuid::from_u128(number)) }.into(),
    };
    (record, Flush::Lazily)
}

fn sending(number: u128) -> (Record, Flush) {
    let account = Account {
        log_id: LogId::new(Uuid::from_u128(7)),
        customer_id: CustomerId::new(Uuid::from_u128(8)),
    };
    (Record::Sending { mutation_id: id(number), account }, Flush::First)
}

fn settled(number: u128, settlement: Settlement) -> (Record, Flush) {
    (Record::Settled { mutation_id: id(number), settlement }, Flush::Lazily)
}

fn open(directory: &Path, name: u128) -> Opened {
    Journal::open(directory, PROFILE, Uuid::from_u128(name)).unwrap()
}

fn pending(opened: &Opened) -> Vec<MutationId> {
    opened.mutations.iter().map(|it| it.mutation_id).collect()
}

fn oddities(opened: &Opened) -> Vec<&OddityKind> {
    opened.oddities.iter().map(|oddity| &oddity.kind).collect()
}

fn files(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "journal.lock")
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_pending_is_there_after_a_restart_and_what_is_settled_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    let refused =
        Refused { code: "ORDER_CLOSED".to_owned(), message: "No.".to_owned(), order_version: None };
    journal.append(&[intent(1), intent(2), sending(2), intent(3), intent(4)]).unwrap();
    journal
        .append(&[settled(3, Settlement::Confirmed), settled(4, Settlement::Refused(refused))])
        .unwrap();
    drop(journal);
    let opened = open(directory.path(), 2);
    assert_eq!(pending(&opened), [id(1), id(2), id(4)]);
    let [first, second, third] = &opened.mutations[..] else { panic!("three") };
    assert_eq!((first.sent, second.sent.is_some()), (None, true));
    assert_eq!(third.refused.as_ref().map(|it| it.message.as_str()), Some("No."));
    assert_eq!(opened.oddities, []);
    let mut journal = opened.journal;
    journal.append(&[(Record::Dismissed { mutation_id: id(4) }, Flush::Lazily)]).unwrap();
    drop(journal);
    assert_eq!(pending(&open(directory.path(), 3)), [id(1), id(2)]);
}

/// The promise of each record: it is there, or it never was, wherever the program died.
#[test]
fn a_journal_that_was_cut_off_anywhere_has_all_whole_records() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    let header = journal.length;
    let mut ends = vec![header];
    for number in 1..=3 {
        journal.append(&[intent(number)]).unwrap();
        ends.push(journal.length);
    }
    let bytes = fs::read(&journal.path).unwrap();
    for length in 0..=bytes.len() {
        let read = pages::read(&bytes[..length]);
        let length = u64::try_from(length).unwrap();
        if length < header {
            assert_eq!(read, Pages::Blank, "cut off at {length}");
            continue;
        }
        let Pages::Of { records, oddity, .. } = read else { panic!("cut off at {length}") };
        let whole = ends.iter().filter(|end| **end <= length).count() - 1;
        assert_eq!(records.len(), whole, "cut off at {length}");
        assert_eq!(oddity.is_none(), ends.contains(&length), "cut off at {length}");
    }
}

#[test]
fn a_torn_tail_is_cut_off_with_a_notice_and_the_file_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1), intent(2)]).unwrap();
    journal.file.set_len(journal.length - 3).unwrap();
    drop(journal);
    let mut opened = open(directory.path(), 2);
    assert_eq!(pending(&opened), [id(1)]);
    assert_eq!(oddities(&opened), [&OddityKind::Torn]);
    opened.journal.append(&[intent(3)]).unwrap();
    drop(opened);
    assert_eq!(pending(&open(directory.path(), 3)), [id(1), id(3)]);
    assert_eq!(files(directory.path()).len(), 1, "the old ones are gone");
}

#[test]
fn a_damaged_record_is_left_out_with_a_notice_and_the_others_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1)]).unwrap();
    let damaged = usize::try_from(journal.length).unwrap() + 20;
    journal.append(&[intent(2), intent(3)]).unwrap();
    let mut bytes = fs::read(&journal.path).unwrap();
    bytes[damaged] ^= 1;
    fs::write(&journal.path, bytes).unwrap();
    drop(journal);
    let opened = open(directory.path(), 2);
    assert_eq!(pending(&opened), [id(1), id(3)]);
    assert_eq!(oddities(&opened), [&OddityKind::Damaged(1)]);
}

/// H77
#[test]
fn the_journal_of_a_living_program_is_left_alone_and_that_of_a_dead_one_adopted_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut living = open(directory.path(), 1).journal;
    living.append(&[intent(1), sending(1)]).unwrap();
    let mut dying = open(directory.path(), 2).journal;
    dying.append(&[intent(2), sending(2)]).unwrap();
    let second = open(directory.path(), 3);
    assert!(second.mutations.is_empty(), "both live");
    drop(dying);
    let third = open(directory.path(), 4);
    assert_eq!(pending(&third), [id(2)]);
    let fourth = open(directory.path(), 5);
    assert!(fourth.mutations.is_empty(), "adopted already");
    living.append(&[settled(1, Settlement::Confirmed)]).unwrap();
}

/// H77
#[test]
fn of_programs_that_start_together_one_adopts() {
    let directory = tempfile::tempdir().unwrap();
    let mut dead = open(directory.path(), 1).journal;
    dead.append(&[intent(1), sending(1)]).unwrap();
    drop(dead);
    let path = directory.path();
    let adopted: Vec<Opened> = thread::scope(|scope| {
        let start = |name| scope.spawn(move || open(path, name));
        let starting: Vec<_> = (2..8).map(start).collect();
        starting.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let counts: Vec<usize> = adopted.iter().map(|it| it.mutations.len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 1, "{counts:?}");
}

#[test]
fn a_crash_between_adopting_and_discarding_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut old = open(directory.path(), 1).journal;
    old.append(&[intent(1), sending(1), intent(2)]).unwrap();
    let copy = fs::read(&old.path).unwrap();
    let path = old.path.clone();
    drop(old);
    drop(open(directory.path(), 2));
    fs::write(path, copy).unwrap();
    let opened = open(directory.path(), 3);
    assert_eq!(pending(&opened), [id(1), id(2)]);
}

#[test]
fn a_journal_that_is_opened_again_under_its_own_name_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1)]).unwrap();
    drop(journal);
    let mut opened = open(directory.path(), 1);
    assert_eq!(pending(&opened), [id(1)]);
    opened.journal.append(&[intent(2)]).unwrap();
    drop(opened);
    assert_eq!(pending(&open(directory.path(), 1)), [id(1), id(2)]);
}

#[test]
fn an_unfinished_file_is_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("journal-dead.new"), "half a jour").unwrap();
    let opened = open(directory.path(), 1);
    assert!(opened.mutations.is_empty());
    assert_eq!(files(directory.path()).len(), 1);
}

#[test]
fn what_is_pending_under_another_profile_stays_there() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1)]).unwrap();
    drop(journal);
    let somebody_else = ProfileId::new(Uuid::from_u128(2));
    let theirs = Journal::open(directory.path(), somebody_else, Uuid::from_u128(2)).unwrap();
    assert!(theirs.mutations.is_empty());
    assert_eq!(pending(&open(directory.path(), 3)), [id(1)]);
}

#[test]
fn a_journal_of_an_older_format_is_adopted_and_written_in_ours() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("journal-old.log"), OF_FORMAT_1).unwrap();
    for name in [1, 2] {
        let opened = open(directory.path(), name);
        assert_eq!(pending(&opened), [id(0), id(1), id(2)]);
        assert_eq!(opened.oddities, []);
        let [sent, unsent, refused] = &opened.mutations[..] else { panic!("three") };
        assert_eq!((sent.sent.is_some(), unsent.sent), (true, None));
        assert!(
            matches!(&unsent.intent, AnyIntent::Known(Intent::Place { seen, .. }) if !seen.restaurants.is_empty())
        );
        assert!(refused.refused.is_some());
        let text = fs::read_to_string(&opened.journal.path).unwrap();
        assert!(text.contains(r#"{"format":2,"#), "{text}");
        assert_eq!(files(directory.path()).len(), 1, "the old one is gone");
    }
}

#[test]
fn a_journal_of_a_newer_format_is_left_as_it_is_and_said_whose_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal-new.log");
    let mut newer = Vec::new();
    sealed(r#"{"format":3,"tiffin":"7.1.0","whose":"in words of its own"}"#, &mut newer);
    fs::write(&path, &newer).unwrap();
    let opened = open(directory.path(), 1);
    assert!(opened.mutations.is_empty());
    assert_eq!(oddities(&opened), [&OddityKind::Newer { tiffin: Some("7.1.0".to_owned()) }]);
    assert!(opened.oddities[0].to_string().contains("Tiffin 7.1.0"), "{}", opened.oddities[0]);
    assert_eq!(fs::read(path).unwrap(), newer);
}

#[test]
fn a_journal_that_nobody_can_read_is_left_as_it_is_and_named() {
    let no_journal = b"Dear diary,\n".to_vec();
    let mut huge = OF_FORMAT_1.to_vec();
    huge.resize(65 * 1024 * 1024, b'x');
    for bytes in [no_journal, huge] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal-odd.log");
        fs::write(&path, &bytes).unwrap();
        let opened = open(directory.path(), 1);
        assert!(opened.mutations.is_empty());
        assert_eq!(oddities(&opened), [&OddityKind::Unreadable]);
        assert!(opened.oddities[0].to_string().contains("journal-odd.log"));
        assert!(fs::read(path).unwrap() == bytes);
    }
}

/// H34
#[test]
fn an_intent_of_a_newer_version_is_kept_word_for_word_beside_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1)]).unwrap();
    let gift = r#""intent":{"kind":"send_as_gift","order_id":"00000000-0000-0000-0000-000000000001","card":{"words":"Enjoy!"}}"#;
    let newer = format!(
        r#"{{"record":"intent","mutation_id":"{}","asked_at":"1970-01-01T00:00:00Z",{gift}}}"#,
        id(2).uuid()
    );
    let mut line = Vec::new();
    sealed(&newer, &mut line);
    journal.write(&line, false).unwrap();
    drop(journal);
    // As often as it is adopted by builds that cannot read it.
    for name in [2, 3] {
        let mut opened = open(directory.path(), name);
        let expected = &[id(1), id(2), id(12)][..if name == 2 { 2 } else { 3 }];
        assert_eq!(pending(&opened), expected);
        assert_eq!(opened.oddities, []);
        assert!(matches!(opened.mutations[1].intent, AnyIntent::Unknown(_)));
        opened.journal.append(&[intent(10 + name)]).unwrap();
        let text = fs::read_to_string(&opened.journal.path).unwrap();
        assert!(text.contains(r#""kind":"send_as_gift""#) && text.contains("Enjoy!"), "{text}");
    }
}

/// H34
#[test]
fn a_journal_with_records_of_a_newer_version_is_kept_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1)]).unwrap();
    let mut line = Vec::new();
    sealed(r#"{"record":"tip_changed","mutation_id":"x"}"#, &mut line);
    journal.write(&line, false).unwrap();
    let before = fs::read(&journal.path).unwrap();
    let path = journal.path.clone();
    drop(journal);
    let opened = open(directory.path(), 2);
    assert!(opened.mutations.is_empty());
    assert_eq!(oddities(&opened), [&OddityKind::Newer { tiffin: Some(VERSION.to_owned()) }]);
    assert_eq!(fs::read(path).unwrap(), before);
}

/// H74. `/dev/full` takes no byte, `/dev/null` lets itself be written and not flushed.
#[test]
fn a_record_that_does_not_get_to_the_disk_counts_as_not_written() {
    for device in ["/dev/full", "/dev/null"] {
        let directory = tempfile::tempdir().unwrap();
        let mut journal = open(directory.path(), 1).journal;
        journal.append(&[intent(1)]).unwrap();
        journal.file = OpenOptions::new().append(true).open(device).unwrap();
        let error = journal.append(&[intent(2), sending(2)]).unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        // The disk takes records again: the file is written anew, with what had got there before.
        journal.append(&[intent(3)]).unwrap();
        drop(journal);
        assert_eq!(pending(&open(directory.path(), 2)), [id(1), id(3)], "{device}");
    }
}

#[test]
fn a_journal_grows_with_what_is_pending_and_not_with_what_has_been() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal = open(directory.path(), 1).journal;
    journal.append(&[intent(1), sending(1)]).unwrap();
    let inode = |journal: &Journal| fs::metadata(&journal.path).unwrap().ino();
    let (mut rewritten, mut last) = (0, inode(&journal));
    for number in 2..10_000 {
        journal.append(&[intent(number), settled(number, Settlement::Confirmed)]).unwrap();
        journal.rewrite_if_long().unwrap();
        assert!(journal.length <= REWRITE_ABOVE + 1024);
        assert_eq!(fs::metadata(&journal.path).unwrap().len(), journal.length);
        rewritten += usize::from(inode(&journal) != last);
        last = inode(&journal);
    }
    assert!((1..10).contains(&rewritten), "rewritten {rewritten} times");
    let others = open(directory.path(), 2);
    assert!(others.mutations.is_empty(), "the file is still ours after being rewritten");
    drop(journal);
    assert_eq!(pending(&open(directory.path(), 3)), [id(1)]);
}

#[test]
fn a_journal_is_its_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("journal");
    let journal = open(&below, 1).journal;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&journal.path), mode(&below)), (0o600, 0o700));
}

#[test]
fn a_directory_that_cannot_be_is_an_error_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Journal::open(&file, PROFILE, Uuid::from_u128(1)).unwrap_err();
    assert!(error.to_string().contains(&*file.to_string_lossy()), "{error}");
}

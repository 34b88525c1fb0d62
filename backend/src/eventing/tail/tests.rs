//! The ring: what it holds, whom it wakes, and when it sends a reader to the store.

use proptest::prelude::*;

use super::*;
use crate::eventing::fixture::{CUSTOMER, Room, STRANGER, cancel, place};
use crate::eventing::subscriber::AT_ONCE;

const MINE: Scope = Scope::Customer(CUSTOMER);
const THEIRS: Scope = Scope::Customer(STRANGER);

/// Twelve events of six orders, each placed and asked to be cancelled.
fn events() -> Vec<Committed> {
    let mut room = Room::new(0.0);
    room.free_slots.clear();
    for number in 1..=6 {
        room.write(&[place(number, number), cancel(number, 100 + number)]);
    }
    room.log.events
}

fn positions(newer: Newer) -> Option<(Vec<u64>, u64)> {
    match newer {
        Newer::Events(events, upto, _) => {
            let positions = events.iter().map(|it| it.event.position.get()).collect();
            Some((positions, upto.get()))
        }
        Newer::FellBehind => None,
    }
}

#[test]
fn a_reader_gets_what_came_after_its_position_and_only_its_own() {
    let tail = Tail::new(Position::START);
    let mut events = events();
    Arc::make_mut(&mut events[1].event).customer_id = Some(STRANGER);
    Arc::make_mut(&mut events[2].event).customer_id = None;
    tail.append(events.drain(..4).collect());
    let after = |position, scope| positions(tail.after(Position::new(position), scope, AT_ONCE));
    assert_eq!(after(0, MINE), Some((vec![1, 4], 4)));
    assert_eq!(after(1, MINE), Some((vec![4], 4)));
    assert_eq!(after(4, MINE), Some((vec![], 4)));
    assert_eq!(after(0, THEIRS), Some((vec![2], 4)));
    assert_eq!(after(0, Scope::WholeLog), Some((vec![1, 2, 3, 4], 4)));
    assert_eq!(tail.head(), Position::new(4));
}

#[test]
fn a_cursor_ahead_of_the_tail_waits_and_is_never_put_back() {
    let tail = Tail::new(Position::new(3));
    assert_eq!(positions(tail.after(Position::new(7), MINE, AT_ONCE)), Some((vec![], 7)));
}

#[test]
fn whoever_is_older_than_the_ring_fell_behind() {
    let tail = Tail::with_ring(Position::START, 4);
    let events = events();
    assert_eq!(positions(tail.after(Position::START, MINE, AT_ONCE)), Some((vec![], 0)));
    tail.append(events[..8].to_vec());
    assert_eq!(positions(tail.after(Position::new(3), MINE, AT_ONCE)), None);
    assert_eq!(positions(tail.after(Position::new(4), MINE, AT_ONCE)), Some((vec![5, 6, 7, 8], 8)));
}

#[test]
fn a_tail_that_starts_late_knows_that_it_has_not_seen_the_beginning() {
    let tail = Tail::new(Position::new(4));
    assert_eq!(positions(tail.after(Position::new(3), MINE, AT_ONCE)), None);
    assert_eq!(positions(tail.after(Position::new(4), MINE, AT_ONCE)), Some((vec![], 4)));
    tail.append(events()[4..6].to_vec());
    assert_eq!(positions(tail.after(Position::new(4), MINE, AT_ONCE)), Some((vec![5, 6], 6)));
}

#[test]
fn a_reader_gets_a_bounded_number_at_a_time_and_goes_on_behind_it() {
    let tail = Tail::new(Position::START);
    let mut room = Room::new(0.0);
    room.free_slots.clear();
    room.write(&(1..=80).map(|number| place(number, number)).collect::<Vec<_>>());
    tail.append(room.log.events);
    let mut looks = Vec::new();
    let mut at = 0;
    while at < 80 {
        let (seen, upto) = positions(tail.after(Position::new(at), MINE, AT_ONCE)).unwrap();
        assert_eq!(seen, (at + 1..=upto).collect::<Vec<_>>());
        looks.push(seen.len());
        at = upto;
    }
    assert_eq!(looks, [AT_ONCE, AT_ONCE, 80 - 2 * AT_ONCE]);
    let (theirs, upto) = positions(tail.after(Position::START, THEIRS, AT_ONCE)).unwrap();
    assert_eq!((theirs.len(), upto), (0, 80), "what concerns others is passed over");
}

#[test]
fn an_event_wakes_only_whom_it_concerns() {
    let tail = Tail::new(Position::START);
    let (mut mine, mut mine_too) = (tail.watch(MINE), tail.watch(MINE));
    let (mut theirs, mut all) = (tail.watch(THEIRS), tail.watch(Scope::WholeLog));
    for watch in [&mut mine, &mut mine_too, &mut theirs, &mut all] {
        watch.mark_unchanged();
    }
    tail.append(events()[..1].to_vec());
    assert!(mine.has_changed().unwrap() && mine_too.has_changed().unwrap());
    assert!(!theirs.has_changed().unwrap());
    assert!(all.has_changed().unwrap(), "whoever follows the whole log is woken by all of it");
}

#[test]
fn whoever_has_left_is_forgotten() {
    let tail = Tail::new(Position::START);
    drop(tail.watch(THEIRS));
    tail.append(events()[..1].to_vec());
    let _mine = tail.watch(MINE);
    assert_eq!(tail.lock().waiting.len(), 1);
    let _mine_again = tail.watch(MINE);
    assert_eq!(tail.lock().waiting.len(), 1);
}

proptest! {
    #[test]
    fn the_ring_holds_at_most_so_much_and_skips_nothing(
        ring_max in 1..20_usize,
        batches in prop::collection::vec(0..5_usize, 0..6),
        looks in prop::collection::vec(any::<bool>(), 6),
    ) {
        let (tail, mut events) = (Tail::with_ring(Position::START, ring_max), events());
        let (mut at, mut seen) = (Position::START, Vec::new());
        for (size, look) in batches.into_iter().zip(looks) {
            let size = size.min(events.len());
            tail.append(events.drain(..size).collect());
            prop_assert!(tail.lock().ring.len() <= ring_max);
            if look {
                let behind = tail.head().get() - at.get() > u64::try_from(ring_max).unwrap();
                let newer = positions(tail.after(at, MINE, AT_ONCE));
                prop_assert_eq!(newer.is_none(), behind);
                let (newer, upto) = newer.unwrap_or_else(|| {
                    ((at.get() + 1..=tail.head().get()).collect(), tail.head().get())
                });
                seen.extend(newer);
                at = Position::new(upto);
            }
        }
        prop_assert_eq!(seen, (1..=at.get()).collect::<Vec<_>>());
    }
}

//! Nobody starves, no slot stands idle, and of one customer the oldest comes first.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::eventing::fixture::open::Open;

impl Open {
    fn due(&self) -> usize {
        self.0.values().map(BTreeSet::len).sum()
    }

    /// Deals, and takes away what was dealt.
    fn deal(&mut self, last: &mut Option<CustomerId>, free: usize) -> Vec<(CustomerId, Position)> {
        let Ok(dealt) = deal(self, *last, free);
        *last = dealt.last;
        let owner = |at: &Position| {
            let mut all = self.0.iter_mut();
            let of = |(who, due): (&CustomerId, &mut BTreeSet<_>)| {
                due.remove(&became_due(*at)).then_some(*who)
            };
            (all.find_map(of).unwrap(), *at)
        };
        dealt.positions.iter().map(owner).collect()
    }
}

fn customer(number: u64) -> CustomerId {
    CustomerId::new(Uuid::from_u128(number.into()))
}

/// Deliveries become due in the order of their positions here.
fn became_due(position: Position) -> (Timestamp, Position) {
    (Timestamp::UNIX_EPOCH, position)
}

fn positions(range: std::ops::Range<u64>) -> BTreeSet<(Timestamp, Position)> {
    range.map(Position::new).map(became_due).collect()
}

/// Who owns each delivery, in the order in which they became due: a few customers, floods among them.
fn any_owners() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec((0..12_u64, 1..40_usize), 0..12).prop_map(|runs| {
        runs.into_iter().flat_map(|(who, many)| std::iter::repeat_n(who, many)).collect()
    })
}

fn open(owners: &[u64]) -> Open {
    let mut open = Open::default();
    for (at, who) in (1..).zip(owners) {
        open.0.entry(customer(*who)).or_default().insert(became_due(Position::new(at)));
    }
    open
}

proptest! {
    #[test]
    fn no_slot_stands_idle_and_nothing_is_handed_out_twice(
        owners in any_owners(), free in 1..9_usize, last in prop::option::of(0..14_u64),
    ) {
        let (mut work, mut last) = (open(&owners), last.map(customer));
        while work.due() > 0 {
            let due = work.due();
            // What is dealt is taken away, and only what is there can be.
            prop_assert_eq!(work.deal(&mut last, free).len(), free.min(due));
        }
    }

    #[test]
    fn of_one_customer_the_oldest_comes_first(owners in any_owners(), free in 1..9_usize) {
        let (mut work, mut last, mut seen) = (open(&owners), None, BTreeMap::new());
        while work.due() > 0 {
            for (who, at) in work.deal(&mut last, free) {
                prop_assert!(seen.insert(who, at).is_none_or(|before| before < at));
            }
        }
    }

    #[test]
    fn whoever_waits_sees_each_other_customer_go_first_once_at_most(
        owners in any_owners(), free in 1..9_usize, last in prop::option::of(0..14_u64),
    ) {
        let (mut work, mut last) = (open(&owners), last.map(customer));
        // How often others were served since it last had its turn, by who waits and who was served.
        let mut overtaken: BTreeMap<(CustomerId, CustomerId), usize> = BTreeMap::new();
        while work.due() > free {
            for (served, _) in work.deal(&mut last, free) {
                overtaken.retain(|(waits, _), _| *waits != served);
                for (waits, _) in work.0.iter().filter(|(it, due)| **it != served && !due.is_empty()) {
                    *overtaken.entry((*waits, served)).or_default() += 1;
                }
            }
            let most = overtaken.values().max();
            prop_assert!(most.is_none_or(|most| *most <= 1), "{overtaken:?}");
        }
    }
}

#[test]
fn behind_a_flood_of_any_length_the_other_one_is_next() {
    let (flood, other) = (customer(5), customer(9));
    for last in [None, Some(customer(1)), Some(flood), Some(other)] {
        let mut work =
            Open([(flood, positions(1..100_000)), (other, positions(100_000..100_001))].into());
        let (mut last, mut handed_out) = (last, Vec::new());
        for _ in 0..2 {
            handed_out.extend(work.deal(&mut last, 1));
        }
        assert!(handed_out.iter().any(|(who, _)| *who == other), "{handed_out:?}");
    }
}

#[test]
fn a_slot_that_is_left_over_goes_round_too() {
    let mut work =
        Open((0..2).map(|it| (customer(it), positions(it * 100..it * 100 + 90))).collect());
    let (mut last, mut served) = (None, BTreeMap::new());
    for _ in 0..20 {
        for (who, _) in work.deal(&mut last, 3) {
            *served.entry(who).or_insert(0) += 1;
        }
    }
    assert_eq!(served.into_values().collect::<Vec<i32>>(), [30, 30]);
}

#[test]
fn where_too_many_have_nothing_due_the_look_ends_and_the_next_one_goes_on_behind_them() {
    let idle: u64 = 1_000;
    let mut work = Open((0..idle).map(|it| (customer(it), BTreeSet::new())).collect());
    work.0.insert(customer(idle + 1), positions(1..500));
    work.0.insert(customer(idle / 2), positions(500..501));
    let (mut last, mut looks) = (None, 0);
    while !work.0[&customer(idle / 2)].is_empty() {
        assert_eq!(work.deal(&mut last, 1).len(), 1, "no slot stands idle meanwhile");
        looks += 1;
    }
    assert_eq!(looks, 1 + 500 / LOOKED_AT_MAX);
}

//! When and how the backend is to die: every other time at random, every other time at a named point. Pure.

use std::num::NonZeroU64;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::lab::{Death, FaultPoint};

/// The latest passing at which a process is to die, each of a server's first being as likely: under load
/// all points are passed so often within a second or two.
const PASSING_MAX: u64 = 24;

/// A death at random, and what is before the process that is started after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    /// It comes when so many orders are placed.
    pub placed: u32,
    /// How the next process dies; none where that one lives until the next kill.
    pub then: Option<Death>,
}

/// So many deaths over so many orders. The points come one after the other, from any of them on, so that
/// a long run dies at each.
pub(super) fn plan(deaths: u32, orders: u32, random: &mut StdRng) -> Vec<Kill> {
    let at_random = deaths.div_ceil(2);
    let mut moments: Vec<u32> =
        (0..at_random).map(|_| random.random_range(1..=orders.max(1))).collect();
    moments.sort_unstable();
    let first = random.random_range(0..FaultPoint::ALL.len());
    let mut named = FaultPoint::ALL
        .into_iter()
        .cycle()
        .skip(first)
        .map(|at| Death { at, passing: passing(random) })
        .take(usize::try_from(deaths - at_random).unwrap_or(usize::MAX));
    moments.into_iter().map(|placed| Kill { placed, then: named.next() }).collect()
}

fn passing(random: &mut StdRng) -> NonZeroU64 {
    let earlier = random.random_range(0..PASSING_MAX);
    NonZeroU64::MIN.saturating_add(earlier)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    fn plan_of(deaths: u32, seed: u64) -> Vec<Kill> {
        plan(deaths, 200, &mut StdRng::seed_from_u64(seed))
    }

    #[test]
    fn every_other_death_is_at_a_named_point_and_none_is_left_out() {
        for deaths in 0..30 {
            let kills = plan_of(deaths, deaths.into());
            let named = kills.iter().filter(|kill| kill.then.is_some()).count();
            assert_eq!(kills.len() + named, usize::try_from(deaths).unwrap());
            assert!(kills.len() == named || kills.len() == named + 1);
            assert!(kills.is_sorted_by_key(|kill| kill.placed));
            assert!(kills.iter().all(|kill| (1..=200).contains(&kill.placed)));
        }
    }

    #[test]
    fn a_run_with_twice_as_many_deaths_as_points_dies_at_each() {
        for seed in 0..20 {
            let kills = plan_of(14, seed);
            let named = kills.iter().filter_map(|kill| Some(kill.then?.at.name()));
            assert_eq!(named.collect::<BTreeSet<_>>().len(), FaultPoint::ALL.len());
        }
    }

    #[test]
    fn the_seed_decides_when_and_where() {
        assert_eq!(plan_of(9, 1), plan_of(9, 1));
        assert_ne!(plan_of(9, 1), plan_of(9, 2));
        let first = |seed| plan_of(2, seed)[0].then.unwrap();
        let points: BTreeSet<_> = (0..200).map(|seed| first(seed).at).collect();
        let passings: BTreeSet<_> = (0..200).map(|seed| first(seed).passing).collect();
        assert_eq!(points.len(), FaultPoint::ALL.len(), "any point may be the first");
        assert!(passings.len() > 10 && passings.last().unwrap().get() <= PASSING_MAX);
    }
}

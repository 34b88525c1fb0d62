//! The terms keep their bounds, and the page about them says what they are.

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use shared::policy::Deadlines;

use super::*;

fn any_function() -> impl Strategy<Value = Function> {
    prop::sample::select(Function::ALL.to_vec())
}

/// Bases below and above those of the terms, so that each of the two decides.
fn any_timing() -> impl Strategy<Value = DeliveryTiming> {
    (1..60_000_u64, 1..2_000_u64, 1..60_000_u64).prop_map(|(lease, base, cap)| DeliveryTiming {
        lease: Duration::from_millis(lease),
        backoff_base: Duration::from_millis(base),
        backoff_cap: Duration::from_millis(cap),
        ..DeliveryTiming::default()
    })
}

/// Mostly so many as there are while the wait still doubles.
fn any_tries() -> impl Strategy<Value = u32> {
    prop_oneof![0..20_u32, 0..u32::MAX]
}

proptest! {
    #[test]
    fn a_backoff_never_exceeds_its_bounds(
        function in any_function(), timing in any_timing(), tries in any_tries(), seed in any::<u64>(),
    ) {
        let wait = timing.backoff(function, tries, &mut StdRng::seed_from_u64(seed));
        let Backoff { base, cap } = terms(function).backoff;
        prop_assert!(wait <= cap && wait <= timing.backoff_cap);
        prop_assert!(tries > 15 || wait <= base.min(timing.backoff_base) * 2_u32.pow(tries));
    }

    #[test]
    fn the_bound_of_a_backoff_never_shrinks_from_try_to_try_and_reaches_its_cap(
        function in any_function(), timing in any_timing(), tries in any_tries(),
    ) {
        let bound = |tries| timing.backoff_max(function, tries);
        prop_assert!(bound(tries) <= bound(tries + 1));
        let cap = terms(function).backoff.cap.min(timing.backoff_cap);
        prop_assert!(bound(tries) == cap || bound(tries + 1) == cap || bound(tries + 1) == bound(tries) * 2);
        prop_assert_eq!(bound(16), cap, "every cap is reached before the doubling ends");
    }

    #[test]
    fn a_handler_ends_before_its_lease_does(function in any_function(), timing in any_timing()) {
        prop_assert!(timing.handler_timeout(function) * 2 < timing.lease_of(function));
        prop_assert!(timing.lease_of(function) <= timing.lease.min(terms(function).lease));
    }
}

#[test]
fn what_failed_together_does_not_come_back_together() {
    let timing = DeliveryTiming::default();
    for (function, tries) in
        Function::ALL.into_iter().flat_map(|it| (1..12).map(move |at| (it, at)))
    {
        let bound = timing.backoff_max(function, tries);
        let wait = |seed| timing.backoff(function, tries, &mut StdRng::seed_from_u64(seed));
        // In each quarter of the time up to the bound come about as many as in any other.
        let quarters = (0..400).map(wait).fold([0; 4], |mut quarters, wait| {
            let quarter = (wait.as_secs_f64() / bound.as_secs_f64() * 4.0).floor();
            quarters[[0.0, 1.0, 2.0].iter().filter(|it| quarter > **it).count()] += 1;
            quarters
        });
        assert!(quarters.iter().all(|it| (60..=140).contains(it)), "{tries}: {quarters:?}");
    }
}

#[test]
fn a_customer_who_waits_for_an_answer_gets_it_after_several_failures_and_a_worker_that_died() {
    let Terms { backoff, lease, .. } = terms(Function::Cancellation);
    assert!(lease + 4 * backoff.cap < Deadlines::OF_THE_HOUSE.cancellation);
}

#[test]
fn the_page_about_delivery_has_the_terms_of_each_function() {
    let page = include_str!("../../../../docs/eventing.md");
    for function in Function::ALL {
        let row = row(function);
        assert!(page.lines().any(|line| line == row), "docs/eventing.md lacks the line\n{row}");
    }
}

fn row(function: Function) -> String {
    let Terms { tries, backoff: Backoff { base, cap }, lease, slots } = terms(function);
    let seconds = |duration: Duration| format!("{} s", duration.as_secs_f64());
    let time_out = DeliveryTiming::default().handler_timeout(function).as_secs_f64();
    let tries = match tries {
        Tries::AtMost(most) => format!("{most} tries, or its deadline"),
        Tries::UntilTheDeadline => "its deadline".to_owned(),
        Tries::WithoutEnd => "nothing but giving up".to_owned(),
    };
    let (base, cap, lease) = (seconds(base), seconds(cap), seconds(lease));
    format!("| `{function}` | {tries} | {base} | {cap} | {lease} | {time_out:.1} s | {slots} |")
}

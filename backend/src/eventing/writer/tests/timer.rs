//! The one timer: it rings for what is due next, and neither spins nor sleeps too long.

use super::*;

#[test]
fn the_timer_is_set_for_the_next_due_time_and_for_none_where_nothing_is_due() {
    let mut bench = Bench::new();
    bench.write(vec![Request::LookAtDue]);
    assert_eq!(bench.timer(), None);
    bench.write(vec![place(1, 1)]);
    let lease = bench.writer.house.timing.lease;
    assert_eq!(bench.timer(), NOW.checked_add(lease).ok(), "the end of the lease");
    let claim = bench.claims().remove(0);
    bench.write(vec![completed(
        &claim,
        Outcome::NotYet { after: Duration::from_secs(2), why: "too early".to_owned() },
    )]);
    assert_eq!(bench.timer(), NOW.checked_add(Duration::from_secs(2)).ok());
    bench.pass(Duration::from_secs(2));
    bench.write(vec![Request::LookAtDue]);
    let claim = bench.claims().remove(0);
    bench.write(vec![completed(&claim, Outcome::GiveUp { why: "never".to_owned() })]);
    let deadline = bench.writer.house.policy.deadlines.validation;
    assert_eq!(bench.timer(), NOW.checked_add(deadline).ok(), "only the order's deadline is left");
}

#[test]
fn each_look_is_answered_with_a_time_also_where_it_is_the_same() {
    let mut bench = Bench::new();
    bench.write(vec![place(1, 1)]);
    bench.timer.mark_unchanged();
    bench.write(vec![Request::LookAtDue]);
    assert!(bench.timer.has_changed().unwrap(), "the dispatcher's timer is spent");
    bench.timer.mark_unchanged();
    bench.write(vec![cancel(1, 1)]);
    assert!(!bench.timer.has_changed().unwrap(), "nothing has changed for it");
}

#[test]
fn the_timer_does_not_spin_while_all_slots_of_a_function_are_taken() {
    let mut bench = Bench::new();
    bench.write((1..=8).map(|number| place(number, number)).collect());
    let claims = bench.claims();
    let later = Outcome::NotYet { after: Duration::from_secs(1), why: "too early".to_owned() };
    // One is put off and its slot goes to the ninth; when it is due again, all slots are taken.
    bench.write(vec![completed(&claims[0], later), place(9, 9)]);
    assert_eq!(bench.claims().len(), 1);
    assert!(bench.writer.crowded.is_empty(), "so far, nobody waits for a slot");
    bench.pass(Duration::from_secs(1));
    bench.write(vec![Request::LookAtDue]);
    assert!(bench.claims().is_empty());
    assert!(bench.timer().unwrap() > bench.now, "{:?}", bench.timer());
    // Whoever frees a slot brings it back.
    bench.write(vec![done(&claims[1], Command::Validate)]);
    assert!(bench.claims().iter().any(|it| it.delivery.key == claims[0].delivery.key));
}

#[test]
fn what_is_due_later_is_not_forgotten_while_its_function_is_crowded() {
    let mut bench = Bench::new();
    let claims = bench.crowd();
    let later = Outcome::NotYet { after: Duration::from_secs(5), why: "too early".to_owned() };
    bench.write(vec![completed(&claims[0], later), place(10, 10)]);
    bench.write(vec![Request::LookAtDue]);
    // The crowd goes home; what was put off is left.
    let mut open: Vec<Claim> = claims[1..].to_vec();
    while !open.is_empty() {
        let of_validation = |it: &Claim| it.delivery.key.function == Function::ValidateOrder;
        let command = |it: &Claim| {
            if of_validation(it) {
                Command::Reject { reason: "no".to_owned() }
            } else {
                Command::EndWait
            }
        };
        bench.write(open.iter().map(|claim| done(claim, command(claim))).collect());
        open = bench.claims();
    }
    assert_eq!(bench.timer(), NOW.checked_add(Duration::from_secs(5)).ok());
}

#[test]
fn where_all_that_was_looked_at_had_to_be_given_up_the_writer_looks_again_at_once() {
    let mut bench = Bench::new();
    bench.crowd();
    bench.tamper("UPDATE delivery SET tries = 10 WHERE status = 'leased'");
    let mut bench = Bench { seed: bench.seed, ..Bench::over(bench.folder) };
    bench.write(vec![Request::LookAtDue]);
    assert!(bench.claims().is_empty(), "eight dead letters");
    assert_eq!(bench.timer(), Some(bench.now), "and nobody at work whose end would make us look");
    bench.write(vec![Request::LookAtDue]);
    assert_eq!(bench.claims().len(), 1);
}

//! A random walk against a naive oracle: the server's log and its plain fold.
//!
//! Everything that can go wrong goes wrong in any order: answers lost, repeated and late, changes lost,
//! repeated and overtaking, links that break, disks that refuse, crashes of the program and of the
//! machine, another terminal, another log. After each step the invariants hold (`check`); and when
//! everything works again for a while, the view is the server's.

mod walk;
mod check;

use proptest::prelude::*;

use walk::Walk;

/// One thing that happens. A [`Pick`] picks one of what is there at that moment.
#[derive(Clone, Copy, Debug)]
enum Action {
    Place,
    Cancel(Pick),
    TakeBack(Pick),
    RetryNow(Pick),
    Dismiss(Pick),
    /// A function acts on an order: the next step of its way, or its end.
    OrderMoves(Pick, Move),
    /// Somebody cancels at another terminal.
    OtherTerminalCancels(Pick),
    SomebodyElseActs,
    /// For once nothing goes wrong: each pipe moves on.
    AllGoesWell,
    /// The prices on the server change, and the client does not hear of it.
    PricesChange,
    Connect,
    Break,
    /// The link begins to write the next mutation, or says that it will not.
    Start,
    DoNotSend,
    /// What was written arrives at the server: also when its connection has gone meanwhile.
    Arrive(Pick),
    ArriveInTrouble(Pick),
    Answer(Pick),
    AnswerTwice(Pick),
    LoseAnswer(Pick),
    Change,
    LoseChange,
    RepeatChange,
    OvertakeChange,
    Mark,
    ReadPage,
    BringPage,
    FailPage,
    WriteRecord,
    FailRecord,
    Wait(u16),
    SaveCache,
    CrashProgram,
    CrashMachine,
    AnotherLog,
    Backup,
    /// The server goes on from its backup, with the same log.
    Restore,
}

/// Picks one of however many there are; the first one where it is zero.
#[derive(Clone, Copy, Debug)]
struct Pick(u16);

#[derive(Clone, Copy, Debug)]
enum Move {
    On,
    Rejected,
    Cancelled,
}

impl Pick {
    fn of(self, number: usize) -> usize {
        usize::from(self.0) % number
    }

    fn one<T>(self, these: &[T]) -> &T {
        &these[self.of(these.len())]
    }
}

fn any_action() -> impl Strategy<Value = Action> {
    let index = || any::<u16>().prop_map(Pick);
    let person = prop_oneof![
        4 => Just(Action::Place),
        4 => index().prop_map(Action::Cancel),
        1 => index().prop_map(Action::TakeBack),
        1 => index().prop_map(Action::RetryNow),
        1 => index().prop_map(Action::Dismiss),
    ];
    let moves = prop_oneof![
        5 => Just(Move::On), 1 => Just(Move::Rejected), 2 => Just(Move::Cancelled)
    ];
    let world = prop_oneof![
        6 => (index(), moves).prop_map(|(index, its_move)| Action::OrderMoves(index, its_move)),
        1 => index().prop_map(Action::OtherTerminalCancels),
        1 => Just(Action::SomebodyElseActs),
        1 => Just(Action::PricesChange),
    ];
    let mutations = prop_oneof![
        6 => Just(Action::Start),
        1 => Just(Action::DoNotSend),
        6 => index().prop_map(Action::Arrive),
        1 => index().prop_map(Action::ArriveInTrouble),
        5 => index().prop_map(Action::Answer),
        1 => index().prop_map(Action::AnswerTwice),
        1 => index().prop_map(Action::LoseAnswer),
    ];
    let facts = prop_oneof![
        8 => Just(Action::Change),
        1 => Just(Action::LoseChange),
        1 => Just(Action::RepeatChange),
        1 => Just(Action::OvertakeChange),
        1 => Just(Action::Mark),
        3 => Just(Action::ReadPage),
        3 => Just(Action::BringPage),
        1 => Just(Action::FailPage),
    ];
    let trouble = prop_oneof![
        6 => Just(Action::Connect),
        1 => Just(Action::Break),
        12 => Just(Action::WriteRecord),
        1 => Just(Action::FailRecord),
        6 => any::<u16>().prop_map(Action::Wait),
        1 => Just(Action::SaveCache),
        1 => Just(Action::CrashProgram),
        1 => Just(Action::CrashMachine),
    ];
    prop_oneof![
        4 => person, 3 => world, 6 => mutations, 5 => facts, 6 => trouble,
        8 => Just(Action::AllGoesWell),
        1 => prop_oneof![
            8 => Just(Action::Connect),
            1 => Just(Action::AnotherLog),
            3 => Just(Action::Backup),
            2 => Just(Action::Restore),
        ],
    ]
}

proptest! {
    /// I1 to I12, but for the switches that a later proof brings.
    #[test]
    fn whatever_goes_wrong_nothing_is_lost_doubled_or_made_up(
        actions in proptest::collection::vec(any_action(), 1..120),
    ) {
        let mut walk = Walk::new();
        for action in actions {
            walk.act(action);
            walk.check();
        }
        walk.settle_down();
        walk.check_the_end();
    }
}

/// The walk itself is worth something only if it gets to the places that matter.
#[test]
fn the_walk_gets_everywhere() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let strategy = proptest::collection::vec(any_action(), 120);
    let mut seen = std::collections::BTreeMap::<&'static str, usize>::new();
    for _ in 0..100 {
        let actions = strategy.new_tree(&mut runner).unwrap().current();
        let mut walk = Walk::new();
        for action in actions {
            walk.act(action);
            for place in walk.places() {
                *seen.entry(place).or_default() += 1;
            }
        }
    }
    for place in walk::PLACES {
        assert!(seen.contains_key(place), "never {place}: {seen:?}");
    }
}

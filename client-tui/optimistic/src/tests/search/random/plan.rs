//! What is drawn: happenings that can happen, most of them useful and some of them bad.
//!
//! The plan is the reference that the sequences are drawn against: what somebody knows who sees only
//! what is done to the terminals. It keeps a shrunk sequence sensible (nobody cancels before there is
//! an order). The truth that the terminals are compared with is the server in the world.

use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use crate::tests::search::happening::{
    AnswerDoes, DiskDoes, Dollars, Happening, LetterDoes, LinkDoes, Move, Nth, PageDoes,
    ProgramDoes, SendDoes, ServerDoes, Stars, StreamDoes, TimeDoes, Trouble, Who, Wish,
};
use crate::tests::search::terminal::Link;
use crate::tests::search::world::World;

#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    orders: u32,
    programs: [Program; 2],
    has_backup: bool,
}

/// What a terminal looks like from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Program {
    #[default]
    Ended,
    Unconnected,
    Connected,
    HalfOpen,
}

impl Plan {
    fn program(&self, who: Who) -> Program {
        self.programs[who.index()]
    }

    fn becomes(&mut self, who: Who, program: Program) {
        self.programs[who.index()] = program;
    }

    /// Whether the world is as it is thought to be.
    pub(super) fn agrees_with(&self, world: &World) -> bool {
        Who::BOTH.into_iter().all(|who| {
            let program = match world.terminal(who).map(|it| &it.link) {
                None => Program::Ended,
                Some(Link::Down) => Program::Unconnected,
                Some(Link::Up(_)) => Program::Connected,
                Some(Link::HalfOpen) => Program::HalfOpen,
            };
            self.program(who) == program
        })
    }

    fn all_connections_break(&mut self) {
        for program in &mut self.programs {
            *program = match *program {
                Program::Ended => Program::Ended,
                Program::Unconnected | Program::Connected | Program::HalfOpen => {
                    Program::Unconnected
                }
            };
        }
    }
}

impl ReferenceStateMachine for Plan {
    type State = Self;
    type Transition = Happening;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(plan: &Self) -> BoxedStrategy<Happening> {
        let at_a_terminal = Who::BOTH.map(|who| match plan.program(who) {
            Program::Ended => Just(Happening::Program(who, ProgramDoes::Start)).boxed(),
            Program::Unconnected => prop_oneof![
                4 => person(who), 6 => disk(who), 1 => ends(who), 2 => time(who),
                1 => Just(Happening::Link(who, LinkDoes::LosesAccess)),
                8 => Just(Happening::Link(who, LinkDoes::Connects)),
            ]
            .boxed(),
            Program::Connected => prop_oneof![
                8 => person(who), 12 => disk(who), 1 => ends(who), 4 => time(who),
                2 => link(who), 18 => sending(who), 16 => facts(who),
                14 => Just(Happening::AllGoesWell(who)),
            ]
            .boxed(),
            Program::HalfOpen => prop_oneof![
                2 => person(who), 2 => disk(who), 2 => sending(who), 4 => time(who),
                3 => Just(Happening::Link(who, LinkDoes::Breaks)),
            ]
            .boxed(),
        });
        let [a, b] = at_a_terminal;
        prop_oneof![12 => a, 10 => b, 2 => letters(), 6 => server(), 1 => disasters()].boxed()
    }

    fn preconditions(plan: &Self, happening: &Happening) -> bool {
        match happening {
            Happening::Program(who, ProgramDoes::Start) => plan.program(*who) == Program::Ended,
            Happening::Person(who, wish) => {
                let has_orders = plan.orders > 0 || *wish == Wish::Place;
                has_orders && plan.program(*who) != Program::Ended
            }
            Happening::Program(who, ProgramDoes::Crash)
            | Happening::Disk(who, _)
            | Happening::Time(who, _)
            | Happening::Send(who, _)
            | Happening::Link(who, LinkDoes::Breaks | LinkDoes::LosesAccess)
            | Happening::AllGoesWell(who) => plan.program(*who) != Program::Ended,
            Happening::Link(who, LinkDoes::Connects) => plan.program(*who) == Program::Unconnected,
            Happening::Link(who, LinkDoes::HalfOpens)
            | Happening::Answer(who, ..)
            | Happening::Stream(who, _)
            | Happening::Page(who, _) => plan.program(*who) == Program::Connected,
            Happening::Server(ServerDoes::IsSetBack) => plan.has_backup,
            Happening::Server(ServerDoes::MovesOrder(..) | ServerDoes::HearsOfACancellation(_))
            | Happening::Letter(..) => plan.orders > 0,
            Happening::Server(
                ServerDoes::HearsOfAnOrder
                | ServerDoes::ServesSomebodyElse
                | ServerDoes::ChangesPrices
                | ServerDoes::ChangesThemBack
                | ServerDoes::LosesItsLog
                | ServerDoes::BacksUp,
            )
            | Happening::MachineCrashes => true,
        }
    }

    fn apply(mut plan: Self, happening: &Happening) -> Self {
        match happening {
            Happening::Person(_, Wish::Place) => plan.orders += 1,
            Happening::Program(who, ProgramDoes::Start) => plan.becomes(*who, Program::Unconnected),
            Happening::Program(who, ProgramDoes::Crash) => plan.becomes(*who, Program::Ended),
            Happening::MachineCrashes => plan.programs = [Program::Ended; 2],
            Happening::Link(who, LinkDoes::Connects) => plan.becomes(*who, Program::Connected),
            Happening::AllGoesWell(who) => {
                if plan.program(*who) == Program::Unconnected {
                    plan.becomes(*who, Program::Connected);
                }
            }
            Happening::Link(who, LinkDoes::Breaks | LinkDoes::LosesAccess) => {
                plan.becomes(*who, Program::Unconnected);
            }
            Happening::Link(who, LinkDoes::HalfOpens) => plan.becomes(*who, Program::HalfOpen),
            Happening::Server(ServerDoes::LosesItsLog) => {
                plan.has_backup = false;
                plan.all_connections_break();
            }
            Happening::Server(ServerDoes::BacksUp) => plan.has_backup = true,
            Happening::Server(ServerDoes::IsSetBack) => {
                for who in Who::BOTH {
                    if plan.program(who) != Program::Ended {
                        plan.becomes(who, Program::Connected);
                    }
                }
            }
            Happening::Person(
                _,
                Wish::Cancel(_)
                | Wish::SetTip(..)
                | Wish::Rate(..)
                | Wish::TakeBack(_)
                | Wish::RetryNow(_)
                | Wish::Dismiss(_),
            )
            | Happening::Disk(..)
            | Happening::Send(..)
            | Happening::Letter(..)
            | Happening::Answer(..)
            | Happening::Stream(..)
            | Happening::Page(..)
            | Happening::Time(..)
            | Happening::Server(
                ServerDoes::MovesOrder(..)
                | ServerDoes::HearsOfACancellation(_)
                | ServerDoes::HearsOfAnOrder
                | ServerDoes::ServesSomebodyElse
                | ServerDoes::ChangesPrices
                | ServerDoes::ChangesThemBack,
            ) => {}
        }
        plan
    }
}

fn nth() -> impl Strategy<Value = Nth> {
    (0..60_u16).prop_map(Nth)
}

/// The newest order more often than any other.
fn recent() -> impl Strategy<Value = Nth> {
    prop_oneof![2 => Just(Nth::FIRST), 1 => nth()]
}

fn person(who: Who) -> impl Strategy<Value = Happening> {
    let wish = prop_oneof![
        6 => Just(Wish::Place),
        4 => recent().prop_map(Wish::Cancel),
        2 => (recent(), (0..30_u8).prop_map(Dollars)).prop_map(|(nth, tip)| Wish::SetTip(nth, tip)),
        2 => (recent(), (1..=5_u8).prop_map(Stars)).prop_map(|(nth, stars)| Wish::Rate(nth, stars)),
        1 => nth().prop_map(Wish::TakeBack),
        1 => nth().prop_map(Wish::RetryNow),
        2 => nth().prop_map(Wish::Dismiss),
    ];
    wish.prop_map(move |wish| Happening::Person(who, wish))
}

fn disk(who: Who) -> impl Strategy<Value = Happening> {
    let does = prop_oneof![
        12 => Just(DiskDoes::Writes), 1 => Just(DiskDoes::Fails), 1 => Just(DiskDoes::Caches)
    ];
    does.prop_map(move |does| Happening::Disk(who, does))
}

fn ends(who: Who) -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => Just(Happening::Program(who, ProgramDoes::Crash)), 1 => Just(Happening::MachineCrashes)
    ]
}

fn time(who: Who) -> impl Strategy<Value = Happening> {
    let does = prop_oneof![
        6 => (0..16_000_u16).prop_map(|milliseconds| TimeDoes::Passes { milliseconds }),
        2 => Just(TimeDoes::RingsTheTimer),
        1 => (-90..90_i16).prop_map(|minutes| TimeDoes::JumpsBy { minutes }),
    ];
    does.prop_map(move |does| Happening::Time(who, does))
}

fn link(who: Who) -> impl Strategy<Value = Happening> {
    let does = prop_oneof![
        2 => Just(LinkDoes::Breaks), 1 => Just(LinkDoes::HalfOpens), 1 => Just(LinkDoes::LosesAccess)
    ];
    does.prop_map(move |does| Happening::Link(who, does))
}

fn sending(who: Who) -> impl Strategy<Value = Happening> {
    let answer = prop_oneof![
        5 => Just(AnswerDoes::Arrives), 1 => Just(AnswerDoes::ArrivesAndStays),
        1 => Just(AnswerDoes::IsLost), 4 => Just(AnswerDoes::GoesAstray),
    ];
    prop_oneof![
        6 => Just(Happening::Send(who, SendDoes::Starts)),
        1 => Just(Happening::Send(who, SendDoes::Fails)),
        6 => (nth(), answer).prop_map(move |(nth, does)| Happening::Answer(who, nth, does)),
        6 => (nth(), letter()).prop_map(|(nth, does)| Happening::Letter(nth, does)),
    ]
}

fn letters() -> impl Strategy<Value = Happening> {
    (nth(), letter()).prop_map(|(nth, does)| Happening::Letter(nth, does))
}

fn letter() -> impl Strategy<Value = LetterDoes> {
    let trouble = prop_oneof![
        Just(Trouble::UnavailableAfterCommit),
        Just(Trouble::UnavailableBeforeCommit),
        Just(Trouble::RateLimited),
        Just(Trouble::Unauthenticated),
    ];
    prop_oneof![
        6 => Just(LetterDoes::Arrives), 1 => Just(LetterDoes::ArrivesAndStays),
        1 => Just(LetterDoes::IsLost), 1 => trouble.prop_map(LetterDoes::MeetsTrouble),
    ]
}

fn facts(who: Who) -> impl Strategy<Value = Happening> {
    let stream = prop_oneof![
        8 => Just(StreamDoes::BringsNext), 2 => Just(StreamDoes::LosesNext),
        2 => Just(StreamDoes::RepeatsNext), 3 => Just(StreamDoes::Overtakes),
        1 => Just(StreamDoes::Marks), 1 => Just(StreamDoes::IsInterrupted),
    ];
    let page = prop_oneof![
        3 => Just(PageDoes::IsRead), 3 => Just(PageDoes::Arrives), 1 => Just(PageDoes::Fails)
    ];
    prop_oneof![
        2 => stream.prop_map(move |does| Happening::Stream(who, does)),
        1 => page.prop_map(move |does| Happening::Page(who, does)),
    ]
}

fn server() -> impl Strategy<Value = Happening> {
    let moves = prop_oneof![5 => Just(Move::On), 1 => Just(Move::ToTheDoor), 1 => Just(Move::Rejected), 2 => Just(Move::Cancelled)];
    let does = prop_oneof![
        12 => (nth(), moves).prop_map(|(nth, its_move)| ServerDoes::MovesOrder(nth, its_move)),
        4 => Just(ServerDoes::HearsOfAnOrder),
        1 => nth().prop_map(ServerDoes::HearsOfACancellation),
        1 => Just(ServerDoes::ServesSomebodyElse),
        1 => Just(ServerDoes::ChangesPrices),
        3 => Just(ServerDoes::ChangesThemBack),
    ];
    does.prop_map(Happening::Server)
}

fn disasters() -> impl Strategy<Value = Happening> {
    let does = prop_oneof![
        1 => Just(ServerDoes::LosesItsLog), 3 => Just(ServerDoes::BacksUp),
        2 => Just(ServerDoes::IsSetBack),
    ];
    does.prop_map(Happening::Server)
}

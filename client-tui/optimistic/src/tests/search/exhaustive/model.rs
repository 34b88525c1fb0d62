//! The world as the model checker walks through it: nodes, ways between them, and what must hold.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;
use shared::catalog::{Catalog, house};
use stateright::{Model, Path, Property};

use super::bounds::{Bounds, Left};
use crate::rules::Rules;
use crate::tests::search::chronicle::{End, Fate};
use crate::tests::search::happening::{Happening, LinkDoes, ProgramDoes};
use crate::tests::search::invariants::{Violation, broken, broken_at_a_fair_end};
use crate::tests::search::terminal::Terminal;
use crate::tests::search::world::World;
use crate::view::PendingState;

/// The name of the one thing that must always hold; which invariant does not, the node says.
pub(super) const ALL_HOLD: &str = "all invariants hold";

/// A search within these bounds, of stores with these rules.
#[derive(Clone, Debug)]
pub(super) struct Search {
    pub(super) bounds: Bounds,
    pub(super) rules: Rules,
}

/// One world, and what may still happen to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    world: World,
    left: Left,
    /// What did not hold on the way here.
    violation: Option<Violation>,
}

impl Model for Search {
    type State = Node;
    type Action = Happening;

    /// The programs run and have had their first answers: empty pages, and a subscription.
    fn init_states(&self) -> Vec<Node> {
        let mut world = World::new(one_dish(), self.rules);
        for who in self.bounds.programs.iter().copied() {
            world.happens(Happening::Program(who, ProgramDoes::Start));
            world.happens(Happening::Link(who, LinkDoes::Connects));
            world.happens(Happening::AllGoesWell(who));
            world.happens(Happening::AllGoesWell(who));
        }
        world.turn_the_page();
        vec![Node { world, left: self.bounds.left, violation: None }]
    }

    fn actions(&self, node: &Node, actions: &mut Vec<Happening>) {
        if node.violation.is_none() {
            let all = self.bounds.happenings(&node.world);
            actions.extend(all.into_iter().filter(|it| node.left.after(*it).is_some()));
        }
    }

    fn next_state(&self, node: &Node, happening: Happening) -> Option<Node> {
        let left = node.left.after(happening)?;
        let mut world = node.world.clone();
        world.happens(happening);
        // The server's clock stands: no decision here depends on it, and equal worlds stay equal.
        world.server.now = Timestamp::constant(1_800_000_000, 0);
        let mut violation = broken(&node.world, &world);
        world.turn_the_page();
        if violation.is_none() && self.is_played_to_the_end(&world, left) {
            violation = broken_at_a_fair_end(&world, self.bounds.programs);
        }
        Some(Node { world, left, violation })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ALL_HOLD, |_, node: &Node| node.violation.is_none()),
            Property::sometimes("a mutation goes through", |_, node: &Node| {
                node.ends(End::Confirmed)
            }),
            Property::sometimes("a mutation is checked", |_, node: &Node| {
                node.shows(PendingState::Checking)
            }),
            Property::sometimes("one that went through is checked", |_, node: &Node| {
                node.shows(PendingState::Checking) && !node.world.server.orders.is_empty()
            }),
        ]
    }
}

impl Search {
    /// The same share of worlds each time, by what they look like from afar: hashing all of a world
    /// once more would cost as much as walking through it.
    fn is_played_to_the_end(&self, world: &World, left: Left) -> bool {
        let mut hasher = DefaultHasher::new();
        (left, world.letters.len(), world.server.log.len()).hash(&mut hasher);
        for (who, terminal) in world.terminals() {
            let Terminal { state, writes, sends, .. } = terminal;
            let queues = (writes.len(), sends.len(), state.pending.len(), terminal.noted);
            (who, queues, state.next_wakeup(), state.cursor()).hash(&mut hasher);
        }
        hasher.finish().is_multiple_of(self.bounds.fair_endings)
    }
}

impl Node {
    fn ends(&self, end: End) -> bool {
        let has_end = |fate: &Fate| fate.ends.iter().any(|(_, it)| *it == end);
        self.world.chronicle.fates.values().any(has_end)
    }

    fn shows(&self, state: PendingState) -> bool {
        let mut terminals = self.world.terminals();
        terminals.any(|(_, terminal)| terminal.shown().iter().any(|it| it.state == state))
    }

    pub(super) fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }
}

/// What happened, and what does not hold after it.
pub(super) fn in_words(path: Path<Node, Happening>) -> String {
    let violation = path.last_state().violation.as_ref().map(ToString::to_string);
    let happenings = path.into_actions();
    format!("{}\nafter\n{happenings:#?}", violation.unwrap_or_default())
}

/// One restaurant with one dish and no words: as small as a menu can be, for it is part of every world.
fn one_dish() -> Catalog {
    let mut catalog = house::of_the_house();
    catalog.restaurants.truncate(1);
    for restaurant in &mut catalog.restaurants {
        restaurant.name.clear();
        restaurant.cuisine.clear();
        restaurant.menu.truncate(1);
        for dish in &mut restaurant.menu {
            dish.name.clear();
            dish.description.clear();
        }
    }
    catalog
}

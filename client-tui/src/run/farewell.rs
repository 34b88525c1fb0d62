//! What is said when the program has left: nothing, or what is still on its way, or what could not be
//! kept.

use std::collections::BTreeSet;

use optimistic::view::{Attention, PendingView};
use shared::id::OrderId;

use crate::app::Model;
use crate::terminal::QuitReason;
use crate::ui;

/// Why the program leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Somebody pressed the key for it.
    Wanted,
    /// Something outside wants it.
    Told(QuitReason),
}

/// The end of a program that ran well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Farewell {
    leaving: Leaving,
    /// Orders with something pending that is not decided, and kept.
    undecided: usize,
    /// Orders with something pending that the disk has not taken.
    unsaved: usize,
}

impl Farewell {
    pub(super) fn of(model: &Model, leaving: Leaving) -> Self {
        let view = model.timeless_view();
        let pending = view.rows.iter().flat_map(|row| &row.pending).chain(&view.elsewhere);
        let undecided: Vec<_> = pending.filter(|it| ui::is_undecided(it)).collect();
        let orders = |of: &dyn Fn(&PendingView<'_>) -> bool| {
            let ids = undecided.iter().filter(|it| of(it)).map(|it| it.order_id);
            ids.collect::<BTreeSet<OrderId>>().len()
        };
        let is_unsaved =
            |it: &PendingView<'_>| matches!(it.attention, Some(Attention::NotSaved { .. }));
        Self { leaving, undecided: orders(&|it| !is_unsaved(it)), unsaved: orders(&is_unsaved) }
    }

    /// The words for standard error. There is nobody to read them where the terminal has gone.
    pub(super) fn words(&self) -> Option<String> {
        if self.leaving == Leaving::Told(QuitReason::HungUp) {
            return None;
        }
        let words: Vec<String> =
            kept(self.undecided).into_iter().chain(not_saved(self.unsaved)).collect();
        (!words.is_empty()).then(|| words.join("\n"))
    }
}

fn kept(orders: usize) -> Option<String> {
    match orders {
        0 => None,
        1 => Some(
            "1 order still on its way: it is kept in the journal, and the next start of tiffin \
             goes on with it."
                .to_owned(),
        ),
        orders => Some(format!(
            "{orders} orders still on their way: they are kept in the journal, and the next start \
             of tiffin goes on with them."
        )),
    }
}

/// Of some the disk may have kept what was wanted, and not that it is about to be sent: those are
/// there after the next start.
fn not_saved(orders: usize) -> Option<String> {
    match orders {
        0 => None,
        1 => Some(
            "1 order could not be saved and was not sent: make room on the disk, and look whether \
             the next start of tiffin knows of it."
                .to_owned(),
        ),
        orders => Some(format!(
            "{orders} orders could not be saved and were not sent: make room on the disk, and look \
             whether the next start of tiffin knows of them."
        )),
    }
}

#[cfg(test)]
mod tests {
    use optimistic::Input;

    use super::*;
    use crate::app::Effect;
    use crate::app::fixture::{Disk, World};

    #[test]
    fn what_is_still_on_its_way_is_said_and_nothing_else() {
        let mut world = World::with_a_menu();
        let words = |world: &World, leaving| Farewell::of(&world.model, leaving).words();
        assert_eq!(words(&world, Leaving::Wanted), None);
        world.place();
        assert!(words(&world, Leaving::Wanted).unwrap().starts_with("1 order still on its way"));
        world.place();
        world.place();
        let told = Leaving::Told(QuitReason::Terminated);
        assert!(words(&world, told).unwrap().starts_with("3 orders still on their way"));
        assert_eq!(words(&world, Leaving::Told(QuitReason::HungUp)), None);
    }

    #[test]
    fn what_the_disk_has_not_taken_is_not_called_kept() {
        let mut world = World::with_a_menu();
        world.place();
        world.disk = Disk::Hangs;
        world.place();
        let Some(Effect::Journal { write, .. }) = world.effects.last().cloned() else {
            panic!("it is to be written")
        };
        world.feed(Input::JournalFailed { write, reason: "the disk is full".to_owned() });
        let words = Farewell::of(&world.model, Leaving::Wanted).words().unwrap();
        let lines: Vec<&str> = words.lines().collect();
        assert!(lines[0].starts_with("1 order still on its way"), "{words}");
        assert!(lines[1].starts_with("1 order could not be saved and was not sent"), "{words}");
    }

    #[test]
    fn a_confirmed_order_needs_us_no_more() {
        let mut world = World::live();
        world.placed_and_confirmed();
        assert_eq!(Farewell::of(&world.model, Leaving::Wanted).words(), None);
    }
}

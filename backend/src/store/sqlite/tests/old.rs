//! Which deliveries are old: what was done that long ago, and so many of them at a time.

use super::*;
use crate::eventing::plan::{Claim, OLD_MAX};
use crate::eventing::request::Request;

/// A room, and the file that has all that is written there.
struct Kept {
    room: Room,
    store: SqliteStore,
    _folder: TempDir,
}

impl Kept {
    fn with_slots(slots: usize) -> Self {
        let (store, folder) = fresh();
        let mut room = Room::new(0.0);
        room.free_slots = BTreeMap::from([(Function::ValidateOrder, slots)]);
        Self { room, store, _folder: folder }
    }

    fn write(&mut self, batch: &[Request]) -> Vec<Claim> {
        let plan = self.room.write(batch);
        write(&mut self.store, &plan.writes).unwrap();
        plan.claims
    }

    /// The positions of what was done before this.
    fn old(&mut self, before: jiff::Timestamp) -> Vec<u64> {
        let keys = Keys { old_before: Some(before), ..Keys::default() };
        let old = self.store.load(&keys, self.room.now).unwrap().old;
        self.store.abandon();
        old.iter().map(|delivery| delivery.key.position.get()).collect()
    }
}

fn late(claim: &Claim) -> Request {
    completed(claim, Outcome::Late { why: "nothing was left to do".to_owned() })
}

#[test]
fn old_is_what_was_done_before_that_time_and_neither_what_waits_nor_what_was_done_again() {
    let mut kept = Kept::with_slots(4);
    let claims = kept.write(&(1..=4).map(|number| place(number, number)).collect::<Vec<_>>());
    let given_up = completed(&claims[2], Outcome::GiveUp { why: "never".to_owned() });
    kept.write(&[late(&claims[0]), late(&claims[1]), given_up]);
    let soon = NOW.checked_add(Duration::from_mins(30)).unwrap();
    assert_eq!(kept.old(soon), [1, 2], "the third is a dead letter, and the fourth is running");
    assert_eq!(kept.old(NOW), [] as [u64; 0], "it is young");

    kept.room.pass(Duration::from_hours(1));
    kept.write(&[Request::Redeliver(claims[1].delivery.key)]);
    let again = kept.write(&[Request::LookAtDue]);
    let again = again.iter().find(|claim| claim.delivery.key == claims[1].delivery.key);
    kept.write(&[late(again.unwrap())]);
    assert_eq!(kept.old(soon), [1], "the second was handed out once more since");
}

#[test]
fn no_more_is_old_at_a_time_than_one_batch_forgets() {
    let more = OLD_MAX + 1;
    let mut kept = Kept::with_slots(more);
    let placed: Vec<_> = (1..).take(more).map(|number| place(number, number)).collect();
    let claims = kept.write(&placed);
    kept.write(&claims.iter().map(late).collect::<Vec<_>>());
    let later = NOW.checked_add(Duration::from_hours(1)).unwrap();
    assert_eq!(kept.old(later).len(), OLD_MAX);
}

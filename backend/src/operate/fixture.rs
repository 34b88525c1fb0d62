//! A database with a history, for tests: orders that came home, that ended early, that are under way,
//! each through the real plan, the real functions and the real store.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use shared::cursor::Position;
use shared::function::Function;
use shared::money::Cents;
use shared::order::command::{Command, OrderDraft};
use tempfile::TempDir;
use uuid::Uuid;

use crate::eventing::consumer::{Consumer, Follower};
use crate::eventing::delivery::Outcome;
use crate::eventing::fixture::crew::Crew;
use crate::eventing::fixture::{
    CUSTOMER, LOG, Room, cancel, completed, draft, order_id, place, place_draft, portions, types,
};
use crate::eventing::follower::Advance;
use crate::eventing::follower::audit::Audit;
use crate::eventing::log::{Body, SystemEvent};
use crate::eventing::plan::{Claim, Plan};
use crate::eventing::request::{Pause, Request, SignIn};
use crate::eventing::schedule::Schedule;
use crate::gateway::{Gateway, books_beside};
use crate::store::sqlite::{Keys, SqliteStore};

/// The mutation that was refused.
pub(crate) const REFUSED_MUTATION: u128 = 15;
/// The order of which a function is at work; the bank has been asked, and the log does not know it.
pub(crate) const UNDER_WAY: u128 = 5;

/// A database and its bank's books, in a folder that goes with it.
pub(crate) struct Premises {
    folder: TempDir,
}

struct Builder {
    room: Room,
    crew: Crew,
    store: SqliteStore,
    open: Vec<Claim>,
}

impl Premises {
    /// Orders: 1 delivered, 2 cancelled, 3 paid and refunded, 4 refused, 5 under way, 6 given up on, 7 not
    /// paid by the bank. Tips are paused in the end.
    pub(crate) fn with_history() -> Self {
        let premises = Self { folder: tempfile::tempdir().unwrap() };
        let mut builder = Builder::open(&premises.database());
        builder.sign_in();
        builder.write(&[place(1, 11), place(2, 12)]);
        builder.write(&[cancel(2, 13), place_draft(portions(4, 1, 5, 3), 14)]);
        builder.write(&[place_draft(portions(1, 2, 0, 7), 18)]);
        builder.write(&[place_draft(too_cheap(4), REFUSED_MUTATION)]);
        builder.work(|_| None);
        builder.write(&[place(6, 17)]);
        builder.work(|claim| give_up(claim, Function::Courier));
        builder.write(&[place(UNDER_WAY, 16)]);
        builder.work(|claim| keep(claim, Function::ChargePayment));
        let tips = Consumer::Function(Function::SettleTip);
        builder.write(&[Request::SetPaused(tips, Pause::Paused)]);
        builder.audit();
        premises
    }

    /// Five portions that three want: 1 takes three and is delivered, 2 takes two and gives them back,
    /// 3 gets none.
    pub(crate) fn with_portions() -> Self {
        let premises = Self { folder: tempfile::tempdir().unwrap() };
        Builder::open(&premises.database()).first_evening();
        premises
    }

    /// The same, and the night after it. 4 has taken one when the shelves are filled, and is not paid
    /// afterwards, which gives nothing back; 5 has asked for one by then, and takes it of the new day; 6
    /// takes the other four and gives them back, 7 takes two of them. The night after that is skipped.
    pub(crate) fn with_nights() -> Self {
        let premises = Self { folder: tempfile::tempdir().unwrap() };
        let mut builder = Builder::open(&premises.database());
        builder.first_evening();
        let window = builder.room.house.policy.limits.fairness_window;
        let night = Schedule::ResetPortions.next_after(builder.room.now).unwrap();
        builder.room.log.schedules.insert(Schedule::ResetPortions, night);
        builder.room.now = night.checked_sub(window * 2).unwrap();
        builder.write(&[limited(4, 1)]);
        builder.its_turn_comes();
        let validation = builder.open.remove(0);
        let validated = builder.crew.handle(&validation);
        builder.write(&[completed(&validation, validated), limited(5, 1)]);
        builder.its_turn_comes();
        builder.work(|claim| decline(claim, 4));
        builder.write(&[limited(6, 4)]);
        builder.its_turn_comes();
        builder.work(|claim| decline(claim, 6));
        builder.write(&[limited(7, 2)]);
        builder.its_turn_comes();
        builder.work(|_| None);
        builder.skip_a_night();
        builder.audit();
        premises
    }

    /// The same files once more.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self { folder: tempfile::tempdir().unwrap() };
        for path in [Self::database, |it: &Self| books_beside(&it.database())] {
            std::fs::copy(path(self), path(&copy)).unwrap();
        }
        copy
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("tiffin.db")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The files whose names begin so.
    pub(crate) fn files_beginning_with(&self, beginning: &str) -> Vec<OsString> {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(beginning)).collect()
    }

    /// Runs SQL in the database, past the triggers that forbid it.
    pub(crate) fn spoil(&self, sql: &str) {
        let database = Connection::open(self.database()).unwrap();
        for trigger in ["event_is_never_updated", "event_is_never_deleted"] {
            database.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        for trigger in ["receipt_is_never_updated", "receipt_is_never_deleted"] {
            database.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        assert!(database.execute(sql, []).unwrap() > 0, "{sql} changes nothing");
    }

    /// Runs SQL in the bank's books.
    pub(crate) fn spoil_books(&self, sql: &str) {
        let books = Connection::open(books_beside(&self.database())).unwrap();
        assert!(books.execute(sql, []).unwrap() > 0, "{sql} changes nothing");
    }
}

/// How a claim ends that the crew is not to handle.
enum Instead {
    End(Outcome),
    /// The crew handles it, and nobody hears of it.
    Unheard,
}

fn give_up(claim: &Claim, function: Function) -> Option<Instead> {
    let why = "the courier's map is lost".to_owned();
    (claim.delivery.key.function == function).then_some(Instead::End(Outcome::GiveUp { why }))
}

fn keep(claim: &Claim, function: Function) -> Option<Instead> {
    (claim.delivery.key.function == function).then_some(Instead::Unheard)
}

/// The bank declines the charge of this order.
fn decline(claim: &Claim, order: u128) -> Option<Instead> {
    let decline = Command::RecordDecline { reason: "the card is torn".to_owned() };
    let charges = claim.delivery.key.function == Function::ChargePayment;
    (charges && claim.order.id == order_id(order))
        .then_some(Instead::End(Outcome::Done(vec![decline])))
}

/// So many portions of a dish of which there are five a day.
fn limited(order: u128, number: i64) -> Request {
    place_draft(portions(number, 4, 1, order), 10 + order)
}

fn too_cheap(order: u128) -> OrderDraft {
    OrderDraft { expected_subtotal: Some(Cents::saturating(1)), ..draft(order) }
}

impl Builder {
    fn open(database: &Path) -> Self {
        let room = Room::new(0.0);
        let bank = Gateway::open(&books_beside(database)).unwrap();
        let crew = Crew::with_bank(&room, bank);
        Self { room, crew, store: SqliteStore::open(database, LOG).unwrap(), open: Vec::new() }
    }

    fn sign_in(&mut self) {
        let (name, token_hash) = ("Ada".to_owned(), "00".repeat(32));
        self.write(&[Request::SignIn(SignIn { customer_id: CUSTOMER, name, token_hash })]);
    }

    /// Five portions that three want; see [`Premises::with_portions`].
    fn first_evening(&mut self) {
        self.sign_in();
        self.write(&[limited(1, 3), limited(2, 2), limited(3, 1)]);
        self.its_turn_comes();
        self.work(|claim| decline(claim, 2));
    }

    /// Lets the window pass in which somebody may have ordered the same before.
    fn its_turn_comes(&mut self) {
        self.room.pass(self.room.house.policy.limits.fairness_window);
        self.write(&[Request::LookAtDue]);
    }

    /// The clock skips a night that no server was there for. The house's own schedule is never that late,
    /// since it tolerates a whole day; another build's may be.
    fn skip_a_night(&mut self) {
        // Nothing is limited any more, so nothing follows from the strike.
        for restaurant in &mut Arc::make_mut(&mut self.room.house.catalog).restaurants {
            restaurant.menu.iter_mut().for_each(|dish| dish.portions = None);
        }
        self.room.pass(Duration::from_hours(24));
        let mut plan = self.room.plan(&[Request::LookAtDue]);
        assert_eq!(types(&plan.writes.events), ["ScheduleRan"]);
        for committed in &mut plan.writes.events {
            if let Body::System(SystemEvent::ScheduleRan { schedule, due_at }) =
                committed.event.body
            {
                Arc::make_mut(&mut committed.event).body =
                    Body::System(SystemEvent::ScheduleSkipped { schedule, due_at });
            }
        }
        self.room.log.apply(&plan.writes);
        self.keep(plan);
    }

    fn write(&mut self, batch: &[Request]) {
        let plan = self.room.write(batch);
        self.keep(plan);
    }

    fn keep(&mut self, plan: Plan) {
        self.store.load(&Keys::default(), self.room.now).unwrap();
        self.store.apply(&plan.writes).unwrap();
        self.open.extend(plan.claims);
    }

    /// Has `audit` read all of it.
    fn audit(&mut self) {
        let mut audit = Audit::default();
        self.room.log.events.iter().for_each(|committed| audit.read(&committed.event));
        self.write(&[Request::Advance(Box::new(Advance {
            follower: Follower::Audit,
            from: Position::START,
            to: self.room.log.head.position,
            state: serde_json::to_string(&audit).unwrap(),
            notices: Vec::new(),
        }))]);
    }

    /// Has the crew handle what is handed out, but for what is to end otherwise, until nothing is left.
    fn work(&mut self, instead: impl Fn(&Claim) -> Option<Instead>) {
        while !self.open.is_empty() {
            let mut batch = Vec::new();
            for claim in std::mem::take(&mut self.open) {
                match instead(&claim) {
                    None => batch.push(completed(&claim, self.crew.handle(&claim))),
                    Some(Instead::End(outcome)) => batch.push(completed(&claim, outcome)),
                    Some(Instead::Unheard) => drop(self.crew.handle(&claim)),
                }
            }
            self.write(&batch);
        }
    }
}

/// An order's id as it stands in the tables.
pub(crate) fn order_text(order: u128) -> String {
    Uuid::from_u128(order).to_string()
}

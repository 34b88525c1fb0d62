//! What a step of the store costs with a thousand orders on record and a thousand mutations pending,
//! and whether its memory stays flat while one of them hangs and a million changes pass.
//!
//! `cargo bench -p optimistic`. The bounds are 0.5 ms from an input to the rows that are in view (99 of
//! 100 times), and 20 µs for a change.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops where its premises do not hold, and prints"
)]

use std::hint::black_box;
use std::time::Duration;

use jiff::Timestamp;
use optimistic::account::{Account, ConnectionId, ProfileId};
use optimistic::cached::{Cached, CachedOrders, Extent};
use optimistic::input::{Change, OrderChanged};
use optimistic::view::Looking;
use optimistic::{Effect, Input, Monotonic, Now, State, step, view};
use rustix::time::{ClockId, clock_gettime};
use shared::catalog::house::of_the_house;
use shared::cursor::{Cursor, Position};
use shared::id::{CustomerId, LogId, MutationId, OrderId};
use shared::order::Order;
use shared::order::command::{Command, LineRequest, OrderDraft, PlaceOrder, Quantity};
use shared::order::decide::{Context, decide};
use shared::order::event::Event;
use shared::order::evolve::evolve;
use shared::order::tip::Tip;
use shared::policy::Policy;
use uuid::Uuid;

const ORDERS: usize = 1_000;
/// Rows that a large terminal shows.
const IN_VIEW: usize = 25;
/// Samples of each measure: enough that a hundredth of them is a crowd.
const SAMPLES: usize = 5_000;
/// Changes that pass while one mutation hangs.
const CHANGES: u64 = 1_000_000;

fn account() -> Account {
    Account {
        log_id: LogId::new(Uuid::from_u128(2)),
        customer_id: CustomerId::new(Uuid::from_u128(3)),
    }
}

fn order_id(number: usize) -> OrderId {
    OrderId::new(Uuid::from_u128(0x1_0000 + number as u128))
}

fn mutation(number: usize) -> MutationId {
    MutationId::new(Uuid::from_u128(0x1000_0000 + number as u128))
}

fn wish(number: usize) -> PlaceOrder {
    let restaurant = &of_the_house().restaurants[0];
    let line = LineRequest { menu_item_id: restaurant.menu[0].id, quantity: Quantity::ONE };
    let draft = OrderDraft {
        order_id: order_id(number),
        restaurant_id: restaurant.id,
        lines: vec![line],
        tip: Tip::NONE,
        note: None,
        deliver_to: None,
        expected_subtotal: None,
        placed_at: None,
        scheduled_for: None,
    };
    draft.try_into().expect("an order")
}

/// A store with its disk, which takes everything at once, and its log.
struct Store {
    state: State,
    now: Now,
    position: u64,
}

impl Store {
    /// A thousand confirmed orders, a cancellation pending on each, and a link on which eight hang.
    fn full() -> Self {
        let now = Now {
            monotonic: Monotonic::from_millis(5_000),
            wall: Timestamp::UNIX_EPOCH,
            jitter: 7,
        };
        let state = State::new(ProfileId::new(Uuid::from_u128(1)));
        let mut store = Self { state, now, position: 9_000 };
        let orders = (0..ORDERS).map(placed).collect();
        let orders = CachedOrders {
            account: account(),
            cursor: store.cursor(),
            orders,
            extent: Extent::All,
        };
        let cached = Cached { catalog: Some(of_the_house()), orders: Some(orders) };
        store.tell(Input::CacheRestored(cached));
        let server_now = now.wall;
        let connection = ConnectionId::new(1);
        store.tell(Input::LinkUp { connection, account: account(), server_now });
        for number in 0..ORDERS {
            store.tell(Input::Cancel { mutation_id: mutation(number), order_id: order_id(number) });
        }
        assert_eq!(store.view(|view| view.pending.undecided()), ORDERS);
        store
    }

    fn cursor(&self) -> Cursor {
        Cursor { log_id: account().log_id, position: Position::new(self.position) }
    }

    fn tell(&mut self, input: Input) {
        for effect in step(&mut self.state, input, self.now) {
            if let Effect::Journal { write, .. } = effect {
                self.tell(Input::JournalWritten { write });
            }
        }
    }

    fn view<T>(&self, look: impl FnOnce(&optimistic::view::View<'_>) -> T) -> T {
        let looking = Looking { now: self.now.monotonic, day_began: Timestamp::UNIX_EPOCH };
        look(&view(&self.state, &looking))
    }

    /// What a frame reads of the view.
    fn look(&self, first: usize) {
        self.view(|view| {
            black_box((view.totals, view.pending, view.rows.len()));
            for row in view.rows.iter().skip(first).take(IN_VIEW) {
                black_box(row);
            }
        });
    }

    /// The next change of the log, of this order.
    fn change(&mut self, order: &mut Order) -> Input {
        let previous = Some(self.cursor());
        self.position += 1;
        order.version = order.version.next();
        let changed = OrderChanged {
            event_type: "OrderValidated".to_owned(),
            mutation_id: None,
            order: Box::new(order.clone()),
        };
        Input::Changed(Change { cursor: self.cursor(), previous, event: Some(changed) })
    }
}

fn placed(number: usize) -> Order {
    let customer_id = account().customer_id;
    let command = Command::Place { customer_id, order: wish(number) };
    let (catalog, policy) = (of_the_house(), Policy::default());
    let context =
        Context { now: Timestamp::UNIX_EPOCH, catalog: &catalog, policy: &policy, stock: None };
    let data = decide(None, &command, &context).expect("a good order");
    let event = Event {
        order_id: order_id(number),
        recorded_at: Timestamp::UNIX_EPOCH,
        mutation_id: None,
        data,
    };
    evolve(None, &event).expect("an order")
}

/// Runs this so often, and says how long it took half of the times, 99 of 100 times, and at most.
fn measure(name: &str, sample: impl FnMut(usize) -> Duration) {
    let mut samples: Vec<Duration> = (0..SAMPLES).map(sample).collect();
    samples.sort_unstable();
    let [median, p99, longest] =
        [50, 99, 100].map(|percent| samples[(SAMPLES - 1) * percent / 100]);
    println!("{name:<58} median {median:>9.1?}   p99 {p99:>9.1?}   longest {longest:>9.1?}");
}

/// Another order each time, and not the neighbour of the one before.
const fn spread(sample: usize) -> usize {
    sample * 37 % ORDERS
}

/// The processor time that this takes: what else runs on the machine does not count.
fn timed(work: impl FnOnce()) -> Duration {
    let begun = processor_time();
    work();
    processor_time().saturating_sub(begun)
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("a time that goes forward")
}

fn speed() {
    let mut store = Store::full();
    let mut orders: Vec<Order> = (0..ORDERS).map(placed).collect();
    measure("a change is absorbed", |sample| {
        let index = spread(sample);
        let change = store.change(&mut orders[index]);
        timed(|| store.tell(change))
    });
    measure("a change, until the new rows in view", |sample| {
        let index = spread(sample);
        let change = store.change(&mut orders[index]);
        timed(|| {
            store.tell(change);
            store.look(index);
        })
    });
    measure("somebody retries, until the new rows in view", |sample| {
        let mutation_id = mutation(spread(sample));
        timed(|| {
            store.tell(Input::RetryNow { mutation_id });
            store.look(0);
        })
    });
    measure("time passes, until the new rows in view", |_| {
        timed(|| {
            store.tell(Input::Tick);
            black_box(store.state.next_wakeup());
            store.look(0);
        })
    });
    let mut store = Store::full();
    store.tell(Input::TakeBack { mutation_id: mutation(ORDERS - 1) });
    measure("somebody orders and takes it back, until the new rows", |sample| {
        let number = 10_000 + sample;
        let order = wish(number);
        timed(|| {
            store.tell(Input::Place { mutation_id: mutation(number), order });
            store.look(0);
            store.tell(Input::TakeBack { mutation_id: mutation(number) });
        })
    });
}

/// Pages of memory that this process keeps, where the system says so.
fn resident_pages() -> Option<u64> {
    let words = std::fs::read_to_string("/proc/self/statm").ok()?;
    words.split_whitespace().nth(1)?.parse().ok()
}

fn memory() {
    let mut store = Store::full();
    let mut order = placed(7);
    let mut samples = Vec::new();
    for number in 0..=CHANGES {
        if number % (CHANGES / 5) == 0 {
            samples.push(resident_pages());
        }
        let change = store.change(&mut order);
        store.tell(change);
    }
    println!("resident pages, from the first to the {CHANGES}th change: {samples:?}");
}

fn main() {
    speed();
    memory();
}

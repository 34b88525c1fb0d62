//! How long it takes from a key press to the flushed frame with the placeholder, with a thousand
//! orders on record; and what a wake-up costs while nothing happens.
//!
//! `cargo bench -p client-tui`. The bound is 5 ms: a frame of a terminal that draws 200 a second.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops where its premises do not hold"
)]

use std::hint::black_box;

use client_tui::app::connection::{Backend, Connection};
use client_tui::app::model::{Picture, Settings};
use client_tui::app::session::Session;
use client_tui::app::{Message, Model, Moment, update};
use client_tui::terminal::{Canvas, ColourDepth, TerminalEvent};
use client_tui::ui;
use client_tui::ui::motion::Motion;
use client_tui::ui::theme::Theme;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use optimistic::account::{Account, ProfileId};
use optimistic::cached::{Cached, CachedOrders, Extent};
use optimistic::{Input, Monotonic, Now, State};
use ratatui::layout::Rect;
use shared::catalog::Catalog;
use shared::catalog::house::of_the_house;
use shared::cursor::{Cursor, Position, Version};
use shared::id::{CustomerId, LogId, MutationId, OrderId};
use shared::order::command::Quantity;
use shared::order::payment::Money;
use shared::order::status::OrderStatus;
use shared::order::{Order, OrderLine, StatusChange};
use uuid::Uuid;

const ORDERS: u128 = 1_000;
const THEME: Theme = Theme::new(ColourDepth::Sixteen);
const SIZES: [(&str, Rect); 2] =
    [("80x24", Rect::new(0, 0, 80, 24)), ("160x50", Rect::new(0, 0, 160, 50))];

fn now() -> Now {
    Now { monotonic: Monotonic::from_millis(5_000), wall: Timestamp::UNIX_EPOCH, jitter: 0 }
}

fn moment() -> Moment {
    let fresh = Uuid::from_u128(1 << 64);
    Moment { now: now(), order_id: OrderId::new(fresh), mutation_id: MutationId::new(fresh) }
}

fn press(model: &mut Model, code: KeyCode) {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    black_box(update(model, Message::Terminal(TerminalEvent::Key(key)), moment()));
}

/// A customer with a long history, a filled cart, and the finger above the key.
fn model() -> Model {
    let session = Session::new("anna".to_owned(), None);
    let endpoint = "http://127.0.0.1:4000".parse().expect("a URL");
    let settings = Settings { motion: Motion::Full, time_zone: TimeZone::UTC };
    let store = State::new(ProfileId::new(Uuid::from_u128(1)));
    let connection = Connection::new(Backend::At(endpoint));
    let mut model = Model::new(store, session, connection, settings);
    let restored = Input::CacheRestored(history(of_the_house()));
    update(&mut model, Message::Store(Box::new(restored)), moment());
    press(&mut model, KeyCode::Enter);
    press(&mut model, KeyCode::Enter);
    model
}

fn history(catalog: Catalog) -> Cached {
    let account = Account {
        log_id: LogId::new(Uuid::from_u128(2)),
        customer_id: CustomerId::new(Uuid::from_u128(3)),
    };
    let orders = (1..=ORDERS).map(|number| delivered(number, account, &catalog)).collect();
    let cursor = Cursor { log_id: account.log_id, position: Position::new(9_000) };
    let orders = CachedOrders { account, cursor, orders, extent: Extent::All };
    Cached { catalog: Some(catalog), orders: Some(orders) }
}

fn delivered(number: u128, account: Account, catalog: &Catalog) -> Order {
    let restaurant = &catalog.restaurants[usize::try_from(number % 8).expect("a small number")];
    let line = |dish: &shared::catalog::MenuItem| OrderLine {
        menu_item_id: dish.id,
        name: dish.name.clone(),
        quantity: Quantity::ONE,
        unit_price: dish.price,
    };
    let at = Timestamp::UNIX_EPOCH;
    Order {
        id: OrderId::new(Uuid::from_u128(number)),
        customer_id: account.customer_id,
        version: Version::new(9),
        status: OrderStatus::Delivered,
        restaurant_id: restaurant.id,
        lines: restaurant.menu.iter().take(3).map(line).collect(),
        tip: shared::money::Cents::ZERO,
        rating: None,
        note: None,
        deliver_to: None,
        money: Money::default(),
        wait: None,
        cancellation: None,
        expected_at: None,
        reason: None,
        courier: None,
        scheduled_for: None,
        placed_at: at,
        decided_from: None,
        updated_at: at,
        timeline: OrderStatus::WAY.map(|status| StatusChange { status, at }).to_vec(),
        mutation_ids: vec![MutationId::new(Uuid::from_u128(number))],
    }
}

fn draw(model: &Model, canvas: &mut Canvas<Vec<u8>>) {
    canvas.draw(|frame| ui::draw(model, now(), THEME, frame)).expect("a vector takes all");
}

fn key_press(criterion: &mut Criterion) {
    let model = model();
    assert_eq!(model.timeless_view().rows.len() as u128, ORDERS);
    let mut group = criterion.benchmark_group("key press to placeholder");
    for (name, size) in SIZES {
        let before = || {
            let model = model.clone();
            let mut canvas = Canvas::with_size(Vec::new(), size).expect("a size");
            draw(&model, &mut canvas);
            (model, canvas)
        };
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                before,
                |(mut model, mut canvas)| {
                    press(&mut model, KeyCode::Char('p'));
                    draw(&model, &mut canvas);
                    (model, canvas)
                },
                BatchSize::PerIteration,
            );
        });
        let (mut model, mut canvas) = before();
        let drawn_before = canvas.output().len();
        press(&mut model, KeyCode::Char('p'));
        draw(&model, &mut canvas);
        let frame = String::from_utf8_lossy(&canvas.output()[drawn_before..]).into_owned();
        assert!(frame.contains("queued"), "the frame has the placeholder: {frame}");
    }
}

fn idle(criterion: &mut Criterion) {
    let mut model = model();
    press(&mut model, KeyCode::Char('3'));
    model.picture = Picture::Same;
    criterion.bench_function("wake-up with nothing to do", |bencher| {
        bencher.iter(|| {
            black_box(update(&mut model, Message::Tick, moment()));
            black_box(ui::next_change(&model, SIZES[1].1.as_size(), moment().monotonic()))
        });
    });
    assert_eq!(model.picture, Picture::Same, "no frame is asked for");
}

criterion_group!(benches, key_press, idle);
criterion_main!(benches);

//! A stage for the program: everything around it, in the hands of the test.

mod backend;

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::stream;
use jiff::tz::TimeZone;
use optimistic::account::ProfileId;
use optimistic::cached::Cached;
use optimistic::{Input, Rules, State};
use ratatui::backend::TestBackend;
use ratatui::{Frame, Terminal};
use shared::catalog::house::of_the_house;
use shared::id::{CustomerId, LogId};
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::edges::ERRAND_LIMIT;
use super::*;
use crate::app::cart::Cart;
use crate::app::connection::{Backend, Connection, OwnBackend};
use crate::app::fixture::key_named;
use crate::app::model::Settings;
use crate::app::session::Session;
use crate::journal::{Journal, JournalReport, JournalWriter};
use crate::kept_cart::read_cart;
use crate::link::{COMMAND_LIMIT, EVENT_LIMIT, LinkBusy, RequestId};
use crate::own_backend::OwnBackendEvent;
use crate::profile::{Profile, SignedIn, Token};
use crate::sealed_file::Found;
use crate::terminal::ColourDepth;
use crate::ui::motion::Motion;
use crate::ui::snapshot;

use backend::CUSTOMER;
pub(super) use backend::{events, order_of, receipt, session};

/// Longer than anything here takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);
const LOG: Uuid = Uuid::from_u128(8);
const THEME: Theme = Theme::new(ColourDepth::Sixteen);

/// Whether what is to be journaled reaches the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    ThatWorks,
    ThatHangs,
}

/// What there will be around the program.
pub(super) struct Theatre {
    directory: TempDir,
    profile: Profile,
    cached: Cached,
    disk: Disk,
    rules: Rules,
}

/// A frame that was drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    pub(super) number: usize,
    pub(super) text: String,
}

/// The program on its stage.
pub(super) struct Stage {
    theatre: Theatre,
    /// Before the program: its journal waits for the disk when it goes.
    _disk: SyncSender<()>,
    keyboard: Arc<Mutex<Keyboard>>,
    signals: mpsc::Sender<TerminalSignal>,
    link_events: mpsc::Sender<LinkEvent>,
    backend: mpsc::Sender<OwnBackendEvent>,
    commands: mpsc::Receiver<LinkCommand>,
    drawn: watch::Receiver<Drawn>,
    /// The subscription, once there is one.
    changes: Option<RequestId>,
    suspensions: Arc<Mutex<usize>>,
    resumptions: Arc<Mutex<usize>>,
    panic: oneshot::Sender<()>,
    program: JoinSet<io::Result<Farewell>>,
}

impl Stage {
    pub(super) fn build() -> Theatre {
        let profile = Profile { id: ProfileId::new(Uuid::from_u128(9)), signed_in: None };
        Theatre {
            directory: tempfile::tempdir().unwrap(),
            profile,
            cached: Cached::default(),
            disk: Disk::ThatWorks,
            rules: Rules::whole(),
        }
    }
}

impl Theatre {
    pub(super) fn with_a_cache(mut self) -> Self {
        self.cached.catalog = Some(of_the_house());
        self
    }

    pub(super) fn signed_in(mut self) -> Self {
        self.profile.signed_in = Some(SignedIn {
            customer_id: CustomerId::new(CUSTOMER),
            name: "anna".to_owned(),
            token: Token::new("secret".to_owned()),
            log_id: LogId::new(LOG),
            server: "http://127.0.0.1:4000".to_owned(),
        });
        self
    }

    pub(super) fn on(mut self, disk: Disk) -> Self {
        self.disk = disk;
        self
    }

    /// Only these rules hold.
    pub(super) fn under(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The curtain goes up: the program runs.
    pub(super) fn raise(self) -> Stage {
        let keyboard = Arc::new(Mutex::new(Keyboard::default()));
        let keys = Arc::clone(&keyboard);
        let (signals, signal_events) = mpsc::channel(1);
        let (link_events, link_event_receiver) = mpsc::channel(EVENT_LIMIT);
        let (backend, backend_events) = mpsc::channel(64);
        let (command_sender, commands) = mpsc::channel(COMMAND_LIMIT);
        let (draw, drawn) = watch::channel(Drawn::default());
        let (suspensions, resumptions) = (Arc::default(), Arc::default());
        let (panic, told_to_panic) = oneshot::channel();
        let (errands, errand_results) = mpsc::channel(ERRAND_LIMIT);
        for message in self.restored() {
            errands.try_send(Happening::Restored(message)).unwrap();
        }
        let (reports, journal_reports) = mpsc::channel(64);
        let (journal, disk) = self.journal(reports);
        let edges = Edges {
            keys: Box::pin(stream::poll_fn(move |context| keys.lock().unwrap().look(context))),
            signals: receiving(signal_events),
            link_events: link_event_receiver,
            send_command: Box::new(move |command| {
                let refused = |refused: mpsc::error::TrySendError<LinkCommand>| {
                    LinkBusy(Box::new(refused.into_inner()))
                };
                command_sender.try_send(command).map_err(refused)
            }),
            backend_events: Some(backend_events),
            journal_reports,
            journal,
            errand_results,
            errands,
            profile_path: self.directory.path().join("profile.json"),
            profile: self.profile.clone(),
            cache_path: self.directory.path().join("cache"),
            cache_due: None,
            cart_path: self.directory.path().join("cart"),
            cart_on_disk: Cart::default(),
            tasks: a_task_that_panics(told_to_panic),
            end: CancellationToken::new(),
        };
        let display = TestDisplay {
            terminal: Terminal::new(TestBackend::new(80, 24)).unwrap(),
            draw,
            suspensions: Arc::clone(&suspensions),
            resumptions: Arc::clone(&resumptions),
        };
        let noon: jiff::Timestamp = "2026-11-21T12:04:00Z".parse().unwrap();
        let moments = Moments::with_wall(move || noon);
        let program = Program::new(self.model(), THEME, display, moments, edges);
        let mut running = JoinSet::new();
        running.spawn(async {
            let left = program.run().await?;
            let farewell = left.farewell.clone();
            left.close().await;
            Ok(farewell)
        });
        Stage {
            theatre: self,
            _disk: disk,
            keyboard,
            signals,
            link_events,
            backend,
            commands,
            drawn,
            changes: None,
            suspensions,
            resumptions,
            panic,
            program: running,
        }
    }

    /// What the disk remembers, but for the journal.
    fn restored(&self) -> [Message; 2] {
        let cached = Message::Store(Box::new(Input::CacheRestored(self.cached.clone())));
        let cart = match read_cart(&self.directory.path().join("cart"), self.profile.id) {
            Found::Content(cart) => Box::new(cart),
            Found::Nothing => Box::default(),
            Found::Ignored { why } => panic!("{why}"),
        };
        [cached, Message::CartRestored(cart)]
    }

    fn model(&self) -> Model {
        let session = Session::new("anna".to_owned(), self.profile.signed_in.clone());
        let connection = Connection::new(Backend::Own(OwnBackend::Starting));
        let settings = Settings { motion: Motion::Full, time_zone: TimeZone::UTC };
        Model::new(State::broken(self.profile.id, self.rules), session, connection, settings)
    }

    /// The journal, and what holds its disk for as long as it is kept.
    fn journal(&self, reports: mpsc::Sender<JournalReport>) -> (JournalWriter, SyncSender<()>) {
        let (directory, profile) = (self.directory.path().join("journal"), self.profile.id);
        let (open_gate, gate) = sync_channel::<()>(0);
        let disk = self.disk;
        #[expect(clippy::disallowed_methods, reason = "each program has a journal of its own")]
        let name = Uuid::now_v7();
        let open = move || {
            if disk == Disk::ThatHangs {
                // Until the stage is gone.
                let _ = gate.recv();
            }
            Journal::open(&directory, profile, name)
        };
        let report = move |report| drop(reports.blocking_send(report));
        (JournalWriter::start(open, report).unwrap(), open_gate)
    }
}

impl Stage {
    /// Waits for a frame with this text, and gives it.
    pub(super) async fn frame_with(&mut self, text: &str) -> String {
        let found = self.drawn.wait_for(|drawn| drawn.text.contains(text));
        if let Ok(drawn) = timeout(DEADLINE, found).await {
            return drawn.expect("the program runs").text.clone();
        }
        panic!("no frame has {text:?}; the last one is\n{}", self.drawn.borrow().text)
    }

    /// Waits for a frame after the one with this number.
    pub(super) async fn frame_after(&mut self, number: usize) {
        let later = self.drawn.wait_for(|drawn| drawn.number > number);
        timeout(DEADLINE, later).await.expect("another frame").unwrap();
    }

    /// How many frames were drawn.
    pub(super) fn frames(&self) -> usize {
        self.drawn.borrow().number
    }

    pub(super) fn frame_counter(&self) -> watch::Receiver<Drawn> {
        self.drawn.clone()
    }

    pub(super) fn looks(&self) -> usize {
        self.keyboard.lock().unwrap().looks
    }

    pub(super) fn suspensions(&self) -> usize {
        *self.suspensions.lock().unwrap()
    }

    pub(super) fn resumptions(&self) -> usize {
        *self.resumptions.lock().unwrap()
    }

    pub(super) fn press(&self, keys: &str) {
        for key in keys.split_whitespace() {
            let (code, modifiers) = key_named(key);
            let key = crossterm::event::KeyEvent::new(code, modifiers);
            self.event(TerminalEvent::Key(key));
        }
    }

    pub(super) fn event(&self, event: TerminalEvent) {
        self.keyboard.lock().unwrap().press(event);
    }

    pub(super) async fn signal(&self, signal: TerminalSignal) {
        self.signals.send(signal).await.unwrap();
    }

    pub(super) fn let_a_task_panic(&mut self) {
        let panic = std::mem::replace(&mut self.panic, oneshot::channel().0);
        panic.send(()).unwrap();
    }

    /// Waits until the program has ended; what it leaves behind can be played again.
    pub(super) async fn end(mut self) -> (io::Result<Farewell>, Theatre) {
        // Nobody waits for a task that waits for this.
        drop(self.panic);
        let ended = timeout(DEADLINE, self.program.join_next()).await.expect("it ends");
        (ended.unwrap().unwrap(), self.theatre)
    }
}

/// Keys as crossterm's stream gives them: it wakes whoever looked *first* and found none, not whoever
/// looked last. It also counts how often somebody looks.
#[derive(Default)]
struct Keyboard {
    pressed: VecDeque<TerminalEvent>,
    first_waker: Option<Waker>,
    looks: usize,
}

impl Keyboard {
    fn press(&mut self, event: TerminalEvent) {
        self.pressed.push_back(event);
        if let Some(waker) = self.first_waker.take() {
            waker.wake();
        }
    }

    fn look(&mut self, context: &Context<'_>) -> Poll<Option<io::Result<TerminalEvent>>> {
        self.looks += 1;
        if let Some(event) = self.pressed.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        self.first_waker.get_or_insert_with(|| context.waker().clone());
        Poll::Pending
    }
}

fn receiving(mut signals: mpsc::Receiver<TerminalSignal>) -> edges::SignalStream {
    Box::pin(stream::poll_fn(move |context| signals.poll_recv(context)))
}

fn a_task_that_panics(told: oneshot::Receiver<()>) -> JoinSet<&'static str> {
    let mut tasks = JoinSet::new();
    tasks.spawn(async {
        match told.await {
            Ok(()) => panic!("told to"),
            Err(_) => edges::ERRAND,
        }
    });
    tasks
}

/// Remembers the last frame.
struct TestDisplay {
    terminal: Terminal<TestBackend>,
    draw: watch::Sender<Drawn>,
    suspensions: Arc<Mutex<usize>>,
    resumptions: Arc<Mutex<usize>>,
}

impl Display for TestDisplay {
    fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let Ok(_) = self.terminal.draw(render);
        let text = snapshot::text(self.terminal.backend().buffer());
        self.draw.send_modify(|drawn| *drawn = Drawn { number: drawn.number + 1, text });
        Ok(())
    }

    fn forget(&mut self) {}

    fn suspend(&mut self) -> io::Result<()> {
        *self.suspensions.lock().unwrap() += 1;
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        *self.resumptions.lock().unwrap() += 1;
        Ok(())
    }
}

//! The composition root: from the command line to a running program, and its exit code.
//!
//! ```text
//!  task or thread      bound of its queue      ends when
//!  link                COMMAND_LIMIT           its last handle is dropped
//!  journal (thread)    QUEUE_LIMIT             its writer is dropped, with all written
//!  own backend         EVENT_LIMIT             its token is cancelled
//!  errands             ERRAND_LIMIT            they are done
//! ```

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use futures_util::stream;
use jiff::tz::TimeZone;
use optimistic::account::ProfileId;
use optimistic::cached::Cached;
use optimistic::{Input, State};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::edges::{ERRAND, ERRAND_LIMIT, Edges, Happening};
use super::{Moments, Program};
use crate::app::cart::Cart;
use crate::app::connection::{Backend, Connection, OwnBackend as OwnBackendState};
use crate::app::model::Settings;
use crate::app::session::Session;
use crate::app::{Message, Model};
use crate::cache::read_cache;
use crate::cli::{Cli, Options, Wanted};
use crate::journal::{Journal, JournalReport, JournalWriter};
use crate::kept_cart::read_cart;
use crate::link::Link;
use crate::logging;
use crate::own_backend::{Launch, OwnBackend};
use crate::paths::{self, Paths};
use crate::profile::{Profile, name_to_sign_in_with};
use crate::replay_case::replay_case;
use crate::sealed_file::Found;
use crate::terminal::{
    ColourDepth, EXIT_CODE_NO_TERMINAL, Screen, Signals, TerminalInput, end_process_on_panic,
    require_terminal,
};
use crate::ui::motion::Motion;
use crate::ui::theme::Theme;

/// How many reports of the journal may wait; then its thread does.
const JOURNAL_REPORT_LIMIT: usize = 64;

/// Runs what the command line asks for: the terminal program, or with `backend` the backend.
pub fn start(
    arguments: impl IntoIterator<Item = OsString>,
    backend: impl FnOnce(Vec<OsString>) -> ExitCode,
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(help_or_error) => {
            // Standard error may be closed; the exit code still tells.
            let _ = help_or_error.print();
            return ExitCode::from(u8::try_from(help_or_error.exit_code()).unwrap_or(2));
        }
    };
    let options = match cli.wanted() {
        Wanted::Terminal(options) => options,
        Wanted::ReplayCase(wanted) => return replay_case(&wanted),
        Wanted::Backend(arguments) => return backend(arguments),
    };
    if let Err(sentence) = require_terminal() {
        say(&sentence.to_string());
        return ExitCode::from(EXIT_CODE_NO_TERMINAL);
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("tiffin: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// On standard error, where nobody may be listening any more.
fn say(words: &str) {
    let _ = writeln!(io::stderr(), "{words}");
}

fn run(options: &Options) -> anyhow::Result<()> {
    let paths = Paths::find(options.data_dir.clone())?;
    paths.create()?;
    let _log = logging::start(&paths.log(), variable(logging::FILTER_VARIABLE).as_deref())?;
    end_process_on_panic(paths.log());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let ended = runtime.block_on(run_in_terminal(options, &paths));
    // What still waits for a disk that hangs is left to it.
    runtime.shutdown_background();
    ended
}

/// One thread for the link, one for whatever else; the loop has the main thread for itself.
const WORKERS: usize = 2;

async fn run_in_terminal(options: &Options, paths: &Paths) -> anyhow::Result<()> {
    let backend = match &options.url {
        Some(endpoint) => paths::Backend::Elsewhere(endpoint.clone()),
        None => paths::Backend::Own,
    };
    let profile = Profile::load_or_create(&paths.profile(&backend), fresh_profile_id())?;
    let model = model(options, &profile);
    let theme = Theme::new(ColourDepth::detect(variable));
    // Keys are read in raw mode, which begins here.
    let display = Screen::enter()?;
    let edges = edges(options, paths, &backend, profile)?;
    let program = Program::new(model, theme, display, Moments::of_this_machine(), edges);
    let left = program.run().await?;
    if let Some(words) = left.farewell.words() {
        say(&words);
    }
    left.close().await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the edge: the ids of this program are drawn here")]
fn fresh_profile_id() -> ProfileId {
    ProfileId::new(Uuid::now_v7())
}

fn model(options: &Options, profile: &Profile) -> Model {
    let name = name_to_sign_in_with(options.name.as_deref(), variable);
    let session = Session::new(name, profile.signed_in.clone());
    let backend = match &options.url {
        Some(endpoint) => Backend::At(endpoint.clone()),
        None => Backend::Own(OwnBackendState::Starting),
    };
    let asked = options.reduced_motion.then_some(Motion::Reduced);
    let settings =
        Settings { motion: Motion::choose(asked, variable), time_zone: TimeZone::system() };
    Model::new(State::new(profile.id), session, Connection::new(backend), settings)
}

fn edges(
    options: &Options,
    paths: &Paths,
    backend: &paths::Backend,
    profile: Profile,
) -> anyhow::Result<Edges> {
    let mut tasks = JoinSet::new();
    let end = CancellationToken::new();
    let (link, link_handle, link_events) = Link::over_tcp();
    tasks.spawn(async {
        link.run().await;
        "the link"
    });
    let backend_events = match backend {
        paths::Backend::Elsewhere(_) => None,
        paths::Backend::Own => {
            let launch = Launch::of_this_program(paths, options.pace)?;
            let (own_backend, events) = OwnBackend::new(launch, end.clone());
            tasks.spawn(async {
                own_backend.run().await;
                "the watch over the backend"
            });
            Some(events)
        }
    };
    let (errands, errand_results) = channel(ERRAND_LIMIT);
    let cache_path = paths.cache(backend);
    restore_cache(&mut tasks, &errands, &cache_path, profile.id);
    let cart_path = paths.cart(backend);
    restore_cart(&mut tasks, &errands, &cart_path, profile.id);
    let (reports, journal_reports) = channel(JOURNAL_REPORT_LIMIT);
    Ok(Edges {
        keys: Box::pin(stream::unfold(TerminalInput::new(), async |mut input| {
            input.next().await.map(|event| (event, input))
        })),
        signals: Box::pin(stream::unfold(Signals::listen()?, async |mut signals| {
            Some((signals.next().await, signals))
        })),
        link_events,
        send_command: Box::new(move |command| link_handle.send(command)),
        backend_events,
        journal_reports,
        journal: journal(paths, backend, profile.id, reports)?,
        errand_results,
        errands,
        profile_path: paths.profile(backend),
        profile,
        cache_path,
        cache_due: None,
        cart_path,
        cart_on_disk: Cart::default(),
        tasks,
        end,
    })
}

/// Reads what is cached, off the loop; nothing is as good an answer as something.
fn restore_cache(
    tasks: &mut JoinSet<&'static str>,
    errands: &Sender<Happening>,
    path: &Path,
    profile: ProfileId,
) {
    let (errands, path) = (errands.clone(), path.to_owned());
    tasks.spawn_blocking(move || {
        let cached: Cached = believed(read_cache(&path, profile), "the cache");
        let message = Message::Store(Box::new(Input::CacheRestored(cached)));
        // Nobody takes it only where the program is at its end.
        let _ = errands.blocking_send(Happening::Restored(message));
        ERRAND
    });
}

/// Reads the cart that was left, off the loop.
fn restore_cart(
    tasks: &mut JoinSet<&'static str>,
    errands: &Sender<Happening>,
    path: &Path,
    profile: ProfileId,
) {
    let (errands, path) = (errands.clone(), path.to_owned());
    tasks.spawn_blocking(move || {
        let cart: Cart = believed(read_cart(&path, profile), "the cart");
        // As above.
        let _ = errands.blocking_send(Happening::Restored(Message::CartRestored(Box::new(cart))));
        ERRAND
    });
}

/// What was found, or nothing, with a word to the log where it is not believed.
fn believed<T: Default>(found: Found<T>, what: &str) -> T {
    match found {
        Found::Content(content) => content,
        Found::Nothing => T::default(),
        Found::Ignored { why } => {
            tracing::warn!(why, "{what} on the disk is not believed, and begins anew");
            T::default()
        }
    }
}

fn journal(
    paths: &Paths,
    backend: &paths::Backend,
    profile: ProfileId,
    reports: Sender<JournalReport>,
) -> io::Result<JournalWriter> {
    let directory = paths.journals(backend);
    #[expect(clippy::disallowed_methods, reason = "the edge: the journal's name is drawn here")]
    let name = Uuid::now_v7();
    JournalWriter::start(
        move || Journal::open(&directory, profile, name),
        // As above.
        move |report| drop(reports.blocking_send(report)),
    )
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

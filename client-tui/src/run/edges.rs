//! Where messages come from and effects go to: the link, the disk, the terminal, the signals.
//!
//! Every queue has a bound; at the bound the link and the journal say so, and the store copes. Every
//! task is owned here: one that ends by mistake ends the program.

use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use optimistic::Monotonic;
use optimistic::effect::{Flush, WriteId};
use optimistic::record::Record;
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::app::cart::Cart;
use crate::app::message::Network;
use crate::app::{Message, Model};
use crate::cache::write_cache;
use crate::journal::{JournalReport, JournalWriter};
use crate::kept_cart::write_cart;
use crate::link::{LinkBusy, LinkCommand, LinkEvent};
use crate::own_backend::OwnBackendEvent;
use crate::profile::{Profile, SignedIn, Token};
use crate::terminal::{TerminalEvent, TerminalSignal};

/// How long the newest facts wait before they are written to the cache, so that a burst is one write.
const CACHE_DELAY: Duration = Duration::from_secs(2);
/// How long we wait at the end for the disk and for our own backend; longer than it gives itself.
const END_DEADLINE: Duration = Duration::from_secs(8);
/// How many results of errands may wait.
pub(super) const ERRAND_LIMIT: usize = 16;

/// Something that happened at an edge.
#[derive(Debug)]
pub(super) enum Happening {
    /// For the model.
    Message(Message),
    /// For the model: what the disk remembers from before the start.
    Restored(Message),
    /// For the loop.
    Signal(TerminalSignal),
    /// There will be no more keys.
    TerminalGone,
    /// A task that should outlive the loop has not.
    TaskEnded(&'static str),
}

/// Hands commands to the link without waiting.
pub(super) type SendCommand = Box<dyn Fn(LinkCommand) -> Result<(), LinkBusy> + Send>;
/// What the person at the terminal does.
pub(super) type Keys = Pin<Box<dyn Stream<Item = io::Result<TerminalEvent>> + Send>>;
/// What the operating system says.
pub(super) type SignalStream = Pin<Box<dyn Stream<Item = TerminalSignal> + Send>>;

/// All edges.
pub(super) struct Edges {
    pub(super) keys: Keys,
    pub(super) signals: SignalStream,
    pub(super) link_events: Receiver<LinkEvent>,
    pub(super) send_command: SendCommand,
    /// `None` where somebody else runs the backend.
    pub(super) backend_events: Option<Receiver<OwnBackendEvent>>,
    pub(super) journal_reports: Receiver<JournalReport>,
    pub(super) journal: JournalWriter,
    /// What errands (short tasks that wait for the disk) bring back.
    pub(super) errand_results: Receiver<Happening>,
    pub(super) errands: Sender<Happening>,
    pub(super) profile: Profile,
    pub(super) profile_path: PathBuf,
    pub(super) cache_path: PathBuf,
    pub(super) cache_due: Option<Monotonic>,
    pub(super) cart_path: PathBuf,
    /// As far as we know, what is there.
    pub(super) cart_on_disk: Cart,
    /// The link, the backend of our own, errands: each with its name.
    pub(super) tasks: JoinSet<&'static str>,
    /// Ends the backend of our own.
    pub(super) end: CancellationToken,
}

/// The name of a task that is expected to end.
pub(super) const ERRAND: &str = "an errand";

impl Edges {
    /// Waits for the next thing, facts before keys. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Happening {
        loop {
            let happening = tokio::select! {
                biased;
                Some(event) = self.link_events.recv() => network(Network::Event(event)),
                Some(report) = self.journal_reports.recv() => match report {
                    JournalReport::Input(input) => from_journal(input),
                    JournalReport::Notice(words) => {
                        tracing::warn!("{words}");
                        Happening::Message(Message::Trouble(words))
                    }
                },
                Some(result) = self.errand_results.recv() => result,
                event = own_backend(&mut self.backend_events) => {
                    Happening::Message(Message::Backend(event))
                }
                key = self.keys.next() => pressed(key),
                Some(signal) = self.signals.next() => Happening::Signal(signal),
                Some(ended) = self.tasks.join_next() => match ended {
                    Ok(ERRAND) => continue,
                    Ok(name) => Happening::TaskEnded(name),
                    Err(_) => Happening::TaskEnded("a task that panicked"),
                },
            };
            return happening;
        }
    }

    /// Waits for the next key and nothing else.
    pub(super) async fn next_key(&mut self) -> Happening {
        pressed(self.keys.next().await)
    }

    /// Step 3 of an order's way, as far as this thread is concerned.
    pub(super) fn command(&mut self, command: LinkCommand) {
        if let Err(LinkBusy(command)) = (self.send_command)(command) {
            self.report(network(Network::Busy(*command)));
        }
    }

    pub(super) fn journal(&mut self, write: WriteId, record: Record, flush: Flush) {
        if let Err(input) = self.journal.write(write, record, flush) {
            self.report(Happening::Message(Message::Store(Box::new(input))));
        }
    }

    /// What is cached is not the newest any more.
    pub(super) fn cache_is_old(&mut self, now: Monotonic) {
        self.cache_due.get_or_insert(now.after(CACHE_DELAY));
    }

    /// When the cache is to be written.
    pub(super) fn next_wakeup(&self) -> Option<Monotonic> {
        self.cache_due
    }

    pub(super) fn write_cache_if_due(&mut self, model: &Model, now: Monotonic) {
        if self.cache_due.is_some_and(|due| due <= now) {
            self.write_cache(model);
        }
    }

    fn write_cache(&mut self, model: &Model) {
        self.cache_due = None;
        let (cached, profile) = (model.store.to_cache(), self.profile.id);
        let path = self.cache_path.clone();
        self.tasks.spawn_blocking(move || {
            if let Err(error) = write_cache(&path, profile, &cached) {
                tracing::warn!(%error, "what is known is not remembered for the next start");
            }
            ERRAND
        });
    }

    /// This cart is on the disk.
    pub(super) fn found_cart(&mut self, cart: &Cart) {
        self.cart_on_disk = cart.clone();
    }

    fn keep_cart(&mut self, cart: &Cart) {
        let (cart, path, profile) = (cart.clone(), self.cart_path.clone(), self.profile.id);
        self.tasks.spawn_blocking(move || {
            if let Err(error) = write_cart(&path, profile, &cart) {
                tracing::warn!(%error, "the cart is not kept for the next start");
            }
            ERRAND
        });
    }

    /// Keeps a new sign-in for the next start, and says as whom we order now.
    pub(super) fn keep_sign_in(&mut self, new: SignedIn, refused: Option<Token>) {
        let (mut profile, path) = (self.profile.clone(), self.profile_path.clone());
        let errands = self.errands.clone();
        self.tasks.spawn_blocking(move || {
            let kept = profile.sign_in(&path, new, refused.as_ref());
            let trouble = kept.err().map(|error| Message::Trouble(error.to_string()));
            let customer = profile.signed_in.map(Message::SignedIn);
            for message in customer.into_iter().chain(trouble) {
                // Nobody takes it only where the program is at its end.
                let _ = errands.blocking_send(Happening::Message(message));
            }
            ERRAND
        });
    }

    /// Brings something to the loop that it has to hear of in its own time.
    fn report(&mut self, happening: Happening) {
        let errands = self.errands.clone();
        match errands.try_send(happening) {
            Ok(()) => {}
            Err(full) => {
                let happening = full.into_inner();
                self.tasks.spawn(async move {
                    // As above.
                    let _ = errands.send(happening).await;
                    ERRAND
                });
            }
        }
    }

    /// Writes what is to be kept, and ends what is ours.
    pub(super) async fn close(mut self, model: &Model) {
        if self.cache_due.is_some() {
            self.write_cache(model);
        }
        if model.cart != self.cart_on_disk {
            self.keep_cart(&model.cart);
        }
        self.end.cancel();
        drop(self.send_command);
        // Whoever still reports must not wait for us.
        drop((self.link_events, self.journal_reports, self.errand_results));
        let journal = self.journal;
        self.tasks.spawn_blocking(move || {
            drop(journal);
            ERRAND
        });
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(END_DEADLINE, all).await.is_err() {
            tracing::warn!("the disk or the backend takes too long; it is left behind");
        }
    }
}

fn network(network: Network) -> Happening {
    Happening::Message(Message::Network(network))
}

fn from_journal(input: optimistic::Input) -> Happening {
    let restored = matches!(input, optimistic::Input::JournalRestored { .. });
    let message = Message::Store(Box::new(input));
    if restored { Happening::Restored(message) } else { Happening::Message(message) }
}

fn pressed(key: Option<io::Result<TerminalEvent>>) -> Happening {
    match key {
        Some(Ok(event)) => Happening::Message(Message::Terminal(event)),
        Some(Err(error)) => {
            tracing::warn!(%error, "the terminal cannot be read any more");
            Happening::TerminalGone
        }
        None => Happening::TerminalGone,
    }
}

/// Waits for ever where there is no backend of our own, or it is being ended.
async fn own_backend(events: &mut Option<Receiver<OwnBackendEvent>>) -> OwnBackendEvent {
    if let Some(events) = events
        && let Some(event) = events.recv().await
    {
        return event;
    }
    std::future::pending().await
}

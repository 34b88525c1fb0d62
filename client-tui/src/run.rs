//! The only loop of the terminal program, and the only place where effects are performed.
//!
//! All steps of an order's way that this side takes pass here as messages: keys (1), frames (2), what
//! goes out (3), what comes back (5, 8), the screen that agrees again (9).
//!
//! ```text
//!  link ──┐                                        ┌─▶ link
//!  disk ──┤                                        ├─▶ disk (journal, cache, profile)
//!  keys ──┼─▶ message ─▶ update(model) ─▶ effects ─┤
//!  signals┘                                        └─▶ terminal
//!  one timer, armed only when something needs it
//! ```
//!
//! What is there already is taken in before a frame is drawn, but never without bound; a frame waits
//! for neither network nor disk, and none is drawn when nothing has changed.

mod moments;
mod display;
mod pace;
mod edges;
mod farewell;
mod start;

use std::io;
use std::pin::pin;

use optimistic::{Monotonic, Rule};
use ratatui::layout::Size;
use tokio::time::sleep_until;

use crate::app::message::Network;
use crate::app::model::{Picture, Watched};
use crate::app::{Effect, Message, Model, next_wakeup, update};
use crate::terminal::{QuitReason, TerminalEvent, TerminalSignal};
use crate::ui;
use crate::ui::theme::Theme;
use display::Display;
use edges::{Edges, Happening};
use farewell::{Farewell, Leaving};
use moments::Moments;
use pace::Pace;

pub use start::start;

/// The messages that are taken in before the next frame at most: more than a burst of keys, and so
/// few that the screen never stands still for longer than a blink.
const MESSAGES_PER_FRAME_MAX: usize = 64;

/// The program in the middle of its edges.
struct Program<D> {
    model: Model,
    theme: Theme,
    display: D,
    moments: Moments,
    edges: Edges,
    pace: Pace,
    /// When what moves by itself looks different from the last frame.
    next_motion: Option<Monotonic>,
    /// Our own ones whose end the operating system has still to tell.
    suspensions: u32,
    leaving: Option<Leaving>,
}

/// What is left of a program that has run.
struct Left {
    farewell: Farewell,
    model: Model,
    edges: Edges,
}

impl Left {
    /// Writes what is to be kept, and ends what is ours.
    async fn close(self) {
        self.edges.close(&self.model).await;
    }
}

impl<D: Display> Program<D> {
    fn new(model: Model, theme: Theme, display: D, moments: Moments, edges: Edges) -> Self {
        let pace = Pace::before_the_first_frame(moments.monotonic());
        Self {
            model,
            theme,
            display,
            moments,
            edges,
            pace,
            next_motion: None,
            suspensions: 0,
            leaving: None,
        }
    }

    /// Runs until somebody wants to leave or has to. The terminal is given back then; what is left is
    /// to be closed.
    ///
    /// # Errors
    /// The terminal cannot be drawn on any more, or a task of ours has come to an end of its own.
    async fn run(mut self) -> io::Result<Left> {
        self.take(Message::Begin)?;
        while self.leaving.is_none() {
            self.round().await?;
        }
        let leaving = self.leaving.unwrap_or(Leaving::Wanted);
        let farewell = Farewell::of(&self.model, leaving);
        // The terminal first: whoever leaves wants it back now.
        drop(self.display);
        Ok(Left { farewell, model: self.model, edges: self.edges })
    }

    /// Waits for something, takes in what else is there, and draws what has changed.
    async fn round(&mut self) -> io::Result<()> {
        let first = {
            let timer = self.next_timer().map(|due| self.moments.instant(due));
            let timer = pin!(async move {
                match timer {
                    Some(instant) => sleep_until(instant).await,
                    None => std::future::pending().await,
                }
            });
            tokio::select! {
                biased;
                happening = self.edges.next() => Some(happening),
                () = timer => None,
            }
        };
        if let Some(happening) = first {
            self.happened(happening)?;
        }
        for _ in 1..MESSAGES_PER_FRAME_MAX {
            let Some(happening) = at_once(self.edges.next()).await else { break };
            self.happened(happening)?;
        }
        // Facts come first, but a flood of them must not lock the keys out.
        if let Some(happening) = at_once(self.edges.next_key()).await {
            self.happened(happening)?;
        }
        let now = self.moments.monotonic();
        if next_wakeup(&self.model).is_some_and(|due| due <= now) {
            self.take(Message::Tick)?;
        }
        self.edges.write_cache_if_due(&self.model, now);
        self.draw_if_due()
    }

    fn happened(&mut self, happening: Happening) -> io::Result<()> {
        match happening {
            Happening::Message(message) => self.take(message),
            Happening::Restored(message) => {
                self.pace.restored();
                if let Message::CartRestored(cart) = &message {
                    self.edges.found_cart(cart);
                }
                self.take(message)
            }
            Happening::Signal(TerminalSignal::Quit(reason)) => {
                self.leaving = Some(Leaving::Told(reason));
                Ok(())
            }
            Happening::Signal(TerminalSignal::Continued) if self.suspensions > 0 => {
                // The echo of our own suspension: the terminal is ours already.
                self.suspensions -= 1;
                Ok(())
            }
            Happening::Signal(TerminalSignal::Continued) => {
                self.display.resume()?;
                self.model.picture = Picture::Changed;
                self.take(Message::Network(Network::Awake))
            }
            Happening::TerminalGone => {
                self.leaving = Some(Leaving::Told(QuitReason::HungUp));
                Ok(())
            }
            Happening::TaskEnded(name) => Err(io::Error::other(format!("{name} has ended"))),
        }
    }

    /// Updates the model and does what follows from it.
    fn take(&mut self, message: Message) -> io::Result<()> {
        if let Message::Terminal(event) = &message {
            match event {
                TerminalEvent::Key(_) | TerminalEvent::Paste(_) => self.pace.somebody_acts(),
                // Also where it is the old size again: what was cut off meanwhile is gone. A burst of
                // sizes is drawn at the pace of frames.
                TerminalEvent::Resized { .. } => self.display.forget(),
                TerminalEvent::FocusGained | TerminalEvent::FocusLost => {}
            }
        }
        let moment = self.moments.next();
        for effect in update(&mut self.model, message, moment) {
            self.perform(effect)?;
        }
        if !self.model.store.rules().hold(Rule::OneFrameForMany) {
            self.pace.somebody_acts();
            self.draw_if_due()?;
        }
        Ok(())
    }

    fn perform(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Quit => self.leaving = Some(Leaving::Wanted),
            Effect::Suspend => {
                self.display.suspend()?;
                self.suspensions += 1;
                self.model.picture = Picture::Changed;
                return self.take(Message::Network(Network::Awake));
            }
            Effect::Link(command) => self.edges.command(command),
            Effect::Journal { write, record, flush } => self.edges.journal(write, record, flush),
            Effect::WriteCache => self.edges.cache_is_old(self.moments.monotonic()),
            Effect::KeepSignIn { new, refused } => self.edges.keep_sign_in(new, refused),
            Effect::Remark(words) => tracing::info!("{words}"),
        }
        Ok(())
    }

    /// Draws, if a frame would look different and it is time for one.
    fn draw_if_due(&mut self) -> io::Result<()> {
        let now = self.moments.monotonic();
        let moved = self.motion().is_some_and(|due| due <= now);
        let is_old = self.model.picture == Picture::Changed || moved;
        if self.leaving.is_some() || !is_old || self.pace.wait(now).is_some() {
            return Ok(());
        }
        let at = self.moments.now();
        let (model, theme) = (&self.model, self.theme);
        let mut size = Size::default();
        self.display.draw(|frame| {
            size = frame.area().as_size();
            ui::draw(model, at, theme, frame);
        })?;
        self.model.picture = Picture::Same;
        self.pace.drawn(now);
        self.next_motion = ui::next_change(&self.model, size, now);
        Ok(())
    }

    /// What moves does so only while somebody looks.
    fn motion(&self) -> Option<Monotonic> {
        self.next_motion.filter(|_| self.model.watched == Watched::Yes)
    }

    /// When something has to be done although nothing happens.
    fn next_timer(&self) -> Option<Monotonic> {
        let now = self.moments.monotonic();
        let changed = self.model.picture == Picture::Changed;
        let frame = changed.then(|| self.pace.wait(now).unwrap_or(now));
        let wakeups = [next_wakeup(&self.model), self.motion(), self.edges.next_wakeup(), frame];
        wakeups.into_iter().flatten().min()
    }
}

/// What is there already. Polled with the waker of this task and not with one that does nothing: the
/// stream of keys remembers the first one that it is given.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        ready = future => Some(ready),
        () = std::future::ready(()) => None,
    }
}

#[cfg(test)]
mod tests;

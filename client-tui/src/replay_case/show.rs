//! The loop around the pages of a case: keys and signals in, frames out.

use std::io;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::player::{Player, Pressed};
use crate::terminal::{ColourDepth, Screen, Signals, TerminalEvent, TerminalInput, TerminalSignal};
use crate::ui;
use crate::ui::theme::Theme;

/// How long a page that turns by itself stays open: long enough to read a row and what is out.
const PAGE: Duration = Duration::from_millis(1_500);

/// Shows the case until somebody leaves.
///
/// # Errors
/// The terminal cannot be read or drawn on.
pub(super) fn on_the_screen(mut player: Player) -> io::Result<()> {
    let theme = Theme::new(ColourDepth::detect(|name| std::env::var(name).ok()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(show(&mut player, theme))
}

async fn show(player: &mut Player, theme: Theme) -> io::Result<()> {
    // Keys are read in raw mode, which begins here.
    let mut screen = Screen::enter()?;
    let mut input = TerminalInput::new();
    let mut signals = Signals::listen()?;
    let mut pages = interval(PAGE);
    pages.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pages.tick().await;
    loop {
        screen.draw(|frame| ui::draw_case(player, theme, frame))?;
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                TerminalSignal::Quit(_) => return Ok(()),
                TerminalSignal::Continued => screen.resume()?,
            },
            event = input.next() => match event.transpose()? {
                None => return Ok(()),
                Some(TerminalEvent::Key(key)) => match player.press(key.into()) {
                    Pressed::Stay => {}
                    Pressed::Quit => return Ok(()),
                    Pressed::Suspend => screen.suspend()?,
                },
                Some(TerminalEvent::Resized { .. }) => screen.forget(),
                Some(
                    TerminalEvent::Paste(_)
                    | TerminalEvent::FocusGained
                    | TerminalEvent::FocusLost,
                ) => {}
            },
            _ = pages.tick(), if player.goes_on_by_itself() => player.next(),
        }
    }
}

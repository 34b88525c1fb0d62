//! The one function that changes the model: a message and a moment in, effects out.
//!
//! Steps 1, 2 and 9 of an order's way. Pure: nothing is read, sent or written here. Each message is
//! taken whole, so that the next frame shows all that follows from it.

mod choosing;
mod orders;
mod events;
mod editing;
mod entering;
mod moot;
mod facts;

use crossterm::event::KeyEvent;
use optimistic::Monotonic;

use super::cart::{Cart, TextField, Written};
use super::command::Command;
use super::effect::Effect;
use super::keymap::{self, Availability};
use super::message::Message;
use super::model::{Model, Overlay, Picture, Question, Watched};
use super::moment::Moment;
use super::pane::Pane;
use super::toasts::Tone;
use crate::terminal::TerminalEvent;

/// Takes one message in, and says what is to be done, in order.
pub fn update(model: &mut Model, message: Message, moment: Moment) -> Vec<Effect> {
    if is_always_seen(&message) {
        model.picture = Picture::Changed;
    }
    let effects = match message {
        Message::Terminal(event) => terminal(model, event, moment),
        Message::Tick => facts::tick(model, moment),
        Message::Store(input) => facts::store(model, *input, moment),
        Message::Network(event) => facts::network(model, event, moment),
        Message::Backend(event) => facts::backend(model, event, moment),
        Message::SignedIn(customer) => facts::signed_in(model, customer, moment),
        Message::Begin => facts::begin(model, moment),
        Message::CartRestored(cart) => {
            // Whoever was faster than the disk has begun another one.
            if model.cart == Cart::default() {
                model.cart = *cart;
            }
            Vec::new()
        }
        Message::Trouble(words) => {
            model.toasts.show(Tone::Bad, words, None, moment.monotonic());
            Vec::new()
        }
    };
    moot::close(model, moment);
    effects
}

/// Whether a message of this kind is always worth a frame. Of the others, what follows decides.
fn is_always_seen(message: &Message) -> bool {
    match message {
        Message::Tick
        | Message::Terminal(TerminalEvent::FocusLost)
        | Message::Network(_)
        | Message::Store(_)
        | Message::SignedIn(_) => false,
        Message::CartRestored(_)
        | Message::Begin
        | Message::Terminal(_)
        | Message::Backend(_)
        | Message::Trouble(_) => true,
    }
}

/// When a [`Message::Tick`] is due, where nothing else happens.
pub fn next_wakeup(model: &Model) -> Option<Monotonic> {
    let wakeups =
        [model.store.next_wakeup(), model.toasts.next_wakeup(), model.session.next_wakeup()];
    wakeups.into_iter().flatten().min()
}

fn terminal(model: &mut Model, event: TerminalEvent, moment: Moment) -> Vec<Effect> {
    match event {
        TerminalEvent::Key(key) => press(model, key, moment),
        TerminalEvent::Paste(text) => {
            editing::paste(model, &text, moment);
            Vec::new()
        }
        // The next frame takes the size from the terminal itself.
        TerminalEvent::Resized { .. } => Vec::new(),
        TerminalEvent::FocusGained => {
            model.watched = Watched::Yes;
            Vec::new()
        }
        TerminalEvent::FocusLost => {
            model.watched = Watched::No;
            Vec::new()
        }
    }
}

fn press(model: &mut Model, key: KeyEvent, moment: Moment) -> Vec<Effect> {
    let Some(binding) = keymap::resolve(model, key) else {
        editing::type_key(model, key);
        return Vec::new();
    };
    match (binding.availability)(model) {
        Availability::Yes | Availability::As(_) => perform(model, binding.command, moment),
        Availability::No(reason) => {
            model.toasts.show(Tone::Hint, reason.to_owned(), None, moment.monotonic());
            Vec::new()
        }
    }
}

fn perform(model: &mut Model, command: Command, moment: Moment) -> Vec<Effect> {
    match command {
        Command::Quit => return vec![Effect::Quit],
        Command::Suspend => return vec![Effect::Suspend],
        Command::PlaceOrder => return orders::place(model, moment),
        Command::Remove => return orders::remove(model, moment),
        Command::SendAgain => return orders::send_again(model, moment),
        Command::Confirm => return confirm(model, moment),
        Command::Keep => return keep(model, moment),
        Command::UseRow => return choosing::use_row(model, moment),
        Command::ToggleFilter => return events::toggle_filter(model, moment),
        Command::ShowEvents => return events::of_the_selected_order(model, moment),
        Command::ToggleHelp => toggle_help(model),
        Command::Back => back(model),
        Command::GoTo(pane) => return go_to(model, pane, moment),
        Command::NextPane => return go_to(model, model.focus.next(), moment),
        Command::PreviousPane => return go_to(model, model.focus.previous(), moment),
        Command::OpenMenu => return go_to(model, Pane::Menu, moment),
        Command::Select(step) => match &mut model.overlay {
            Some(Overlay::Help { row }) => {
                let rows = crate::ui::help_rows(model.focus);
                *row = step.from(Some(*row), rows).unwrap_or(0);
            }
            None
            | Some(
                Overlay::Question(_)
                | Overlay::Editing { .. }
                | Overlay::Tip(_)
                | Overlay::Rating(_),
            ) => select(model, step),
        },
        Command::EnterTip => entering::begin_tip(model),
        Command::EnterRating => entering::begin_rating(model),
        Command::More => match &mut model.overlay {
            Some(Overlay::Tip(entry)) => entry.more(),
            Some(Overlay::Rating(entry)) => entry.more(),
            None | Some(Overlay::Help { .. } | Overlay::Question(_) | Overlay::Editing { .. }) => {
                choosing::more(model, moment);
            }
        },
        Command::Less => match &mut model.overlay {
            Some(Overlay::Tip(entry)) => entry.less(),
            Some(Overlay::Rating(entry)) => entry.less(),
            None | Some(Overlay::Help { .. } | Overlay::Question(_) | Overlay::Editing { .. }) => {
                choosing::less(model);
            }
        },
        Command::RemoveRow => choosing::remove_row(model),
        Command::EditNote => editing::begin(model, Written::Text(TextField::Note), moment),
        Command::EditDeliverTo => {
            editing::begin(model, Written::Text(TextField::DeliverTo), moment);
        }
        Command::EditWhen => editing::begin(model, Written::When, moment),
        Command::Leave | Command::Decline => model.overlay = None,
    }
    Vec::new()
}

/// Whoever opens a menu wants to know what is left of it.
fn go_to(model: &mut Model, pane: Pane, moment: Moment) -> Vec<Effect> {
    let opens = pane == Pane::Menu && model.focus != Pane::Menu;
    model.focus = pane;
    if opens { facts::look_what_is_left(model, moment) } else { Vec::new() }
}

fn select(model: &mut Model, step: super::command::Step) {
    match model.focus {
        Pane::Restaurants => choosing::select_restaurant(model, step),
        Pane::Menu => choosing::select_dish(model, step),
        Pane::Cart => choosing::select_row(model, step),
        Pane::Orders => orders::select(model, step),
        Pane::UnderTheHood => events::select(model, step),
    }
}

fn toggle_help(model: &mut Model) {
    model.overlay = match model.overlay {
        Some(Overlay::Help { .. }) => None,
        None
        | Some(
            Overlay::Question(_) | Overlay::Editing { .. } | Overlay::Tip(_) | Overlay::Rating(_),
        ) => Some(Overlay::Help { row: 0 }),
    };
}

/// One level back: first what lies over the panes, then the filter, then the pane before.
fn back(model: &mut Model) {
    if model.toasts.dismiss_latest() {
        return;
    }
    match model.focus {
        Pane::UnderTheHood if model.selected.only_order.is_some() => {
            model.selected.only_order = None;
        }
        Pane::Cart if !model.cart.is_empty() => model.focus = Pane::Menu,
        Pane::Restaurants | Pane::Menu | Pane::Cart | Pane::Orders | Pane::UnderTheHood => {
            model.focus = Pane::Restaurants;
        }
    }
}

fn confirm(model: &mut Model, moment: Moment) -> Vec<Effect> {
    let Some(Overlay::Question(question)) = model.overlay.take() else { return Vec::new() };
    match question {
        Question::Cancel(order_id) => orders::cancel(model, order_id, moment),
        Question::StartAnew { restaurant, dish } => {
            model.cart.empty();
            choosing::add(model, restaurant, dish, moment);
            Vec::new()
        }
    }
}

/// Takes over what was entered.
fn keep(model: &mut Model, moment: Moment) -> Vec<Effect> {
    match model.overlay.take() {
        Some(Overlay::Editing { written, input }) => {
            editing::keep(model, written, input, moment);
            Vec::new()
        }
        Some(Overlay::Tip(entry)) => entering::keep_tip(model, &entry, moment),
        Some(Overlay::Rating(entry)) => entering::keep_rating(model, entry, moment),
        Some(Overlay::Help { .. } | Overlay::Question(_)) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests;

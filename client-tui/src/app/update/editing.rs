//! Writing into the cart: the note for the kitchen, where to deliver, and when. Step 1 of an order's
//! way.

use crossterm::event::{Event, KeyEvent};
use shared::order::command::TEXT_LENGTH_MAX;
use tui_input::backend::crossterm::to_input_request;
use tui_input::{Input, InputRequest};

use crate::app::cart::{CartRow, Written};
use crate::app::later;
use crate::app::model::{Model, Overlay};
use crate::app::moment::Moment;
use crate::app::pane::Pane;
use crate::app::toasts::Tone;

/// Begins to write, with what stands there.
pub(super) fn begin(model: &mut Model, written: Written, moment: Moment) {
    model.focus = Pane::Cart;
    model.selected.cart_row = Some(CartRow::Written(written));
    let present = match written {
        Written::Text(field) => model.cart.text(field).to_owned(),
        Written::When => model.cart.scheduled_for().map_or_else(String::new, |at| {
            let now = model.store.server_time(moment.wall());
            later::write(at, now, &model.settings.time_zone)
        }),
    };
    model.overlay = Some(Overlay::Editing { written, input: Input::new(present) });
}

/// Takes over what was written. A time that cannot be read stays as it was typed, to be put right.
pub(super) fn keep(model: &mut Model, written: Written, input: Input, moment: Moment) {
    match written {
        Written::Text(field) => model.cart.set_text(field, input.value().trim().to_owned()),
        Written::When => {
            // The backend decides by its own clock what is ahead.
            let now = model.store.server_time(moment.wall());
            match later::read(input.value(), now, &model.settings.time_zone) {
                Ok(at) => model.cart.set_scheduled_for(at),
                Err(no_time) => {
                    let words = no_time.to_string();
                    model.toasts.show(Tone::Hint, words, None, moment.monotonic());
                    model.overlay = Some(Overlay::Editing { written, input });
                }
            }
        }
    }
}

/// A key that is bound to nothing: what is being written takes it, nobody else.
pub(super) fn type_key(model: &mut Model, key: KeyEvent) {
    let Some(request) = to_input_request(&Event::Key(key)) else { return };
    match (&mut model.overlay, request) {
        (Some(Overlay::Editing { input, .. }), InputRequest::InsertChar(it)) => insert(input, it),
        (Some(Overlay::Editing { input, .. }), request) => {
            input.handle(request);
        }
        (Some(Overlay::Tip(entry)), InputRequest::InsertChar(it)) => entry.type_character(it),
        (Some(Overlay::Tip(entry)), InputRequest::DeletePrevChar) => entry.erase(),
        (Some(Overlay::Rating(entry)), InputRequest::InsertChar(it)) => entry.type_character(it),
        (
            None
            | Some(
                Overlay::Help { .. } | Overlay::Question(_) | Overlay::Tip(_) | Overlay::Rating(_),
            ),
            _,
        ) => {}
    }
}

/// Pasted text goes into what is being written; nowhere else is it taken for keys.
pub(super) fn paste(model: &mut Model, text: &str, moment: Moment) {
    match &mut model.overlay {
        Some(Overlay::Editing { input, .. }) => {
            text.chars().for_each(|character| insert(input, character));
        }
        Some(Overlay::Tip(entry)) => {
            text.chars().for_each(|character| entry.type_character(character));
        }
        None | Some(Overlay::Help { .. } | Overlay::Question(_) | Overlay::Rating(_)) => {
            let hint =
                "Pasted text goes into the note (n), the address (d) or the time (w) of the cart.";
            model.toasts.show(Tone::Hint, hint.to_owned(), None, moment.monotonic());
        }
    }
}

/// The text is never longer than both sides allow, and never has a control character.
fn insert(input: &mut Input, character: char) {
    let fits = input.value().chars().count() < TEXT_LENGTH_MAX;
    if fits && !character.is_control() {
        input.handle(InputRequest::InsertChar(character));
    }
}

//! Writing a text: the note for the kitchen, and where to deliver. Step 1 of an order's way.

use crossterm::event::{Event, KeyEvent};
use shared::order::command::TEXT_LENGTH_MAX;
use tui_input::backend::crossterm::to_input_request;
use tui_input::{Input, InputRequest};

use crate::app::cart::{CartRow, TextField};
use crate::app::model::{Model, Overlay};
use crate::app::moment::Moment;
use crate::app::pane::Pane;
use crate::app::toasts::Tone;

/// Begins to write, with the text as it stands.
pub(super) fn begin(model: &mut Model, field: TextField) {
    model.focus = Pane::Cart;
    model.selected.cart_row = Some(CartRow::Text(field));
    let input = Input::new(model.cart.text(field).to_owned());
    model.overlay = Some(Overlay::Editing { field, input });
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
            let hint = "Pasted text goes into the note (n) or the address (d) of the cart.";
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

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

/// A key that is bound to nothing: a text that is being written takes it, nobody else.
pub(super) fn type_key(model: &mut Model, key: KeyEvent) {
    let Some(Overlay::Editing { input, .. }) = &mut model.overlay else { return };
    match to_input_request(&Event::Key(key)) {
        Some(InputRequest::InsertChar(character)) => insert(input, character),
        Some(request) => {
            input.handle(request);
        }
        None => {}
    }
}

/// Pasted text goes into the text that is being written; nowhere else is it taken for keys.
pub(super) fn paste(model: &mut Model, text: &str, moment: Moment) {
    if let Some(Overlay::Editing { input, .. }) = &mut model.overlay {
        text.chars().for_each(|character| insert(input, character));
    } else {
        let hint = "Pasted text goes into the note (n) or the address (d) of the cart.";
        model.toasts.show(Tone::Hint, hint.to_owned(), None, moment.monotonic());
    }
}

/// The text is never longer than both sides allow, and never has a control character.
fn insert(input: &mut Input, character: char) {
    let fits = input.value().chars().count() < TEXT_LENGTH_MAX;
    if fits && !character.is_control() {
        input.handle(InputRequest::InsertChar(character));
    }
}

/// Takes the text over.
pub(super) fn keep(model: &mut Model) {
    if let Some(Overlay::Editing { field, input }) = model.overlay.take() {
        model.cart.set_text(field, input.value().trim().to_owned());
    }
}

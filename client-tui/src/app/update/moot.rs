//! Closes a question, or an entry, that its order has outrun: an answer could only be refused.
//! Step 9 of an order's way.

use optimistic::view::Row;
use shared::id::OrderId;

use crate::app::keymap::{cancellation, rating, tip};
use crate::app::model::{Model, Overlay, Picture, Question};
use crate::app::moment::Moment;
use crate::app::toasts::Tone;

/// Looks whether what lies over the panes can still be answered, and if not, says why.
pub(super) fn close(model: &mut Model, moment: Moment) {
    let why = match &model.overlay {
        Some(Overlay::Question(Question::Cancel(order_id))) => {
            why_not(model, *order_id, cancellation)
        }
        Some(Overlay::Tip(entry)) => why_not(model, entry.order_id, tip),
        Some(Overlay::Rating(entry)) => why_not(model, entry.order_id, rating),
        Some(
            Overlay::Help { .. }
            | Overlay::Editing { .. }
            | Overlay::Question(Question::StartAnew { .. }),
        )
        | None => return,
    };
    if let Some(why) = why {
        model.overlay = None;
        model.picture = Picture::Changed;
        model.toasts.show(Tone::Hint, why.to_owned(), None, moment.monotonic());
    }
}

fn why_not(
    model: &Model,
    order_id: OrderId,
    ask: impl Fn(&Row<'_>) -> Result<(), &'static str>,
) -> Option<&'static str> {
    let view = model.timeless_view();
    let row = view.rows.iter().find(|row| row.order.id == order_id);
    row.map_or(Some("This order is not shown any more."), |row| ask(row).err())
}

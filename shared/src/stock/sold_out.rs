//! What a customer is told who gets no portions: the truth, and what can be done instead.

use super::event::Portions;
use super::{Precedence, Stock};

/// Who came before the customer by less than this, in seconds, was in a race with them, and they are
/// told of it. Before that it was simply sold out.
const RACE: i64 = 60;

impl Stock {
    /// Why an order does not get these portions.
    pub(super) fn why_not(&self, precedence: Precedence, short: &Portions) -> String {
        let name = &short.name;
        match self.left(short.menu_item_id).unwrap_or_default() {
            0 => format!("{} Choose another dish.", self.who_was_first(precedence, short)),
            1 => format!("only one {name} is left today. Order one, or choose another dish."),
            left => format!(
                "only {left} x {name} are left today. Order {left}, or choose another dish."
            ),
        }
    }

    fn who_was_first(&self, precedence: Precedence, short: &Portions) -> String {
        let name = &short.name;
        let took = |(_, taken): &(_, &super::Taken)| {
            taken.portions.iter().any(|it| it.is_of(short.menu_item_id))
        };
        let last = self.taken.iter().filter(took).map(|(order_id, taken)| Precedence {
            placed_at: taken.placed_at,
            order_id: *order_id,
        });
        let Some(last) = last.max() else { return format!("{name} is sold out for today.") };
        if last > precedence {
            return format!(
                "the last {name} went to another order while yours could not be looked at."
            );
        }
        match precedence.placed_at.duration_since(last.placed_at).as_secs() {
            0 => format!("the last {name} went to an order that was placed a moment before yours."),
            seconds @ 1..RACE => {
                format!(
                    "the last {name} went to an order that was placed {seconds} s before yours."
                )
            }
            _ => format!("{name} is sold out for today."),
        }
    }
}

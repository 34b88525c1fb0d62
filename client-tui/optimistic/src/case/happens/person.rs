//! What a person does at the terminal. Step 1 of an order's way.

use shared::id::OrderId;

use super::super::names::{order_id, wish};
use super::super::stage::{Cannot, Stage};
use super::{Done, mutation, order};
use crate::input::Input;

pub(super) fn perform(stage: &mut Stage, words: &[&str], _text: &str) -> Done {
    match words {
        ["place", number] => place(stage, number),
        ["place", first, "to", last] => {
            for number in order(first)?..=order(last)? {
                place(stage, &number.to_string())?;
            }
            Ok(())
        }
        ["cancel", number] => {
            let mutation_id = mutation(stage, &["cancel", number])?;
            let order_id = order_of(number)?;
            tell(stage, Input::Cancel { mutation_id, order_id })
        }
        ["take", "back", name @ ..] => {
            let mutation_id = mutation(stage, name)?;
            tell(stage, Input::TakeBack { mutation_id })
        }
        ["retry", name @ ..] => {
            let mutation_id = mutation(stage, name)?;
            tell(stage, Input::RetryNow { mutation_id })
        }
        ["dismiss", name @ ..] => {
            let mutation_id = mutation(stage, name)?;
            tell(stage, Input::Dismiss { mutation_id })
        }
        _ => Err(Cannot::NotUnderstood),
    }
}

fn place(stage: &mut Stage, number: &str) -> Done {
    let mutation_id = mutation(stage, &["place", number])?;
    let order = wish(order_of(number)?)
        .ok_or_else(|| Cannot::Happen("the house has no dishes".to_owned()))?;
    tell(stage, Input::Place { mutation_id, order })
}

/// The order of a mutation with this number: `1b` is the second one on order 1.
fn order_of(number: &str) -> Result<OrderId, Cannot> {
    order(number.trim_end_matches(|it: char| it.is_ascii_lowercase())).map(order_id)
}

fn tell(stage: &mut Stage, input: Input) -> Done {
    stage.terminal()?.client.tell(input);
    Ok(())
}

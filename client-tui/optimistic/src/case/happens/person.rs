//! What a person does at the terminal. Step 1 of an order's way.

use shared::id::OrderId;
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use super::super::names::{order_id, wish};
use super::super::stage::{Cannot, Stage};
use super::{Done, mutation, numbered, order};
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
        ["tip", number, amount] => {
            let mutation_id = mutation(stage, &["tip", number])?;
            let order_id = order_of(number)?;
            tell(stage, Input::SetTip { mutation_id, order_id, tip: tip(amount)? })
        }
        ["rate", number, stars] => {
            let mutation_id = mutation(stage, &["rate", number])?;
            let order_id = order_of(number)?;
            let rating = stars.parse().ok().and_then(|stars: i64| Rating::try_from(stars).ok());
            let rating = rating
                .ok_or_else(|| Cannot::Malformed(format!("“{stars}” is no rating: 1 to 5")))?;
            tell(stage, Input::Rate { mutation_id, order_id, rating })
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

fn order_of(number: &str) -> Result<OrderId, Cannot> {
    numbered(number).map(|(order, _)| order_id(order))
}

/// `$5.00`
fn tip(amount: &str) -> Result<Tip, Cannot> {
    let dollars_and_cents = amount.strip_prefix('$').and_then(|it| it.split_once('.'));
    let cents = dollars_and_cents.and_then(|(dollars, cents)| {
        let dollars: i64 = dollars.parse().ok()?;
        dollars.checked_mul(100)?.checked_add(cents.parse().ok()?)
    });
    let cents =
        cents.ok_or_else(|| Cannot::Malformed(format!("“{amount}” is no sum like $5.00")))?;
    Tip::try_from(cents).map_err(|invalid| Cannot::Malformed(invalid.to_string()))
}

fn tell(stage: &mut Stage, input: Input) -> Done {
    stage.terminal()?.client.tell(input);
    Ok(())
}

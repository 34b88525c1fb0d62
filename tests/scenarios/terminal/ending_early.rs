//! Orders that end without food: each says in words why, and what has become of the money.

use anyhow::Result;

use super::person::{Dish, Home, LASAGNE, RAMEN, THIRTEEN, only_order};
use crate::house::{House, text};

/// Orders, and waits for this status with these words beside it.
fn assert_ends(
    dish: &Dish,
    portions: usize,
    (status, word): (&str, &str),
    says: &[&str],
) -> Result<()> {
    let house = House::open(0.0)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.chooses(dish, portions)?;
    ada.types("p")?;
    ada.sees_status(word)?;
    for words in says {
        ada.reads(words)?;
    }
    let order = only_order(&home.customer(&house.backend.url())?, status)?;
    assert_eq!(house.books()?.of(text(&order, "/id").parse()?)?.kept(), 0);
    Ok(())
}

#[test]
fn a_closed_restaurant_rejects_with_another_way() -> Result<()> {
    let says = ["Moonlight Ramen is closed. Choose another restaurant.", "nothing charged"];
    assert_ends(&RAMEN, 1, ("REJECTED", "Rejected"), &says)
}

#[test]
fn a_restaurant_that_refuses_says_why_and_the_money_is_back() -> Result<()> {
    let says = ["at most $60.00 at a time. Order a little less.", "back on the card"];
    assert_ends(&LASAGNE, 5, ("REJECTED", "Rejected"), &says)
}

#[test]
fn a_card_that_is_declined_is_told_in_words() -> Result<()> {
    let says = ["your bank did not pay $13.13. Order something else.", "declined by the bank"];
    assert_ends(&THIRTEEN, 1, ("PAYMENT_DECLINED", "Payment declined"), &says)
}

#[test]
fn a_closed_restaurant_says_so_before_one_orders() -> Result<()> {
    let house = House::open(0.0)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.chooses(&RAMEN, 1)?;
    ada.sees("Closed just now")?;
    Ok(())
}

#[test]
fn bad_news_reaches_whoever_looks_elsewhere_and_esc_dismisses_it() -> Result<()> {
    // A grace of a tenth of a second: time to look elsewhere.
    let house = House::open(0.02)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.chooses(&THIRTEEN, 1)?;
    ada.types("p1")?;
    ada.sees("Your order ended as")?;
    ada.sees("Esc dismisses")?;
    ada.presses(harness::Key::Escape)?;
    ada.sees_no_more("Your order ended as")?;
    Ok(())
}

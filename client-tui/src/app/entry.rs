//! A tip or a rating that is being entered for an order. Step 1 of an order's way.
//!
//! Whatever is typed, what stands there is always a tip or a rating that both sides allow, so that
//! nothing has to be checked when it is taken over.

use shared::id::OrderId;
use shared::money::Cents;
use shared::order::rating::Rating;
use shared::order::tip::Tip;

use super::cart::TIP_STEP;

/// `100.00`: nobody types more than the largest tip.
const TYPED_LENGTH_MAX: usize = 6;
/// Of a dollar.
const DECIMALS: usize = 2;

/// A tip that is being entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TipEntry {
    /// Whose tip.
    pub order_id: OrderId,
    tip: Tip,
    /// Dollars as they were typed so far; `None` where the tip was counted up or down.
    typed: Option<String>,
}

/// A rating that is being entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatingEntry {
    /// Which order is rated.
    pub order_id: OrderId,
    /// What was chosen, or has been said before.
    pub rating: Option<Rating>,
}

impl TipEntry {
    /// Begins with the tip as it stands.
    pub fn new(order_id: OrderId, present: Cents) -> Self {
        Self { order_id, tip: Tip::saturating(present), typed: None }
    }

    /// The tip as entered so far.
    pub const fn tip(&self) -> Tip {
        self.tip
    }

    /// The amount as it is to be shown: what was typed, or the tip as a price.
    pub fn text(&self) -> String {
        match &self.typed {
            Some(typed) => format!("${typed}"),
            None => self.tip.to_string(),
        }
    }

    /// One step more.
    pub fn more(&mut self) {
        self.count(self.tip.cents().plus(TIP_STEP));
    }

    /// One step less.
    pub fn less(&mut self) {
        let less = self.tip.cents().get().saturating_sub(TIP_STEP.get());
        self.count(Cents::saturating(less));
    }

    fn count(&mut self, amount: Cents) {
        *self = Self::new(self.order_id, amount);
    }

    /// One more character of an amount in dollars. One that leads to no tip is not taken.
    pub fn type_character(&mut self, character: char) {
        let character = if character == ',' { '.' } else { character };
        let mut typed = self.typed.clone().unwrap_or_default();
        typed.push(character);
        self.take_typed(typed);
    }

    /// Takes the last character away; an amount that was counted goes as a whole.
    pub fn erase(&mut self) {
        let mut typed = self.typed.clone().unwrap_or_default();
        typed.pop();
        self.take_typed(typed);
    }

    fn take_typed(&mut self, typed: String) {
        if let Some(tip) = in_dollars(&typed) {
            self.tip = tip;
            self.typed = Some(typed);
        }
    }
}

/// `3`, `3.`, `3.5`, `3.50` and `.5` are amounts, and nothing is none; `None` where it is no tip.
fn in_dollars(typed: &str) -> Option<Tip> {
    let (dollars, cents) = typed.split_once('.').unwrap_or((typed, ""));
    let is_number = |part: &str| part.chars().all(|character| character.is_ascii_digit());
    let is_amount = is_number(dollars) && is_number(cents) && cents.len() <= DECIMALS;
    if !is_amount || typed.len() > TYPED_LENGTH_MAX {
        return None;
    }
    // The part after the point is filled up: `.5` is fifty cents.
    let in_cents: i64 = format!("0{dollars}{cents:0<DECIMALS$}").parse().ok()?;
    Tip::try_from(in_cents).ok()
}

impl RatingEntry {
    /// One star more; the first one where nothing was chosen.
    pub fn more(&mut self) {
        let stars = self.rating.map_or(0, i64::from);
        self.rating = Rating::try_from(stars + 1).ok().or(self.rating);
    }

    /// One star less, down to one.
    pub fn less(&mut self) {
        let stars = self.rating.map_or(0, i64::from);
        self.rating = Rating::try_from(stars - 1).ok().or(self.rating);
    }

    /// A digit that is a rating; others are not taken.
    pub fn type_character(&mut self, character: char) {
        let stars = character.to_digit(10).map(i64::from);
        self.rating = stars.and_then(|stars| Rating::try_from(stars).ok()).or(self.rating);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const ORDER: OrderId = OrderId::new(Uuid::nil());

    fn typed(text: &str) -> TipEntry {
        let mut entry = TipEntry::new(ORDER, Cents::saturating(2_00));
        text.chars().for_each(|character| entry.type_character(character));
        entry
    }

    #[test]
    fn an_amount_is_typed_in_dollars_in_the_way_people_write_it() {
        for (text, cents, shown) in [
            ("", 2_00, "$2.00"),
            ("3", 3_00, "$3"),
            ("3.5", 3_50, "$3.5"),
            ("3,05", 3_05, "$3.05"),
            (".5", 50, "$.5"),
            ("100", 100_00, "$100"),
            ("007", 7_00, "$007"),
        ] {
            let entry = typed(text);
            assert_eq!(
                (entry.tip().cents().get(), entry.text().as_str()),
                (cents, shown),
                "{text}"
            );
        }
    }

    #[test]
    fn a_character_that_leads_to_no_tip_is_not_taken() {
        for (text, shown) in [("1001", "$100"), ("3.505", "$3.50"), ("3..", "$3."), ("x4-", "$4")] {
            assert_eq!(typed(text).text(), shown, "{text}");
        }
    }

    #[test]
    fn counting_goes_on_from_what_was_typed_and_typing_begins_anew_after_counting() {
        let mut entry = typed("3.20");
        entry.more();
        assert_eq!(entry.text(), "$3.70");
        entry.less();
        entry.less();
        assert_eq!(entry.text(), "$2.70");
        entry.type_character('9');
        assert_eq!(entry.text(), "$9");
        entry.erase();
        assert_eq!((entry.text().as_str(), entry.tip()), ("$", Tip::NONE));
        entry.less();
        assert_eq!(entry.text(), "$0.00");
    }

    #[test]
    fn stars_are_counted_or_typed_from_one_to_five() {
        let mut entry = RatingEntry { order_id: ORDER, rating: None };
        entry.less();
        assert_eq!(entry.rating, None);
        entry.more();
        entry.less();
        assert_eq!(entry.rating, Some(Rating::WORST));
        entry.type_character('5');
        entry.more();
        entry.type_character('7');
        entry.type_character('x');
        assert_eq!(entry.rating, Some(Rating::BEST));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_what_is_shown_is_the_tip_that_is_taken(text in "[-0-9.,+x]{0,12}") {
            let entry = typed(&text);
            if let Some(shown) = &entry.typed {
                let dollars: f64 = format!("0{shown}").parse().unwrap();
                let cents = f64::from(entry.tip().cents().get());
                prop_assert!((dollars * 100.0 - cents).abs() < 0.01);
            }
        }
    }
}

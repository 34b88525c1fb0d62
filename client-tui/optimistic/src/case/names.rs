//! What a case calls things: `place 1`, `cancel 1`, `tip 1b` are mutations of order 1, `order 1` is an
//! order. A name and its id say the same, so that whatever comes back can be named again.

use std::fmt;

use shared::catalog::house;
use shared::id::{MutationId, OrderId};
use shared::money::Cents;
use shared::order::command::{LineRequest, OrderDraft, PlaceOrder, Quantity};
use shared::order::tip::Tip;
use uuid::Uuid;

use crate::intent::IntentKind;

/// Where the ids of orders begin.
const ORDERS: u128 = 0x1000;
/// Where the ids of mutations begin: far above those of anything else in a case.
const MUTATIONS: u128 = 0x2000 << 64;

/// A terminal: A, B … The customer's other terminals, of which a case tells nothing more, are one too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TerminalName(pub(crate) char);

/// A mutation's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MutationName {
    pub(crate) terminal: TerminalName,
    pub(crate) kind: IntentKind,
    pub(crate) order: u32,
    /// `a` for the first one of its kind on this order, which has no letter in its name.
    pub(crate) letter: char,
}

/// The id of this order.
pub(crate) fn order_id(number: u32) -> OrderId {
    OrderId::new(Uuid::from_u128(ORDERS + u128::from(number)))
}

/// The number of this order.
pub(crate) fn order_number(order_id: OrderId) -> u128 {
    order_id.uuid().as_u128().saturating_sub(ORDERS)
}

/// What every order of a case is: two portions of the first dish of the first restaurant, $29.00, and a
/// tip of $2.00. `None` if the house had no dishes.
pub(crate) fn wish(order_id: OrderId) -> Option<PlaceOrder> {
    let catalog = house::of_the_house();
    let restaurant = catalog.restaurants.first()?;
    let dish = restaurant.menu.first()?;
    let quantity = Quantity::try_from(2).ok()?;
    let draft = OrderDraft {
        order_id,
        restaurant_id: restaurant.id,
        lines: vec![LineRequest { menu_item_id: dish.id, quantity }],
        tip: Tip::saturating(TIP),
        note: None,
        deliver_to: None,
        expected_subtotal: Some(dish.price.times(2)),
        placed_at: None,
        scheduled_for: None,
    };
    draft.try_into().ok()
}

/// The tip of an order that nobody has changed; a row names only another one.
pub(crate) const TIP: Cents = Cents::saturating(2_00);

impl MutationName {
    /// Its id.
    pub(crate) fn id(self) -> MutationId {
        let kind = match self.kind {
            IntentKind::Place => 0,
            IntentKind::Cancel => 1,
            IntentKind::SetTip => 2,
            IntentKind::Rate => 3,
            IntentKind::Unknown => 4,
        };
        let low = kind << 32 | u128::from(self.order);
        let high =
            u128::from(u32::from(self.terminal.0)) << 8 | u128::from(letter_index(self.letter));
        MutationId::new(Uuid::from_u128(MUTATIONS | high << 40 | low))
    }

    /// The name that has this id, if any.
    pub(crate) fn of(mutation_id: MutationId) -> Option<Self> {
        let number = mutation_id.uuid().as_u128();
        let terminal = u32::try_from(number >> 48 & 0xff).ok().and_then(char::from_u32)?;
        let letter = u8::try_from(number >> 40 & 0xff).ok()?.checked_add(b'a')?;
        let kind = match number >> 32 & 0xff {
            0 => IntentKind::Place,
            1 => IntentKind::Cancel,
            2 => IntentKind::SetTip,
            3 => IntentKind::Rate,
            4 => IntentKind::Unknown,
            _ => return None,
        };
        let order = u32::try_from(number & 0xffff_ffff).ok()?;
        let name =
            Self { terminal: TerminalName(terminal), kind, order, letter: char::from(letter) };
        (name.id() == mutation_id).then_some(name)
    }

    /// How it is called at this terminal.
    pub(crate) fn at(self, terminal: TerminalName) -> String {
        if self.terminal == terminal {
            self.to_string()
        } else {
            format!("{}'s {self}", self.terminal.0)
        }
    }
}

impl fmt::Display for MutationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", word(self.kind), self.order)?;
        if self.letter == 'a' { Ok(()) } else { write!(f, "{}", self.letter) }
    }
}

/// The word of this kind in a case.
pub(crate) const fn word(kind: IntentKind) -> &'static str {
    match kind {
        IntentKind::Place => "place",
        IntentKind::Cancel => "cancel",
        IntentKind::SetTip => "tip",
        IntentKind::Rate => "rate",
        IntentKind::Unknown => "unknown",
    }
}

/// The kind with this word.
pub(crate) fn kind(word: &str) -> Option<IntentKind> {
    match word {
        "place" => Some(IntentKind::Place),
        "cancel" => Some(IntentKind::Cancel),
        "tip" => Some(IntentKind::SetTip),
        "rate" => Some(IntentKind::Rate),
        "unknown" => Some(IntentKind::Unknown),
        _ => None,
    }
}

fn letter_index(letter: char) -> u8 {
    u8::try_from(letter).map_or(0, |letter| letter.saturating_sub(b'a'))
}

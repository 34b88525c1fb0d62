//! What is about to be ordered: dishes of one restaurant, a tip, a note, an address and a time.
//!
//! Step 1 of an order's way begins here. The cart keeps the bounds that both sides share, so that what
//! it hands over is always an order that the backend takes; prices come from the catalogue each time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::catalog::{Catalog, MenuItem};
use shared::id::{MenuItemId, OrderId, RestaurantId};
use shared::money::Cents;
use shared::order::command::{
    InvalidOrder, LINES_MAX, LineRequest, OrderDraft, PlaceOrder, QUANTITY_MAX, Quantity,
};
use shared::order::tip::Tip;
use thiserror::Error;
use uuid::Uuid;

/// How much one press changes the tip.
pub const TIP_STEP: Cents = Cents::saturating(50);

/// The cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct Cart {
    restaurant: Option<RestaurantId>,
    lines: Vec<LineRequest>,
    tip: Tip,
    note: String,
    deliver_to: String,
    scheduled_for: Option<Timestamp>,
}

/// A cart as it was kept in a file, before anybody has looked whether it keeps its bounds.
#[derive(Deserialize)]
struct Kept {
    restaurant: Option<RestaurantId>,
    lines: Vec<LineRequest>,
    tip: Tip,
    note: String,
    deliver_to: String,
    /// Programs before orders for later have kept none.
    #[serde(default)]
    scheduled_for: Option<Timestamp>,
}

impl TryFrom<Kept> for Cart {
    type Error = InvalidOrder;

    fn try_from(kept: Kept) -> Result<Self, InvalidOrder> {
        let Kept { restaurant, lines, tip, note, deliver_to, scheduled_for } = kept;
        let cart = Self { restaurant, lines, tip, note, deliver_to, scheduled_for };
        // Whatever could be ordered may be in a cart, and nothing as well; prices do not matter here.
        match cart.order(OrderId::new(Uuid::nil()), &Catalog::default(), Timestamp::UNIX_EPOCH) {
            Ok(_) => Ok(cart),
            // What is left of it is the address.
            Err(InvalidOrder::NoLines) => {
                Ok(Self { deliver_to: cart.deliver_to, ..Self::default() })
            }
            Err(invalid) => Err(invalid),
        }
    }
}

/// A row of the cart, which the selection names; a dish by its id, not by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CartRow {
    /// A dish and its quantity.
    Dish(MenuItemId),
    /// The tip.
    Tip,
    /// Something that one writes.
    Written(Written),
    /// The row that places the order.
    Place,
}

/// What one writes into the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Written {
    /// A text, kept as it was written.
    Text(TextField),
    /// When it is to arrive, kept as what was meant.
    When,
}

/// A text that one can write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextField {
    /// For the kitchen.
    Note,
    /// Where to.
    DeliverTo,
}

/// Why a dish does not go into the cart; each says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CartFull {
    /// An order is cooked in one kitchen.
    #[error("the cart holds dishes of another restaurant")]
    AnotherRestaurant,
    /// Too many dishes.
    #[error("An order takes at most {LINES_MAX} different dishes: place this one, then a second.")]
    Lines,
    /// Too many portions of one dish.
    #[error("An order takes at most {QUANTITY_MAX} portions of a dish: place a second order.")]
    Portions,
}

impl Cart {
    /// Whose dishes it holds.
    pub fn restaurant(&self) -> Option<RestaurantId> {
        self.restaurant
    }

    /// The dishes, in the order in which they were chosen.
    pub fn lines(&self) -> &[LineRequest] {
        &self.lines
    }

    /// The tip.
    pub fn tip(&self) -> Cents {
        self.tip.cents()
    }

    /// A text as it stands.
    pub fn text(&self, field: TextField) -> &str {
        match field {
            TextField::Note => &self.note,
            TextField::DeliverTo => &self.deliver_to,
        }
    }

    /// Not before this is it to arrive; none where it is as soon as can be.
    pub fn scheduled_for(&self) -> Option<Timestamp> {
        self.scheduled_for
    }

    /// Whether nothing was written there.
    pub fn is_unwritten(&self, written: Written) -> bool {
        match written {
            Written::Text(field) => self.text(field).is_empty(),
            Written::When => self.scheduled_for.is_none(),
        }
    }

    /// Whether there is nothing to order.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many portions of this dish.
    pub fn portions_of(&self, dish: MenuItemId) -> u8 {
        let line = self.lines.iter().find(|line| line.menu_item_id == dish);
        line.map_or(0, |line| line.quantity.get())
    }

    /// How many portions in all.
    pub fn portions(&self) -> u32 {
        self.lines.iter().map(|line| u32::from(line.quantity.get())).sum()
    }

    /// What the dishes cost at the catalogue's prices; one that it no longer has costs nothing.
    pub fn subtotal(&self, catalog: &Catalog) -> Cents {
        self.lines.iter().fold(Cents::ZERO, |sum, line| {
            let price = self.dish(line, catalog).map_or(Cents::ZERO, |dish| dish.price);
            sum.plus(price.times(line.quantity.get().into()))
        })
    }

    /// The dish of a line, while the catalogue has it.
    pub fn dish<'a>(&self, line: &LineRequest, catalog: &'a Catalog) -> Option<&'a MenuItem> {
        catalog.restaurant(self.restaurant?)?.dish(line.menu_item_id)
    }

    /// The rows that can be selected, from top to bottom.
    pub fn rows(&self) -> Vec<CartRow> {
        if self.is_empty() {
            return Vec::new();
        }
        let dishes = self.lines.iter().map(|line| CartRow::Dish(line.menu_item_id));
        let rest = [
            CartRow::Tip,
            CartRow::Written(Written::Text(TextField::Note)),
            CartRow::Written(Written::Text(TextField::DeliverTo)),
            CartRow::Written(Written::When),
            CartRow::Place,
        ];
        dishes.chain(rest).collect()
    }

    /// One portion more.
    ///
    /// # Errors
    /// The bound that it would break; the cart is as it was.
    pub fn add(&mut self, restaurant: RestaurantId, dish: MenuItemId) -> Result<(), CartFull> {
        if !self.is_empty() && self.restaurant != Some(restaurant) {
            return Err(CartFull::AnotherRestaurant);
        }
        let length = self.lines.len();
        let more = i64::from(self.portions_of(dish)) + 1;
        let quantity = Quantity::try_from(more).map_err(|_| CartFull::Portions)?;
        match self.lines.iter_mut().find(|line| line.menu_item_id == dish) {
            Some(line) => line.quantity = quantity,
            None if length >= LINES_MAX => return Err(CartFull::Lines),
            None => self.lines.push(LineRequest { menu_item_id: dish, quantity }),
        }
        self.restaurant = Some(restaurant);
        Ok(())
    }

    /// One portion less; the last one takes the line with it.
    pub fn remove_one(&mut self, dish: MenuItemId) {
        let fewer = i64::from(self.portions_of(dish)) - 1;
        match Quantity::try_from(fewer) {
            Ok(quantity) => {
                let line = self.lines.iter_mut().find(|line| line.menu_item_id == dish);
                if let Some(line) = line {
                    line.quantity = quantity;
                }
            }
            Err(_) => self.remove_all(dish),
        }
    }

    /// The whole line.
    pub fn remove_all(&mut self, dish: MenuItemId) {
        self.lines.retain(|line| line.menu_item_id != dish);
    }

    /// Sets the tip, at most the largest one.
    pub fn set_tip(&mut self, tip: Cents) {
        self.tip = Tip::saturating(tip);
    }

    /// Sets a text.
    pub fn set_text(&mut self, field: TextField, text: String) {
        match field {
            TextField::Note => self.note = text,
            TextField::DeliverTo => self.deliver_to = text,
        }
    }

    /// Sets when it is to arrive.
    pub fn set_scheduled_for(&mut self, at: Option<Timestamp>) {
        self.scheduled_for = at;
    }

    /// Takes back what was written there.
    pub fn clear(&mut self, written: Written) {
        match written {
            Written::Text(field) => self.set_text(field, String::new()),
            Written::When => self.scheduled_for = None,
        }
    }

    /// Ready for the next order: the address stays, because one rarely moves between two meals.
    pub fn empty(&mut self) {
        let deliver_to = std::mem::take(&mut self.deliver_to);
        *self = Self { deliver_to, ..Self::default() };
    }

    /// The order that it is, at the prices that its customer sees.
    ///
    /// # Errors
    /// What is missing or too much; an empty cart is one such case.
    pub fn order(
        &self,
        order_id: OrderId,
        catalog: &Catalog,
        placed_at: Timestamp,
    ) -> Result<PlaceOrder, InvalidOrder> {
        let Some(restaurant_id) = self.restaurant.filter(|_| !self.is_empty()) else {
            return Err(InvalidOrder::NoLines);
        };
        PlaceOrder::try_from(OrderDraft {
            order_id,
            restaurant_id,
            lines: self.lines.clone(),
            tip: self.tip,
            note: Some(self.note.clone()),
            deliver_to: Some(self.deliver_to.clone()),
            expected_subtotal: Some(self.subtotal(catalog)),
            placed_at: Some(placed_at),
            scheduled_for: self.scheduled_for,
        })
    }
}

#[cfg(test)]
mod tests;

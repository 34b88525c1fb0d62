//! All that the program knows and shows, in one value that only `update` changes.
//! Steps 2 and 9 of an order's way.
//!
//! Selections are ids, never row numbers: an event that arrives moves no selection. What is selected
//! but gone counts as the first row.

use jiff::tz::TimeZone;
use optimistic::outcome::Outcome;
use optimistic::view::{Looking, Row, View};
use optimistic::{Monotonic, State};
use shared::catalog::{Catalog, MenuItem, Restaurant};
use shared::id::{EventId, MenuItemId, OrderId, RestaurantId};
use shared::order::Order;
use tui_input::Input;

use super::cart::{Cart, CartRow, Written};
use super::connection::Connection;
use super::entry::{RatingEntry, TipEntry};
use super::events::EventLog;
use super::pane::Pane;
use super::session::Session;
use super::toasts::Toasts;
use crate::link::contract::LoggedEvent;
use crate::ui::motion::Motion;

/// The state of the program.
#[derive(Clone, Debug)]
pub struct Model {
    /// Orders and catalogue: facts, and what is pending over them.
    pub store: State,
    /// The conversation with the backend.
    pub session: Session,
    /// How the backend is reached, and whether it is.
    pub connection: Connection,
    /// The events under the hood.
    pub events: EventLog,
    /// What is about to be ordered.
    pub cart: Cart,
    /// The pane that takes the keys.
    pub focus: Pane,
    /// What is selected in each pane.
    pub selected: Selected,
    /// What lies over the panes and takes the keys first.
    pub overlay: Option<Overlay>,
    /// Short messages.
    pub toasts: Toasts,
    /// Whether somebody looks.
    pub watched: Watched,
    /// What the person has set.
    pub settings: Settings,
    /// Whether a frame would look different now.
    pub picture: Picture,
}

/// Whether the last frame still shows the model as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// It does, but for what moves by itself.
    Same,
    /// It does not.
    Changed,
}

/// What is selected in each pane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// The restaurant; its menu is shown.
    pub restaurant: Option<RestaurantId>,
    /// The dish of the menu.
    pub dish: Option<MenuItemId>,
    /// The row of the cart.
    pub cart_row: Option<CartRow>,
    /// The order; its line of life is shown.
    pub order: Option<OrderId>,
    /// The event; `None` follows the newest one.
    pub event: Option<EventId>,
    /// Only the events of this order are shown.
    pub only_order: Option<OrderId>,
}

/// What lies over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// All keys and marks.
    Help {
        /// The row that is looked at.
        row: usize,
    },
    /// A question that wants a yes or a no.
    Question(Question),
    /// Something of the cart that is being written.
    Editing {
        /// What.
        written: Written,
        /// What it is so far.
        input: Input,
    },
    /// A tip that is being entered.
    Tip(TipEntry),
    /// A rating that is being entered.
    Rating(RatingEntry),
}

/// A question, asked only where something would be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Cancel this order?
    Cancel(OrderId),
    /// Empty the cart, and begin another with this dish?
    StartAnew {
        /// Whose dish.
        restaurant: RestaurantId,
        /// The dish.
        dish: MenuItemId,
    },
}

/// Whether somebody looks at the terminal. Those that never say so are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Somebody does.
    Yes,
    /// The terminal has lost the focus: nothing needs to move.
    No,
}

/// What the person has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How much may move.
    pub motion: Motion,
    /// Where the person is.
    pub time_zone: TimeZone,
}

impl Settings {
    /// What became of a mutation, with the times of day where the person is.
    pub fn explain(&self, outcome: &Outcome) -> String {
        outcome.explanation(|at| at.to_zoned(self.time_zone.clone()).strftime("%H:%M").to_string())
    }
}

impl Model {
    /// The program before anything has happened.
    pub fn new(store: State, session: Session, connection: Connection, settings: Settings) -> Self {
        Self {
            store,
            session,
            connection,
            events: EventLog::default(),
            cart: Cart::default(),
            focus: Pane::Restaurants,
            selected: Selected::default(),
            overlay: None,
            toasts: Toasts::default(),
            watched: Watched::Yes,
            settings,
            picture: Picture::Changed,
        }
    }

    /// The restaurants, empty while they are not known.
    pub fn restaurants(&self) -> &[Restaurant] {
        self.store.catalog().map_or(&[], |catalog: &Catalog| &catalog.restaurants)
    }

    /// The selected restaurant: the first one unless another was chosen.
    pub fn restaurant(&self) -> Option<&Restaurant> {
        let restaurants = self.restaurants();
        let chosen = |it: &&Restaurant| Some(it.id) == self.selected.restaurant;
        restaurants.iter().find(chosen).or(restaurants.first())
    }

    /// The selected dish of the selected restaurant.
    pub fn dish(&self) -> Option<&MenuItem> {
        let menu = &self.restaurant()?.menu;
        let chosen = |it: &&MenuItem| Some(it.id) == self.selected.dish;
        menu.iter().find(chosen).or(menu.first())
    }

    /// The selected row of the cart.
    pub fn cart_row(&self) -> Option<CartRow> {
        let rows = self.cart.rows();
        let chosen = |row: &&CartRow| Some(**row) == self.selected.cart_row;
        rows.iter().find(chosen).or(rows.first()).copied()
    }

    /// The orders as they are shown, seen at no particular moment: ages and totals mean nothing.
    pub fn timeless_view(&self) -> View<'_> {
        self.view_at(Monotonic::default())
    }

    /// The orders as they are shown at this moment, on no particular day: totals mean nothing.
    pub fn view_at(&self, now: Monotonic) -> View<'_> {
        let looking = Looking { now, day_began: jiff::Timestamp::UNIX_EPOCH };
        optimistic::view(&self.store, &looking)
    }

    /// The selected order as it is drawn: the newest one unless another was chosen.
    pub fn selected_order(&self) -> Option<&Order> {
        let view = self.timeless_view();
        let row = view.rows.get(self.order_index(&view.rows)?)?;
        Some(row.order)
    }

    /// Where the selected order stands among these rows.
    pub fn order_index(&self, rows: &[Row<'_>]) -> Option<usize> {
        let chosen = rows.iter().position(|row| Some(row.order.id) == self.selected.order);
        chosen.or((!rows.is_empty()).then_some(0))
    }

    /// The selected event: the newest unless another was chosen.
    pub fn event(&self) -> Option<&LoggedEvent> {
        let chosen = self.selected.event.and_then(|id| self.events.get(id)).filter(|event| {
            self.selected.only_order.is_none() || event.order_id == self.selected.only_order
        });
        chosen.or_else(|| self.events.shown(self.selected.only_order).next_back())
    }
}

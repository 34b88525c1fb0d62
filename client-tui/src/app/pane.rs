//! The five panes of the program, and the four places one goes to by number.
//!
//! Which panes are on the screen together is the layout's business; the focus is always in one.

use serde::{Deserialize, Serialize};

/// One pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Pane {
    /// The list of restaurants.
    Restaurants,
    /// The menu of the selected restaurant.
    Menu,
    /// What is about to be ordered.
    Cart,
    /// The orders, newest first.
    Orders,
    /// The events as they arrive.
    UnderTheHood,
}

/// A place that has a number key; the first one is two panes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The key.
    pub number: char,
    /// Its name in the header.
    pub name: &'static str,
    /// The pane that gets the focus.
    pub pane: Pane,
}

impl Place {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [
        Self { number: '1', name: "Restaurants", pane: Pane::Restaurants },
        Self { number: '2', name: "Cart", pane: Pane::Cart },
        Self { number: '3', name: "Orders", pane: Pane::Orders },
        Self { number: '4', name: "Under the hood", pane: Pane::UnderTheHood },
    ];

    /// Whether this pane belongs to this place.
    pub fn holds(self, pane: Pane) -> bool {
        match pane {
            Pane::Restaurants | Pane::Menu => self.pane == Pane::Restaurants,
            Pane::Cart | Pane::Orders | Pane::UnderTheHood => self.pane == pane,
        }
    }
}

impl Pane {
    /// All of them, in the order in which Tab meets them.
    pub const ALL: [Self; 5] =
        [Self::Restaurants, Self::Menu, Self::Cart, Self::Orders, Self::UnderTheHood];

    /// Its name, in the help and on its frame.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restaurants => "Restaurants",
            Self::Menu => "Menu",
            Self::Cart => "Cart",
            Self::Orders => "Orders",
            Self::UnderTheHood => "Under the hood",
        }
    }

    /// The pane that Tab goes to.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Restaurants => Self::Menu,
            Self::Menu => Self::Cart,
            Self::Cart => Self::Orders,
            Self::Orders => Self::UnderTheHood,
            Self::UnderTheHood => Self::Restaurants,
        }
    }

    /// The pane that Shift-Tab goes to.
    #[must_use]
    pub const fn previous(self) -> Self {
        match self {
            Self::Restaurants => Self::UnderTheHood,
            Self::Menu => Self::Restaurants,
            Self::Cart => Self::Menu,
            Self::Orders => Self::Cart,
            Self::UnderTheHood => Self::Orders,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_meets_every_pane_and_shift_tab_goes_the_same_way_back() {
        let mut pane = Pane::Restaurants;
        for expected in Pane::ALL {
            assert_eq!(pane, expected);
            assert_eq!(pane.next().previous(), pane);
            pane = pane.next();
        }
        assert_eq!(pane, Pane::Restaurants);
    }

    #[test]
    fn every_pane_belongs_to_exactly_one_place() {
        for pane in Pane::ALL {
            assert_eq!(Place::ALL.into_iter().filter(|place| place.holds(pane)).count(), 1);
        }
    }
}

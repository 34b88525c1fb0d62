//! The table of keys. Arrows and the letters under the right hand do the same everywhere.
//! Step 1 of an order's way.

use super::availability as when;
use super::{Availability, Binding, Key, KeyCode, Layer};
use crate::app::command::{Command, Step};
use crate::app::model::Model;
use crate::app::pane::Pane;

const ENTER: Key = Key::code(KeyCode::Enter);
const ESC: Key = Key::code(KeyCode::Esc);
const UP: &[Key] = &[Key::code(KeyCode::Up), Key::char('k')];
const DOWN: &[Key] = &[Key::code(KeyCode::Down), Key::char('j')];
const PAGE_UP: &[Key] = &[Key::code(KeyCode::PageUp), Key::ctrl('b')];
const PAGE_DOWN: &[Key] = &[Key::code(KeyCode::PageDown), Key::ctrl('f')];
const FIRST: &[Key] = &[Key::code(KeyCode::Home), Key::char('g')];
const LAST: &[Key] = &[Key::code(KeyCode::End), Key::char('G')];
const MORE: &[Key] = &[Key::char('+'), Key::char('='), Key::char('a')];
const LESS: &[Key] = &[Key::char('-'), Key::char('_')];
const REMOVE: &[Key] = &[Key::char('x'), Key::code(KeyCode::Delete)];
const PLACE: &[Key] = &[Key::char('p')];

const LEAVE: &str = "leave it as it was";

const fn always(_: &Model) -> Availability {
    Availability::Yes
}

/// A row: keys, what they do, where, in a word, in a sentence, how prominently, and when.
const fn row(
    keys: &'static [Key],
    command: Command,
    layer: Layer,
    (label, help): (&'static str, &'static str),
    priority: u8,
    availability: fn(&Model) -> Availability,
) -> Binding {
    Binding { keys, command, layer, label, help, priority, availability }
}

/// All bindings.
pub static BINDINGS: &[Binding] = &[
    // Restaurants
    row(
        &[ENTER],
        Command::OpenMenu,
        Layer::In(Pane::Restaurants),
        ("see the menu", "go to the menu of the selected restaurant"),
        90,
        when::a_restaurant_is_selected,
    ),
    row(
        PLACE,
        Command::PlaceOrder,
        Layer::In(Pane::Restaurants),
        ("place the order", "place the order that is in the cart"),
        80,
        when::the_cart_is_full,
    ),
    // Menu
    row(
        &[ENTER, Key::char('+'), Key::char('='), Key::char('a')],
        Command::More,
        Layer::In(Pane::Menu),
        ("add", "put one portion of the selected dish into the cart"),
        90,
        when::a_dish_is_selected,
    ),
    row(
        LESS,
        Command::Less,
        Layer::In(Pane::Menu),
        ("take out", "take one portion of it out again"),
        70,
        when::the_dish_is_in_the_cart,
    ),
    row(
        PLACE,
        Command::PlaceOrder,
        Layer::In(Pane::Menu),
        ("place the order", "place the order that is in the cart"),
        80,
        when::the_cart_is_full,
    ),
    // Cart
    row(
        &[ENTER],
        Command::UseRow,
        Layer::In(Pane::Cart),
        ("use", "one more, write, or place the order: as the row says"),
        90,
        when::row_of_the_cart,
    ),
    row(
        PLACE,
        Command::PlaceOrder,
        Layer::In(Pane::Cart),
        ("place the order", "place the order"),
        80,
        when::the_cart_is_full,
    ),
    row(
        MORE,
        Command::More,
        Layer::In(Pane::Cart),
        ("more", "one portion more, or 50 cents more for the courier"),
        70,
        when::the_row_is_a_number,
    ),
    row(
        LESS,
        Command::Less,
        Layer::In(Pane::Cart),
        ("less", "one portion less, or 50 cents less for the courier"),
        69,
        when::the_row_is_a_number,
    ),
    row(
        REMOVE,
        Command::RemoveRow,
        Layer::In(Pane::Cart),
        ("remove", "take the dish out, or clear the tip or the text"),
        60,
        when::the_row_can_be_cleared,
    ),
    row(
        &[Key::char('n')],
        Command::EditNote,
        Layer::In(Pane::Cart),
        ("note", "write a note for the kitchen"),
        50,
        when::the_cart_is_full,
    ),
    row(
        &[Key::char('d')],
        Command::EditDeliverTo,
        Layer::In(Pane::Cart),
        ("deliver to", "write where to deliver"),
        49,
        when::the_cart_is_full,
    ),
    row(
        &[Key::char('w')],
        Command::EditWhen,
        Layer::In(Pane::Cart),
        ("when", "write when to deliver: 19:30, +45, tomorrow 12:00"),
        48,
        when::the_cart_is_full,
    ),
    // Orders
    row(
        REMOVE,
        Command::Remove,
        Layer::In(Pane::Orders),
        ("cancel", "cancel, take back what is unsent, dismiss a refusal"),
        90,
        when::something_can_be_removed,
    ),
    row(
        &[Key::char('r')],
        Command::SendAgain,
        Layer::In(Pane::Orders),
        ("send now", "send what is pending on it again, without waiting"),
        80,
        when::something_can_be_sent,
    ),
    row(
        &[Key::char('t')],
        Command::EnterTip,
        Layer::In(Pane::Orders),
        ("tip", "change the courier's tip, until the order is at your door"),
        75,
        when::the_tip_can_be_set,
    ),
    row(
        &[Key::char('s')],
        Command::EnterRating,
        Layer::In(Pane::Orders),
        ("rate it", "rate what was delivered, with one to five stars"),
        75,
        when::the_order_can_be_rated,
    ),
    row(
        &[ENTER],
        Command::ShowEvents,
        Layer::In(Pane::Orders),
        ("its events", "see the events of the order under the hood"),
        70,
        when::an_order_is_selected,
    ),
    // Under the hood
    row(
        &[Key::char('f')],
        Command::ToggleFilter,
        Layer::In(Pane::UnderTheHood),
        ("only this order", "the events of this order only, or all of them again"),
        90,
        when::events_can_be_filtered,
    ),
    row(
        LAST,
        Command::Select(Step::Last),
        Layer::In(Pane::UnderTheHood),
        ("newest", "the newest event, and follow each further one"),
        80,
        when::an_older_event_is_selected,
    ),
    // All panes
    row(
        &[Key::code(KeyCode::Tab), Key::code(KeyCode::Right), Key::char('l')],
        Command::NextPane,
        Layer::AnyPane,
        ("next", "go to the next pane"),
        40,
        always,
    ),
    row(
        &[Key::code(KeyCode::BackTab), Key::code(KeyCode::Left), Key::char('h')],
        Command::PreviousPane,
        Layer::AnyPane,
        ("before", "go to the pane before"),
        0,
        always,
    ),
    row(
        &[Key::char('1')],
        Command::GoTo(Pane::Restaurants),
        Layer::AnyPane,
        ("restaurants", "go to the restaurants"),
        0,
        always,
    ),
    row(
        &[Key::char('2')],
        Command::GoTo(Pane::Cart),
        Layer::AnyPane,
        ("cart", "go to the cart"),
        0,
        always,
    ),
    row(
        &[Key::char('3')],
        Command::GoTo(Pane::Orders),
        Layer::AnyPane,
        ("orders", "go to the orders"),
        0,
        always,
    ),
    row(
        &[Key::char('4')],
        Command::GoTo(Pane::UnderTheHood),
        Layer::AnyPane,
        ("under the hood", "go to the events"),
        0,
        always,
    ),
    row(UP, Command::Select(Step::Up), Layer::AnyPane, ("up", "one row up"), 0, always),
    row(DOWN, Command::Select(Step::Down), Layer::AnyPane, ("down", "one row down"), 0, always),
    row(
        PAGE_UP,
        Command::Select(Step::PageUp),
        Layer::AnyPane,
        ("page up", "some rows up"),
        0,
        always,
    ),
    row(
        PAGE_DOWN,
        Command::Select(Step::PageDown),
        Layer::AnyPane,
        ("page down", "some rows down"),
        0,
        always,
    ),
    row(FIRST, Command::Select(Step::First), Layer::AnyPane, ("first", "first row"), 0, always),
    row(LAST, Command::Select(Step::Last), Layer::AnyPane, ("last", "last row"), 0, always),
    row(
        &[ESC],
        Command::Back,
        Layer::AnyPane,
        ("back", "one level back; never leaves the program"),
        30,
        when::there_is_a_way_back,
    ),
    row(
        &[Key::char('q')],
        Command::Quit,
        Layer::AnyPane,
        ("quit", "leave; what is on its way is kept in the journal"),
        20,
        always,
    ),
    row(
        &[Key::char('?')],
        Command::ToggleHelp,
        Layer::AnyPane,
        ("help", "show all keys"),
        1,
        always,
    ),
    // Even over a question, the help or a text
    row(
        &[Key::ctrl('c')],
        Command::Quit,
        Layer::Always,
        ("quit", "leave, from everywhere"),
        0,
        always,
    ),
    row(
        &[Key::ctrl('z')],
        Command::Suspend,
        Layer::Always,
        ("suspend", "back to the shell until `fg`"),
        0,
        always,
    ),
    // Help
    row(UP, Command::Select(Step::Up), Layer::Help, ("up", "one row up"), 0, always),
    row(DOWN, Command::Select(Step::Down), Layer::Help, ("scroll", "one row down"), 80, always),
    row(
        PAGE_UP,
        Command::Select(Step::PageUp),
        Layer::Help,
        ("page up", "some rows up"),
        0,
        always,
    ),
    row(
        PAGE_DOWN,
        Command::Select(Step::PageDown),
        Layer::Help,
        ("page down", "some rows down"),
        0,
        always,
    ),
    row(FIRST, Command::Select(Step::First), Layer::Help, ("first", "first row"), 0, always),
    row(LAST, Command::Select(Step::Last), Layer::Help, ("last", "last row"), 0, always),
    row(
        &[ESC, ENTER, Key::char('?'), Key::char('q')],
        Command::ToggleHelp,
        Layer::Help,
        ("close", "close the help"),
        90,
        always,
    ),
    // Question
    row(&[Key::char('y')], Command::Confirm, Layer::Question, ("yes", "do it"), 90, always),
    row(
        &[ESC, Key::char('n'), Key::char('q')],
        Command::Decline,
        Layer::Question,
        ("no", "leave everything as it is"),
        80,
        always,
    ),
    // Editing
    row(&[ENTER], Command::Keep, Layer::Editing, ("keep", "take the text over"), 90, always),
    row(&[ESC], Command::Leave, Layer::Editing, (LEAVE, "forget what was written"), 80, always),
    // Tip
    row(
        &[ENTER],
        Command::Keep,
        Layer::Tip,
        ("take it", "this is the tip from now on"),
        90,
        always,
    ),
    row(&[ESC], Command::Leave, Layer::Tip, (LEAVE, "the tip stays as it is"), 80, always),
    row(MORE, Command::More, Layer::Tip, ("more", "50 cents more; or type an amount"), 70, always),
    row(LESS, Command::Less, Layer::Tip, ("less", "50 cents less"), 69, always),
    // Rating
    row(
        &[ENTER],
        Command::Keep,
        Layer::Rating,
        ("rate it", "this is the rating from now on"),
        90,
        when::something_is_entered,
    ),
    row(&[ESC], Command::Leave, Layer::Rating, (LEAVE, "the rating stays as it is"), 80, always),
    row(MORE, Command::More, Layer::Rating, ("more", "a star more; or type 1 to 5"), 70, always),
    row(LESS, Command::Less, Layer::Rating, ("less", "a star less"), 69, always),
];

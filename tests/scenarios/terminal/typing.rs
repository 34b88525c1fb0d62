//! Keys, texts and pastes: what is typed into a text is text, and every key that does something
//! can be found out from the screen.

use anyhow::Result;
use harness::Key;
use harness::terminal::Screen;

use super::person::{Home, LARGE, Person, THREE_TIER, USUAL, only_order};
use crate::house::{FOR_EVER, House, PATIENCE};

fn at(house: &House, home: &Home) -> Result<Person> {
    let ada = home.start_at(&house.backend.url())?;
    Ok(ada)
}

#[test]
fn a_note_is_typed_pasted_and_kept_as_text_and_travels_with_the_order() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = at(&house, &home)?;
    ada.chooses(&THREE_TIER, 1)?;
    ada.types("2n")?;
    ada.sees("Enter keep")?;
    // Each of these keys would do something, were they not typed into a text.
    ada.types("quit? ")?;
    ada.terminal.paste("ring\ntwice, p\tlease\x1b[2Jx")?;
    ada.sees("quit? ring twice, p lease[2Jx")?;
    ada.presses(Key::Enter)?;
    ada.sees_no_more("Enter keep")?;
    ada.types("d")?;
    ada.sees("Enter keep")?;
    ada.types("12 Lunch Lane")?;
    ada.presses(Key::Enter)?;
    ada.sees_no_more("Enter keep")?;
    ada.types("p")?;
    ada.sees_status("Validated")?;

    let order = only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    assert_eq!(order["note"], "quit? ring twice, p lease[2Jx");
    assert_eq!(order["deliverTo"], "12 Lunch Lane");
    Ok(())
}

#[test]
fn esc_leaves_a_text_as_it_was() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = at(&house, &home)?;
    ada.chooses(&THREE_TIER, 1)?;
    ada.types("2nno onions")?;
    ada.presses(Key::Enter)?;
    ada.types("n at all")?;
    ada.sees("no onions at all")?;
    ada.presses(Key::Escape)?;
    let screen = ada.sees_no_more("at all")?;
    assert!(screen.contains("no onions"), "{screen}");
    Ok(())
}

#[test]
fn a_paste_where_nothing_is_written_is_no_command() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = at(&house, &home)?;
    ada.chooses(&THREE_TIER, 1)?;
    ada.terminal.paste("pxq")?;
    ada.reads("Pasted text goes into the note")?;
    ada.sees("1 in the cart")?;
    assert_eq!(house.log_file()?.events("OrderPlaced")?, 0);
    Ok(())
}

#[test]
fn tips_and_portions_are_counted_by_keys_and_the_total_follows() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = at(&house, &home)?;
    ada.chooses(&THREE_TIER, 2)?;
    ada.types("2")?;
    ada.sees("2 x Three-tier Tiffin")?;
    ada.types("+")?;
    ada.sees("3 x Three-tier Tiffin")?;
    ada.types("-")?;
    ada.sees("2 x Three-tier Tiffin")?;
    ada.presses(Key::Down)?;
    ada.types("+++-")?;
    ada.sees("$1.00")?;
    ada.sees("$30.00")?;
    ada.types("p")?;
    ada.sees_status("Validated")?;
    let order = only_order(&home.customer(&house.backend.url())?, "VALIDATED")?;
    assert_eq!(order["tipCents"], 1_00);
    Ok(())
}

#[test]
fn dishes_of_two_restaurants_are_not_mixed_and_nothing_is_emptied_unasked() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = home.start_at(&house.backend.url())?;
    ada.chooses(&THREE_TIER, 1)?;
    for (answer, then) in [("n", "1 x Three-tier Tiffin"), ("y", "1 x Tagliatelle al Ragù")] {
        // The first dish of the second restaurant.
        ada.types("1gj")?;
        ada.presses(Key::Enter)?;
        ada.presses(Key::Enter)?;
        ada.reads("Begin another cart?")?;
        ada.types(answer)?;
        ada.types("2")?;
        ada.sees(then)?;
    }
    Ok(())
}

#[test]
fn the_last_line_ends_with_the_key_that_shows_all_keys() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let ends = |screen: &Screen, size: harness::Size| screen.row(size.rows - 1).ends_with("? help");
    for size in [USUAL, LARGE, harness::Size { columns: 40, rows: 12 }] {
        let mut ada = home.start_in(size, &["--url", &house.backend.url()])?;
        ada.sees(THREE_TIER.restaurant)?;
        for pane in ["1", "2", "3", "4"] {
            ada.types(pane)?;
            let what = format!("`? help` at the end, in pane {pane} at {size:?}");
            ada.terminal.wait_until(PATIENCE, what, |screen| ends(screen, size))?;
        }
    }
    Ok(())
}

/// All that the help says, read from its first to its last row.
fn whole_help(ada: &mut Person) -> Result<String> {
    ada.types("?")?;
    let mut read = ada.sees("Keys and marks")?.text();
    // The corner says which row is the last in view, and of how many.
    let at_its_end = |screen: &Screen| {
        screen.text().lines().any(|row| {
            let words: Vec<&str> = row.split_whitespace().collect();
            words
                .windows(3)
                .any(|it| it[1] == "of" && it[0] == it[2] && it[0].parse::<u16>().is_ok())
        })
    };
    while !at_its_end(&ada.terminal.screen()) {
        let before = ada.terminal.screen().text();
        ada.types("j")?;
        let moved = |screen: &Screen| screen.text() != before;
        read += &ada.terminal.wait_until(PATIENCE, "the next row of the help", moved)?.text();
    }
    Ok(read)
}

#[test]
fn the_help_lists_every_key_and_closes() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = at(&house, &home)?;
    let help = whole_help(&mut ada)?;
    for (key, what) in [
        ("Enter", "go to the menu"),
        ("Enter +", "put one portion"),
        ("-", "take one portion"),
        ("p", "place the order"),
        ("n", "write a note"),
        ("d", "write where to deliver"),
        ("w", "write when to deliver"),
        ("x", "cancel, take back"),
        ("r", "send what is pending"),
        ("f", "the events of this order only"),
        ("Tab", "next pane"),
        ("Shift-Tab", "pane before"),
        ("Up k", "one row up"),
        ("Down j", "one row down"),
        ("PgUp", "some rows up"),
        ("Home g", "first row"),
        ("End G", "last row"),
        ("Esc", "one level back"),
        ("q", "leave"),
        ("?", "show all keys"),
        ("Ctrl-C", "leave, from everywhere"),
        ("Ctrl-Z", "back to the shell"),
        ("y", "do it"),
    ] {
        let is_told = |row: &str| row.contains(key) && row.contains(what);
        assert!(help.lines().any(is_told), "{key} ({what}) is not in the help:\n{help}");
    }
    for word in ["queued", "sending", "checking", "accepted", "refused"] {
        assert!(help.contains(word), "{word} is not explained:\n{help}");
    }

    for close in [Key::Character('?'), Key::Escape, Key::Character('q'), Key::Enter] {
        ada.presses(close)?;
        ada.sees_no_more("Keys and marks")?;
        ada.types("?")?;
        ada.sees("Keys and marks")?;
    }
    Ok(())
}

#[test]
fn a_key_that_does_nothing_here_says_why() -> Result<()> {
    let house = House::open(FOR_EVER)?;
    let home = Home::new()?;
    let mut ada = at(&house, &home)?;
    ada.types("p")?;
    ada.reads("The cart is empty")?;
    ada.types("3x")?;
    ada.reads("No orders yet: choose a restaurant")?;
    Ok(())
}

//! A frame as text for the snapshot tests: what stands there, and how it is written.
//!
//! `TestBackend` shows characters only. Here a second block has one letter for each styled cell, with
//! a legend below, so that what is dim, bold or reversed can be seen and compared as well.

use std::collections::BTreeSet;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The characters, then the styles, then what the letters of the styles mean.
pub(crate) fn text_and_styles(buffer: &Buffer) -> String {
    let styles = block(buffer, |cell| letter(cell).to_string());
    let used: BTreeSet<char> = styles.chars().map(|letter| letter.to_ascii_lowercase()).collect();
    let legend = LEGEND.iter().filter(|(letter, _)| used.contains(letter));
    let legend: Vec<String> =
        legend.map(|(letter, meaning)| format!("{letter} {meaning}")).collect();
    format!("{}\n{styles}\n{}; capitals are reversed\n", text(buffer), legend.join(", "))
}

/// The characters alone.
pub(crate) fn text(buffer: &Buffer) -> String {
    block(buffer, |cell| cell.symbol().to_owned())
}

fn block(buffer: &Buffer, write: impl Fn(&Cell) -> String) -> String {
    let rows = buffer.content().chunks(usize::from(buffer.area.width).max(1));
    let mut text = String::new();
    for row in rows {
        let row: String = row.iter().map(&write).collect();
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

const LEGEND: [(char, &str); 7] = [
    ('a', "bold in the accent colour"),
    ('b', "bold"),
    ('d', "dim"),
    ('g', "green"),
    ('m', "bold magenta"),
    ('r', "bold red"),
    ('s', "plain"),
];

/// Plain cells have no letter, so that what stands out stands out here too.
fn letter(cell: &Cell) -> char {
    let modifier = cell.modifier - Modifier::REVERSED;
    let letter = match (cell.fg, modifier) {
        (Color::Reset, Modifier::DIM) => 'd',
        (Color::Reset, Modifier::BOLD) => 'b',
        (Color::Cyan, Modifier::BOLD) => 'a',
        (Color::Green, _) if modifier.is_empty() => 'g',
        (Color::Magenta, Modifier::BOLD) => 'm',
        (Color::Red, Modifier::BOLD) => 'r',
        (Color::Reset, _) if modifier.is_empty() => 's',
        (colour, modifier) => panic!("the theme has no {colour:?} with {modifier:?}"),
    };
    match (cell.modifier.contains(Modifier::REVERSED), letter) {
        (true, letter) => letter.to_ascii_uppercase(),
        (false, 's') => ' ',
        (false, letter) => letter,
    }
}

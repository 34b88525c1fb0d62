//! Tables that one can read: columns as wide as what is in them, numbers to the right.

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table in the making.
#[derive(Clone, Debug)]
pub(super) struct Table {
    sides: Vec<Side>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(super) fn new(columns: &[(&str, Side)]) -> Self {
        let heads = columns.iter().map(|(head, _)| (*head).to_owned()).collect();
        Self { sides: columns.iter().map(|(_, side)| *side).collect(), rows: vec![heads] }
    }

    /// One more row, with a text for each column.
    pub(super) fn row(&mut self, texts: Vec<String>) {
        self.rows.push(texts);
    }

    /// The lines of the table, each without spaces at its end.
    pub(super) fn lines(&self) -> Vec<String> {
        let width = |column: usize| {
            let of = |row: &Vec<String>| row.get(column).map_or(0, |text| text.chars().count());
            self.rows.iter().map(of).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.sides.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let columns = row.iter().zip(&self.sides).zip(&widths);
            let texts: Vec<_> = columns
                .map(|((text, side), width)| match side {
                    Side::Left => format!("{text:<width$}"),
                    Side::Right => format!("{text:>width$}"),
                })
                .collect();
            texts.join("  ").trim_end().to_owned()
        };
        self.rows.iter().map(line).collect()
    }

    /// The whole table, a line for each row.
    pub(super) fn text(&self) -> String {
        self.lines().join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_their_heads_and_numbers_to_the_right() {
        let mut table =
            Table::new(&[("NAME", Side::Left), ("DONE", Side::Right), ("", Side::Left)]);
        table.row(vec!["küche".to_owned(), "7".to_owned(), String::new()]);
        table.row(vec!["a".to_owned(), "12345".to_owned(), "paused".to_owned()]);
        assert_eq!(table.text(), "NAME    DONE\nküche      7\na      12345  paused\n");
    }
}

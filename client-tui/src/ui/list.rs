//! Which rows of a list are shown: whole rows only, with the selected one among them.
//!
//! The window follows from the selection and the height alone, so that the model keeps no scroll
//! offset and a resize needs no care. Rows outside the window cost nothing.

use std::ops::Range;

/// The rows to show of `length` rows with these heights: as many as fit around the selected one (the
/// first where none is), which stays in the middle until an end of the list is near.
pub(crate) fn window(
    length: usize,
    selected: Option<usize>,
    height: usize,
    height_of: impl Fn(usize) -> usize,
) -> Range<usize> {
    let Some(last) = length.checked_sub(1) else { return 0..0 };
    let middle = selected.unwrap_or(0).min(last);
    let mut used = height_of(middle);
    if used > height {
        return middle..middle;
    }
    let (mut start, mut end) = (middle, middle + 1);
    loop {
        let before = start;
        if start > 0 && used + height_of(start - 1) <= height {
            start -= 1;
            used += height_of(start);
        }
        let after = end;
        if end < length && used + height_of(end) <= height {
            used += height_of(end);
            end += 1;
        }
        if (before, after) == (start, end) {
            return start..end;
        }
    }
}

/// `3 of 14`, where not all rows are shown.
pub(crate) fn place_in_list(
    length: usize,
    selected: Option<usize>,
    shown: &Range<usize>,
) -> Option<String> {
    let selected = selected.unwrap_or(shown.start);
    (shown.len() < length).then(|| format!(" {} of {length} ", selected + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_selected_row_stays_in_the_middle_until_an_end_is_near() {
        assert_eq!(window(100, Some(50), 10, |_| 2), 48..53);
        assert_eq!(window(100, Some(0), 10, |_| 2), 0..5);
        assert_eq!(window(100, Some(99), 10, |_| 2), 95..100);
        assert_eq!(window(3, None, 10, |_| 2), 0..3);
    }

    proptest! {
        #[test]
        fn whole_rows_are_shown_the_selected_one_among_them_and_no_room_is_left_unused(
            heights in prop::collection::vec(1_usize..4, 0..40),
            selected in prop::option::of(0_usize..50),
            height in 0_usize..30,
        ) {
            let shown = window(heights.len(), selected, height, |row| heights[row]);
            let used: usize = heights[shown.clone()].iter().sum();
            prop_assert!(used <= height);
            let middle = selected.unwrap_or(0).min(heights.len().saturating_sub(1));
            if heights.get(middle).is_some_and(|tall| *tall <= height) {
                prop_assert!(shown.contains(&middle));
                let above = shown.start.checked_sub(1).map(|row| heights[row]);
                let below = heights.get(shown.end).copied();
                prop_assert!([above, below].into_iter().flatten().all(|tall| used + tall > height));
            }
        }
    }
}

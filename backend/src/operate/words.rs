//! Numbers and amounts as a person reads them.

/// The number with a comma between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of these: `1 event`, `2 events`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let ending = match noun.chars().last() {
        _ if number == 1 => return format!("1 {noun}"),
        Some('y') => return format!("{} {}ies", grouped(number), noun.trim_end_matches('y')),
        _ => "s",
    };
    format!("{} {noun}{ending}", grouped(number))
}

/// An amount of cents, also one that is too large for a single order.
pub(crate) fn dollars(cents: u64) -> String {
    format!("${}.{:02}", grouped(cents / 100), cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([1, 999, 1_000, 1_234_567].map(grouped), ["1", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(0, "event"), "0 events");
        assert_eq!(dollars(1_234_05), "$1,234.05");
        assert_eq!(counted(2_000, "delivery"), "2,000 deliveries");
    }
}

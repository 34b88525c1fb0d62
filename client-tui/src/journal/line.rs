//! One line of a file that must not be believed blindly: a checksum, a space, JSON, a line feed.
//! Step 3 of an order's way.

/// Hexadecimal digits of a CRC-32.
const CHECKSUM_LENGTH: usize = 8;

/// Adds a line with this JSON, which has no line feed in it.
pub(crate) fn sealed(json: &str, lines: &mut Vec<u8>) {
    let checksum = crc32fast::hash(json.as_bytes());
    lines.extend_from_slice(format!("{checksum:08x} {json}\n").as_bytes());
}

/// The JSON of a line without its line feed; `None` where it is not what was once written.
pub(crate) fn opened(line: &[u8]) -> Option<&str> {
    let (checksum, rest) = line.split_at_checked(CHECKSUM_LENGTH)?;
    let json = rest.strip_prefix(b" ")?;
    // Compared as text: a checksum has one spelling.
    if checksum != format!("{:08x}", crc32fast::hash(json)).as_bytes() {
        return None;
    }
    std::str::from_utf8(json).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(json: &str) -> Vec<u8> {
        let mut line = Vec::new();
        sealed(json, &mut line);
        line.pop();
        line
    }

    proptest! {
        #[test]
        fn a_line_is_read_as_it_was_written(json in "[^\n]*") {
            let line = line(&json);
            prop_assert_eq!(opened(&line), Some(json.as_str()));
        }

        #[test]
        fn a_line_with_one_other_byte_is_not_believed(
            json in "[ -~]{1,40}", at: prop::sample::Index, other: u8,
        ) {
            let mut line = line(&json);
            let at = at.index(line.len());
            prop_assume!(line[at] != other);
            line[at] = other;
            prop_assert_eq!(opened(&line), None);
        }

        #[test]
        fn a_line_that_was_cut_off_is_not_believed(json in "[ -~]{1,40}", kept: prop::sample::Index) {
            let line = line(&json);
            prop_assert_eq!(opened(&line[..kept.index(line.len())]), None);
        }
    }
}

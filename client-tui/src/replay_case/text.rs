//! All pages of a case as text, for a pipe or a file.

use optimistic::case::{Frame, Head};

use super::player::Player;

/// The head, each frame, and the verdict.
pub(super) fn all_frames(player: &Player) -> String {
    let mut lines = head(player.head());
    lines.extend(player.frames().iter().flat_map(frame));
    lines.push(String::new());
    lines.push(player.verdict().to_string());
    lines.push(String::new());
    lines.join("\n")
}

fn head(head: &Head) -> Vec<String> {
    vec![
        format!("{} {}", head.id, head.title),
        format!("  given {}", head.given),
        format!("  when {}", head.when),
        format!("  then {}", head.then),
    ]
}

fn frame(frame: &Frame) -> Vec<String> {
    let mut lines =
        vec![String::new(), format!("{:>4}  {}: {}", frame.line, frame.terminal, frame.text)];
    let parts =
        [("screen", frame.screen()), ("out", frame.out.clone()), ("told", frame.told.clone())];
    for (name, items) in parts {
        let names = std::iter::once(name).chain(std::iter::repeat(""));
        lines.extend(names.zip(items).map(|(name, item)| format!("      {name:<8}{item}")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::player::tests::player;
    use super::*;
    use crate::cli::Pages;

    #[test]
    fn a_case_can_be_read_as_text() {
        let text = all_frames(&player("H63-cancel-versus-cooking", Pages::ByKeys));
        insta::assert_snapshot!("replayed_as_text", text);
    }
}

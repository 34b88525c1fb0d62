//! Whether a file defines what a page says that it defines. Our code is formatted, so an item at the
//! top of a file ends where a line begins with its closing brace.

/// Whether this file is what the words name: `api/mutation.rs`, `eventing::plan`, `optimistic`, or a
/// table or field or symbol that is defined in it.
pub(crate) fn is_named_by(path: &str, source: &str, words: &str) -> bool {
    is_file(path, words) || defines(path, source, words)
}

/// `a/b.rs`, `a::b` and `b` name the file `…/a/b.rs`; a package's name its `lib.rs` or `main.rs`.
fn is_file(path: &str, words: &str) -> bool {
    let words = words.replace("::", "/");
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let package = ["/src/lib", "/main"].iter().find_map(|root| stem.strip_suffix(root));
    let ends_with = |whole: &str| {
        whole == words
            || whole.strip_suffix(&words).is_some_and(|before: &str| before.ends_with('/'))
    };
    [path, stem].into_iter().chain(package).any(ends_with)
}

fn defines(path: &str, source: &str, words: &str) -> bool {
    match path.rsplit('.').next() {
        Some("sql") => {
            is_kind_of(source, &["CREATE TABLE", "CREATE INDEX", "CREATE TRIGGER"], words)
        }
        Some("graphql") => {
            is_kind_of(source, &["type", "input", "enum", "scalar"], words)
                || source.lines().any(|line| is_member(line, words))
        }
        _ => defines_in_rust(source, words),
    }
}

fn defines_in_rust(source: &str, words: &str) -> bool {
    match words.rsplit_once("::") {
        None => is_item(source, words),
        Some((owner, name)) => {
            let owner = owner.rsplit("::").next().unwrap_or(owner);
            let is_type = owner.starts_with(char::is_uppercase);
            if is_type { is_of_type(source, owner, name) } else { is_item(source, name) }
        }
    }
}

/// A function, type, constant or module of this name stands somewhere in the file.
fn is_item(source: &str, name: &str) -> bool {
    is_kind_of(source, &["fn", "struct", "enum", "trait", "type", "const", "static", "mod"], name)
}

fn is_kind_of(source: &str, kinds: &[&str], name: &str) -> bool {
    kinds.iter().any(|kind| has(source, &format!("{kind} {name}")))
}

/// A variant or field of that type, or a function or constant of its `impl`s.
fn is_of_type(source: &str, owner: &str, name: &str) -> bool {
    let mut inside = None;
    for line in source.lines() {
        if line.starts_with('}') {
            inside = None;
        } else if !line.starts_with(' ') {
            let is_own = [format!("enum {owner}"), format!("struct {owner}")];
            if is_own.iter().any(|own| has(line, own)) {
                inside = Some(Inside::Definition);
            } else if line.starts_with("impl") && has(line, owner) {
                inside = Some(Inside::Impl);
            }
        }
        let found = match inside {
            Some(Inside::Definition) => is_member(line, name),
            Some(Inside::Impl) => is_item(line, name),
            None => false,
        };
        if found {
            return true;
        }
    }
    false
}

enum Inside {
    Definition,
    Impl,
}

/// A variant (`Name,` `Name {` `Name(`), or a field (`name: `), perhaps `pub`.
fn is_member(line: &str, name: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub ")).unwrap_or(line);
    let rest = line.strip_prefix(name).map(str::trim_start);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', '{', '(', ':', '!']))
}

/// The words stand there whole, not as the part of a longer name.
fn has(source: &str, words: &str) -> bool {
    let belongs = |letter: char| letter.is_alphanumeric() || letter == '_';
    source.match_indices(words).any(|(start, _)| {
        let (before, from) = source.split_at(start);
        !before.ends_with(belongs) && !from.trim_start_matches(words).starts_with(belongs)
    })
}

/// Whether the file has a test of this name.
pub(crate) fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let attributes_of = |index: usize| {
        let above = lines.iter().take(index).rev();
        above.take_while(|line| line.starts_with('#') || line.starts_with("//"))
    };
    lines.iter().enumerate().any(|(index, line)| {
        has(line, &format!("fn {name}"))
            && attributes_of(index).any(|line| line.ends_with("test]") || line.contains("test("))
    })
}

#[test]
fn what_a_file_defines_is_found_and_nothing_else() {
    let path = "backend/src/eventing/writer.rs";
    let source = "pub struct Writer {\n    tail: Tail,\n}\nenum Verdict {\n    Stop,\n}\n\
                  impl Writer {\n    pub fn step(&self) {}\n}\nfn free() {}\nmod queue;\n\
                  #[test]\nfn a_test() {}\n";
    for known in ["Writer", "Writer::step", "Writer::tail", "Verdict::Stop", "free", "queue"] {
        assert!(is_named_by(path, source, known), "{known}");
    }
    for name in ["writer.rs", "eventing/writer.rs", "eventing::writer", "writer::free"] {
        assert!(is_named_by(path, source, name), "{name}");
    }
    for unknown in ["Verdict::step", "Writer::free", "Writer::Stop", "Writ", "fre", "iter.rs"] {
        assert!(!is_named_by(path, source, unknown), "{unknown}");
    }
    assert!(is_named_by("client-tui/optimistic/src/lib.rs", "", "optimistic"));
    assert!(is_test(source, "a_test") && !is_test(source, "free"));
    let schema =
        "type OrderChange {\n  cursor: Cursor!\n}\ntype Query {\n  orders(first: Int): [X]\n}";
    for known in ["OrderChange", "cursor", "orders"] {
        assert!(is_named_by("schema.graphql", schema, known), "{known}");
    }
    assert!(!is_named_by("schema.graphql", schema, "order"));
}

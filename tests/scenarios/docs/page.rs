//! A page of the documentation, taken apart in the order in which somebody reads it: commands and
//! what they show, keys to press, links, and words in code type.
//!
//! Only as much Markdown as our own pages use.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A page, and where it stands.
pub(crate) struct Page {
    /// From the top of the repository.
    pub(crate) path: &'static str,
    pub(crate) parts: Vec<Part>,
}

/// One part, and the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Between fences. The first line says in which language, and what it is for.
    Block {
        language: String,
        role: String,
        text: String,
    },
    /// `<kbd>…</kbd>`: to be pressed.
    Key(String),
    Link(Link),
    /// In code type, and no link.
    Code(String),
    /// `# …`
    Heading(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) target: String,
}

/// The top of the repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    pub(crate) fn read(path: &'static str) -> Result<Self> {
        let file = repository().join(path);
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {path}"))?;
        Ok(Self { path, parts: parts(&text) })
    }

    /// Where this part stands, for whoever has to correct it.
    pub(crate) fn place(&self, part: &Part) -> String {
        format!("{}:{}", self.path, part.line)
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = (&Part, &Link)> {
        self.parts.iter().filter_map(|part| match &part.kind {
            Kind::Link(link) => Some((part, link)),
            Kind::Block { .. } | Kind::Key(_) | Kind::Code(_) | Kind::Heading(_) => None,
        })
    }

    pub(crate) fn code(&self) -> impl Iterator<Item = (&Part, &str)> {
        self.parts.iter().filter_map(|part| match &part.kind {
            Kind::Code(code) => Some((part, code.as_str())),
            Kind::Block { .. } | Kind::Key(_) | Kind::Link(_) | Kind::Heading(_) => None,
        })
    }

    /// The names under which links find its headings, as the usual viewers make them.
    pub(crate) fn anchors(&self) -> Vec<String> {
        let headings = self.parts.iter().filter_map(|part| match &part.kind {
            Kind::Heading(words) => Some(anchor(words)),
            Kind::Block { .. } | Kind::Key(_) | Kind::Link(_) | Kind::Code(_) => None,
        });
        headings.collect()
    }
}

impl Link {
    /// What it shows, if that is in code type.
    pub(crate) fn code(&self) -> Option<&str> {
        self.text.strip_prefix('`')?.strip_suffix('`')
    }

    /// What it leads to: `None` for a place outside, else a file (from the top of the repository, as
    /// seen from this page) and perhaps a heading in it.
    pub(crate) fn leads_to(&self, page: &Page) -> Option<(PathBuf, Option<&str>)> {
        if self.target.contains("://") {
            return None;
        }
        let (file, heading) = match self.target.split_once('#') {
            Some((file, heading)) => (file, Some(heading)),
            None => (self.target.as_str(), None),
        };
        let here = Path::new(page.path);
        if file.is_empty() {
            return Some((here.to_owned(), heading));
        }
        let folder = here.parent().unwrap_or(Path::new(""));
        Some((without_detours(&folder.join(file)), heading))
    }
}

/// The parts of a text in our Markdown.
pub(crate) fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut prose = String::new();
    let mut prose_line = 1;
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            scan(&prose, prose_line, &mut parts);
            let within: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            let (language, role) = fence.split_once(' ').unwrap_or((fence, ""));
            let (language, role) = (language.to_owned(), role.to_owned());
            let kind = Kind::Block { language, role, text: within.join("\n") };
            parts.push(Part { line: index + 1, kind });
            prose_line = index + within.len() + 3;
            prose.clear();
        } else if line.starts_with('#') {
            let heading = Kind::Heading(line.trim_start_matches('#').trim().to_owned());
            parts.push(Part { line: index + 1, kind: heading });
            prose.push('\n');
        } else {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    scan(&prose, prose_line, &mut parts);
    parts
}

/// What stands in running text.
fn scan(prose: &str, first_line: usize, parts: &mut Vec<Part>) {
    let (mut line, mut rest) = (first_line, prose);
    while let Some(start) = rest.find(['`', '[', '<']) {
        let (before, from) = rest.split_at(start);
        line += before.matches('\n').count();
        let (kind, after) = thing(from);
        parts.extend(kind.map(|kind| Part { line, kind }));
        line += from.matches('\n').count() - after.matches('\n').count();
        rest = after;
    }
}

/// The thing at the beginning of this text, if it is one, and what follows it.
fn thing(text: &str) -> (Option<Kind>, &str) {
    let between = |open, close| text.strip_prefix(open)?.split_once(close);
    if let Some((_, after)) = between("<!--", "-->") {
        return (None, after);
    }
    if let Some((key, after)) = between("<kbd>", "</kbd>") {
        return (Some(Kind::Key(key.to_owned())), after);
    }
    if let Some((code, after)) = between("`", "`") {
        return (Some(Kind::Code(on_one_line(code))), after);
    }
    if let Some((shown, after)) = between("[", "](")
        && !shown.contains(']')
        && let Some((target, after)) = after.split_once(')')
    {
        let link = Link { text: on_one_line(shown), target: target.to_owned() };
        return (Some(Kind::Link(link)), after);
    }
    let mut letters = text.chars();
    letters.next();
    (None, letters.as_str())
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn anchor(words: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
    words.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

/// `docs/../backend` is `backend`.
fn without_detours(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut way, step| {
        if step.as_os_str() == ".." {
            way.pop();
        } else {
            way.push(step);
        }
        way
    })
}

#[test]
fn a_page_is_taken_apart_in_reading_order() {
    let text = "# One `two`\n\nPress <kbd>Enter</kbd>, see\n[`a::b`](../c.rs#d) and `x y`.\n\n\
                ```sh first\nls\n```\n<!-- [no](where) -->\n[x] <kbd>q</kbd>\n";
    let found = parts(text);
    let lines: Vec<usize> = found.iter().map(|part| part.line).collect();
    let kinds: Vec<Kind> = found.into_iter().map(|part| part.kind).collect();
    let block = Kind::Block { language: "sh".into(), role: "first".into(), text: "ls".into() };
    let link = Link { text: "`a::b`".into(), target: "../c.rs#d".into() };
    assert_eq!(link.code(), Some("a::b"));
    let (enter, code) = (Kind::Key("Enter".into()), Kind::Code("x y".into()));
    let heading = Kind::Heading("One `two`".into());
    assert_eq!(kinds, [heading, enter, Kind::Link(link), code, block, Kind::Key("q".into())]);
    assert_eq!(lines, [1, 3, 4, 4, 6, 10]);
}

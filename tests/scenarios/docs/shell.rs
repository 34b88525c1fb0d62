//! The little of a shell that our pages need, so that their commands run wherever the tests do:
//! words, quotes, variables, `$(…)`, and functions with one argument.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// A command and its arguments, not yet expanded.
pub(crate) type Statement = Vec<Word>;

/// Pieces that become one word.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Word(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Variable(String),
    OutputOf(Statement),
}

/// What has been set so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shell {
    variables: BTreeMap<String, String>,
    functions: BTreeMap<String, Vec<Statement>>,
}

impl Shell {
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.variables.insert(name.to_owned(), value);
    }

    pub(crate) fn get(&self, name: &str) -> Result<&str> {
        let value = self.variables.get(name);
        value.map(String::as_str).with_context(|| format!("nobody has set ${name}"))
    }

    /// The commands to be run for this block: assignments and definitions are taken in, functions are
    /// replaced by what they stand for. `output_of` runs what stands in `$(…)`.
    pub(crate) fn commands(
        &mut self,
        block: &str,
        output_of: &dyn Fn(&[String]) -> Result<String>,
    ) -> Result<Vec<Vec<String>>> {
        let mut commands = Vec::new();
        let mut statements = statements(block)?.into_iter();
        while let Some(statement) = statements.next() {
            if let Some(name) = defined_function(&statement) {
                let body =
                    statements.by_ref().take_while(|it| it.iter().all(|it| it.text() != Some("}")));
                self.functions.insert(name, body.collect());
                continue;
            }
            let words = self.expanded(&statement, output_of)?;
            match words.split_first() {
                None => {}
                Some((first, [])) if first.contains('=') => self.assign(first)?,
                Some((first, [value])) if first == "export" => self.assign(value)?,
                Some((first, arguments)) => match self.functions.get(first).cloned() {
                    None => commands.push(words),
                    Some(body) => {
                        let mut inside = self.clone();
                        for (number, argument) in (1_u8..).zip(arguments) {
                            inside.set(&number.to_string(), argument.clone());
                        }
                        for statement in body {
                            commands.push(inside.expanded(&statement, output_of)?);
                        }
                    }
                },
            }
        }
        Ok(commands)
    }

    fn assign(&mut self, assignment: &str) -> Result<()> {
        let (name, value) =
            assignment.split_once('=').with_context(|| format!("no assignment: {assignment}"))?;
        // What the reader is to put in there, we have put in already.
        if value != "…" {
            self.set(name, value.to_owned());
        }
        Ok(())
    }

    fn expanded(
        &self,
        statement: &[Word],
        output_of: &dyn Fn(&[String]) -> Result<String>,
    ) -> Result<Vec<String>> {
        let word = |word: &Word| {
            let pieces = word.0.iter().map(|piece| match piece {
                Piece::Text(text) => Ok(text.clone()),
                Piece::Variable(name) => self.get(name).map(str::to_owned),
                Piece::OutputOf(statement) => {
                    let output = output_of(&self.expanded(statement, output_of)?)?;
                    Ok(output.trim_end().to_owned())
                }
            });
            pieces.collect::<Result<String>>()
        };
        statement.iter().map(word).collect()
    }
}

/// `name() {`, with nothing behind it.
fn defined_function(statement: &[Word]) -> Option<String> {
    let [name, brace] = statement else { return None };
    let name = name.text()?.strip_suffix("()")?;
    (brace.text()? == "{").then(|| name.to_owned())
}

fn statements(block: &str) -> Result<Vec<Statement>> {
    let mut reader = Reader { letters: block.chars().peekable() };
    let statements = reader.statements(None)?;
    Ok(statements.into_iter().filter(|statement| !statement.is_empty()).collect())
}

struct Reader<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Reader<'_> {
    /// Up to the closing parenthesis, or to the end.
    fn statements(&mut self, close: Option<char>) -> Result<Vec<Statement>> {
        let mut statements = vec![Statement::new()];
        let mut word = None;
        let finish = |word: &mut Option<Word>, statements: &mut Vec<Statement>| {
            if let (Some(word), Some(statement)) = (word.take(), statements.last_mut()) {
                statement.push(word);
            }
        };
        loop {
            let letter = self.letters.next();
            match letter {
                None if close.is_some() => bail!("a `$(` is not closed"),
                None => break,
                Some(_) if letter == close => break,
                Some('\n' | ';') => {
                    finish(&mut word, &mut statements);
                    statements.push(Statement::new());
                }
                Some(' ' | '\t') => finish(&mut word, &mut statements),
                Some('#') if word.is_none() => {
                    while self.letters.next_if(|it| *it != '\n').is_some() {}
                }
                Some('\\') if self.letters.next_if_eq(&'\n').is_some() => {
                    finish(&mut word, &mut statements);
                }
                Some(letter) => self.piece(letter, word.get_or_insert_default())?,
            }
        }
        finish(&mut word, &mut statements);
        Ok(statements)
    }

    /// What begins with this letter goes to the word.
    fn piece(&mut self, letter: char, word: &mut Word) -> Result<()> {
        match letter {
            '\'' => loop {
                match self.letters.next().context("a ' is not closed")? {
                    '\'' => return Ok(()),
                    letter => word.push(letter),
                }
            },
            '"' => loop {
                match self.letters.next().context("a \" is not closed")? {
                    '"' => return Ok(()),
                    '$' => self.dollar(word)?,
                    '\\' if matches!(self.letters.peek(), Some('"' | '\\' | '$')) => {
                        word.0.extend(self.letters.next().map(|it| Piece::Text(it.to_string())));
                    }
                    letter => word.push(letter),
                }
            },
            '$' => self.dollar(word)?,
            '|' | '&' | '<' | '>' | '`' => bail!("our shell has no `{letter}`"),
            '\\' => word.push(self.letters.next().context("a \\ at the end")?),
            letter => word.push(letter),
        }
        Ok(())
    }

    fn dollar(&mut self, word: &mut Word) -> Result<()> {
        if self.letters.next_if_eq(&'(').is_some() {
            let statements = self.statements(Some(')'))?;
            let [statement] = statements.as_slice() else { bail!("one command in `$(…)`") };
            word.0.push(Piece::OutputOf(statement.clone()));
            return Ok(());
        }
        let mut name = String::new();
        while let Some(letter) = self.letters.next_if(|it| it.is_alphanumeric() || *it == '_') {
            name.push(letter);
        }
        word.0.push(Piece::Variable(name));
        Ok(())
    }
}

impl Word {
    /// Itself, where nothing in it is to be expanded.
    fn text(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, letter: char) {
        if let Some(Piece::Text(text)) = self.0.last_mut() {
            text.push(letter);
        } else {
            self.0.push(Piece::Text(letter.into()));
        }
    }
}

#[test]
fn a_block_becomes_the_commands_that_a_shell_would_run() -> Result<()> {
    let mut shell = Shell::default();
    let block = "ask() {  # a function\n  curl \"$1\" -H \"a: $TOKEN\" \\\n    -d '$1 \"x\"'; echo\n}\n\
                 export TOKEN=…\nPID=$(cat \"a b\")\nask 'q $1'\nkill -9 \"$PID\" a\\;b";
    shell.set("TOKEN", "secret".to_owned());
    let commands = shell.commands(block, &|words| Ok(format!("<{}>\n", words.join(","))))?;
    let expected: [&[&str]; 3] = [
        &["curl", "q $1", "-H", "a: secret", "-d", "$1 \"x\""],
        &["echo"],
        &["kill", "-9", "<cat,a b>", "a;b"],
    ];
    assert_eq!(commands, expected);
    assert!(shell.commands("a $NOBODY", &|_| Ok(String::new())).is_err());
    assert!(shell.commands("a 'b", &|_| Ok(String::new())).is_err());
    Ok(())
}

//! The shape of variables: all of them that validation looks at. Step 3 of an order's way.
//!
//! Whether variables fit a document is decided by which fields they have and of which kinds their values
//! are, and by the names of an enumeration's values; not by what a text or a number says. So whoever orders
//! another dish asks in the same shape, and need not be validated again.

use std::fmt::Write;

use async_graphql::{Value, Variables};

/// The longest shape that is kept, in bytes: some times that of the largest of the terminal program.
const LENGTH_MAX: usize = 512;

/// A shape, spelled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape(String);

impl Shape {
    /// The shape of these variables; none where it is too long to be kept.
    pub(super) fn of(variables: &Variables) -> Option<Self> {
        let mut shape = String::new();
        for (variable, value) in variables.iter() {
            name(variable, &mut shape)?;
            spell(value, &mut shape)?;
        }
        Some(Self(shape))
    }
}

fn spell(value: &Value, shape: &mut String) -> Option<()> {
    match value {
        Value::Null => shape.push('n'),
        Value::Boolean(_) => shape.push('b'),
        Value::Number(number) if number.is_i64() => shape.push('i'),
        Value::Number(_) => shape.push('f'),
        // It could be one of an enumeration's values, which validation tells apart.
        Value::String(text) if is_name(text) => name(text, shape)?,
        Value::String(_) => shape.push('t'),
        Value::Enum(text) => name(text, shape)?,
        Value::Binary(_) => return None,
        Value::List(values) => list(values, shape)?,
        Value::Object(fields) => {
            shape.push('{');
            for (field, value) in fields {
                name(field, shape)?;
                spell(value, shape)?;
            }
            shape.push('}');
        }
    }
    (shape.len() <= LENGTH_MAX).then_some(())
}

/// How many there are of a shape does not matter.
fn list(values: &[Value], shape: &mut String) -> Option<()> {
    let mut known: Vec<String> = Vec::new();
    let mut length = 0;
    for value in values {
        let mut element = String::new();
        spell(value, &mut element)?;
        if !known.contains(&element) {
            length += element.len();
            // At once, so that whoever sends a long list of different words does not have each compared
            // with all the others.
            (length <= LENGTH_MAX).then_some(())?;
            known.push(element);
        }
    }
    // Writing to a string cannot fail.
    let _infallible = write!(shape, "[{}]", known.join(","));
    Some(())
}

fn name(text: &str, shape: &mut String) -> Option<()> {
    // Before it is copied: a text may be as long as a request.
    (text.len() <= LENGTH_MAX).then_some(())?;
    // Writing to a string cannot fail.
    let _infallible = write!(shape, "{text:?}:");
    Some(())
}

fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
}

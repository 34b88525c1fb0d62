//! Documents that were found valid, so that the same text is parsed and validated once. Step 3 of an
//! order's way.
//!
//! Programs send the same few documents again and again, each with all the operations that its file has.
//! What is kept of one is what the selected operation needs: that operation and the fragments that it
//! reaches. Variables decide over its validity as well, but only by their [`Shape`]: what was found valid
//! with variables of one shape goes to the executor that does not validate again.
//!
//! Bounds: so many documents, each so long at most, and so many shapes of each. Beyond, the one that was
//! learned first goes: whoever sends ever new ones makes others' be parsed or validated again, and that is
//! all.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Request, Response, ServerError};

use super::is_request_error;

mod shape;
#[cfg(test)]
mod tests;

use shape::Shape;

/// How many are kept: the terminal program has a dozen, and few enough to look through in a row.
const DOCUMENTS_MAX: usize = 64;
/// The longest text that is kept, in bytes; parsed it takes some tens of times that.
const TEXT_MAX: usize = 4 * 1024;

/// How many shapes of variables are kept of each: of what one program asks, optional fields make a few.
const SHAPES_MAX: usize = 8;

/// The documents that are known; one for each server.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    known: Mutex<VecDeque<Arc<Known>>>,
}

/// One operation of a document.
#[derive(Debug)]
struct Known {
    wording: Wording,
    document: ExecutableDocument,
    /// With variables of these shapes it was found valid.
    valid_with: Mutex<VecDeque<Shape>>,
}

/// What a request asks for, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wording {
    text: String,
    operation_name: Option<String>,
}

/// What becomes of a document once its request is answered.
#[derive(Debug)]
#[must_use]
pub(crate) enum Recognised {
    /// It was found valid, with variables of the same shape.
    Valid,
    /// It, or the shape of its variables, is too long to be kept.
    AsItIs,
    /// It is to be learned, should it turn out valid.
    New(Box<Unproven>),
    /// It is known, and variables of this shape are to be learned, should it turn out valid with them.
    Reshaped(Box<Unproven>),
}

/// A document that was not yet found valid, or not with variables of this shape.
#[derive(Debug)]
pub(crate) struct Unproven {
    known: Arc<Known>,
    shape: Option<Shape>,
}

impl Documents {
    /// Parses the document of this request, unless it is known or too long to be kept.
    ///
    /// # Errors
    /// The syntax error of a document that it parsed.
    pub(crate) fn recognise(&self, request: &mut Request) -> Result<Recognised, ServerError> {
        let shape = Shape::of(&request.variables);
        if let Some(known) = self.find(request) {
            request.set_parsed_query(known.document.clone());
            return Ok(match shape {
                None => Recognised::AsItIs,
                Some(shape) if lock(&known.valid_with).contains(&shape) => Recognised::Valid,
                shape => Recognised::Reshaped(Box::new(Unproven { known, shape })),
            });
        }
        if request.query.len() > TEXT_MAX {
            return Ok(Recognised::AsItIs);
        }
        let (text, operation_name) = (request.query.clone(), request.operation_name.clone());
        let document = only(request.parsed_query()?.clone(), operation_name.as_deref());
        let wording = Wording { text, operation_name };
        let known = Arc::new(Known { wording, document, valid_with: Mutex::default() });
        Ok(Recognised::New(Box::new(Unproven { known, shape })))
    }

    /// Learns the document of a request that was answered so, if that shows it valid.
    pub(crate) fn learn(&self, recognised: Recognised, response: &Response) {
        if is_request_error(response) {
            return;
        }
        match recognised {
            Recognised::Valid | Recognised::AsItIs => {}
            Recognised::New(unproven) => {
                unproven.known.is_valid_with(unproven.shape);
                let mut known = lock(&self.known);
                // Somebody else may have asked the same meanwhile.
                if known.iter().all(|it| it.wording != unproven.known.wording) {
                    push(&mut known, unproven.known, DOCUMENTS_MAX);
                }
            }
            Recognised::Reshaped(unproven) => unproven.known.is_valid_with(unproven.shape),
        }
    }

    fn find(&self, request: &Request) -> Option<Arc<Known>> {
        let same = |known: &&Arc<Known>| {
            known.wording.text == request.query
                && known.wording.operation_name == request.operation_name
        };
        lock(&self.known).iter().find(same).cloned()
    }
}

impl Known {
    fn is_valid_with(&self, shape: Option<Shape>) {
        let mut known = lock(&self.valid_with);
        if let Some(shape) = shape.filter(|shape| !known.contains(shape)) {
            push(&mut known, shape, SHAPES_MAX);
        }
    }
}

/// Adds one; where there are as many as there may be, the first of them goes.
fn push<T>(kept: &mut VecDeque<T>, new: T, most: usize) {
    if kept.len() == most {
        kept.pop_front();
    }
    kept.push_back(new);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere cannot leave it half-changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same document with nothing in it but the selected operation and the fragments that it reaches.
fn only(mut document: ExecutableDocument, operation_name: Option<&str>) -> ExecutableDocument {
    if let (DocumentOperations::Multiple(operations), Some(name)) =
        (&mut document.operations, operation_name)
    {
        operations.retain(|known, _| known == name);
    }
    let roots = document.operations.iter().map(|(_, it)| &it.node.selection_set.node);
    let reached = reached(roots.collect(), &document.fragments);
    document.fragments.retain(|name, _| reached.contains(name));
    document
}

/// The names of the fragments that these selections spread, and that those spread in turn.
fn reached<'a>(
    mut open: Vec<&'a SelectionSet>,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
) -> Vec<Name> {
    let mut reached = Vec::new();
    while let Some(set) = open.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => open.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => open.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if !reached.contains(name) {
                        reached.push(name.clone());
                        open.extend(fragments.get(name).map(|it| &it.node.selection_set.node));
                    }
                }
            }
        }
    }
    reached
}

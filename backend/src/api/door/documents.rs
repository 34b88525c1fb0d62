//! Documents that were found valid, so that the same text is parsed once. Step 3 of an order's way.
//!
//! Programs send the same few documents again and again, each with all the operations that its file has.
//! What is kept of one is what the selected operation needs: that operation and the fragments that it
//! reaches. It is validated with each request's variables all the same, because they decide over it as
//! well; what is left out is what was found valid the first time and is not executed now.
//!
//! Bounds: so many documents, each so long at most. Beyond, the one that was learned first goes: whoever
//! sends ever new documents makes others parse theirs again, and that is all.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Request, Response, ServerError};

use super::is_request_error;

#[cfg(test)]
mod tests;

/// How many are kept: the terminal program has a dozen, and few enough to look through in a row.
const DOCUMENTS_MAX: usize = 64;
/// The longest text that is kept, in bytes; parsed it takes some tens of times that.
const TEXT_MAX: usize = 4 * 1024;

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
    /// It is known, or too long to be kept.
    AsItIs,
    /// It is to be learned, should it turn out valid.
    New(Box<Unproven>),
}

/// A document that was parsed and not yet found valid.
#[derive(Debug)]
pub(crate) struct Unproven(Known);

impl Documents {
    /// Parses the document of this request, unless it is known or too long to be kept.
    ///
    /// # Errors
    /// The syntax error of a document that it parsed.
    pub(crate) fn recognise(&self, request: &mut Request) -> Result<Recognised, ServerError> {
        if let Some(known) = self.find(request) {
            request.set_parsed_query(known.document.clone());
            return Ok(Recognised::AsItIs);
        }
        if request.query.len() > TEXT_MAX {
            return Ok(Recognised::AsItIs);
        }
        let document = request.parsed_query()?.clone();
        let wording =
            Wording { text: request.query.clone(), operation_name: request.operation_name.clone() };
        Ok(Recognised::New(Box::new(Unproven(Known { wording, document }))))
    }

    /// Learns the document of a request that was answered so, if that shows it valid.
    pub(crate) fn learn(&self, recognised: Recognised, response: &Response) {
        let Recognised::New(unproven) = recognised else { return };
        if is_request_error(response) {
            return;
        }
        let Unproven(Known { wording, document }) = *unproven;
        let document = only(document, wording.operation_name.as_deref());
        let mut known = self.lock();
        // Somebody else may have asked the same meanwhile.
        if known.iter().any(|it| it.wording == wording) {
            return;
        }
        if known.len() == DOCUMENTS_MAX {
            known.pop_front();
        }
        known.push_back(Arc::new(Known { wording, document }));
    }

    fn find(&self, request: &Request) -> Option<Arc<Known>> {
        let same = |known: &&Arc<Known>| {
            known.wording.text == request.query
                && known.wording.operation_name == request.operation_name
        };
        self.lock().iter().find(same).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Known>>> {
        // A panic elsewhere cannot leave it half-changed.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

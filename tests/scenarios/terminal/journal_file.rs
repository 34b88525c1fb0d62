//! What the journals of a home say, read with nothing but the format's description: a checksum, a
//! space, JSON; one record in each line. For homes in which no program runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::Value;

use super::person::Home;
use crate::house::text;

/// What somebody wants, as far as the journals know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// `place` or `cancel`.
    pub(super) kind: String,
    pub(super) order_id: String,
    /// Of the first dish, where it is a placing.
    pub(super) portions: u64,
    /// How it was settled, where it was.
    pub(super) end: Option<String>,
}

/// The files of all journals, in the order of their names.
pub(super) fn files(home: &Home) -> Result<Vec<PathBuf>> {
    let directory = home.file_named("journal")?;
    let mut files = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "log") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// All that is written there, oldest first. A last line that is not whole says nothing.
pub(super) fn wishes(home: &Home) -> Result<Vec<Wish>> {
    let mut wishes: BTreeMap<String, Wish> = BTreeMap::new();
    for file in files(home)? {
        let content = fs::read_to_string(&file)?;
        for line in content.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let (_, json) = line.split_once(' ').with_context(|| format!("{line:?}"))?;
            let record: Value = serde_json::from_str(json)?;
            let wish = wishes.entry(text(&record, "/mutation_id").to_owned()).or_default();
            match text(&record, "/record") {
                "intent" => {
                    text(&record, "/intent/kind").clone_into(&mut wish.kind);
                    let id =
                        [text(&record, "/intent/order/orderId"), text(&record, "/intent/order_id")];
                    wish.order_id = id.concat();
                    let portions = record.pointer("/intent/order/lines/0/quantity");
                    wish.portions = portions.and_then(Value::as_u64).unwrap_or_default();
                }
                "settled" => wish.end = Some(text(&record, "/settlement/end").to_owned()),
                _ => {}
            }
        }
    }
    Ok(wishes.into_values().filter(|wish| !wish.kind.is_empty()).collect())
}

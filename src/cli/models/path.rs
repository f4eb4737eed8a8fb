//! `models path`: the folder of a model.

use serde_json::json;

use super::super::exit::Failure;
use super::super::terminal::{Terminal, text};
use crate::models::{Library, LibraryError};
use crate::studio::models::choose;

pub(super) fn run(name: Option<&str>, terminal: &Terminal) -> Result<(), Failure> {
    let model = choose(&Library::of_user()?, name)?.model;
    if model.is_built_in() {
        return Err(LibraryError::BuiltIn.into());
    }
    terminal.event("result", json!({ "name": model.name(), "path": text(model.path()) }));
    terminal.answer(model.path().display());
    terminal.done_silently("models path", json!({}));
    Ok(())
}

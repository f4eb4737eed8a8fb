//! `models verify`: is a model still what was imported?

use std::sync::Arc;

use serde_json::json;

use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::terminal::Terminal;
use crate::models::Library;
use crate::studio::models::verify;

pub(super) fn run(name: Option<&str>, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    terminal.event("start", json!({ "command": "models verify" }));
    let info = verify(&Library::of_user()?, name, &cancel)?;
    let (name, fingerprint) = (&info.manifest.name, &info.manifest.fingerprint);
    terminal.event("result", json!({ "name": name, "fingerprint": fingerprint, "intact": true }));
    terminal.done(
        "models verify",
        json!({}),
        format_args!("{name} is intact: {} weights, fingerprint {fingerprint}", info.n_weights),
    );
    Ok(())
}

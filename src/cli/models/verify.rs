//! `models verify`: is a model still what was imported?

use serde_json::json;

use super::super::exit::Failure;
use super::super::terminal::Terminal;
use crate::models::Library;
use crate::studio::models::verify;

pub(super) fn run(name: Option<&str>, terminal: &Terminal) -> Result<(), Failure> {
    let info = verify(&Library::of_user()?, name)?;
    let (name, fingerprint) = (&info.manifest.name, &info.manifest.fingerprint);
    terminal.event("result", json!({ "name": name, "fingerprint": fingerprint, "intact": true }));
    terminal.summary(format_args!(
        "{name} is intact: {} weights, fingerprint {fingerprint}",
        info.n_weights
    ));
    Ok(())
}

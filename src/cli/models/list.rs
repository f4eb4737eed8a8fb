//! `models list`: the built-in model and those that are installed.

use serde_json::json;

use super::super::exit::Failure;
use super::super::terminal::{Terminal, text};
use crate::models::pull::PublishedModel;
use crate::models::{BUILT_IN, Library, LibraryError, Manifest, ModelFolder};
use crate::studio::columns::columns;

pub(super) fn run(terminal: &Terminal) -> Result<(), Failure> {
    let library = Library::of_user()?;
    let models = library.list()?;
    let mut rows = Vec::new();
    let built_in = ModelFolder::built_in().map_err(LibraryError::from)?;
    // An installed model of that name is what the name means.
    let is_hidden = models.iter().any(|listed| listed.name == BUILT_IN);
    if !is_hidden {
        terminal.event(
            "result",
            json!({ "name": BUILT_IN, "path": null, "built_in": true, "manifest": built_in.manifest() }),
        );
        rows.push(row(BUILT_IN, built_in.manifest(), " (built in)"));
    }
    for listed in &models {
        let manifest = match &listed.manifest {
            Ok(manifest) => manifest,
            Err(error) => {
                terminal.warn(error);
                continue;
            }
        };
        terminal.event(
            "result",
            json!({ "name": listed.name, "path": text(&listed.path), "built_in": false, "manifest": manifest }),
        );
        rows.push(row(&listed.name, manifest, ""));
    }
    if models.is_empty() {
        let published: Vec<_> =
            PublishedModel::built_in().iter().map(|m| m.name.as_str()).collect();
        terminal.note(format_args!(
            "none but {BUILT_IN}, a small demonstration encoder, is there; `pecmae models pull NAME` fetches a published one ({}), \
             `pecmae models import` takes your own files",
            published.join(", ")
        ));
    }
    let header = ["NAME", "SEGMENT", "WIDTH", "TYPE", "SOUND", "FINGERPRINT", "LICENSE"];
    rows.insert(0, header.map(str::to_owned).to_vec());
    columns(&rows, header.len()).into_iter().for_each(|line| terminal.answer(line));
    let n_models = models.len() + usize::from(!is_hidden);
    terminal.done_silently("models list", json!({ "models": n_models }));
    Ok(())
}

fn row(name: &str, manifest: &Manifest, remark: &str) -> Vec<String> {
    let architecture = &manifest.architecture;
    let seconds = architecture.segment_samples as f64 / f64::from(architecture.sample_rate_hz);
    vec![
        format!("{name}{remark}"),
        format!("{seconds} s"),
        architecture.feature.to_string(),
        manifest.dtype.to_string(),
        if architecture.codec.has_decoder { "yes" } else { "no" }.to_owned(),
        manifest.fingerprint.short().to_owned(),
        manifest.license.clone(),
    ]
}

//! `models list`: the installed models.

use serde_json::json;

use super::super::exit::Failure;
use super::super::terminal::{Terminal, text};
use crate::models::Library;
use crate::models::pull::PublishedModel;
use crate::studio::columns::columns;

pub(super) fn run(terminal: &Terminal) -> Result<(), Failure> {
    let library = Library::of_user()?;
    let models = library.list()?;
    let mut rows = Vec::new();
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
            json!({ "name": listed.name, "path": text(&listed.path), "manifest": manifest }),
        );
        let architecture = &manifest.architecture;
        let seconds = architecture.segment_samples as f64 / f64::from(architecture.sample_rate_hz);
        rows.push(vec![
            listed.name.clone(),
            format!("{seconds} s"),
            architecture.feature.to_string(),
            manifest.dtype.to_string(),
            if architecture.codec.has_decoder { "yes" } else { "no" }.to_owned(),
            manifest.fingerprint.short().to_owned(),
            manifest.license.clone(),
        ]);
    }
    if models.is_empty() {
        let published: Vec<_> =
            PublishedModel::built_in().iter().map(|m| m.name.as_str()).collect();
        terminal.note(format_args!(
            "no model is installed; `pecmae models pull NAME` fetches a published one ({}), `pecmae models import` takes \
             your own files",
            published.join(", ")
        ));
    }
    if !rows.is_empty() {
        let header = ["NAME", "SEGMENT", "WIDTH", "TYPE", "SOUND", "FINGERPRINT", "LICENSE"];
        rows.insert(0, header.map(str::to_owned).to_vec());
        columns(&rows, header.len()).into_iter().for_each(|line| terminal.answer(line));
    }
    terminal.done_silently("models list", json!({ "models": models.len() }));
    Ok(())
}

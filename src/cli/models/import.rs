//! `models import`: published checkpoint files → a model.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::super::args::Global;
use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::terminal::Terminal;
use super::StorageArgs;
use crate::models::{ImportRequest, Library, ModelFolder};
use crate::studio::models::ModelInfo;

/// Arguments of `models import`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// The PECMAE autoencoder: .pt, .th or .safetensors
    #[arg(long, value_name = "FILE")]
    autoencoder: PathBuf,
    /// The EnCodec weights, in any published form; without them the model makes no sound
    #[arg(long, value_name = "FILE")]
    codec: Option<PathBuf>,
    /// The new model's name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// License of the weights, as you found it
    #[arg(long, value_name = "TEXT")]
    license: Option<String>,
    #[command(flatten)]
    storage: StorageArgs,
}

pub(super) fn run(
    args: &ImportArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    terminal.event("start", json!({ "command": "models import", "name": args.name }));
    let request = ImportRequest {
        autoencoder: &args.autoencoder,
        codec: args.codec.as_deref(),
        name: &args.name,
        precision: args.storage.precision(),
        hints: args.storage.hints(),
        license: args.license.as_deref(),
        replace: args.storage.replace,
    };
    announce("models import", &Library::of_user()?.import(&request, &cancel)?, terminal);
    Ok(())
}

/// Tells of a new model.
pub(in crate::cli) fn announce(command: &str, model: &ModelFolder, terminal: &Terminal) {
    let info = ModelInfo::of(model);
    info.remarks().into_iter().for_each(|remark| terminal.warn(remark));
    let (name, fingerprint) = (model.name(), model.fingerprint().short());
    let path = model.path().display();
    let n_weights = info.n_weights;
    terminal.done(
        command,
        json!({ "model": info }),
        format_args!("model {name}: {n_weights} weights, fingerprint {fingerprint} → {path}"),
    );
}

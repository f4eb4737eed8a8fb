//! `models pull`: a published model from the hub.

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::super::args::Global;
use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::progress::Meter;
use super::super::quantity::bytes;
use super::super::terminal::Terminal;
use super::StorageArgs;
use super::import::announce;
use crate::models::Library;
use crate::models::pull::{Progress, PublishedModel, PullRequest, Source};

/// Arguments of `models pull`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PullArgs {
    /// The published model
    #[arg(value_name = "MODEL")]
    model: String,
    /// The new model's name, if not the published one
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    storage: StorageArgs,
}

pub(super) fn run(
    args: &PullArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let model = PublishedModel::named(&args.model)?;
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let request = PullRequest {
        model,
        name: args.name.as_deref().unwrap_or(&model.name),
        precision: args.storage.precision(),
        hints: args.storage.hints(),
        replace: args.storage.replace,
    };
    let source = Source::from_env();
    let source = Source { offline: source.offline || global.offline, ..source };
    terminal.note(format_args!("licenses of the weights: {}", model.weights_license()));
    terminal.event("start", json!({ "command": "models pull", "model": model.name }));
    let mut meter = terminal.meter("models pull");
    let pulled = Library::of_user()?
        .pull(&request, &source, &cancel, |progress| show(&progress, &mut meter));
    drop(meter);
    announce("models pull", &pulled?, terminal);
    Ok(())
}

fn show(progress: &Progress<'_>, meter: &mut Meter<'_>) {
    let Progress { file, done, total } = *progress;
    let fraction = total.map_or(0.0, |total| done as f64 / total.max(1) as f64);
    meter.update(
        fraction,
        || {
            let total = total.map_or("?".to_owned(), bytes);
            format!("{}: {} of {total}", file.path, bytes(done))
        },
        || json!({ "file": file.path, "bytes_done": done, "bytes": total }),
    );
}

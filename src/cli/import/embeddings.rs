//! `import embeddings`: a folder of `.npy` files → a table of z.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::super::args::Global;
use super::super::exit::Failure;
use super::super::number::{real, within};
use super::super::quantity::count;
use super::super::terminal::{Terminal, text};
use crate::dataset::Layout;
use crate::models::Library;
use crate::runs::DataSettings;
use crate::studio::check_file;
use crate::studio::import::{EmbeddingsJob, ImportedEmbeddings, MadeBy, import_embeddings};

use super::super::evaluate::layout;

/// Arguments of `import embeddings`.
#[derive(Debug, Args)]
pub(in super::super) struct EmbeddingsArgs {
    /// A folder of .npy files, one a track: [segment, feature], [segment, 1, feature] or [feature]
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The table, in a folder that exists
    #[arg(short, long, value_name = "TABLE.parquet")]
    output: PathBuf,
    /// The installed model that made the vectors; without it say --segment-seconds
    #[arg(long, value_name = "NAME|PATH", required_unless_present = "segment_seconds")]
    model: Option<String>,
    /// Where that model is not there: the length of a segment, in seconds
    #[arg(long, value_name = "S", value_parser = real(0.01..=3600.0), conflicts_with = "model", allow_negative_numbers = true)]
    segment_seconds: Option<f64>,
    /// Where that model is not there: the rate that it hears at, in Hz
    #[arg(long, value_name = "HZ", default_value_t = 24_000, value_parser = within(1..=1_000_000_u32), allow_negative_numbers = true)]
    sample_rate: u32,
    /// The labeled audio that the vectors are of, for names and labels [default: those of the files and their folders]
    #[arg(long, value_name = "SRC")]
    data: Option<PathBuf>,
    /// How --data is laid out, if it is not what it looks like
    #[arg(long, value_name = "LAYOUT", value_parser = layout(), requires = "data")]
    layout: Option<Layout>,
    /// Where the files of a list given as --data lie, if not beside it
    #[arg(long, value_name = "DIR", requires = "data")]
    audio: Option<PathBuf>,
}

pub(super) fn run(
    args: &EmbeddingsArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<(), Failure> {
    check_file(&args.output)?;
    let done = import_embeddings(&args.job()?)?;
    let ImportedEmbeddings { n_tracks, n_rows, skipped, n_missing } = done;
    for file in &skipped {
        terminal.event("skip", json!({ "path": text(&file.path), "reason": file.reason }));
        terminal.note(format_args!("skipped: {}: {}", file.reason, file.path.display()));
    }
    if n_missing > 0 {
        let tracks = count(n_missing as u64, "track");
        terminal.warn(format_args!("{tracks} of the data have no file"));
    }
    let n_skipped = skipped.len();
    let fields = json!({
        "table": text(&args.output), "tracks": n_tracks, "rows": n_rows, "skipped": n_skipped, "missing": n_missing,
    });
    let (tracks, rows) = (count(n_tracks as u64, "track"), count(n_rows, "row"));
    let left = if n_skipped > 0 { format!(", {n_skipped} skipped") } else { String::new() };
    let line = format!("{tracks}, {rows}{left} → {}", args.output.display());
    let objection = (global.strict && n_skipped > 0).then_some(Failure::Unusable { n_skipped });
    terminal.end("import embeddings", fields, line, objection)
}

impl EmbeddingsArgs {
    fn job(&self) -> Result<EmbeddingsJob, Failure> {
        let made_by = match (&self.model, self.segment_seconds) {
            (Some(name), _) => MadeBy::Model(Box::new(Library::of_user()?.open(name)?)),
            (None, segment_s) => MadeBy::Unknown {
                sample_rate_hz: self.sample_rate,
                segment_s: segment_s.unwrap_or_default(),
            },
        };
        let data = self.data.as_ref().map(|source| DataSettings {
            layout: self.layout,
            audio: self.audio.clone(),
            ..DataSettings::new(source)
        });
        let (folder, output) = (self.folder.clone(), self.output.clone());
        Ok(EmbeddingsJob { folder, output, made_by, data })
    }
}

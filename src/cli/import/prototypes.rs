//! `import prototypes`: the arrays of a network → a run.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::super::args::Global;
use super::super::exit::Failure;
use super::super::number::real;
use super::super::quantity::count;
use super::super::run_arg::RunsArg;
use super::super::source::{SourceArgs, Splits};
use super::super::terminal::{Terminal, text};
use crate::classifier::{Normalization, SimilarityKind};
use crate::models::Library;
use crate::runs::DataSettings;
use crate::studio::import::{
    ImportedRun, KnownData, PrototypesJob, RowOrder, Scale, import_prototypes, settings_of_model,
};

/// Arguments of `import prototypes`.
#[derive(Debug, Args)]
pub(in super::super) struct PrototypesArgs {
    /// The prototypes: a .npy file of [prototype, feature] or [prototype, 1, feature], after the adaptor
    #[arg(value_name = "PROTOS.npy")]
    prototypes: PathBuf,
    /// The weights of the last layer: a .npy file of [class, prototype]
    #[arg(value_name = "LIN_WEIGHTS.npy")]
    weights: PathBuf,
    /// The biases of the last layer, which the published code does not save: a .npy file of [class] [default: zeros]
    #[arg(long, value_name = "FILE.npy")]
    bias: Option<PathBuf>,
    /// A file with the names of the classes, one a line, in the order of the rows of the weights [default: those of the data, sorted]
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Whose each prototype is: K rows a class, one row of each class in turn, or what the weights say
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = OrderArg::Class)]
    order: OrderArg,
    /// The scale of the prototypes: as the network compares them, or z as a decoder takes it
    #[arg(long, value_enum, value_name = "SCALE", default_value_t = ScaleArg::Normalized)]
    scale: ScaleArg,
    /// Mean of the normalization [default: measured on the training split]
    #[arg(long, value_name = "MEAN", requires = "std", value_parser = real(-1e9..=1e9), allow_negative_numbers = true)]
    mean: Option<f64>,
    /// Standard deviation of the normalization, of which twice is divided by
    #[arg(long, value_name = "STD", requires = "mean", value_parser = real(1e-9..=1e9), allow_negative_numbers = true)]
    std: Option<f64>,
    /// Distance below the similarity: mean or sum of squares
    #[arg(long, value_enum, value_name = "WHICH", default_value_t = SimilarityArg::Mean)]
    similarity: SimilarityArg,
    /// What logits are divided by before the softmax
    #[arg(long, value_name = "T", default_value_t = 0.1, value_parser = real(1e-6..=1e6), allow_negative_numbers = true)]
    temperature: f64,
    /// Any number of labels a track, each by itself, from a probability of one half
    #[arg(long, conflicts_with = "temperature")]
    multi_label: bool,
    /// The table of the z that it was trained on, as `embed` or `import embeddings` makes it
    #[arg(long, value_name = "TABLE.parquet", required_unless_present = "model")]
    table: Option<PathBuf>,
    /// The labeled audio that the table is of [default: the labels in the table]
    #[arg(long, value_name = "SRC", requires = "table")]
    data: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
    /// Without a table: the installed model that made the z; such a run predicts, explains and sounds, and cannot be measured
    #[arg(long, value_name = "NAME|PATH", conflicts_with = "table")]
    model: Option<String>,
    /// Name of the run [default: that of the prototypes]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    runs: RunsArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OrderArg {
    /// Row j is one of class j div K
    Class,
    /// Row j is one of class j mod C
    Interleaved,
    /// Row j is one of the class with the largest weight
    Weights,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScaleArg {
    /// Mean and deviation are taken out
    Normalized,
    /// As the encoder gives z
    Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SimilarityArg {
    Mean,
    Sum,
}

pub(super) fn run(
    args: &PrototypesArgs,
    global: &Global,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let mut n_warnings = 0;
    let mut warn = |warning: String| {
        n_warnings += 1;
        terminal.warn(warning);
    };
    if args.bias.is_none() {
        warn(
            "the biases of the last layer are not known and taken to be 0; logits lack a constant of each class, which \
             `pecmae edit RUN refit` can learn again"
                .to_owned(),
        );
    }
    let imported = import_prototypes(&args.job()?, &mut warn)?;
    let ImportedRun { run, labels, n_prototypes, n_agreeing, validation } = imported;
    if n_agreeing < n_prototypes {
        warn(format!(
            "{} of {n_prototypes} prototypes have their largest weight for another class than their own; --order may be another",
            n_prototypes - n_agreeing
        ));
    }
    let fields = json!({
        "run": text(run.path()), "classes": labels, "prototypes": n_prototypes, "agreeing": n_agreeing,
        "validation_accuracy": validation,
    });
    let (prototypes, classes) =
        (count(n_prototypes as u64, "prototype"), count(labels.len() as u64, "class"));
    let reached = validation.map_or_else(String::new, |accuracy| {
        format!(", class-balanced accuracy {accuracy:.3} on validation")
    });
    let line = format!("{prototypes} of {classes}{reached} → {}", run.path().display());
    let objection =
        (global.strict && n_warnings > 0).then_some(Failure::Findings { n_findings: n_warnings });
    terminal.end("import prototypes", fields, line, objection)
}

impl PrototypesArgs {
    fn job(&self) -> Result<PrototypesJob, Failure> {
        let labels = self.labels.as_deref().map(read_lines).transpose()?.unwrap_or_default();
        let normalization = self.mean.zip(self.std);
        Ok(PrototypesJob {
            prototypes: self.prototypes.clone(),
            weights: self.weights.clone(),
            bias: self.bias.clone(),
            labels,
            order: match self.order {
                OrderArg::Class => RowOrder::LabelMajor,
                OrderArg::Interleaved => RowOrder::Interleaved,
                OrderArg::Weights => RowOrder::Weights,
            },
            scale: match self.scale {
                ScaleArg::Normalized => Scale::Normalized,
                ScaleArg::Raw => Scale::Raw,
            },
            normalization: normalization
                .map(|(mean, std)| Normalization { mean: mean as f32, std: std as f32 }),
            similarity: match self.similarity {
                SimilarityArg::Mean => SimilarityKind::MeanSquared,
                SimilarityArg::Sum => SimilarityKind::SumSquared,
            },
            temperature: (!self.multi_label).then_some(self.temperature as f32),
            data: self.known_data()?,
            runs: self.runs.runs.clone(),
            name: self.name.clone(),
        })
    }

    fn known_data(&self) -> Result<KnownData, Failure> {
        let SourceArgs { layout, audio, group_by, splits } = &self.source;
        if let Some(table) = &self.table {
            let source = self.data.as_ref().unwrap_or(table);
            let settings = DataSettings {
                layout: *layout,
                audio: audio.clone(),
                group_by: group_by.clone(),
                gtzan_filtered: *splits == Some(Splits::GtzanFiltered),
                redraw_splits: *splits == Some(Splits::Draw),
                ..DataSettings::new(source)
            };
            return Ok(KnownData::Examples { settings: Box::new(settings), table: table.clone() });
        }
        let model = Library::of_user()?.open(self.model.as_deref().unwrap_or_default())?;
        Ok(KnownData::Model { name: model.name().to_owned(), settings: settings_of_model(&model) })
    }
}

/// The lines of a file that are not empty.
fn read_lines(path: &std::path::Path) -> Result<Vec<String>, Failure> {
    let failed = |source| Failure::Read { source, path: path.to_owned() };
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

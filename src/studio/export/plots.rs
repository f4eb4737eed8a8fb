//! A run → every figure as SVG and as PNG, for papers and slides.

use serde_json::{Map, json};

use super::history::{accuracy_figure, loss_figure};
use super::origin::{first_takes, provenance};
use super::results::Results;
use super::{ExportError, ExportJob};
use crate::audio::{MelConfig, MelSpectrogram, read_waveform};
use crate::dataset::Split;
use crate::exports::Committed;
use crate::exports::plots::{Figure, Look, Picture, SoundTile, SoundsFigure};
use crate::job::CancelToken;
use crate::runs::RunFolder;

/// What the manifest calls it.
const KIND: &str = "pecmae plots";
/// What is added to the name of the run unless another folder is named.
const SUFFIX: &str = "-plots";

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plots {
    /// The folder.
    pub folder: Committed,
    /// The names of the figures' files, in alphabetical order.
    pub files: Vec<String>,
    /// What there is no figure of, and why.
    pub missing: Vec<String>,
}

/// Exports the figures of a run; `split` is what is measured, `None` for the test split, or validation where there is none.
///
/// # Errors
/// The run has no classifier or has lost its copy of the z, the folder must not be replaced, a figure cannot be drawn, the disk
/// fails, or the job is cancelled.
pub fn export_plots(
    job: &ExportJob,
    split: Option<Split>,
    cancel: &CancelToken,
) -> Result<Plots, ExportError> {
    let folder = job.begin(KIND, "", SUFFIX)?;
    let results = Results::gather(&job.run, split, false, &mut |_| {}, cancel)?;
    let tiles = tiles(&job.run, &results)?;
    let (figures, missing) = figures(&results, tiles.as_ref());
    let mut files = Vec::new();
    for (name, figure) in &figures {
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        for (end, bytes) in [("png", figure.png()?), ("svg", figure.svg(Look::Light)?.into_bytes())]
        {
            let file = format!("{name}.{end}");
            folder.write(&file, bytes)?;
            files.push(file);
        }
    }
    files.sort();
    let mut manifest = Map::new();
    manifest.insert("provenance".to_owned(), json!(provenance(job, &results.trained)?));
    manifest.insert("on".to_owned(), json!(results.evaluation.on));
    Ok(Plots { folder: folder.commit(manifest)?, files, missing })
}

/// A figure by the name of its files.
type Named<'a> = (&'static str, Box<dyn Figure + 'a>);

/// The spectrograms of the first sounds, how long they are in seconds, and the highest frequency in Hz.
type Tiles = (Vec<SoundTile>, f64, f64);

fn figures<'a>(results: &'a Results, tiles: Option<&'a Tiles>) -> (Vec<Named<'a>>, Vec<String>) {
    let mut figures: Vec<Named<'a>> = vec![
        ("classes", Box::new(results.classes_figure())),
        ("reliability", Box::new(results.reliability_figure())),
        ("weights", Box::new(results.weights_figure())),
    ];
    let mut missing = Vec::new();
    match results.confusion_figure() {
        Some(figure) => figures.push(("confusion", Box::new(figure))),
        None => missing.push("confusion: a track may have several labels".to_owned()),
    }
    match loss_figure(&results.history) {
        Some(figure) => figures.push(("loss", Box::new(figure))),
        None => missing.push("loss: the run has no history.csv".to_owned()),
    }
    match accuracy_figure(&results.history) {
        Some(figure) => figures.push(("accuracy", Box::new(figure))),
        None => missing.push("accuracy: the run was not validated while it trained".to_owned()),
    }
    match tiles {
        Some((sounds, seconds, highest_hz)) => {
            let (seconds, highest_hz) = (*seconds, *highest_hz);
            figures.push(("prototypes", Box::new(SoundsFigure { sounds, seconds, highest_hz })));
        }
        None => {
            missing.push("prototypes: none is sonified; `pecmae sonify RUN` does that".to_owned());
        }
    }
    (figures, missing)
}

/// `None` where nothing was sonified.
fn tiles(run: &RunFolder, results: &Results) -> Result<Option<Tiles>, ExportError> {
    let classifier = &results.trained.classifier;
    let mut tiles: Option<Tiles> = None;
    for (path, sound) in &first_takes(run, classifier)? {
        let rate_hz = sound.made.sample_rate_hz;
        let waveform = read_waveform(path, rate_hz, None)?;
        let config = MelConfig::display(rate_hz);
        let picture = Picture::of_mel(&MelSpectrogram::new(&waveform, &config)?);
        let info = &classifier.info()[sound.row];
        let tile = SoundTile { name: info.name.clone(), group: info.label, picture };
        let (seconds, highest_hz) = (waveform.duration_secs(), config.f_max_hz);
        tiles.get_or_insert_with(|| (Vec::new(), seconds, highest_hz)).0.push(tile);
    }
    Ok(tiles)
}

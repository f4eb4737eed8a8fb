//! A run → its figures, each as SVG and as PNG, in a folder.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::history::{accuracy_figure, loss_figure};
use super::results::{Results, ResultsError};
use crate::audio::{AudioError, MelConfig, MelConfigError, MelSpectrogram, read_waveform};
use crate::dataset::Split;
use crate::exports::plots::{Figure, Look, Picture, PlotError, SoundTile, SoundsFigure};
use crate::files::write_atomic;
use crate::job::CancelToken;
use crate::runs::RunFolder;
use crate::studio::sonify_run::{SonifyRunError, sounds_of};
use crate::studio::{NoFolder, check_folder};

/// What tells a folder of figures from any other.
const RECORD: &str = "plots.json";

/// Which figures to make, and where.
#[derive(Debug, Clone)]
pub struct PlotsJob {
    /// The folder of the figures.
    pub folder: PathBuf,
    /// What is measured; `None` for the test split, or validation where there is none.
    pub split: Option<Split>,
    /// Also writes into a folder that holds something else.
    pub force: bool,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plots {
    /// The names of the files, in alphabetical order.
    pub files: Vec<String>,
    /// What there is no figure of, and why.
    pub missing: Vec<String>,
}

/// The content of `plots.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    schema: u32,
    tool_version: String,
    run: String,
    /// Fingerprint of the classifier, edits included.
    classifier: String,
    on: String,
    files: Vec<String>,
}

/// Why the figures were not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotsError {
    /// The run has nothing to show.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The record of its sounds cannot be used.
    #[error(transparent)]
    Sounds(#[from] SonifyRunError),
    /// A sound cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A spectrogram cannot be made.
    #[error(transparent)]
    Mel(#[from] MelConfigError),
    /// A figure cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The folder has no folder to lie in.
    #[error(transparent)]
    Folder(#[from] NoFolder),
    /// The folder holds what this program did not make.
    #[error("this folder is not empty and has no plots.json, choose another or give --force: {}", path.display())]
    InTheWay {
        /// The folder.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error("cannot {verb} ({source}), check the folder and the free space: {}", path.display())]
    Io {
        /// As in `write`.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("stopped before all figures were written; the same command makes them")]
    Cancelled,
}

/// Draws the figures of a run and writes them into a folder.
///
/// Figures of an earlier export that are no longer made are removed.
///
/// # Errors
/// The run has no classifier or has lost its copy of the z, the folder holds something else, a figure cannot be drawn, or the
/// disk refuses.
pub fn export_plots(
    run: &RunFolder,
    job: &PlotsJob,
    cancel: &CancelToken,
) -> Result<Plots, PlotsError> {
    check_folder(&job.folder)?;
    let earlier = earlier(&job.folder, job.force)?;
    let results = Results::gather(run, job.split, false, &mut |_| {}, cancel)?;
    let tiles = tiles(run, &results)?;
    let (figures, missing) = figures(&results, tiles.as_ref());
    let names =
        figures.iter().flat_map(|(name, _)| ["png", "svg"].map(|end| format!("{name}.{end}")));
    let mut files: Vec<_> = names.collect();
    files.sort();
    std::fs::create_dir_all(&job.folder).map_err(io_error("make the folder", &job.folder))?;
    // First, so that whatever happens the folder is known as this program's.
    let record = Record {
        schema: 1,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        run: run.name(),
        classifier: results.evaluation.classifier.clone(),
        on: results.evaluation.on.clone(),
        files: files.clone(),
    };
    let json = serde_json::to_string_pretty(&record).map_err(io::Error::from);
    let path = job.folder.join(RECORD);
    json.and_then(|json| write_atomic(&path, (json + "\n").as_bytes()))
        .map_err(io_error("write", &path))?;
    for (name, figure) in &figures {
        if cancel.is_cancelled() {
            return Err(PlotsError::Cancelled);
        }
        let write = |end: &str, bytes: &[u8]| {
            let path = job.folder.join(format!("{name}.{end}"));
            write_atomic(&path, bytes).map_err(io_error("write", &path))
        };
        write("svg", figure.svg(Look::Light)?.as_bytes())?;
        write("png", &figure.png()?)?;
    }
    for stale in earlier.iter().filter(|name| !files.contains(name)) {
        let path = job.folder.join(stale);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(io_error("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(Plots { files, missing })
}

/// The files of an earlier export into this folder; refuses a folder that is somebody else's.
fn earlier(folder: &Path, force: bool) -> Result<Vec<String>, PlotsError> {
    let in_the_way = || PlotsError::InTheWay { path: folder.to_owned() };
    match std::fs::read(folder.join(RECORD)) {
        Ok(bytes) => match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) => Ok(record.files.into_iter().filter(|name| is_figure(name)).collect()),
            Err(_) if force => Ok(Vec::new()),
            Err(_) => Err(in_the_way()),
        },
        Err(_) => match std::fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
            Ok(is_empty) if is_empty || force => Ok(Vec::new()),
            Ok(_) => Err(in_the_way()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(io_error("list the folder", folder)(error)),
        },
    }
}

/// The name of a figure in this folder, whatever a damaged record says.
fn is_figure(name: &str) -> bool {
    let ends_well = name.ends_with(".svg") || name.ends_with(".png");
    ends_well && Path::new(name).file_name().is_some_and(|file| file == name)
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
fn tiles(run: &RunFolder, results: &Results) -> Result<Option<Tiles>, PlotsError> {
    let classifier = &results.trained.classifier;
    let mut tiles: Option<Tiles> = None;
    let mut sounds = sounds_of(run, classifier)?;
    sounds.sort_by_key(|(_, sound)| (sound.row, sound.take));
    sounds.dedup_by_key(|(_, sound)| sound.row);
    for (path, sound) in &sounds {
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

fn io_error(verb: &'static str, path: &Path) -> impl Fn(io::Error) -> PlotsError {
    move |source| PlotsError::Io { verb, source, path: path.to_owned() }
}

//! A run → one page that shows and plays everything, from a file, without a network.
//!
//! ```text
//! run ─┬─ measure ────▶ figures, confusions, calibration ──┐
//!      ├─ prototypes ─▶ what each is good for ─────────────┤
//!      ├─ sonify ─────▶ sounds, where some are missing ────┼─▶ page ─▶ FILE.html
//!      └─ explain ────▶ right and wrong predictions ───────┘
//! ```

mod case;
mod error;
mod page;
mod sound;
mod sounds;

use std::path::PathBuf;

pub use error::HtmlError;

use self::case::cases;
use self::page::Page;
use self::sound::PageSound;
use self::sounds::complete;
use super::results::Results;
use crate::dataset::Split;
use crate::exports::ExportFile;
use crate::job::CancelToken;
use crate::models::{Library, ModelFolder};
use crate::runs::RunFolder;
use crate::studio::evaluate::EvaluateEvent;
use crate::studio::sonify_run::{SonifyRunEvent, sounds_of};
use crate::studio::{check_file, model_of_run};
use crate::tensor::Precision;

/// What a page is known by.
const KIND: &str = "pecmae html";
/// What a page says of who made it.
const GENERATOR: &str = concat!("PECMAE Studio ", env!("CARGO_PKG_VERSION"));

/// What the page holds, and where it goes.
#[derive(Debug, Clone)]
pub struct HtmlJob {
    /// The file.
    pub output: PathBuf,
    /// What is measured; `None` for the test split, or validation where there is none.
    pub split: Option<Split>,
    /// How sounds are stored in the page; `None` leaves them out.
    pub audio: Option<PageAudio>,
    /// Sounds of each prototype, at most.
    pub n_takes: usize,
    /// Right predictions, and as many wrong ones, that are explained.
    pub n_cases: usize,
    /// What renders sounds that are missing, and hears again those that were not heard; `None` shows what is there.
    pub sonify: Option<Precision>,
    /// Where models are.
    pub library: Library,
    /// The run's model, where it is not installed.
    pub model: Option<String>,
    /// Also trains simple models, and shows what they reach.
    pub baselines: bool,
    /// What the license of the data is, as somebody knows it.
    pub data_license: Option<String>,
    /// Whether a file that is there is replaced whoever wrote or changed it.
    pub force: bool,
}

/// How sounds are stored in a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PageAudio {
    /// FLAC of 16 bits: every sample.
    Flac,
    /// Ogg Vorbis of a quality from -0.1 to 1: nearly the same in about a third of the space.
    Vorbis(f32),
}

/// What is told while the page is made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HtmlEvent {
    /// Sounds are being rendered, or heard again.
    Sonify(SonifyRunEvent),
    /// Simple models are being trained.
    Baselines,
    /// Something is probably not as it was meant.
    Warning(String),
}

/// What was made.
#[derive(Debug, Clone, PartialEq)]
pub struct HtmlPage {
    /// Its size.
    pub n_bytes: u64,
    /// How much of that is sound.
    pub n_audio_bytes: u64,
    /// Sounds in it.
    pub n_sounds: usize,
    /// Enabled prototypes without one.
    pub silent: Vec<String>,
    /// Predictions that it explains.
    pub n_cases: usize,
    /// What was measured on, as in `test split`.
    pub on: String,
}

/// Makes the page of a run.
///
/// # Errors
/// The run has no classifier or has lost its copy of the z, the model that missing sounds need is not there, the file must not be
/// replaced, the disk refuses, or the job is cancelled.
pub fn export_html(
    run: &RunFolder,
    job: &HtmlJob,
    on_event: &mut dyn FnMut(HtmlEvent),
    cancel: &CancelToken,
) -> Result<HtmlPage, HtmlError> {
    check_file(&job.output)?;
    let file = ExportFile::begin(&job.output, KIND, job.force)?;
    let mut tell = |event| match event {
        EvaluateEvent::Warning(warning) => on_event(HtmlEvent::Warning(warning)),
        EvaluateEvent::Baselines => on_event(HtmlEvent::Baselines),
        EvaluateEvent::Embed(_) => {}
    };
    let results = Results::gather(run, job.split, job.baselines, &mut tell, cancel)?;
    let embedding = run.settings()?.embedding;
    let open = || {
        let (name, fingerprint) = (&embedding.model, &embedding.model_fingerprint);
        model_of_run(&job.library, job.model.as_deref(), name, fingerprint)
    };
    let classifier = &results.trained.classifier;
    if let (Some(precision), Some(_)) = (job.sonify, job.audio) {
        let mut tell = |event| on_event(HtmlEvent::Sonify(event));
        complete(run, classifier, precision, &open, &mut tell, cancel)?;
    }
    let mut sounds = Vec::new();
    for (path, record) in sounds_of(run, classifier)? {
        if cancel.is_cancelled() {
            return Err(HtmlError::Cancelled);
        }
        if let Some(audio) = job.audio.filter(|_| record.take < job.n_takes) {
            sounds.push(PageSound::read(&path, record, audio)?);
        }
    }
    sounds.sort_by_key(|sound| (sound.record.row, sound.record.take));
    let cases = cases(&results, job.n_cases)?;
    let is_silent = |row: usize| sounds.iter().all(|sound| sound.record.row != row);
    let enabled = results.columns.iter().enumerate().filter(|(_, column)| column.enabled);
    let silent = enabled.filter(|(row, _)| is_silent(*row)).map(|(_, column)| column.name.clone());
    let silent = silent.collect();
    // Without it, its license is not known.
    let model = open().ok();
    let page = Page {
        run,
        results: &results,
        status: run.status()?,
        settings: run.settings()?,
        skipped: run.skipped()?,
        sounds: &sounds,
        cases: &cases,
        model: model.as_ref().map(ModelFolder::manifest),
        data_license: job.data_license.as_deref(),
        audio: job.audio,
    };
    let html = page.render()?;
    if cancel.is_cancelled() {
        return Err(HtmlError::Cancelled);
    }
    Ok(HtmlPage {
        n_bytes: file.commit(html)?,
        n_audio_bytes: sounds.iter().map(|sound| sound.data.len() as u64).sum(),
        n_sounds: sounds.len(),
        silent,
        n_cases: cases.len(),
        on: results.evaluation.on.clone(),
    })
}

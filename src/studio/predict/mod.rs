//! Audio files → their labels, in the order in which the files are named.

mod error;
mod files;
mod sheet;

use std::path::PathBuf;

use serde::Serialize;

pub use error::PredictError;
pub use files::{AudioFile, AudioFiles};
pub use sheet::{Format, Sheet};

use super::Verdict;
use super::embed::Skipped;
use super::listen::{Heard, Hearing, Listener};
use super::trained::{Trained, Training};
use crate::classifier::InputError;
use crate::embeddings::SegmentPlace;
use crate::explanation::Evidence;
use crate::job::CancelToken;

/// What to call what.
#[derive(Debug, Clone)]
pub struct PredictJob {
    /// Files, folders, and CSV or TSV lists, in the order in which answers are wanted.
    pub sources: Vec<PathBuf>,
    /// No label is given that is less probable.
    pub min_confidence: f64,
}

/// What a prediction tells while it goes on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PredictEvent {
    /// The files are listed.
    Start {
        /// Files to be labeled.
        n_files: usize,
    },
    /// A file is labeled.
    Predicted(Box<FilePrediction>),
    /// A file cannot be used.
    Skipped(Skipped),
    /// Segments have been computed.
    Progress(PredictProgress),
}

/// How far a prediction has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PredictProgress {
    /// Files labeled or skipped.
    pub n_files_done: usize,
    /// Files to be labeled.
    pub n_files: usize,
    /// Segments computed.
    pub n_segments: usize,
}

/// What a file is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilePrediction {
    /// The file, as it was named.
    pub path: String,
    /// Its name below the folder or list that it was found in.
    pub id: String,
    /// What the track is called: by the mean logits of its segments.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Where its last segment ends, in seconds.
    pub seconds: f64,
    /// Whether there is nothing to hear in it, so that its label says nothing.
    pub silent: bool,
    /// What each of its segments is called.
    pub segments: Vec<SegmentPrediction>,
}

/// What a segment is called.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentPrediction {
    /// Number of the segment, from 0.
    pub segment: u32,
    /// Where it begins, in seconds.
    pub start_s: f64,
    /// Where its audio ends, in seconds.
    pub end_s: f64,
    /// Whether there is nothing to hear in it.
    pub silent: bool,
    /// What it is called.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// What a prediction did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PredictSummary {
    /// Files that were labeled.
    pub n_predicted: usize,
    /// Of them, those without a label.
    pub n_unlabeled: usize,
    /// Of them, those that are unlike training.
    pub n_unfamiliar: usize,
    /// Of them, those in which there is nothing to hear.
    pub n_silent: usize,
    /// Files that cannot be used.
    pub skipped: Vec<Skipped>,
}

/// Labels files.
///
/// # Errors
/// A list is malformed, no file can be used, the model fails, or the job is cancelled.
pub fn predict(
    job: &PredictJob,
    trained: &Trained,
    training: Option<&Training>,
    listener: &Listener,
    on_event: &mut dyn FnMut(PredictEvent),
    cancel: &CancelToken,
) -> Result<PredictSummary, PredictError> {
    let AudioFiles { files, unusable } = AudioFiles::list(&job.sources)?;
    on_event(PredictEvent::Start { n_files: files.len() });
    let mut summary = PredictSummary::default();
    for skipped in unusable {
        on_event(PredictEvent::Skipped(skipped.clone()));
        summary.skipped.push(skipped);
    }
    let paths: Vec<_> = files.iter().map(|file| file.location.clone()).collect();
    let mut progress = PredictProgress { n_files: files.len(), ..PredictProgress::default() };
    let mut listen = |hearing| {
        match hearing {
            Hearing::Segments(n) => progress.n_segments += n,
            Hearing::File(i, heard) => {
                progress.n_files_done += 1;
                let labeled = heard.and_then(|heard| {
                    of_file(job, trained, training, &files[i], &heard).map_err(|e| e.to_string())
                });
                match labeled {
                    Ok(prediction) => {
                        summary.count(&prediction);
                        on_event(PredictEvent::Predicted(Box::new(prediction)));
                    }
                    Err(reason) => {
                        let skipped = Skipped { path: files[i].path.clone(), reason };
                        on_event(PredictEvent::Skipped(skipped.clone()));
                        summary.skipped.push(skipped);
                    }
                }
            }
        }
        on_event(PredictEvent::Progress(progress));
    };
    listener.hear(&paths, &mut listen, cancel)?;
    match summary.skipped.first() {
        Some(first) if summary.n_predicted == 0 => {
            let (n_tried, Skipped { path, reason }) = (summary.skipped.len(), first.clone());
            Err(PredictError::NothingUsable { n_tried, reason, path })
        }
        _ => Ok(summary),
    }
}

impl PredictSummary {
    fn count(&mut self, FilePrediction { verdict, silent, .. }: &FilePrediction) {
        self.n_predicted += 1;
        self.n_unlabeled += usize::from(verdict.labels.is_empty());
        self.n_unfamiliar += usize::from(verdict.familiarity.is_some_and(|found| found.low));
        self.n_silent += usize::from(*silent);
    }
}

fn of_file(
    job: &PredictJob,
    trained: &Trained,
    training: Option<&Training>,
    file: &AudioFile,
    heard: &Heard,
) -> Result<FilePrediction, InputError> {
    let classifier = &trained.classifier;
    let familiarity = training.map(|training| &training.familiarity);
    let segments = Evidence::of_segments(classifier, heard.z.view())?;
    let track = Evidence::of_track(&segments).expect("what was heard has a segment");
    let of_segment = |(evidence, (place, silent)): (&Evidence, (&SegmentPlace, &bool))| {
        let reading = familiarity.map(|level| level.of_segment(evidence.best));
        SegmentPrediction {
            segment: place.segment,
            start_s: place.start_s,
            end_s: place.end_s,
            silent: *silent,
            verdict: Verdict::of(classifier, evidence, reading, job.min_confidence),
        }
    };
    let reading = familiarity.map(|level| level.of_track(track.best));
    Ok(FilePrediction {
        path: file.path.display().to_string(),
        id: file.id.clone(),
        verdict: Verdict::of(classifier, &track, reading, job.min_confidence),
        seconds: heard.places.last().map_or(0.0, |place| place.end_s),
        silent: heard.is_silent(),
        segments: segments
            .iter()
            .zip(heard.places.iter().zip(&heard.silent))
            .map(of_segment)
            .collect(),
    })
}

//! An audio file → which prototypes drive its label, segment by segment, in sums that add up.

mod answer;
mod error;
mod item;

use std::ops::Range;
use std::path::{Path, PathBuf};

use ndarray::Axis;
use serde::Serialize;

pub use answer::{Answer, Contribution, Strongest, ViewKind};
pub use error::ExplainError;
pub use item::{Item, SegmentItem};

use super::listen::{Heard, Hearing, Listener};
use super::trained::{Trained, Training};
use crate::audio::{AudioError, AudioReader};
use crate::classifier::{Classifier, Objective, PrototypeInfo};
use crate::embeddings::SegmentPlace;
use crate::explanation::Evidence;
use crate::job::CancelToken;
use answer::{Asked, Found};

/// What to explain.
#[derive(Debug, Clone)]
pub struct ExplainJob {
    /// The audio file.
    pub path: PathBuf,
    /// What to ask about it.
    pub asking: Asking,
}

/// A file that was heard.
#[derive(Debug, Clone)]
pub struct HeardFile {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub audio: AudioFacts,
    /// Its segments.
    pub heard: Heard,
}

/// What to ask about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asking {
    /// Why this class; `None` for what the file is called.
    pub why: Option<String>,
    /// Rather than this one; `None` for the runner-up, where nothing is asked for and one label is given.
    pub against: Option<String>,
    /// What similarities are measured from; `None` for what is usual, where that is known.
    pub view: Option<ViewKind>,
    /// Training segments to name that are nearest to the strongest segment.
    pub n_nearest: usize,
    /// Only of these segments; `None`, or a range that holds none, for all.
    pub segments: Option<Range<usize>>,
}

/// Everything there is to say about why a file is called what it is called.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The file, as it was named.
    pub path: String,
    /// What it is.
    pub audio: AudioFacts,
    /// How logits become probabilities.
    pub objective: Objective,
    /// Whether training is known: what is usual, and how familiar the file is.
    pub knows_training: bool,
    /// The classes, in the order of logits.
    pub classes: Vec<ClassOf>,
    /// The prototypes, in the order of similarities.
    pub prototypes: Vec<PrototypeOf>,
    /// The track: the mean of its segments, or of those that were asked about.
    pub track: Item,
    /// Its segments.
    pub segments: Vec<SegmentItem>,
    /// Answers to what was asked.
    pub answers: Vec<Answer>,
}

/// What an audio file is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AudioFacts {
    /// Its codec.
    pub codec: String,
    /// Its own rate, in Hz.
    pub sample_rate_hz: u32,
    /// Its channels.
    pub n_channels: usize,
    /// Where its last segment ends, in seconds.
    pub seconds: f64,
    /// Whether there is nothing to hear in it.
    pub silent: bool,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassOf {
    /// Its name.
    pub label: String,
    /// Its bias.
    pub bias: f32,
}

/// A prototype.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrototypeOf {
    /// Its name.
    pub name: String,
    /// Its class.
    pub label: String,
    /// Whether it counts.
    pub enabled: bool,
    /// The mean similarity of training segments to it.
    pub usual: Option<f64>,
    /// `[class]`: its weights.
    pub weights: Vec<f32>,
}

/// Explains a file; `on_progress` hears how many segments of how many are done.
///
/// # Errors
/// The file cannot be used, a class is unknown, the centered view is asked of a classifier without its training, the model
/// fails, or the job is cancelled.
pub fn explain(
    job: &ExplainJob,
    trained: &Trained,
    training: Option<&Training>,
    listener: &Listener,
    on_progress: &mut dyn FnMut(usize, usize),
    cancel: &CancelToken,
) -> Result<Explanation, ExplainError> {
    // Before a long file is heard for nothing.
    Asked::new(&job.asking, &trained.classifier, training)?;
    let heard = hear_file(&job.path, listener, on_progress, cancel)?;
    explain_heard(&heard, &job.asking, &trained.classifier, training)
}

/// Hears a file; `on_progress` hears how many segments of how many are done.
///
/// # Errors
/// The file cannot be used, the model fails, or the job is cancelled.
pub fn hear_file(
    path: &Path,
    listener: &Listener,
    on_progress: &mut dyn FnMut(usize, usize),
    cancel: &CancelToken,
) -> Result<HeardFile, ExplainError> {
    let (facts, n_expected) = facts(path, listener)?;
    let mut n_done = 0;
    let mut on_segments = |n: usize| {
        n_done += n;
        // The length that a file states may be an estimate.
        on_progress(n_done, n_expected.max(n_done + 1));
    };
    let heard = hear(path, listener, &mut on_segments, cancel)?;
    on_progress(heard.places.len(), heard.places.len());
    let seconds = heard.places.last().map_or(0.0, |place| place.end_s);
    let audio = AudioFacts { seconds, silent: heard.is_silent(), ..facts };
    Ok(HeardFile { path: path.to_owned(), audio, heard })
}

/// Why a track of a run is called what it is called, by the z that the run keeps of it.
#[derive(Debug, Clone, Serialize)]
pub struct TrackExplanation {
    /// The track: the mean of its segments.
    pub track: Item,
    /// Its segments.
    pub segments: Vec<SegmentItem>,
    /// Answers to what was asked.
    pub answers: Vec<Answer>,
}

/// Explains a track of the run itself, without its audio: `track` is its number among the examples.
///
/// # Errors
/// The track has no segment, a class is unknown, or the z do not fit the classifier.
pub fn explain_track(
    track: usize,
    asking: &Asking,
    classifier: &Classifier,
    training: &Training,
) -> Result<TrackExplanation, ExplainError> {
    let examples = &training.examples;
    let of_track = |row: &usize| examples.track_of_segment[*row] == track;
    let rows: Vec<_> = (0..examples.n_segments()).filter(of_track).collect();
    if rows.is_empty() {
        let path = examples.tracks.get(track).map_or_else(String::new, |track| track.path.clone());
        return Err(ExplainError::Unusable {
            reason: "the run keeps no segment of this track".to_owned(),
            path: path.into(),
        });
    }
    let places = rows.iter().map(|row| examples.places[*row]).collect();
    let silent = vec![false; rows.len()];
    let heard = Heard { z: examples.z.select(Axis(0), &rows), places, silent };
    account_for(&heard, asking, classifier, Some(training))
}

/// Explains a file that was heard.
///
/// # Errors
/// A class is unknown, or the centered view is asked of a classifier without its training.
pub fn explain_heard(
    HeardFile { path, audio, heard }: &HeardFile,
    asking: &Asking,
    classifier: &Classifier,
    training: Option<&Training>,
) -> Result<Explanation, ExplainError> {
    let TrackExplanation { track, segments, answers } =
        account_for(heard, asking, classifier, training)?;
    Ok(Explanation {
        path: path.display().to_string(),
        audio: audio.clone(),
        objective: classifier.objective().clone(),
        knows_training: training.is_some(),
        classes: classes(classifier),
        prototypes: prototypes(classifier, training),
        track,
        segments,
        answers,
    })
}

/// What was found in segments that were heard, and the answers.
fn account_for(
    heard: &Heard,
    asking: &Asking,
    classifier: &Classifier,
    training: Option<&Training>,
) -> Result<TrackExplanation, ExplainError> {
    let asked = Asked::new(asking, classifier, training)?;
    let segments = Evidence::of_segments(classifier, heard.z.view())?;
    let part = asking.segments.clone().and_then(|part| segments.get(part));
    let part = part.filter(|part| !part.is_empty()).unwrap_or(&segments);
    let track = Evidence::of_track(part).expect("what was heard has a segment");
    let familiarity = training.map(|training| &training.familiarity);
    let reading = familiarity.map(|level| level.of_track(track.best));
    let item = Item::of(classifier, &track, reading);
    let places = heard.places.iter().zip(&heard.silent);
    let items = segments.iter().zip(places).map(|(evidence, (place, &silent))| {
        let SegmentPlace { segment, start_s, end_s, .. } = *place;
        let reading = familiarity.map(|level| level.of_segment(evidence.best));
        let item = Item::of(classifier, evidence, reading);
        SegmentItem { segment, start_s, end_s, silent, item }
    });
    let of_file = Found { classifier, training, heard, track: &track, segments: &segments };
    Ok(TrackExplanation {
        segments: items.collect(),
        answers: of_file.answers(&asked, &item.verdict)?,
        track: item,
    })
}

fn classes(classifier: &Classifier) -> Vec<ClassOf> {
    let classes = classifier.labels().iter().zip(classifier.bias());
    classes.map(|(label, bias)| ClassOf { label: label.clone(), bias: *bias }).collect()
}

fn prototypes(classifier: &Classifier, training: Option<&Training>) -> Vec<PrototypeOf> {
    let of = |(m, info): (usize, &PrototypeInfo)| PrototypeOf {
        name: info.name.clone(),
        label: classifier.labels()[info.label].clone(),
        enabled: info.enabled,
        usual: training.map(|training| training.survey.mean_similarities[m]),
        weights: classifier.parts().weight.column(m).to_vec(),
    };
    classifier.info().iter().enumerate().map(of).collect()
}

/// What the file says about itself, and the segments that this promises.
fn facts(path: &Path, listener: &Listener) -> Result<(AudioFacts, usize), AudioError> {
    let reader = AudioReader::open(path, listener.sample_rate_hz())?;
    let info = reader.info();
    let stated = info.n_frames.unwrap_or(0) as f64 / f64::from(info.sample_rate_hz);
    let facts = AudioFacts {
        codec: info.codec.clone(),
        sample_rate_hz: info.sample_rate_hz,
        n_channels: info.n_channels,
        seconds: stated,
        silent: false,
    };
    Ok((facts, (stated / listener.segment_seconds()).ceil() as usize))
}

fn hear(
    path: &Path,
    listener: &Listener,
    on_segments: &mut dyn FnMut(usize),
    cancel: &CancelToken,
) -> Result<Heard, ExplainError> {
    let mut found = Err("nothing was heard".to_owned());
    let mut listen = |hearing| match hearing {
        Hearing::Segments(n) => on_segments(n),
        Hearing::File(_, heard) => found = heard,
    };
    listener.hear(&[path.to_owned()], &mut listen, cancel)?;
    found.map_err(|reason| ExplainError::Unusable { reason, path: path.to_owned() })
}

//! Where prototypes start.

use std::path::Path;

use ndarray::Array2;
use serde::Deserialize;

use super::TrainError;
use super::prepare::Prepared;
use crate::clustering::{Init, InitSettings, KmeansSettings, initial_prototypes};
use crate::dataset::Split;
use crate::files::Array;
use crate::runs::{InitKind, PrototypeSettings, RunError};
use crate::training::Start;

/// A line of a list of clips.
#[derive(Debug, Deserialize)]
struct Clip {
    label: String,
    path: String,
    #[serde(default)]
    start_s: f64,
}

/// The parameters before the first step.
pub(super) fn start(
    prepared: &Prepared,
    settings: &PrototypeSettings,
) -> Result<Start, TrainError> {
    let file = || settings.file.as_deref().ok_or(RunError::NoStartFile);
    let init = match settings.init {
        InitKind::Kmeans => Init::Kmeans,
        InitKind::Nearest => Init::NearestSamples,
        InitKind::Samples => Init::RandomSamples,
        InitKind::File => Init::Given(vectors(prepared, file()?)?),
        InitKind::Clips => Init::Clips(clips(prepared, file()?)?),
    };
    let train = prepared.data.train();
    let labels = &prepared.examples.labels;
    let found = initial_prototypes(
        train.z.view(),
        &train.labels,
        labels,
        &InitSettings {
            per_class: settings.per_class,
            init,
            order: settings.order,
            kmeans: KmeansSettings {
                restarts: settings.restarts,
                seed: settings.seed,
                ..KmeansSettings::default()
            },
        },
    )?;
    let owners = (0..labels.len() * settings.per_class).map(|m| m / settings.per_class.max(1));
    Ok(Start::new(found.prototypes, owners.collect()))
}

/// Raw z from a `.npy` file, normalized as the examples are.
fn vectors(prepared: &Prepared, path: &Path) -> Result<Array2<f32>, TrainError> {
    let array = Array::read_npy(path)?;
    let n_features = prepared.examples.n_features();
    let shape = match array.shape[..] {
        [n, d] if d == n_features => (n, d),
        _ => {
            let (found, path) = (array.shape, path.to_owned());
            return Err(TrainError::StartShape { expected: n_features, found, path });
        }
    };
    let vectors = Array2::from_shape_vec(shape, array.values).expect("an array fills its shape");
    Ok(prepared.normalization.apply(vectors.view()))
}

/// The training segments that a CSV file of `label,path,start_s` names: rows of the training examples by class.
fn clips(prepared: &Prepared, path: &Path) -> Result<Vec<Vec<usize>>, TrainError> {
    let examples = &prepared.examples;
    let damaged = |reason: String| TrainError::Clips { reason, path: path.to_owned() };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_path(path)
        .map_err(|error| damaged(error.to_string()))?;
    let rows = examples.rows_of(Split::Train);
    let mut chosen = vec![Vec::new(); examples.labels.len()];
    for clip in reader.deserialize() {
        let Clip { label, path, start_s } = clip.map_err(|error| damaged(error.to_string()))?;
        let class = examples.labels.iter().position(|known| *known == label);
        let class = class.ok_or_else(|| damaged(format!("{label:?} is no class of the data")))?;
        let is_at = |row: &usize| {
            let track = &examples.tracks[examples.track_of_segment[*row]];
            let place = examples.places[*row];
            (track.id == path || track.path == path)
                && (place.start_s..place.end_s).contains(&start_s)
        };
        let found = rows.iter().position(is_at);
        let found = found
            .ok_or_else(|| damaged(format!("no training segment of {path} at {start_s} s")))?;
        chosen[class].push(found);
    }
    Ok(chosen)
}

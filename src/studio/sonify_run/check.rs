//! The round trip: does the model hear in a prototype's sound what the prototype stands for?

use ndarray::Array2;

use super::folder::SoundsFolder;
use super::wanted::Wanted;
use super::{Check, SonifyRunError, SonifyRunEvent, Sound};
use crate::audio::{Segment, TailPolicy, read_waveform};
use crate::classifier::Classifier;
use crate::job::CancelToken;
use crate::models::ModelFolder;
use crate::studio::RenderError;
use crate::studio::embed::{ModelEncoder, SegmentEncoder as _};
use crate::tensor::Precision;

/// Sounds embedded together.
const BATCH: usize = 8;

/// Embeds and classifies the wanted sounds that this classifier has not heard yet.
pub(super) fn check(
    classifier: &Classifier,
    folder: &mut SoundsFolder,
    wanted: &[Wanted],
    model: &ModelFolder,
    on_event: &mut dyn FnMut(SonifyRunEvent),
    cancel: &CancelToken,
) -> Result<(), SonifyRunError> {
    let fingerprint = classifier.fingerprint().to_string();
    let is_open =
        |sound: &Sound| sound.check.as_ref().is_none_or(|check| check.classifier != fingerprint);
    let open: Vec<_> = wanted
        .iter()
        .filter(|w| folder.sounds(std::slice::from_ref(*w)).iter().any(is_open))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    // As the z of the run were made.
    let precision = classifier.embeddings().precision.parse::<Precision>().unwrap_or_default();
    let encoder = ModelEncoder::load(model, precision)?;
    let (mut n_done, n_items) = (0, open.len());
    for batch in open.chunks(BATCH) {
        if cancel.is_cancelled() {
            return Err(RenderError::Cancelled { n_done, n_items }.into());
        }
        let z = embed(batch, folder, &encoder)?;
        for (wanted, found) in batch.iter().zip(judge(classifier, batch, &z, &fingerprint)?) {
            folder.set_check(wanted, found);
        }
        n_done += batch.len();
        on_event(SonifyRunEvent::Check { n_done, n_items });
        folder.write()?;
    }
    Ok(())
}

/// The z of the files as anybody would hear them: `[sound, feature]`.
fn embed(
    batch: &[&Wanted],
    folder: &SoundsFolder,
    encoder: &ModelEncoder,
) -> Result<Array2<f32>, SonifyRunError> {
    let plan = encoder.plan(TailPolicy::default());
    let mut segments = Vec::new();
    for wanted in batch {
        let mut samples = read_waveform(&folder.path_of(wanted), plan.sample_rate_hz, None)
            .map_err(RenderError::from)?
            .samples;
        let n = samples.len().min(plan.segment_samples);
        samples.resize(plan.segment_samples, 0.0);
        segments.push(Segment {
            index: 0,
            start_sample: 0,
            samples,
            true_samples: n,
            visible_samples: n,
        });
    }
    let failed = |reason: String| {
        let path = batch.first().map(|wanted| folder.path_of(wanted)).unwrap_or_default();
        SonifyRunError::Embed { reason, path }
    };
    let encoded = encoder.encode(&segments, None).map_err(|error| failed(error.to_string()))?;
    let n_features = encoder.dim();
    let values = encoded.into_iter().flat_map(|encoded| encoded.z).collect();
    Array2::from_shape_vec((batch.len(), n_features), values)
        .map_err(|error| failed(error.to_string()))
}

fn judge(
    classifier: &Classifier,
    batch: &[&Wanted],
    z: &Array2<f32>,
    fingerprint: &str,
) -> Result<Vec<Check>, SonifyRunError> {
    let distances = classifier.distances(z.view())?;
    let similarities = classifier.similarities(z.view())?;
    let logits = classifier.logits(similarities.view())?;
    let probabilities = classifier.probabilities(logits.view());
    let given = classifier.predict(logits.view());
    let info = classifier.info();
    let of_sound = |(i, wanted): (usize, &&Wanted)| {
        let own = info[wanted.row].label;
        let enabled = (0..info.len()).filter(|m| info[*m].enabled);
        let nearest = enabled.min_by(|a, b| distances[[i, *a]].total_cmp(&distances[[i, *b]]));
        Check {
            classifier: fingerprint.to_owned(),
            given: given[i].iter().map(|c| classifier.labels()[*c as usize].clone()).collect(),
            is_own: given[i].contains(&(own as u32)),
            probability: probabilities.row(i).fold(0.0, |a, b| a.max(*b)),
            own_probability: probabilities[[i, own]],
            distance: distances[[i, wanted.row]],
            nearest: nearest.map(|m| info[m].name.clone()),
        }
    };
    Ok(batch.iter().enumerate().map(of_sound).collect())
}

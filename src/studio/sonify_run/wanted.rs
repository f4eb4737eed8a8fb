//! Which sounds are wanted, and what each must be made of.

use super::names::stems;
use super::{Made, SonifyRunError};
use crate::classifier::{Classifier, PrototypeInfo};
use crate::files::Sha256Digest;

/// One sound to be had.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) prototype: String,
    pub(super) class: String,
    pub(super) row: usize,
    pub(super) take: usize,
    pub(super) file: String,
    pub(super) key: String,
    pub(super) z_sha256: String,
    /// `[feature]`
    pub(super) z: Vec<f32>,
    pub(super) made: Made,
}

/// The takes of every chosen prototype, first takes first.
pub(super) fn choose(
    classifier: &Classifier,
    only: &[String],
    n_takes: usize,
    made: &Made,
) -> Result<Vec<Wanted>, SonifyRunError> {
    let rows = chosen(classifier, only)?;
    let stems = stems(classifier.labels());
    let numbers = numbers(classifier.info());
    let sonifiable = classifier.sonifiable();
    let sound = |take: usize, row: usize| {
        let info = &classifier.info()[row];
        let z = sonifiable.row(row).to_vec();
        let made = Made { seed: made.seed.wrapping_add(take as u64), ..made.clone() };
        Wanted {
            prototype: info.name.clone(),
            class: classifier.labels()[info.label].clone(),
            row,
            take,
            file: format!("{}_{}_take{take}.wav", stems[info.label], numbers[row]),
            key: key(&z, &made),
            z_sha256: z_digest(&z),
            z,
            made,
        }
    };
    let takes = (0..n_takes).flat_map(|take| rows.iter().map(move |row| (take, *row)));
    Ok(takes.map(|(take, row)| sound(take, row)).collect())
}

/// Rows of the prototypes that are named, by themselves or by their class, or of all that are enabled.
fn chosen(classifier: &Classifier, only: &[String]) -> Result<Vec<usize>, SonifyRunError> {
    let (labels, info) = (classifier.labels(), classifier.info());
    for name in only {
        if !labels.contains(name) && info.iter().all(|info| info.name != *name) {
            let (found, classes) = (name.clone(), labels.to_vec());
            return Err(SonifyRunError::Unknown { found, classes });
        }
    }
    let is_wanted = |info: &PrototypeInfo| match only.is_empty() {
        true => info.enabled,
        // A class means its enabled prototypes; a name means that prototype, enabled or not.
        false => only.contains(&info.name) || (info.enabled && only.contains(&labels[info.label])),
    };
    let rows: Vec<_> = (0..info.len()).filter(|row| is_wanted(&info[*row])).collect();
    if rows.is_empty() { Err(SonifyRunError::AllDisabled) } else { Ok(rows) }
}

/// The number of each prototype among those of its class, which no edit changes.
fn numbers(info: &[PrototypeInfo]) -> Vec<usize> {
    let number = |row: usize| info[..row].iter().filter(|a| a.label == info[row].label).count();
    (0..info.len()).map(number).collect()
}

/// SHA-256 of everything that decides the samples of a sound.
pub(super) fn key(z: &[f32], made: &Made) -> String {
    // A model under another name makes the same sounds.
    let decisive = Made { model: String::new(), ..made.clone() };
    let mut content = serde_json::to_vec(&decisive).expect("plain data has a JSON form");
    content.extend(bytes(z));
    Sha256Digest::of(&content).to_string()
}

/// SHA-256 of a z, as little-endian `f32`.
pub(super) fn z_digest(z: &[f32]) -> String {
    Sha256Digest::of(&bytes(z)).to_string()
}

fn bytes(z: &[f32]) -> Vec<u8> {
    z.iter().flat_map(|value| value.to_le_bytes()).collect()
}

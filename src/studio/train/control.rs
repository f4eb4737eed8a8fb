//! The control with shuffled labels.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use crate::dataset::Split;
use crate::examples::Examples;

/// Permutes the labels of the training and validation tracks, each split by itself; tests keep their true labels.
///
/// What a model learns from it is chance: any accuracy above that is a leak.
pub(super) fn shuffle_labels(examples: &mut Examples, seed: u64) {
    for split in [Split::Train, Split::Validation] {
        let tracks: Vec<_> = (0..examples.tracks.len())
            .filter(|i| examples.tracks[*i].split == Some(split))
            .collect();
        let mut labels: Vec<_> =
            tracks.iter().map(|i| examples.tracks[*i].labels.clone()).collect();
        labels.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        for (track, labels) in tracks.into_iter().zip(labels) {
            examples.tracks[track].labels = labels;
        }
    }
}

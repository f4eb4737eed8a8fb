//! Which examples a step sees.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// Endless epochs, each a permutation of all examples, cut into batches; a batch may lie across two epochs.
///
/// Step `s` takes the places `s · batch ..` of that sequence, so any step can be asked for by itself.
#[derive(Debug, Clone)]
pub(super) struct BatchOrder {
    seed: u64,
    epoch: Option<u64>,
    /// The permutation of `epoch`.
    order: Vec<usize>,
}

impl BatchOrder {
    /// An order of `n_examples`, at least one.
    pub(super) fn new(seed: u64, n_examples: usize) -> Self {
        Self { seed, epoch: None, order: (0..n_examples).collect() }
    }

    /// The examples of one step.
    pub(super) fn batch(&mut self, step: usize, size: usize, batch: &mut Vec<usize>) {
        let n = self.order.len() as u64;
        batch.clear();
        for place in step as u64 * size as u64..(step as u64 + 1) * size as u64 {
            self.turn_to(place / n);
            batch.push(self.order[(place % n) as usize]);
        }
    }

    fn turn_to(&mut self, epoch: u64) {
        if self.epoch != Some(epoch) {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
            rng.set_stream(epoch);
            self.order.iter_mut().enumerate().for_each(|(i, example)| *example = i);
            self.order.shuffle(&mut rng);
            self.epoch = Some(epoch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_shows_every_example_once_and_any_step_can_be_asked_for() {
        let mut order = BatchOrder::new(5, 7);
        let mut batches = Vec::new();
        let mut batch = Vec::new();
        for step in 0..14 {
            order.batch(step, 3, &mut batch);
            batches.push(batch.clone());
        }
        let epochs: Vec<_> = batches.concat().chunks(7).map(<[usize]>::to_vec).collect();
        for epoch in &epochs {
            let mut sorted = epoch.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        assert_ne!(epochs[0], epochs[1]);
        for step in [13, 0, 6] {
            BatchOrder::new(5, 7).batch(step, 3, &mut batch);
            assert_eq!(batch, batches[step]);
        }
        BatchOrder::new(6, 7).batch(0, 3, &mut batch);
        assert_ne!(batch, batches[0]);
    }
}

//! Chance that a clip is made by: a stream of numbers that its seed alone decides.

use std::ops::RangeInclusive;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::ClipSeed;

/// A seeded source of choices.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// What decides the score of a clip.
    pub(super) fn of_score(seed: &ClipSeed) -> Self {
        Self(ChaCha8Rng::from_seed(seed.0))
    }

    /// What decides how the score of a clip sounds; independent of [`Dice::of_score`].
    pub(super) fn of_sound(seed: &ClipSeed) -> Self {
        let mut rng = ChaCha8Rng::from_seed(seed.0);
        rng.set_stream(1);
        Self(rng)
    }

    /// A number from 0 to 1, without 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// A number of a range.
    pub(super) fn real(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.unit()
    }

    /// A number of a range of positive ones, all ratios alike.
    pub(super) fn ratio(&mut self, least: f64, most: f64) -> f64 {
        least * (most / least).powf(self.unit())
    }

    /// A whole number of a range.
    pub(super) fn whole(&mut self, range: RangeInclusive<i32>) -> i32 {
        self.0.random_range(range)
    }

    /// Yes, so often.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `all`, which are not none.
    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.0.random_range(0..all.len())]
    }

    /// One of `all`, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, all: &[(f64, T)]) -> T {
        let total: f64 = all.iter().map(|(weight, _)| weight).sum();
        let mut left = self.unit() * total;
        for &(weight, item) in all {
            left -= weight;
            if left < 0.0 {
                return item;
            }
        }
        all[all.len() - 1].1
    }

    /// White noise in [-1, 1].
    pub(super) fn noise(&mut self) -> f32 {
        2.0 * self.0.random::<f32>() - 1.0
    }
}

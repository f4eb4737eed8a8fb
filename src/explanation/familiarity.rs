//! Whether an item is like anything that the classifier learned from.

use serde::Serialize;

use super::Survey;

/// An item less familiar than this share of training is worth a warning.
const LOW: f64 = 0.05;

/// How similar training segments and tracks are to their most similar prototypes.
///
/// A classifier knows only its own classes and names one of them whatever it hears; this says when it should not be
/// believed.
#[derive(Debug, Clone, PartialEq)]
pub struct Familiarity {
    segments: Level,
    tracks: Level,
}

/// How familiar an item is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reading {
    /// Share of the training items that are no more familiar.
    pub rank: f64,
    /// The 5th percentile of training.
    pub threshold: f64,
    /// Whether it is below that.
    pub low: bool,
}

/// The best similarities of training items, ascending.
#[derive(Debug, Clone, PartialEq)]
struct Level(Vec<f64>);

impl Familiarity {
    /// From a survey of training segments, and the track of each.
    pub fn new(survey: &Survey, track_of_segment: &[usize]) -> Self {
        let best = || survey.best.iter().map(|best| f64::from(*best));
        let n_tracks = track_of_segment.iter().max().map_or(0, |last| last + 1);
        let mut tracks = vec![(0.0, 0_usize); n_tracks];
        for (best, &track) in best().zip(track_of_segment) {
            tracks[track].0 += best;
            tracks[track].1 += 1;
        }
        let means = tracks.into_iter().filter(|(_, n)| *n > 0).map(|(sum, n)| sum / n as f64);
        Self { segments: Level::new(best()), tracks: Level::new(means) }
    }

    /// How familiar a segment is, by [`super::Evidence::best`].
    pub fn of_segment(&self, best: f64) -> Reading {
        self.segments.read(best)
    }

    /// How familiar a track is, by [`super::Evidence::best`].
    pub fn of_track(&self, best: f64) -> Reading {
        self.tracks.read(best)
    }
}

impl Level {
    fn new(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    fn read(&self, similarity: f64) -> Reading {
        let below = self.0.partition_point(|value| *value <= similarity);
        let threshold = self.percentile(LOW);
        Reading {
            rank: below as f64 / self.0.len().max(1) as f64,
            threshold,
            low: similarity < threshold,
        }
    }

    /// Interpolated linearly between the two values next to it; 0 of nothing.
    fn percentile(&self, share: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return 0.0 };
        let at = share * last as f64;
        let (low, high) = (self.0[at as usize], self.0[(at as usize + 1).min(last)]);
        low + at.fract() * (high - low)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(best: Vec<f32>) -> Survey {
        let winners = vec![Some(0); best.len()];
        Survey { mean_similarities: vec![0.5], winners, best, nearest: vec![Vec::new()] }
    }

    #[test]
    fn an_item_below_the_fifth_percentile_is_unfamiliar() {
        let best: Vec<f32> = (0..=100).map(|i| i as f32 / 128.0).collect();
        let familiarity = Familiarity::new(&survey(best), &[0; 101]);
        let below = familiarity.of_segment(4.9 / 128.0);
        assert!((below.threshold - 5.0 / 128.0).abs() < 1e-12);
        assert!(below.low && !familiarity.of_segment(5.0 / 128.0).low);
        assert!((familiarity.of_segment(50.0 / 128.0).rank - 51.0 / 101.0).abs() < 1e-12);
        // One track, the mean of all.
        assert!((familiarity.of_track(0.1).threshold - 50.0 / 128.0).abs() < 1e-12);
    }

    #[test]
    fn tracks_are_measured_against_tracks() {
        let familiarity = Familiarity::new(&survey(vec![0.25, 0.75, 0.5, 0.625]), &[0, 0, 2, 3]);
        let tracks = [0.49, 0.5, 0.6, 0.625].map(|best| familiarity.of_track(best).rank);
        assert_eq!(tracks, [0.0, 2.0 / 3.0, 2.0 / 3.0, 1.0]);
        assert!(familiarity.of_track(0.49).low);
    }

    #[test]
    fn without_training_nothing_is_unfamiliar() {
        let reading = Familiarity::new(&survey(Vec::new()), &[]).of_segment(0.0);
        assert_eq!((reading.rank, reading.low), (0.0, false));
    }
}

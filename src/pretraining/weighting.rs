//! How the parts of the codec's loss are weighed while it learns.

use serde::{Deserialize, Serialize};

use super::CodecSettings;

/// A number that falls, or rises, by the same factor at every step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Falling {
    /// At the first step; positive.
    pub first: f64,
    /// After the last step; positive.
    pub last: f64,
}

impl Falling {
    /// After `n_done` of `n_steps` steps.
    pub fn at(&self, n_done: u64, n_steps: u64) -> f64 {
        let way = (n_done as f64 / n_steps.max(1) as f64).min(1.0);
        self.first * (self.last / self.first).powf(way)
    }
}

/// What the parts of the loss count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighting {
    pub(super) spectral: f64,
    pub(super) waveform: f64,
    /// Whether latents change for the mel spectra that are told from them.
    pub(super) latents_tell: bool,
}

impl Weighting {
    /// In the step that follows `n_done` steps.
    pub(super) fn of(settings: &CodecSettings, n_done: u64) -> Self {
        Self {
            spectral: if n_done < settings.n_waveform_steps { 0.0 } else { 1.0 },
            waveform: settings.waveform_weight.at(n_done, settings.schedule.n_steps),
            latents_tell: n_done >= settings.n_listening_steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::codec_settings;
    use super::*;

    #[test]
    fn the_waveform_counts_less_by_the_same_factor_and_what_comes_later_does() {
        let falling = Falling { first: 20.0, last: 5.0 };
        for (n_done, wanted) in [(0, 20.0), (50, 10.0), (100, 5.0), (900, 5.0)] {
            assert!((falling.at(n_done, 100) - wanted).abs() < 1e-9);
        }
        let settings =
            CodecSettings { n_waveform_steps: 3, n_listening_steps: 4, ..codec_settings() };
        let found = [0, 2, 3, 4, 9].map(|n_done| Weighting::of(&settings, n_done));
        assert_eq!(found.map(|weighting| weighting.spectral), [0.0, 0.0, 1.0, 1.0, 1.0]);
        let tell = found.map(|weighting| weighting.latents_tell);
        assert_eq!(tell, [false, false, false, true, true]);
    }
}

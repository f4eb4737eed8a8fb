//! A sound → a mel spectrogram in dB, for looking at.

use std::f64::consts::PI;

use realfft::RealFftPlanner;

use super::Waveform;

/// What is shown brightest, in dB.
const LOUDEST_DB: f32 = -10.0;
/// What is shown darkest, in dB.
const QUIETEST_DB: f32 = -75.0;

/// The curve that turns Hz into mel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MelScale {
    /// Linear below 1 kHz, logarithmic above. Source: Slaney, Auditory Toolbox (1998).
    #[default]
    Slaney,
    /// `2595 · log10(1 + f / 700)`. Source: the HTK book.
    Htk,
}

/// How a spectrogram is made.
#[derive(Debug, Clone, PartialEq)]
pub struct MelConfig {
    /// Samples a window.
    pub n_fft: usize,
    /// Samples between windows.
    pub hop: usize,
    /// Bands.
    pub n_mels: usize,
    /// The lower end of the lowest band, in Hz.
    pub f_min_hz: f64,
    /// The upper end of the highest band, in Hz.
    pub f_max_hz: f64,
    /// The curve along which bands are spaced.
    pub scale: MelScale,
    /// Everything quieter shows as this, in dB.
    pub floor_db: f32,
}

impl MelConfig {
    /// What an audio editor shows: about 85 ms windows, 128 bands up to Nyquist, a range of 80 dB.
    pub fn display(sample_rate_hz: u32) -> Self {
        let n_fft = (sample_rate_hz as usize * 85 / 1000).next_power_of_two();
        Self {
            n_fft,
            hop: n_fft / 4,
            n_mels: 128,
            f_min_hz: 0.0,
            f_max_hz: f64::from(sample_rate_hz) / 2.0,
            scale: MelScale::Slaney,
            floor_db: -80.0,
        }
    }

    /// The weights of the bands as one matrix `[bin, mel]`, row-major, with `n_fft / 2 + 1` bins.
    pub(crate) fn filters(&self, sample_rate_hz: u32) -> Vec<f32> {
        let mut filters = vec![0.0; (self.n_fft / 2 + 1) * self.n_mels];
        for (mel, band) in Band::all(self, sample_rate_hz).iter().enumerate() {
            for (bin, weight) in band.weights() {
                filters[bin * self.n_mels + mel] = weight as f32;
            }
        }
        filters
    }

    fn check(&self) -> Result<(), MelConfigError> {
        let Self { n_fft, hop, n_mels, f_min_hz, f_max_hz, .. } = *self;
        if n_fft < 2 || hop == 0 || n_mels == 0 {
            return Err(MelConfigError::Sizes { n_fft, hop, n_mels });
        }
        if !(0.0 <= f_min_hz && f_min_hz < f_max_hz && f_max_hz.is_finite()) {
            return Err(MelConfigError::Range { f_min_hz, f_max_hz });
        }
        Ok(())
    }
}

/// A spectrogram that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MelConfigError {
    /// A size is too small.
    #[error("n_fft {n_fft}, hop {hop}, n_mels {n_mels}: expected at least 2, 1 and 1")]
    Sizes {
        /// Samples a window.
        n_fft: usize,
        /// Samples between windows.
        hop: usize,
        /// Bands.
        n_mels: usize,
    },
    /// The band limits are no interval.
    #[error("mel bands from {f_min_hz} to {f_max_hz} Hz: expected 0 <= lower < upper")]
    Range {
        /// The lower end, in Hz.
        f_min_hz: f64,
        /// The upper end, in Hz.
        f_max_hz: f64,
    },
}

/// Energy in dB over time and mel bands. A full-scale sine reads about 0 dB in its band.
#[derive(Debug, Clone, PartialEq)]
pub struct MelSpectrogram {
    /// `[frame, mel]`, row-major, in dB, at least the floor.
    pub db: Vec<f32>,
    /// The number of frames: `1 + n_samples / hop`; frame `i` is centered on sample `i · hop`.
    pub n_frames: usize,
    /// The number of bands.
    pub n_mels: usize,
}

impl MelSpectrogram {
    /// The spectrogram of a sound, zeros assumed before and after it.
    ///
    /// # Errors
    /// The configuration contradicts itself.
    pub fn new(waveform: &Waveform, config: &MelConfig) -> Result<Self, MelConfigError> {
        config.check()?;
        let MelConfig { n_fft, hop, n_mels, floor_db, .. } = *config;
        let window = hann(n_fft);
        let full_scale = f64::from(window.iter().sum::<f32>()) / 2.0;
        let bands = Band::all(config, waveform.sample_rate_hz);
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(n_fft);
        let (mut frame, mut spectrum) = (fft.make_input_vec(), fft.make_output_vec());
        let mut scratch = fft.make_scratch_vec();
        let n_frames = 1 + waveform.samples.len() / hop;
        let mut db = Vec::with_capacity(n_frames * n_mels);
        for center in (0..n_frames).map(|i| i * hop) {
            for (k, (value, weight)) in frame.iter_mut().zip(&window).enumerate() {
                let at = (center + k).checked_sub(n_fft / 2);
                *value = at.and_then(|at| waveform.samples.get(at)).map_or(0.0, |x| x * weight);
            }
            fft.process_with_scratch(&mut frame, &mut spectrum, &mut scratch)
                .expect("the buffers are the transform's own");
            db.extend(bands.iter().map(|band| {
                let power: f64 =
                    band.weights().map(|(bin, w)| w * f64::from(spectrum[bin].norm_sqr())).sum();
                ((10.0 * (power / (full_scale * full_scale)).log10()) as f32).max(floor_db)
            }));
        }
        Ok(Self { db, n_frames, n_mels })
    }

    /// How bright a band is shown, from 0 to 1: dark at −75 dB and below, bright at −10 dB and above.
    pub fn shade(db: f32) -> f32 {
        ((db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB)).clamp(0.0, 1.0)
    }

    /// One frame, `[mel]`, low bands first; `None` past the end.
    pub fn frame(&self, index: usize) -> Option<&[f32]> {
        self.db.chunks_exact(self.n_mels).nth(index)
    }
}

/// A triangle of height 1 over the bins of a spectrum.
struct Band {
    first_bin: usize,
    weights: Vec<f64>,
}

impl Band {
    fn all(config: &MelConfig, sample_rate_hz: u32) -> Vec<Self> {
        let scale = config.scale;
        let (low, high) = (scale.mel_from_hz(config.f_min_hz), scale.mel_from_hz(config.f_max_hz));
        let step = (high - low) / (config.n_mels + 1) as f64;
        let edge = |i: usize| scale.hz_from_mel(low + step * i as f64);
        let bin_hz = f64::from(sample_rate_hz) / config.n_fft as f64;
        (0..config.n_mels)
            .map(|i| Self::triangle([edge(i), edge(i + 1), edge(i + 2)], bin_hz, config.n_fft / 2))
            .collect()
    }

    fn triangle([lower, center, upper]: [f64; 3], bin_hz: f64, last_bin: usize) -> Self {
        let first_bin = (lower / bin_hz).ceil() as usize;
        let end_bin = ((upper / bin_hz).floor() as usize).min(last_bin);
        let weight = |bin: usize| {
            let hz = bin as f64 * bin_hz;
            ((hz - lower) / (center - lower)).min((upper - hz) / (upper - center)).max(0.0)
        };
        let mut weights: Vec<f64> = (first_bin..=end_bin).map(weight).collect();
        if weights.iter().sum::<f64>() == 0.0 {
            // A band narrower than a bin shows its nearest bin: a black line would look like silence.
            let nearest = ((center / bin_hz).round() as usize).min(last_bin);
            return Self { first_bin: nearest, weights: vec![1.0] };
        }
        weights.shrink_to_fit();
        Self { first_bin, weights }
    }

    fn weights(&self) -> impl Iterator<Item = (usize, f64)> {
        self.weights.iter().enumerate().map(|(i, &weight)| (self.first_bin + i, weight))
    }
}

/// Slaney's linear part: 15 mel at 1 kHz; 27 mel for every factor 6.4 above it.
const SLANEY_HZ_PER_MEL: f64 = 200.0 / 3.0;
const SLANEY_CORNER_HZ: f64 = 1000.0;
const SLANEY_MEL_PER_FACTOR: f64 = 27.0;
const SLANEY_FACTOR: f64 = 6.4;

impl MelScale {
    /// Hz → mel.
    pub fn mel_from_hz(self, hz: f64) -> f64 {
        match self {
            Self::Slaney if hz < SLANEY_CORNER_HZ => hz / SLANEY_HZ_PER_MEL,
            Self::Slaney => {
                let octaves = (hz / SLANEY_CORNER_HZ).ln() / SLANEY_FACTOR.ln();
                SLANEY_CORNER_HZ / SLANEY_HZ_PER_MEL + SLANEY_MEL_PER_FACTOR * octaves
            }
            Self::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
        }
    }

    /// Mel → Hz.
    pub fn hz_from_mel(self, mel: f64) -> f64 {
        let corner = SLANEY_CORNER_HZ / SLANEY_HZ_PER_MEL;
        match self {
            Self::Slaney if mel < corner => mel * SLANEY_HZ_PER_MEL,
            Self::Slaney => {
                SLANEY_CORNER_HZ * SLANEY_FACTOR.powf((mel - corner) / SLANEY_MEL_PER_FACTOR)
            }
            Self::Htk => 700.0 * (10_f64.powf(mel / 2595.0) - 1.0),
        }
    }
}

fn hann(n: usize) -> Vec<f32> {
    (0..n).map(|i| (0.5 - 0.5 * (2.0 * PI * i as f64 / n as f64).cos()) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sine(hz: f64, amplitude: f64) -> Waveform {
        let sample = |t| (amplitude * (2.0 * PI * hz * f64::from(t) / 24_000.0).sin()) as f32;
        Waveform { samples: (0..24_000).map(sample).collect(), sample_rate_hz: 24_000 }
    }

    #[test]
    fn the_scales_pass_through_their_published_points() {
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-3, "{a} {b}");
        near(MelScale::Slaney.mel_from_hz(1000.0), 15.0);
        near(MelScale::Slaney.mel_from_hz(6400.0), 42.0);
        near(MelScale::Htk.mel_from_hz(700.0), 781.1728);
        near(MelScale::Htk.mel_from_hz(1000.0), 999.986);
    }

    #[test]
    fn a_sine_peaks_in_its_band_at_its_level() {
        for scale in [MelScale::Slaney, MelScale::Htk] {
            let config = MelConfig { scale, ..MelConfig::display(24_000) };
            for (hz, amplitude) in [(440.0, 1.0), (3000.0, 0.1)] {
                let mel = MelSpectrogram::new(&sine(hz, amplitude), &config).unwrap();
                assert_eq!(mel.db.len(), mel.n_frames * mel.n_mels);
                let frame = mel.frame(mel.n_frames / 2).unwrap();
                let peak = (0..frame.len()).max_by(|&a, &b| frame[a].total_cmp(&frame[b])).unwrap();
                let step = scale.mel_from_hz(12_000.0) / 129.0;
                let center = scale.hz_from_mel(step * (peak + 1) as f64);
                let width = center - scale.hz_from_mel(step * peak as f64);
                assert!((center - hz).abs() <= width.max(12.0), "{hz} Hz peaks at {center} Hz");
                let level = 20.0 * amplitude.log10();
                assert!((f64::from(frame[peak]) - level).abs() < 3.0, "{} dB", frame[peak]);
            }
        }
    }

    #[test]
    fn silence_shows_as_the_floor() {
        let silence = Waveform { samples: vec![0.0; 5000], sample_rate_hz: 24_000 };
        let mel = MelSpectrogram::new(&silence, &MelConfig::display(24_000)).unwrap();
        assert!(mel.db.iter().all(|&db| db == -80.0));
    }

    #[test]
    fn a_configuration_that_makes_no_bands_is_refused() {
        let config = MelConfig { f_max_hz: 0.0, ..MelConfig::display(24_000) };
        assert!(matches!(
            MelSpectrogram::new(&sine(1.0, 1.0), &config),
            Err(MelConfigError::Range { .. })
        ));
    }

    proptest! {
        #[test]
        fn hz_to_mel_and_back_is_the_identity(hz in 0.0..20_000_f64) {
            for scale in [MelScale::Slaney, MelScale::Htk] {
                prop_assert!((scale.hz_from_mel(scale.mel_from_hz(hz)) - hz).abs() < 1e-6);
            }
        }

        #[test]
        fn every_length_gives_one_frame_a_hop(n in 0_usize..3000) {
            let waveform = Waveform { samples: vec![0.5; n], sample_rate_hz: 24_000 };
            let config = MelConfig { n_fft: 256, hop: 100, n_mels: 20, ..MelConfig::display(24_000) };
            let mel = MelSpectrogram::new(&waveform, &config).unwrap();
            prop_assert_eq!(mel.n_frames, 1 + n / 100);
            prop_assert!(mel.db.iter().all(|db| db.is_finite()));
        }
    }
}

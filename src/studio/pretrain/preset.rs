//! Sizes and schedules that go together.

use std::fmt;
use std::str::FromStr;

use crate::pretraining::{
    AutoencoderSettings, CodebookSettings, CodecSettings, CropSettings, EncoderSettings, Falling,
    Schedule, SeanetSizes, SpectralSettings, StackSizes,
};

/// The rate of every model, in Hz.
const RATE_HZ: usize = 24_000;

/// A set of sizes and schedules for all stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Small enough for two processor cores and some hours: the model that is part of the program.
    Nano,
    /// The sizes and schedules that the published models state, for a large GPU and weeks.
    Base,
}

/// A name that is none of a preset.
#[derive(Debug, thiserror::Error)]
#[error("expected nano or base, found {0:?}")]
pub struct UnknownPreset(String);

impl FromStr for Preset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        match text {
            "nano" => Ok(Self::Nano),
            "base" => Ok(Self::Base),
            _ => Err(UnknownPreset(text.to_owned())),
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Nano { "nano" } else { "base" })
    }
}

impl Preset {
    /// The codec.
    pub fn codec(self) -> CodecSettings {
        match self {
            Self::Nano => CodecSettings {
                sizes: SeanetSizes {
                    n_filters: 12,
                    strides: vec![4, 4, 5, 8],
                    latent: 64,
                    n_lstm_layers: 2,
                },
                schedule: Schedule { n_steps: 13_000, n_warm_up: 50, peak: 1e-3, last_share: 0.02 },
                n_crops: 4,
                crop_samples: RATE_HZ / 640 * 640,
                spectral: SpectralSettings::default(),
                n_waveform_steps: 300,
                waveform_weight: Falling { first: 20.0, last: 0.3 },
                latent_noise: 0.1,
                latent_penalty: 0.0,
                mel_weight: 2.0,
                n_listening_steps: 0,
                seed: 1,
                from: None,
                decoder_only: false,
            },
            Self::Base => CodecSettings {
                sizes: SeanetSizes {
                    n_filters: 32,
                    strides: vec![2, 4, 5, 8],
                    latent: 128,
                    n_lstm_layers: 2,
                },
                schedule: Schedule {
                    n_steps: 300_000,
                    n_warm_up: 1000,
                    peak: 3e-4,
                    last_share: 0.02,
                },
                n_crops: 64,
                crop_samples: RATE_HZ,
                spectral: SpectralSettings::default(),
                n_waveform_steps: 2000,
                waveform_weight: Falling { first: 20.0, last: 2.0 },
                latent_noise: 0.1,
                latent_penalty: 0.0,
                mel_weight: 0.0,
                n_listening_steps: 0,
                seed: 1,
                from: None,
                decoder_only: false,
            },
        }
    }

    /// The codec's decoder alone: spectra as an ear resolves them are what counts, down to what is hardly heard, and nearly nothing
    /// else.
    pub fn codec_decoder(self) -> CodecSettings {
        let codec = self.codec();
        let n_steps = match self {
            Self::Nano => 10_000,
            Self::Base => 100_000,
        };
        let schedule = Schedule { n_steps, peak: codec.schedule.peak / 2.0, ..codec.schedule };
        let spectral = SpectralSettings {
            transforms: vec![32, 64, 128, 256, 512, 1024, 2048],
            loud_weight: 0.1,
            floor: 1e-5,
        };
        let waveform_weight = Falling { first: 0.01, last: 0.01 };
        CodecSettings { schedule, spectral, waveform_weight, latent_noise: 0.05, ..codec }
    }

    /// The codebooks.
    pub fn codebooks(self) -> CodebookSettings {
        match self {
            Self::Nano => {
                CodebookSettings { n_codebooks: 8, n_bins: 256, n_frames: 20_000, seed: 1 }
            }
            Self::Base => {
                CodebookSettings { n_codebooks: 8, n_bins: 1024, n_frames: 400_000, seed: 1 }
            }
        }
    }

    /// The crops that encoder and autoencoder learn from: 4 s each.
    pub fn crops(self) -> CropSettings {
        let (n_training, resounded) = match self {
            Self::Nano => (9000, true),
            Self::Base => (200_000, false),
        };
        CropSettings { n_training, n_held_out: 256, crop_samples: 4 * RATE_HZ, resounded, seed: 1 }
    }

    fn stack(self, n_layers: usize, n_heads: usize) -> StackSizes {
        match self {
            Self::Nano => StackSizes { n_features: 192, n_heads, feed_forward: 768, n_layers },
            Self::Base => StackSizes { n_features: 768, n_heads, feed_forward: 4096, n_layers },
        }
    }

    /// The masked encoder.
    pub fn encoder(self) -> EncoderSettings {
        match self {
            Self::Nano => EncoderSettings {
                sizes: self.stack(4, 6),
                n_decoder_layers: 2,
                n_codebooks: 8,
                gap_frames: 8,
                mel_weight: 1.0,
                latent_weight: 1.0,
                schedule: Schedule { n_steps: 2400, n_warm_up: 50, peak: 1e-3, last_share: 0.02 },
                n_crops: 8,
                seed: 1,
                from: None,
            },
            Self::Base => EncoderSettings {
                sizes: self.stack(10, 12),
                n_decoder_layers: 2,
                n_codebooks: 8,
                gap_frames: 15,
                mel_weight: 0.0,
                latent_weight: 0.0,
                schedule: Schedule {
                    n_steps: 500_000,
                    n_warm_up: 5000,
                    peak: 1e-4,
                    last_share: 0.0,
                },
                n_crops: 128,
                seed: 1,
                from: None,
            },
        }
    }

    /// Summarizer and denoiser.
    pub fn autoencoder(self) -> AutoencoderSettings {
        match self {
            Self::Nano => AutoencoderSettings {
                encoder_heads: 6,
                summarizer: self.stack(2, 6),
                denoiser: self.stack(6, 6),
                unconditional: 0.1,
                z_noise: 0.1,
                statistics_weight: 4.0,
                fitted: true,
                resounded: 0.5,
                consistency_weight: 0.5,
                averaging: 0.995,
                schedule: Schedule { n_steps: 6000, n_warm_up: 50, peak: 1e-3, last_share: 0.02 },
                n_crops: 8,
                seed: 1,
                from: None,
                new_summarizer: false,
            },
            Self::Base => AutoencoderSettings {
                encoder_heads: 12,
                summarizer: self.stack(2, 8),
                denoiser: self.stack(8, 8),
                unconditional: 0.1,
                z_noise: 0.0,
                statistics_weight: 0.0,
                fitted: false,
                resounded: 0.0,
                consistency_weight: 0.0,
                averaging: 0.9999,
                schedule: Schedule {
                    n_steps: 330_000,
                    n_warm_up: 1000,
                    peak: 1e-4,
                    last_share: 0.02,
                },
                n_crops: 128,
                seed: 1,
                from: None,
                new_summarizer: false,
            },
        }
    }
}

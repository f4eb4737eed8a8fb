//! What an audio file says about itself.

/// The facts of one audio file, before downmix and resampling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioInfo {
    /// The container, as in `Waveform Audio File Format`.
    pub container: String,
    /// The codec, as in `Free Lossless Audio Codec`.
    pub codec: String,
    /// The file's own rate, in Hz.
    pub sample_rate_hz: u32,
    /// The number of channels, at least 1.
    pub n_channels: usize,
    /// Bits a sample, where the codec has such a number.
    pub bits_per_sample: Option<u32>,
    /// The length in samples a channel at the file's own rate, as stated or estimated by the container: for
    /// showing progress, not for allocating.
    pub n_frames: Option<u64>,
}

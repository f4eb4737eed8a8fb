//! A wish to hear a sound.

use std::sync::Arc;

use crate::audio::Waveform;

/// What is to be heard, and how. Times count from the beginning of the sound.
#[derive(Debug, Clone)]
pub struct Cue {
    /// The sound, at any rate.
    pub sound: Arc<Waveform>,
    /// Where to begin, in s. A time outside of the range is moved to its nearer end.
    pub start_s: f64,
    /// The only part to be heard, in s; all of the sound if this is `None` or holds no sample.
    pub range_s: Option<(f64, f64)>,
    /// Whether it begins again when its end is reached.
    pub is_looped: bool,
    /// Its level above the recorded one, in dB, beside the player's volume. Not a number is silence.
    pub gain_db: f32,
}

impl Cue {
    /// All of a sound once, at its own level.
    pub fn new(sound: Arc<Waveform>) -> Self {
        Self { sound, start_s: 0.0, range_s: None, is_looped: false, gain_db: 0.0 }
    }
}

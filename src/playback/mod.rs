//! One sound at a time, heard on the machine's sound device while the caller goes on; and what its microphone hears.
//!
//! ```text
//! Cue ── Player ──▶ Mixer        what is heard, sample by sample: fades, loop, range, gain; no thread, no device
//!           │         │ blocks of 10 ms, on a thread of its own
//! Speakers ─┴──── Output       PulseAudio, else ALSA, else none; or a recording
//!           │         │ how far behind the ear is
//!           └──◀── Playhead      what is heard now
//!
//! Microphone ──▶ Input ── record ──▶ WAV file      PulseAudio, else ALSA, else none
//! ```

mod alsa;
mod cue;
mod device;
mod input;
mod interpolator;
mod microphone;
mod mixer;
mod output;
mod player;
mod playhead;
mod pulse;
mod pulse_input;
mod ramp;
mod record;
mod recording;
mod span;
mod speakers;
mod within;

pub use cue::Cue;
pub use device::{Device, NoDevice, OutputDevice};
pub use input::Input;
pub use microphone::{Microphone, NoMicrophone};
pub use output::{DeviceError, Output};
pub use player::{Player, Playing};
pub use record::{Heard, RecordError, Recorded, record};
pub use recording::Recording;
pub use speakers::Speakers;

//! One sound at a time, heard on the machine's sound device while the caller goes on.
//!
//! ```text
//! Cue ── Player ──▶ Mixer        what is heard, sample by sample: fades, loop, range, gain; no thread, no device
//!           │         │ blocks of 10 ms, on a thread of its own
//!           │       Output       PulseAudio, else ALSA, else none; or a recording
//!           │         │ how far behind the ear is
//!           └──◀── Playhead      what is heard now
//! ```

mod alsa;
mod cue;
mod device;
mod interpolator;
mod mixer;
mod output;
mod player;
mod playhead;
mod pulse;
mod ramp;
mod recording;
mod span;

pub use cue::Cue;
pub use device::{Device, NoDevice, OutputDevice, devices};
pub use output::{Output, OutputError};
pub use player::{Player, Playing};
pub use recording::Recording;

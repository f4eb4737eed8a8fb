//! What is heard now, as the device is behind what was written.

use std::collections::VecDeque;
use std::time::Instant;

use super::mixer::View;

/// The playheads of the blocks that were written and may not have been heard yet.
pub(super) struct Playhead {
    rate_hz: f64,
    /// The first frame of each block, of all that were ever written, and the playhead there.
    blocks: VecDeque<(u64, View)>,
    n_written: u64,
    /// The frame heard at a moment.
    heard: (f64, Instant),
}

impl Playhead {
    /// Before anything is written, at the positive rate of the output.
    pub(super) fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz: rate_hz.into(),
            blocks: VecDeque::new(),
            n_written: 0,
            heard: (0.0, Instant::now()),
        }
    }

    /// Adds a block of `n_frames` that begins with `view`.
    pub(super) fn push(&mut self, view: View, n_frames: usize) {
        self.blocks.push_back((self.n_written, view));
        self.n_written += n_frames as u64;
    }

    /// Adds `n_frames` of silence in which the playhead stays where it was.
    pub(super) fn skip(&mut self, n_frames: usize) {
        self.n_written += n_frames as u64;
    }

    /// Takes note that the end of the last block is heard `latency_s` after `now`.
    pub(super) fn settle(&mut self, latency_s: f64, now: Instant) {
        self.heard = (self.n_written as f64 - latency_s * self.rate_hz, now);
        while self.blocks.get(1).is_some_and(|(first, _)| *first as f64 <= self.heard.0) {
            self.blocks.pop_front();
        }
    }

    /// The playhead that is heard at `now`; none before the first frame.
    pub(super) fn view(&self, now: Instant) -> Option<View> {
        let (frame, at) = self.heard;
        let frame = frame + now.saturating_duration_since(at).as_secs_f64() * self.rate_hz;
        let frame = frame.min(self.n_written as f64);
        let (first, view) = self.blocks.iter().rfind(|(first, _)| *first as f64 <= frame)?;
        Some(view.advanced(frame as u64 - first))
    }
}

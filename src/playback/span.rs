//! The part of a sound that is heard, once or again and again.

/// A range of frames, and what happens at its end. A frame is one sample at the rate of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The first frame.
    pub(super) start: u64,
    /// The one after the last frame.
    pub(super) end: u64,
    /// Whether the first follows the last.
    pub(super) is_looped: bool,
}

impl Span {
    /// `range_s`, in s, of a sound of `n_frames`; all of it where that is `None` or holds no frame.
    pub(super) fn new(
        range_s: Option<(f64, f64)>,
        is_looped: bool,
        n_frames: u64,
        rate_hz: u32,
    ) -> Self {
        // `as` saturates and turns what is not a number into 0.
        let frame = |secs: f64| ((secs * f64::from(rate_hz)).round() as u64).min(n_frames);
        let (start, end) = range_s
            .map(|(start_s, end_s)| (frame(start_s), frame(end_s)))
            .filter(|(start, end)| start < end)
            .unwrap_or((0, n_frames));
        Self { start, end, is_looped }
    }

    /// The frame of this span that is nearest to `frame`.
    pub(super) fn nearest(&self, frame: u64) -> u64 {
        frame.min(self.end.saturating_sub(1)).max(self.start)
    }

    /// Where `n` more frames lead from `position`; to the end at the most if it is not looped.
    pub(super) fn advanced(&self, position: u64, n: u64) -> u64 {
        let frame = position + n;
        match self.end - self.start {
            length if self.is_looped && length > 0 && frame >= self.end => {
                self.start + (frame - self.start) % length
            }
            _ => frame.min(self.end),
        }
    }

    /// The factor that keeps the ends from clicking: it falls to zero over the last `fade` frames; in a loop it falls and rises
    /// again over `seam` frames on either side of the seam, so that the loop stays as long as the span.
    pub(super) fn edge(&self, position: u64, fade: u32, seam: u32) -> f32 {
        let to_end = self.end.saturating_sub(position);
        let (distance, length) = if self.is_looped {
            (to_end.min(position - self.start + 1), seam)
        } else {
            (to_end, fade)
        };
        (distance as f32 / (length + 1) as f32).min(1.0)
    }
}

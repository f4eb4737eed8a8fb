//! A stand-in with the shape of `audio`'s segments.

/// How a file is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentPlan {
    /// The model's rate, in Hz.
    pub sample_rate_hz: u32,
    /// Samples a segment.
    pub segment_samples: usize,
    /// Samples a codec frame: what is visible is at least one frame.
    pub hop_samples: usize,
    /// What becomes of the rest.
    pub tail: TailPolicy,
}

/// What to do with the rest of a file that fills no whole segment.
pub type TailPolicy = &'static str;

/// One segment of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// Its place in the file, from 0.
    pub index: usize,
    /// Where it starts, in samples from the start of the file.
    pub start_sample: u64,
    /// `[sample]`, always the plan's length; zeros after the end of the file.
    pub samples: Vec<f32>,
    /// How many of them are the file's.
    pub true_samples: usize,
    /// The length to tell the encoder: frames at or past `visible_samples / hop` are masked.
    pub visible_samples: usize,
}

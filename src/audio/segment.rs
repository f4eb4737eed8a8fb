//! A sound → non-overlapping segments of the model's length.

use std::path::Path;

use super::{AudioError, AudioReader, TailPolicy};

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

/// What no sample of silence exceeds: −80 dB of full scale, some steps of a 16-bit file, which dither may reach.
const SILENCE: f32 = 1e-4;

impl Segment {
    /// Whether there is nothing to hear in it, so that its z tells of nothing.
    pub fn is_silent(&self) -> bool {
        self.samples.iter().all(|sample| sample.abs() < SILENCE)
    }
}

/// The segments of one file, in order, in constant memory: one segment and one block.
///
/// Ends after the first error.
pub struct SegmentReader {
    reader: AudioReader,
    plan: SegmentPlan,
    /// Samples read but not yet in a segment.
    waiting: Vec<f32>,
    next_index: usize,
    ended: bool,
}

impl SegmentReader {
    /// Opens a file to be cut as `plan` says.
    ///
    /// # Errors
    /// As [`AudioReader::open`], and [`AudioError::Plan`] if a length of the plan is zero.
    pub fn open(path: &Path, plan: &SegmentPlan) -> Result<Self, AudioError> {
        Self::new(AudioReader::open(path, plan.sample_rate_hz)?, plan)
    }

    /// The same for a file in memory; `name` stands for it in errors.
    ///
    /// # Errors
    /// As [`SegmentReader::open`].
    pub fn from_bytes(bytes: Vec<u8>, name: &Path, plan: &SegmentPlan) -> Result<Self, AudioError> {
        Self::new(AudioReader::from_bytes(bytes, name, plan.sample_rate_hz)?, plan)
    }

    fn new(reader: AudioReader, plan: &SegmentPlan) -> Result<Self, AudioError> {
        let SegmentPlan { segment_samples, hop_samples, .. } = *plan;
        if segment_samples == 0 || hop_samples == 0 {
            let path = reader.path().to_owned();
            return Err(AudioError::Plan { segment_samples, hop_samples, path });
        }
        Ok(Self { reader, plan: plan.clone(), waiting: Vec::new(), next_index: 0, ended: false })
    }

    /// The file being cut.
    pub fn audio(&self) -> &AudioReader {
        &self.reader
    }

    fn try_next(&mut self) -> Result<Option<Segment>, AudioError> {
        let length = self.plan.segment_samples;
        while self.waiting.len() < length {
            match self.reader.next_block()? {
                Some(block) => self.waiting.extend_from_slice(block),
                None => {
                    self.ended = true;
                    return self.tail();
                }
            }
        }
        let later = self.waiting.split_off(length);
        let samples = std::mem::replace(&mut self.waiting, later);
        Ok(Some(self.segment(samples, length)))
    }

    /// The last, shorter segment, if there is one and the policy keeps it.
    fn tail(&mut self) -> Result<Option<Segment>, AudioError> {
        let SegmentPlan { sample_rate_hz, segment_samples, hop_samples, tail } = self.plan;
        let true_samples = self.waiting.len();
        let is_only = self.next_index == 0;
        let visible_samples = match tail {
            _ if true_samples == 0 => return Ok(None),
            TailPolicy::Drop if is_only => {
                let seconds = |samples: usize| samples as f64 / f64::from(sample_rate_hz);
                return Err(AudioError::TooShort {
                    found_seconds: seconds(true_samples),
                    needed_seconds: seconds(segment_samples),
                    path: self.reader.path().to_owned(),
                });
            }
            TailPolicy::Drop => return Ok(None),
            TailPolicy::Published if !is_only && true_samples < sample_rate_hz as usize => {
                return Ok(None);
            }
            TailPolicy::Published | TailPolicy::Pad => segment_samples,
            TailPolicy::Mask => true_samples.max(hop_samples.min(segment_samples)),
        };
        let samples = std::mem::take(&mut self.waiting);
        Ok(Some(self.segment(samples, visible_samples)))
    }

    fn segment(&mut self, mut samples: Vec<f32>, visible_samples: usize) -> Segment {
        let (index, true_samples) = (self.next_index, samples.len());
        self.next_index += 1;
        samples.resize(self.plan.segment_samples, 0.0);
        let start_sample = index as u64 * self.plan.segment_samples as u64;
        Segment { index, start_sample, samples, true_samples, visible_samples }
    }
}

impl Iterator for SegmentReader {
    type Item = Result<Segment, AudioError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.try_next();
        self.ended |= next.is_err();
        next.transpose()
    }
}

//! The rows of a table: a track, a place in it, and the vector found there.

use std::fmt::Debug;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch};
use arrow_schema::{DataType, Field};

use crate::audio::Segment;
use crate::files::Sha256Digest;

/// One audio file, as a table names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Path below the source folder, with `/`: the same on every machine.
    pub id: String,
    /// Where the file lay when it was embedded.
    pub path: String,
    /// Digest of the file's bytes.
    pub content: Sha256Digest,
    /// Its class, where known.
    pub label: Option<String>,
}

/// One row: the vector found at one place of one track.
#[derive(Debug, Clone)]
pub struct Row<P> {
    /// The track; rows in a row share it.
    pub track: Arc<Track>,
    /// Where in the track.
    pub place: P,
    /// `[feature]`
    pub vector: Vec<f32>,
}

/// Where a z lies in its track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentPlace {
    /// Number of the segment, from 0.
    pub segment: u32,
    /// Start of the segment, in seconds from the track's start.
    pub start_s: f64,
    /// End of the audio in the segment, in seconds; never past the track's end.
    pub end_s: f64,
    /// Seconds of audio in the segment; the rest of it is padding.
    pub true_length_s: f64,
}

impl SegmentPlace {
    /// Where a segment of audio at this rate lies.
    pub fn of(segment: &Segment, rate_hz: u32) -> Self {
        let seconds = |samples: u64| samples as f64 / f64::from(rate_hz);
        Self {
            segment: u32::try_from(segment.index).unwrap_or(u32::MAX),
            start_s: seconds(segment.start_sample),
            end_s: seconds(segment.start_sample + segment.true_samples as u64),
            true_length_s: seconds(segment.true_samples as u64),
        }
    }
}

/// Where a frame embedding lies in its track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FramePlace {
    /// Number of the segment, from 0.
    pub segment: u32,
    /// Number of the frame in the segment, from 0.
    pub frame: u32,
    /// Start of the frame, in seconds from the track's start.
    pub time_s: f64,
}

/// A kind of place: it decides the columns of its table. Segments and frames are all there are.
pub trait Place: Debug + Copy + PartialEq + Send + private::Sealed + 'static {
    /// The kind's name in the metadata.
    const KIND: &'static str;
    /// Name of the vector column.
    const VECTOR: &'static str;

    /// The columns of a place.
    fn fields() -> Vec<Field>;
    /// Values for those columns, in the same order.
    fn columns(places: &[Self]) -> Vec<ArrayRef>;
    /// Reads them back; `None` if a column is missing or of another type.
    fn from_columns(batch: &RecordBatch) -> Option<Vec<Self>>;
    /// What rows of one track are sorted by.
    fn rank(&self) -> (u32, u32);
}

impl Place for SegmentPlace {
    const KIND: &'static str = "segments";
    const VECTOR: &'static str = "z";

    fn fields() -> Vec<Field> {
        vec![integer("segment"), seconds("start_s"), seconds("end_s"), seconds("true_length_s")]
    }

    fn columns(places: &[Self]) -> Vec<ArrayRef> {
        vec![
            integers(places, |place| place.segment),
            floats(places, |place| place.start_s),
            floats(places, |place| place.end_s),
            floats(places, |place| place.true_length_s),
        ]
    }

    fn from_columns(batch: &RecordBatch) -> Option<Vec<Self>> {
        let segment = integers_of(batch, "segment")?;
        let [start, end, length] = [
            floats_of(batch, "start_s")?,
            floats_of(batch, "end_s")?,
            floats_of(batch, "true_length_s")?,
        ];
        let place = |i: usize| {
            let segment = u32::try_from(segment[i]).ok()?;
            Some(Self { segment, start_s: start[i], end_s: end[i], true_length_s: length[i] })
        };
        (0..batch.num_rows()).map(place).collect()
    }

    fn rank(&self) -> (u32, u32) {
        (self.segment, 0)
    }
}

impl Place for FramePlace {
    const KIND: &'static str = "frames";
    const VECTOR: &'static str = "embedding";

    fn fields() -> Vec<Field> {
        vec![integer("segment"), integer("frame"), seconds("time_s")]
    }

    fn columns(places: &[Self]) -> Vec<ArrayRef> {
        vec![
            integers(places, |place| place.segment),
            integers(places, |place| place.frame),
            floats(places, |place| place.time_s),
        ]
    }

    fn from_columns(batch: &RecordBatch) -> Option<Vec<Self>> {
        let [segment, frame] = [integers_of(batch, "segment")?, integers_of(batch, "frame")?];
        let time = floats_of(batch, "time_s")?;
        let place = |i: usize| {
            let [segment, frame] = [u32::try_from(segment[i]).ok()?, u32::try_from(frame[i]).ok()?];
            Some(Self { segment, frame, time_s: time[i] })
        };
        (0..batch.num_rows()).map(place).collect()
    }

    fn rank(&self) -> (u32, u32) {
        (self.segment, self.frame)
    }
}

/// Signed, because not every reader of Parquet knows unsigned integers.
fn integer(name: &str) -> Field {
    Field::new(name, DataType::Int32, false)
}

fn seconds(name: &str) -> Field {
    Field::new(name, DataType::Float64, false)
}

fn integers<P>(places: &[P], value: impl Fn(&P) -> u32) -> ArrayRef {
    let clamped = |place| i32::try_from(value(place)).unwrap_or(i32::MAX);
    Arc::new(Int32Array::from_iter_values(places.iter().map(clamped)))
}

fn floats<P>(places: &[P], value: impl Fn(&P) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(places.iter().map(value)))
}

fn integers_of<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a [i32]> {
    Some(batch.column_by_name(name)?.as_primitive_opt::<Int32Type>()?.values())
}

fn floats_of<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a [f64]> {
    Some(batch.column_by_name(name)?.as_primitive_opt::<Float64Type>()?.values())
}

mod private {
    /// Keeps the kinds of places closed.
    pub trait Sealed {}
    impl Sealed for super::SegmentPlace {}
    impl Sealed for super::FramePlace {}
}

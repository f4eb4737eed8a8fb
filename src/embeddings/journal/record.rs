//! The records of a journal, and the frame around each: `length u32 | crc32 u32 | payload`, little-endian.

use crate::embeddings::row::{FramePlace, SegmentPlace};
use crate::files::Sha256Digest;

/// No record is longer: one that says so is noise.
pub(super) const MAX_PAYLOAD: u64 = 1 << 28;
/// Bytes before the payload.
pub(super) const FRAME: u64 = 8;

const HEADER: u8 = 1;
const FRAMES: u8 = 2;
const SEGMENT: u8 = 3;
const TRACK: u8 = 4;

/// What a journal holds, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Record {
    /// JSON; the first record and no other.
    Header(Vec<u8>),
    /// Frame embeddings of one segment; a segment record that follows names its offset.
    Frames(FrameBlock),
    /// One finished segment; a track record that follows names its offset.
    Segment(SegmentRecord),
    /// A finished track: only with this record do its segments count.
    Track(TrackRecord),
}

/// The z of one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentRecord {
    /// Where in the track.
    pub place: SegmentPlace,
    /// `[feature]`
    pub z: Vec<f32>,
    /// Where the journal holds its frames.
    pub(super) frames_at: Option<u64>,
}

/// The frame embeddings of one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameBlock {
    /// Where in the track: `[frame]`.
    pub places: Vec<FramePlace>,
    /// `[frame, feature]`
    pub embeddings: Vec<f32>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TrackRecord {
    pub(super) id: String,
    pub(super) content: Sha256Digest,
    pub(super) segments_at: Vec<u64>,
}

impl Record {
    /// The record in its frame.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; FRAME as usize];
        self.write_payload(&mut bytes);
        let (frame, payload) = bytes.split_at_mut(FRAME as usize);
        frame[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
        frame[4..].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
        bytes
    }

    fn write_payload(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Header(json) => {
                bytes.push(HEADER);
                bytes.extend_from_slice(json);
            }
            Self::Frames(block) => {
                bytes.push(FRAMES);
                put_u32(bytes, block.places.len() as u32);
                for place in &block.places {
                    put_u32(bytes, place.segment);
                    put_u32(bytes, place.frame);
                    put_f64(bytes, place.time_s);
                }
                put_f32s(bytes, &block.embeddings);
            }
            Self::Segment(SegmentRecord { place, z, frames_at }) => {
                bytes.push(SEGMENT);
                put_u32(bytes, place.segment);
                put_f64(bytes, place.start_s);
                put_f64(bytes, place.end_s);
                put_f64(bytes, place.true_length_s);
                put_u64(bytes, frames_at.unwrap_or(0)); // 0 is the journal's first byte, never a record
                put_f32s(bytes, z);
            }
            Self::Track(track) => {
                bytes.push(TRACK);
                put_u32(bytes, track.id.len() as u32);
                bytes.extend_from_slice(track.id.as_bytes());
                bytes.extend_from_slice(&track.content.0);
                track.segments_at.iter().for_each(|&at| put_u64(bytes, at));
            }
        }
    }

    /// Reads a payload back; `None` if it is not one that [`Record::to_bytes`] made.
    pub(super) fn from_payload(payload: &[u8]) -> Option<Self> {
        let (&kind, rest) = payload.split_first()?;
        let mut bytes = Cursor(rest);
        match kind {
            HEADER => Some(Self::Header(rest.to_vec())),
            FRAMES => {
                let n_frames = bytes.u32()?;
                let mut places = Vec::new();
                for _ in 0..n_frames {
                    let (segment, frame) = (bytes.u32()?, bytes.u32()?);
                    places.push(FramePlace { segment, frame, time_s: bytes.f64()? });
                }
                Some(Self::Frames(FrameBlock { places, embeddings: bytes.remaining_f32s()? }))
            }
            SEGMENT => {
                let segment = bytes.u32()?;
                let (start_s, end_s, true_length_s) = (bytes.f64()?, bytes.f64()?, bytes.f64()?);
                let place = SegmentPlace { segment, start_s, end_s, true_length_s };
                let frames_at = bytes.u64().map(|at| (at != 0).then_some(at))?;
                Some(Self::Segment(SegmentRecord { place, z: bytes.remaining_f32s()?, frames_at }))
            }
            TRACK => {
                let n_bytes = bytes.u32()?;
                let id = String::from_utf8(bytes.take(n_bytes as usize)?.to_vec()).ok()?;
                let content = Sha256Digest(bytes.array()?);
                let (segments_at, rest) = bytes.0.as_chunks();
                let segments_at = segments_at.iter().map(|b| u64::from_le_bytes(*b)).collect();
                rest.is_empty().then_some(Self::Track(TrackRecord { id, content, segments_at }))
            }
            _ => None,
        }
    }
}

fn put_u32(bytes: &mut Vec<u8>, value: u32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put_u64(bytes: &mut Vec<u8>, value: u64) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put_f64(bytes: &mut Vec<u8>, value: f64) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

fn put_f32s(bytes: &mut Vec<u8>, values: &[f32]) {
    bytes.reserve(4 * values.len());
    values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
}

/// What is left of a payload.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(n_bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    fn remaining_f32s(&mut self) -> Option<Vec<f32>> {
        let (values, rest) = self.0.as_chunks();
        rest.is_empty().then(|| values.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_record_reads_back_as_it_was_written(
            id in ".{0,20}", digest: [u8; 32], at in prop::collection::vec(1u64.., 0..5),
            z in prop::collection::vec(-1e30f32..1e30, 0..9), segment: u32, start_s in 0.0..1e6f64,
        ) {
            let place = SegmentPlace { segment, start_s, end_s: start_s + 4.0, true_length_s: 4.0 };
            let frame = FramePlace { segment, frame: 3, time_s: start_s };
            let frames_at = at.first().copied();
            let content = Sha256Digest(digest);
            for record in [
                Record::Header(id.clone().into_bytes()),
                Record::Frames(FrameBlock { places: vec![frame; 2], embeddings: z.clone() }),
                Record::Segment(SegmentRecord { place, z: z.clone(), frames_at }),
                Record::Track(TrackRecord { id: id.clone(), content, segments_at: at.clone() }),
            ] {
                let bytes = record.to_bytes();
                prop_assert_eq!(Record::from_payload(&bytes[FRAME as usize..]), Some(record));
            }
        }

        #[test]
        fn noise_is_refused_or_read_but_never_a_panic(payload: Vec<u8>) {
            let _ = Record::from_payload(&payload);
        }
    }
}

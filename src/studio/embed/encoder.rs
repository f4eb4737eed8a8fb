//! The door to the networks: segments → vectors.

use std::collections::BTreeMap;

use super::DamagedModel;
use crate::audio::Segment;

/// An error of whoever stands behind a door.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Turns segments into vectors.
///
/// The vectors of a segment must not depend on its batch: a resumed run, whose batches fall otherwise, ends
/// with the same bytes as an uninterrupted one.
pub trait SegmentEncoder: Send + Sync {
    /// What identifies its numbers.
    fn identity(&self) -> EncoderIdentity;

    /// Features of z.
    fn dim(&self) -> usize;

    /// Features of a frame embedding.
    ///
    /// # Errors
    /// There is no such layer.
    fn frame_dim(&self, request: FrameRequest) -> Result<usize, BoxError>;

    /// One answer for each segment of the batch, in order.
    ///
    /// # Errors
    /// The computation fails; the whole run then ends.
    fn encode(
        &self,
        batch: &[Segment],
        frames: Option<FrameRequest>,
    ) -> Result<Vec<Encoded>, BoxError>;

    /// Asked after an answer that is not finite: is the model to blame, rather than the sound?
    ///
    /// # Errors
    /// It is; the whole run then ends.
    fn check(&self) -> Result<(), DamagedModel> {
        Ok(())
    }
}

/// What decides an encoder's numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderIdentity {
    /// The user's name for the model.
    pub name: String,
    /// Fingerprint of weights and architecture.
    pub fingerprint: String,
    /// Arithmetic, as in `f32`.
    pub precision: String,
    /// Whatever else decides the numbers.
    pub more: BTreeMap<String, String>,
}

/// A wish for frame embeddings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameRequest {
    /// The layer they leave the encoder from; `None` for its output.
    pub layer: Option<usize>,
}

/// What an encoder makes of one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// `[feature]`
    pub z: Vec<f32>,
    /// `[frame, feature]` from the segment's first frame on, if they were asked for. Frames past the end of
    /// the audio may be there or not; they are not kept.
    pub frames: Option<Vec<f32>>,
}

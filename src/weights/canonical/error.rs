//! Why a checkpoint could not become canonical tensors.

use std::path::PathBuf;

use super::super::checkpoint::ElementType;
use super::super::hints::HintError;
use super::kind::Kind;
use super::report::Role;

/// Why a checkpoint could not become canonical tensors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// Somebody asked to stop.
    #[error("stopped before every tensor was read: {}", path.display())]
    Cancelled {
        /// The file that was being read.
        path: PathBuf,
    },
    /// A checkpoint of another network than was asked for.
    #[error("expected {expected} but the tensor names are those of {found}{}: {}", advice(*expected, *found), path.display())]
    Kind {
        /// What was asked for.
        expected: Role,
        /// What the names say.
        found: Kind,
        /// The offending file.
        path: PathBuf,
    },
    /// No tensor of that name.
    #[error("tensor {name} is missing, so the checkpoint is incomplete: {}", path.display())]
    Missing {
        /// The tensor, in the file's naming.
        name: String,
        /// The offending file.
        path: PathBuf,
    },
    /// A tensor whose shape contradicts the others.
    #[error("tensor {name} has shape {found:?}, expected {expected} to fit the other tensors: {}", path.display())]
    Shape {
        /// The tensor, in the file's naming.
        name: String,
        /// The shape that the other tensors imply; `_` where any size will do.
        expected: String,
        /// Its shape.
        found: Vec<usize>,
        /// The offending file.
        path: PathBuf,
    },
    /// A tensor of a type that holds no weights.
    #[error("tensor {name} has type {found}, expected f32, f16, bf16 or f64: {}", path.display())]
    Element {
        /// The tensor, in the file's naming.
        name: String,
        /// Its element type.
        found: ElementType,
        /// The offending file.
        path: PathBuf,
    },
    /// A weight that is no number.
    #[error("tensor {name} holds {value} at index {index:?}, expected finite weights: {}", path.display())]
    NotFinite {
        /// The tensor, in the file's naming.
        name: String,
        /// Where, along each axis.
        index: Vec<usize>,
        /// NaN or an infinity.
        value: f32,
        /// The offending file.
        path: PathBuf,
    },
    /// A weight-normalized kernel whose direction has no length.
    #[error("tensor {name} is zero in row {row}, so its weight norm is undefined: {}", path.display())]
    ZeroNorm {
        /// The direction tensor, in the file's naming.
        name: String,
        /// The first-axis index.
        row: usize,
        /// The offending file.
        path: PathBuf,
    },
    /// Layers of one stack with different feed-forward nets.
    #[error("tensor {name} differs from {first}, but all layers of a stack share one feed-forward net: {}", path.display())]
    NotShared {
        /// The tensor of the later layer.
        name: String,
        /// The tensor of the first layer.
        first: String,
        /// The offending file.
        path: PathBuf,
    },
    /// Encoder and decoder of different hops.
    #[error("the codec decoder makes {decoder} samples a frame, the encoder takes {encoder}; they are of different codecs: {}", path.display())]
    Hop {
        /// Samples a frame of the encoder.
        encoder: usize,
        /// Samples a frame of the decoder.
        decoder: usize,
        /// The file of the decoder.
        path: PathBuf,
    },
    /// The codec file and the autoencoder's own copy of the codec have different sizes.
    #[error("{name} has shape {found:?} in the codec but {expected:?} in the autoencoder, which was trained on another codec: {}", path.display())]
    OtherCodec {
        /// The canonical tensor.
        name: String,
        /// Its shape in the autoencoder.
        expected: Vec<usize>,
        /// Its shape in the codec.
        found: Vec<usize>,
        /// The codec's file.
        path: PathBuf,
    },
    /// What no tensor states is not known.
    #[error(transparent)]
    Hints(#[from] HintError),
}

fn advice(expected: Role, found: Kind) -> &'static str {
    match (expected, found) {
        (_, Kind::EncodecMaeV2) => ", which this program does not run; use the v1 autoencoder",
        (Role::Autoencoder, Kind::CodecOriginal | Kind::CodecHuggingFace) => {
            "; give it as the codec"
        }
        (Role::Codec, Kind::Autoencoder) => "; give it as the autoencoder",
        (Role::Autoencoder, Kind::EncodecMae) => "; give the autoencoder that contains it",
        _ => "",
    }
}

//! Why a run ends without all of its sounds.

use std::path::PathBuf;

use crate::files::ArrayError;
use crate::studio::{NoFolder, RenderError};

/// Why a run ends without all of its sounds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SonifyError {
    /// An array cannot be read.
    #[error(transparent)]
    Array(#[from] ArrayError),
    /// No vectors.
    #[error("there are no vectors in the array, its shape is {found:?}: {}", path.display())]
    NoVectors {
        /// The array's shape.
        found: Vec<usize>,
        /// The array.
        path: PathBuf,
    },
    /// Vectors of another model.
    #[error(
        "z has shape {found:?}, but model {model:?} takes [{n_features}] or [N, {n_features}]: {}",
        path.display()
    )]
    Vectors {
        /// The array's shape.
        found: Vec<usize>,
        /// The model.
        model: String,
        /// Its width of z.
        n_features: usize,
        /// The array.
        path: PathBuf,
    },
    /// Noise of another length or width, or for another number of sounds.
    #[error(
        "the noise has shape {found:?}, expected [{n_frames}, {n_latents}] or [{n_items}, {n_frames}, {n_latents}]: {}",
        path.display()
    )]
    NoiseShape {
        /// The array's shape.
        found: Vec<usize>,
        /// Sounds of the run.
        n_items: usize,
        /// Frames of a sound.
        n_frames: usize,
        /// Width of a frame.
        n_latents: usize,
        /// The array.
        path: PathBuf,
    },
    /// The output has no folder to lie in.
    #[error(transparent)]
    Folder(#[from] NoFolder),
    /// The folder is taken.
    #[error(
        "the folder holds the sounds of another run ({difference}), choose another -o or give --overwrite: {}",
        path.display()
    )]
    OtherRun {
        /// The settings that differ, this run's value first.
        difference: String,
        /// The folder.
        path: PathBuf,
    },
    /// A file is in the way.
    #[error("the file was not made by this run, choose another -o or give --overwrite: {}", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
    },
    /// The rendering fails, or somebody asked to stop.
    #[error(transparent)]
    Render(#[from] RenderError),
}

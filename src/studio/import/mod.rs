//! What the published implementation wrote → runs and tables.
//!
//! ```text
//! protos_*.npy + lin_weights_*.npy ─ whose, on which scale? ─▶ Classifier ─▶ run
//! per-file *.npy [n, feature] ────── of which track? ────────▶ table of z
//! ```

mod classes;
mod embeddings;
mod error;
mod matching;
mod prototypes;
mod run;

pub use classes::RowOrder;
pub use embeddings::{
    EmbeddingsJob, ImportedEmbeddings, MadeBy, import_embeddings, settings_of_model,
};
pub use error::ImportDataError;
pub use prototypes::{Scale, Vectors};
pub use run::{ImportedRun, KnownData, PrototypesJob, import_prototypes};

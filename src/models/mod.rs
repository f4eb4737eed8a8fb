//! Model folders: import, list, verify, pull.

mod architecture;
mod fingerprint;
mod folder;
mod import;
mod library;
mod manifest;
pub mod pull;
mod staging;

pub use architecture::{Architecture, CodecArchitecture, StackArchitecture};
pub use fingerprint::Fingerprint;
pub use folder::{BUILT_IN, ModelFolder, OpenError, VerifyError};
pub use import::{ImportError, ImportRequest, InstallRequest};
pub use library::{Library, LibraryError, Listed};
pub use manifest::{Manifest, ManifestError, SourceFile};

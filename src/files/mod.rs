//! Writing files so that nothing is lost, and telling files apart by content.

mod atomic;
mod digest;

pub use atomic::{AtomicFile, write_atomic};
pub use digest::{Sha256Digest, sha256_of_file, sha256_of_reader};

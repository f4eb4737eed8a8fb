//! Writing files so that nothing is lost, telling files apart by content, and NumPy's arrays.

mod array;
mod atomic;
mod digest;

pub use array::{Array, ArrayError, npy_bytes};
pub use atomic::{AtomicFile, write_atomic};
pub use digest::{Sha256Digest, sha256_of_file, sha256_of_reader};

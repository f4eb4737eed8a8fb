//! The identity of weights that something stands on.

use sha2::{Digest as _, Sha256};

use crate::files::Sha256Digest;
use crate::weights::Weights;

/// SHA-256 over name, shape and bytes of every tensor, in hexadecimal.
pub fn digest(weights: &Weights) -> String {
    let mut hasher = Sha256::new();
    for (name, shape, dtype, bytes) in weights.stored() {
        for part in [name.as_bytes(), dtype.to_string().as_bytes()] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.update((shape.len() as u64).to_le_bytes());
        shape.iter().for_each(|n| hasher.update((*n as u64).to_le_bytes()));
        hasher.update(bytes);
    }
    Sha256Digest(hasher.finalize().into()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_shape_or_value_is_another_identity() {
        let of = |name: &str, shape: &[usize], values: &[f32]| {
            digest(&Weights::from_memory([(name.to_owned(), shape.to_vec(), values.to_vec())]))
        };
        let first = of("a", &[2, 1], &[1.0, 2.0]);
        assert_eq!(first, of("a", &[2, 1], &[1.0, 2.0]));
        for other in [
            of("b", &[2, 1], &[1.0, 2.0]),
            of("a", &[1, 2], &[1.0, 2.0]),
            of("a", &[2, 1], &[1.0, 3.0]),
        ] {
            assert_ne!(first, other);
        }
    }
}

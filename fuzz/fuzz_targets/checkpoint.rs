//! Any bytes as a checkpoint: an error or finite work, never a panic, a hang or memory that the bytes do not justify.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use pecmae::weights::Checkpoint;
use pecmae::weights::canonical::{Kind, convert_codec};

fuzz_target!(|bytes: &[u8]| {
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes.to_vec(), Path::new("fuzzed")) else { return };
    for name in checkpoint.names() {
        if let Some((_, tensor)) = checkpoint.get(name) {
            let n = tensor.shape().iter().product::<usize>();
            assert!(tensor.values().is_none_or(|values| values.len() == n && n <= bytes.len()));
        }
    }
    let _ = Kind::of(&checkpoint);
    let _ = convert_codec(&checkpoint);
});

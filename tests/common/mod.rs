//! Shared by the integration tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

/// The folder of golden cases: `PECMAE_GOLDEN_DIR`, or the tiny one that the repository holds.
pub(crate) fn golden_folder() -> PathBuf {
    std::env::var_os("PECMAE_GOLDEN_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny"),
        PathBuf::from,
    )
}

/// Inputs and outputs recorded from the reference implementation.
pub(crate) struct Golden(HashMap<String, Tensor>);

impl Golden {
    pub(crate) fn load() -> Self {
        let path = golden_folder().join("io.safetensors");
        Self(
            candle_core::safetensors::load(path, &Device::Cpu)
                .expect("the golden cases can be read"),
        )
    }

    pub(crate) fn get(&self, name: &str) -> &Tensor {
        self.0.get(name).unwrap_or_else(|| panic!("no {name:?} in the golden cases"))
    }

    pub(crate) fn lengths(&self) -> Vec<usize> {
        let lengths = self.get("wav_lens").to_dtype(DType::I64).and_then(|t| t.to_vec1::<i64>());
        lengths.expect("lengths").into_iter().map(|n| n as usize).collect()
    }
}

/// The largest difference of two elements.
fn difference(found: &Tensor, wanted: &Tensor) -> f32 {
    assert_eq!(found.dims(), wanted.dims(), "shapes differ");
    let largest = (found - wanted).and_then(|x| x.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>());
    largest.expect("a number")
}

/// `‖found − wanted‖ / ‖wanted‖`, Euclidean.
pub(crate) fn relative_error(found: &Tensor, wanted: &Tensor) -> f32 {
    let norm =
        |x: candle_core::Result<Tensor>| x.and_then(|x| x.sqr()?.sum_all()?.to_scalar::<f32>());
    (norm(found - wanted).expect("same shapes") / norm(Ok(wanted.clone())).expect("a norm")).sqrt()
}

/// Fails with the figure unless every element is within `tolerance`.
#[track_caller]
pub(crate) fn assert_close(name: &str, found: &Tensor, wanted: &Tensor, tolerance: f32) {
    let worst = difference(found, wanted);
    println!("{name}: largest difference {worst:e}");
    assert!(worst <= tolerance, "{name}: off by {worst:e}, more than {tolerance:e}");
}

//! Arrays of float32 → `.npy` files of an export, and what is said of them.

use ndarray::{ArrayView2, ArrayViewD};

use super::ExportError;
use crate::classifier::Classifier;
use crate::exports::{ArrayFile, ExportFolder};
use crate::files::npy_bytes;

/// An array: its name, its axes, what it holds, and that.
pub(super) type Described<'a> = (&'static str, &'static str, &'static str, ArrayViewD<'a, f32>);

/// What similarities and logits follow from, but for the normalization: p', the weights as they count, the biases.
///
/// # Shapes
/// - `weights`: `[class, prototype]`, of [`Classifier::counting_weight`]
pub(super) fn of_classifier<'a>(
    classifier: &'a Classifier,
    weights: ArrayView2<'a, f32>,
) -> [Described<'a>; 3] {
    [
        (
            "adapted",
            "[prototype, feature]",
            "p': what z' is compared with, after the adaptor",
            classifier.adapted().into_dyn(),
        ),
        (
            "weights",
            "[class, prototype]",
            "what each prototype counts for each class; 0 if it is disabled",
            weights.into_dyn(),
        ),
        ("bias", "[class]", "what a logit is without any prototype", classifier.bias().into_dyn()),
    ]
}

/// Writes arrays, each as a file by itself.
pub(super) fn write<'a>(
    folder: &ExportFolder,
    arrays: impl IntoIterator<Item = Described<'a>>,
) -> Result<Vec<ArrayFile>, ExportError> {
    let mut written = Vec::new();
    for (name, axes, about, array) in arrays {
        let shape = array.shape().to_vec();
        folder.write(&format!("{name}.npy"), npy_bytes(array).map_err(ExportError::Array)?)?;
        written.push(ArrayFile { name, axes, shape, about });
    }
    Ok(written)
}

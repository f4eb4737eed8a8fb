//! Weight-normalized convolutions in every spelling → plain kernels.
//!
//! `w = g · v / ‖v‖`, the norm over all axes but the first.
//! Source: Salimans & Kingma, "Weight normalization" (1602.07868), eq. 2.

use super::CanonicalError;
use super::source::{Axis, Source, Taken, Tensors};

/// Names of `(g, v)` below a convolution: `torch.nn.utils.weight_norm` and its successor in `parametrizations`.
const SPELLINGS: [(&str, &str); 2] = [
    ("weight_g", "weight_v"),
    ("parametrizations.weight.original0", "parametrizations.weight.original1"),
];

/// Takes the convolution `name` and puts it as `canonical.{weight, bias}`; `output` is the axis of the kernel that the bias
/// runs along. Gives the kernel's shape.
pub(super) fn convolution(
    source: &Source<'_>,
    name: &str,
    kernel: [Axis; 3],
    output: usize,
    canonical: &str,
    tensors: &mut Tensors,
) -> Result<[usize; 3], CanonicalError> {
    let spelling = SPELLINGS
        .map(|(g, v)| (format!("{name}.{g}"), format!("{name}.{v}")))
        .into_iter()
        .find(|(g, v)| source.has(g) || source.has(v));
    let (shape, weight) = match spelling {
        Some((g, v)) => {
            let direction = source.take(&v, kernel)?;
            let gain = source.take(&g, [Axis::Is(direction.shape[0]), Axis::Is(1), Axis::Is(1)])?;
            let folded = fold(&gain.values, &direction).map_err(|row| {
                CanonicalError::ZeroNorm { name: v, row, path: source.checkpoint.path().to_owned() }
            })?;
            (direction.shape, folded)
        }
        None => {
            let plain = source.take(&format!("{name}.weight"), kernel)?;
            (plain.shape, plain.values.into_owned())
        }
    };
    let bias = source.take(&format!("{name}.bias"), [Axis::Is(shape[output])])?;
    tensors.insert(format!("{canonical}.weight"), (shape.to_vec(), weight));
    tensors.insert(format!("{canonical}.bias"), (bias.shape.to_vec(), bias.values.into_owned()));
    Ok(shape)
}

/// Scales each row of `v` to the length that `g` gives; the error is a row of length zero. The norm is taken in `f64`, so it adds
/// no rounding of its own.
fn fold(g: &[f32], v: &Taken<'_, 3>) -> Result<Vec<f32>, usize> {
    let mut folded = Vec::with_capacity(v.values.len());
    let rows = v.values.chunks_exact(v.shape[1] * v.shape[2]);
    for (row_idx, (row, gain)) in rows.zip(g).enumerate() {
        let norm = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        if norm == 0.0 {
            return Err(row_idx);
        }
        let scale = f64::from(*gain) / norm;
        folded.extend(row.iter().map(|x| (f64::from(*x) * scale) as f32));
    }
    Ok(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn every_folded_row_has_the_length_of_its_gain() {
        let v = Taken { shape: [2, 1, 2], values: Cow::Borrowed(&[3.0, 4.0, 0.0, -2.0][..]) };
        assert_eq!(fold(&[10.0, 1.0], &v), Ok(vec![6.0, 8.0, 0.0, -1.0]));
    }

    #[test]
    fn a_row_without_length_is_named() {
        let v = Taken { shape: [2, 1, 1], values: Cow::Borrowed(&[1.0, 0.0][..]) };
        assert_eq!(fold(&[1.0, 1.0], &v), Err(1));
    }
}

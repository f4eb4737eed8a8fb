//! Many rows times one matrix.

use candle_core::{Result, Tensor};

/// Rows that a GPU multiplies as one of many parts: the gradient of the matrix is a sum over all rows, which one part alone would
/// add up in one corner of the chip.
const ROWS_PER_PART: usize = 1024;

/// `x · w` for every row.
///
/// # Shapes
/// - `x`: `[row, in]`; `weight`: `[in, out]`; returns: `[row, out]`
///
/// # Errors
/// The shapes contradict each other, or the device fails.
pub(in super::super) fn product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let ((n_rows, n_in), n_out) = (x.dims2()?, weight.dim(1)?);
    let n_parts = if x.device().is_cpu() { 1 } else { n_parts(n_rows) };
    if n_parts == 1 {
        return x.matmul(weight);
    }
    let parts = x.reshape((n_parts, n_rows / n_parts, n_in))?;
    parts.matmul(&weight.broadcast_as((n_parts, n_in, n_out))?)?.reshape((n_rows, n_out))
}

/// The largest number of equal parts that are not smaller than wanted.
fn n_parts(n_rows: usize) -> usize {
    let most = n_rows / ROWS_PER_PART;
    (1..=most).rev().find(|n| n_rows.is_multiple_of(*n)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_equal_and_large_enough() {
        for (n_rows, wanted) in [(100, 1), (2048, 2), (2049, 1), (768_000, 750), (9600, 8)] {
            assert_eq!(n_parts(n_rows), wanted);
        }
    }
}

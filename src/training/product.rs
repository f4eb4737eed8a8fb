//! Matrix products, cut into blocks of output rows.

use gemm::Parallelism;
use ndarray::{ArrayView2, s};
use rayon::prelude::*;

/// Output rows that one task computes. Fixed, so that the cut never depends on the threads.
pub(super) const ROWS_PER_TASK: usize = 128;

/// `out = a · b`, then `finish(first row, rows)` on each block of rows while it is in the cache.
///
/// # Shapes
/// - `a`: `[row, inner]`; `b`: `[inner, column]`, in any strides
/// - `out`: `[row, column]`, row-major
pub(super) fn product(
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    out: &mut [f32],
    finish: impl Fn(usize, &mut [f32]) + Sync,
) {
    let width = b.ncols();
    out.par_chunks_mut(ROWS_PER_TASK * width).enumerate().for_each(|(i, rows)| {
        let first = i * ROWS_PER_TASK;
        product_here(a.slice(s![first..first + rows.len() / width, ..]), b, rows);
        finish(first, rows);
    });
}

/// `out = a · b` on this thread.
///
/// # Shapes
/// - as [`product`]
pub(super) fn product_here(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, out: &mut [f32]) {
    let ((n_rows, n_inner), n_columns) = (a.dim(), b.ncols());
    assert!(b.nrows() == n_inner && out.len() == n_rows * n_columns);
    let ([a_row, a_inner], [b_inner, b_column]) =
        ([a.strides()[0], a.strides()[1]], [b.strides()[0], b.strides()[1]]);
    // SAFETY: pointers and strides are those of views that live through the call, their inner sizes agree, and `out`,
    // borrowed alone, holds `n_rows` rows of `n_columns`.
    unsafe {
        gemm::gemm(
            n_rows,
            n_columns,
            n_inner,
            out.as_mut_ptr(),
            1,
            n_columns as isize,
            false,
            a.as_ptr(),
            a_inner,
            a_row,
            b.as_ptr(),
            b_column,
            b_inner,
            0.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// A row-major matrix on a slice.
pub(super) fn matrix(values: &[f32], n_columns: usize) -> ArrayView2<'_, f32> {
    ArrayView2::from_shape((values.len() / n_columns, n_columns), values)
        .expect("whole rows of the network's own memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn blocks_and_transposes_give_the_product() {
        let a = Array2::from_shape_fn((300, 7), |(i, j)| (i as f32 * 0.3 + j as f32).sin());
        let b = Array2::from_shape_fn((5, 7), |(i, j)| (i as f32 - j as f32 * 0.7).cos());
        let mut out = vec![0.0; 300 * 5];
        product(a.view(), b.t(), &mut out, |first, rows| {
            rows.iter_mut().for_each(|x| *x += first as f32);
        });
        let wanted = a.dot(&b.t());
        for ((i, j), wanted) in wanted.indexed_iter() {
            let found = out[i * 5 + j] - (i / ROWS_PER_TASK * ROWS_PER_TASK) as f32;
            assert!((found - wanted).abs() < 1e-4, "[{i}, {j}]: {found} {wanted}");
        }
    }
}

//! Matrix products of strided views.

use ndarray::{Array2, ArrayView2};

/// `a · b` on this thread; equal shapes and values give equal bits.
///
/// Views may be transposed: strides are read from them.
///
/// # Panics
/// If the inner axes differ.
pub(crate) fn product(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> Array2<f32> {
    let ((m, inner), (b_inner, n)) = (a.dim(), b.dim());
    assert_eq!(inner, b_inner, "inner axes of a product");
    let mut out = Array2::zeros((m, n));
    if out.is_empty() || inner == 0 {
        return out;
    }
    let (a_strides, b_strides) = (a.strides(), b.strides());
    // SAFETY: the pointers and strides are those of live views of the given shapes, `out` is row-major, was just
    // allocated and aliases neither, and it is not read.
    unsafe {
        gemm::gemm(
            m,
            n,
            inner,
            out.as_mut_ptr(),
            /* dst column stride */ 1,
            /* dst row stride */ n as isize,
            /* read dst */ false,
            a.as_ptr(),
            a_strides[1],
            a_strides[0],
            b.as_ptr(),
            b_strides[1],
            b_strides[0],
            /* alpha */ 0.0,
            /* beta */ 1.0,
            /* conjugate dst, lhs, rhs */ false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_product_is_its_definition_in_every_layout(
            m in 1_usize..40, inner in 0_usize..40, n in 1_usize..40, flip_a: bool, flip_b: bool,
        ) {
            let value = |i: usize, j: usize| ((i * 7 + j * 13) % 11) as f32 - 5.0;
            let stored = |rows, columns, flip, value: &dyn Fn(usize, usize) -> f32| {
                if flip { Array2::from_shape_fn((columns, rows), |(j, i)| value(i, j)).reversed_axes() }
                else { Array2::from_shape_fn((rows, columns), |(i, j)| value(i, j)) }
            };
            let a = stored(m, inner, flip_a, &value);
            let b = stored(inner, n, flip_b, &|i, j| value(j, i + 3));
            let found = product(a.view(), b.view());
            // Small whole numbers: every order of the sum is exact.
            let wanted = Array2::from_shape_fn((m, n), |(i, j)| (0..inner).map(|l| a[[i, l]] * b[[l, j]]).sum::<f32>());
            prop_assert_eq!(found, wanted);
        }
    }
}

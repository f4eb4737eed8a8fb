//! `out = act(a · W + bias) + add`, with `W` packed once at load.
//!
//! candle's own product packs both operands at every call and sums in an order that depends on the number of rows.
//! Here the weights are packed once, the activation is applied while the sums are still in registers, and each output
//! is one chain of multiply-adds over the inner axis in its natural order.

mod amx;
mod dot;
mod kernel;
mod packed;
mod rows;
mod simd;
mod view;

pub use kernel::{Kernel, Precision};
pub use packed::PackedMatrix;
pub(crate) use packed::for_each_row_block;
pub use rows::Activation;
use rows::Scratch;
pub(crate) use rows::{Epilogue, OutRows, Rows};
pub(crate) use view::View;

#[cfg(test)]
mod tests {
    use super::super::buffer::Output;
    use super::*;
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};

    fn random(seed: u64, n: usize) -> Vec<f32> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    proptest! {
        #[test]
        fn every_kernel_agrees_with_the_definition(
            m in 1_usize..70, k in 1_usize..80, n in 1_usize..70, overlap in 0_usize..3, seed: u64,
        ) {
            let stride = (k / (1 + overlap)).max(1);
            let (a, w) = (random(seed, (m - 1) * stride + k), random(!seed, k * n));
            let bias = random(seed ^ 1, n);
            for kernel in Kernel::available() {
                let packed = PackedMatrix::pack(kernel, k, n, |i, j| w[i * n + j]);
                let rows = Rows { data: &a, stride, count: m };
                let mut output = Output::new(m * n);
                let out = OutRows { target: output.target(), offset: 0, stride: n };
                let once = Epilogue { bias: Some(&bias), ..Epilogue::default() };
                packed.product_into(rows, out, once);
                let again = Epilogue { activation: Activation::Elu, accumulate: true, ..Epilogue::default() };
                packed.product_into(rows, out, again);
                // SAFETY: the first product wrote every row.
                let found = unsafe { output.finish() };

                let tolerance = match kernel.precision() {
                    Precision::F32 => 4e-7,
                    Precision::Bf16x3 => 2.0_f64.powi(-15),
                    Precision::Bf16 => 2.0_f64.powi(-8),
                };
                for r in 0..m {
                    for c in 0..n {
                        let terms = (0..k).map(|i| f64::from(a[r * stride + i]) * f64::from(w[i * n + c]));
                        let scale: f64 = terms.clone().map(f64::abs).sum::<f64>() * 2.0 + 1.0;
                        let sum = 2.0 * terms.sum::<f64>() + f64::from(bias[c]);
                        let wanted = if sum > 0.0 { sum } else { sum.exp_m1() };
                        let error = (f64::from(found[r * n + c]) - wanted).abs();
                        prop_assert!(error <= tolerance * scale, "{kernel:?} [{r}, {c}]: {error:e}");
                    }
                }
            }
        }

        #[test]
        fn a_matrix_in_memory_packs_to_the_same_whichever_axis_is_contiguous(
            k in 1_usize..80, n in 1_usize..70, seed: u64,
        ) {
            let by_rows = random(seed, k * n);
            let by_columns: Vec<f32> = (0..k * n).map(|i| by_rows[i % k * n + i / k]).collect();
            let spread: Vec<f32> = by_rows.iter().flat_map(|x| [*x, f32::NAN]).collect();
            let a = random(!seed, 3 * k);
            let rows = Rows { data: &a, stride: k, count: 3 };
            for kernel in Kernel::available() {
                let packed = PackedMatrix::pack(kernel, k, n, |i, j| by_rows[i * n + j]);
                let wanted = packed.product(rows, None, Activation::None);
                let views = [
                    View::new(&by_rows, [k, n], [n, 1]),
                    View::new(&by_columns, [k, n], [1, k]),
                    View::new(&spread, [k, n], [2 * n, 2]),
                ];
                for view in views {
                    let packed = PackedMatrix::pack_view(kernel, view);
                    prop_assert_eq!(&packed.product(rows, None, Activation::None), &wanted, "{:?}", kernel);
                }
            }
        }

        #[test]
        fn a_row_does_not_depend_on_its_neighbours(m in 2_usize..100, k in 1_usize..600, n in 1_usize..40, seed: u64) {
            let (a, w) = (random(seed, m * k), random(!seed, k * n));
            for kernel in Kernel::available() {
                let packed = PackedMatrix::pack(kernel, k, n, |i, j| w[i * n + j]);
                let all = packed.product(Rows { data: &a, stride: k, count: m }, None, Activation::None);
                let row = m / 2;
                let one = Rows { data: &a[row * k..], stride: k, count: 1 };
                let alone = packed.product(one, None, Activation::None);
                prop_assert_eq!(&all[row * n..(row + 1) * n], &alone[..], "{:?}", kernel);
            }
        }
    }

    /// Long sums are where rounding shows: the split product must lose no more than fused multiply-adds do.
    #[test]
    fn the_split_product_is_as_accurate_as_single_precision() {
        let (m, k, n) = (32, 4096, 32);
        let (a, w) = (random(1, m * k), random(2, k * n));
        let rows = Rows { data: &a, stride: k, count: m };
        let error_of = |kernel| {
            let packed = PackedMatrix::pack(kernel, k, n, |i, j| w[i * n + j]);
            let found = packed.product(rows, None, Activation::None);
            let exact = |r: usize, c: usize| {
                (0..k).map(|i| f64::from(a[r * k + i]) * f64::from(w[i * n + c])).sum::<f64>()
            };
            let squares = (0..m * n).map(|i| (f64::from(found[i]) - exact(i / n, i % n)).powi(2));
            (squares.sum::<f64>() / (m * n) as f64).sqrt()
        };
        let vector = error_of(Kernel::Vector);
        for kernel in Kernel::available().filter(|k| *k == Kernel::AmxSplit) {
            let split = error_of(kernel);
            assert!(
                split <= vector,
                "rms error {split:e} against {vector:e} of vector multiply-adds"
            );
        }
    }
}

//! k-means++ seeding: the door to linfa.
//!
//! Of linfa 0.8 only the seeding is used, for what follows it in `KMeans::fit` is another algorithm ("m_k-means": the old
//! center counts as one more point of its cluster) with an absolute tolerance. So `fit` runs one iteration and
//! [`super::lloyd`] goes on from there. The distance is ours: linfa's own adds one feature after the other and takes ten
//! times as long.

use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::Distance;
use ndarray::{Array2, ArrayView, ArrayView2, Dimension, Zip};
use pulp::{Arch, Simd, WithSimd};
use rand_xoshiro::Xoshiro256Plus;

use super::KmeansError;

/// Centers `[k, D]` to start from: k rows drawn one after the other with a chance proportional to the squared distance
/// from the nearest one drawn before, then moved once to the means of their clusters.
/// Source: Arthur & Vassilvitskii 2007, "k-means++: The advantages of careful seeding".
///
/// # Errors
/// [`KmeansError::Overflow`].
pub(super) fn seed(
    z: ArrayView2<'_, f32>,
    k: usize,
    rng: Xoshiro256Plus,
) -> Result<Array2<f32>, KmeansError> {
    let params = KMeans::params_with(k, rng, SquaredEuclidean)
        .init_method(KMeansInit::KMeansPlusPlus)
        .n_runs(1)
        .max_n_iterations(1);
    let model = params.fit(&DatasetBase::from(z)).map_err(|_| KmeansError::Overflow)?;
    Ok(model.centroids().clone())
}

/// `Σ (a − b)²` on the widest vectors of the running processor, in four sums that stay in registers.
struct SumOfSquares<'a>(&'a [f32], &'a [f32]);

impl WithSimd for SumOfSquares<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (a, a_rest) = S::as_simd_f32s(self.0);
        let (b, b_rest) = S::as_simd_f32s(self.1);
        let ((a, a_last), (b, b_last)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
        let add = |sum, a, b| {
            let difference = simd.sub_f32s(a, b);
            simd.mul_add_e_f32s(difference, difference, sum)
        };
        let mut sums = [simd.splat_f32s(0.0); 4];
        for (a, b) in a.iter().zip(b) {
            sums = [
                add(sums[0], a[0], b[0]),
                add(sums[1], a[1], b[1]),
                add(sums[2], a[2], b[2]),
                add(sums[3], a[3], b[3]),
            ];
        }
        for (a, b) in a_last.iter().zip(b_last) {
            sums[0] = add(sums[0], *a, *b);
        }
        let halves = [simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3])];
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
        simd.reduce_sum_f32s(simd.add_f32s(halves[0], halves[1])) + rest
    }
}

/// The Euclidean distance as linfa asks for it.
#[derive(Debug, Clone)]
struct SquaredEuclidean;

impl Distance<f32> for SquaredEuclidean {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, f32, D>, b: ArrayView<'_, f32, D>) -> f32 {
        self.rdistance(a, b).sqrt()
    }

    fn rdistance<D: Dimension>(&self, a: ArrayView<'_, f32, D>, b: ArrayView<'_, f32, D>) -> f32 {
        match (a.as_slice(), b.as_slice()) {
            (Some(a), Some(b)) => Arch::new().dispatch(SumOfSquares(a, b)),
            _ => Zip::from(a).and(b).fold(0.0, |sum, a, b| sum + (a - b) * (a - b)),
        }
    }

    fn rdist_to_dist(&self, rdist: f32) -> f32 {
        rdist.sqrt()
    }

    fn dist_to_rdist(&self, dist: f32) -> f32 {
        dist * dist
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linfa_nn::distance::L2Dist;
    use ndarray::Array1;
    use rand::{Rng as _, SeedableRng as _};

    #[test]
    fn the_fast_distance_is_linfa_s_own() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(0);
        for n in [1, 5, 16, 63, 64, 65, 100, 768] {
            let mut random = || Array1::from_shape_fn(n, |_| rng.random_range(-1.0_f32..1.0));
            let (a, b) = (random(), random());
            let found = SquaredEuclidean.rdistance(a.view(), b.view());
            let wanted = L2Dist.rdistance(a.view(), b.view());
            assert!((found - wanted).abs() <= 1e-6 * (1.0 + wanted), "{n}: {found} {wanted}");
        }
    }

    #[test]
    fn seeds_lie_in_different_far_clusters() {
        use rand_xoshiro::rand_core::SeedableRng as _;
        let z =
            Array2::from_shape_fn((60, 3), |(i, j)| (i % 4) as f32 * 100.0 + (i + j) as f32 * 1e-3);
        for start in 0..20 {
            let centers = seed(z.view(), 4, Xoshiro256Plus::seed_from_u64(start)).unwrap();
            let mut places: Vec<i32> =
                centers.column(0).iter().map(|x| (x / 100.0).round() as i32).collect();
            places.sort_unstable();
            assert_eq!(places, [0, 1, 2, 3], "seed {start}");
        }
    }
}

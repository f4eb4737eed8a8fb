//! k-means with restarts.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand_xoshiro::Xoshiro256Plus;
use rand_xoshiro::rand_core::SeedableRng as _;
use serde::{Deserialize, Serialize};

use super::KmeansError;
use super::lloyd::{Clusters, Stop, lloyd};
use super::seeding::seed;

/// How k-means is run. Defaults are scikit-learn's, but for the number of restarts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KmeansSettings {
    /// Independent runs, of which the one of least inertia is kept; at least 1.
    pub restarts: usize,
    /// Lloyd iterations of one run at most; at least 1.
    pub max_iterations: usize,
    /// A run ends when the centers' summed squared movement is at most this share of the mean variance of a feature.
    pub tolerance: f64,
    /// Seeds every draw.
    pub seed: u64,
}

impl Default for KmeansSettings {
    fn default() -> Self {
        Self { restarts: 4, max_iterations: 300, tolerance: 1e-4, seed: 0 }
    }
}

/// Centers and what belongs to them.
#[derive(Debug, Clone, PartialEq)]
pub struct KmeansResult {
    /// `[K, D]`.
    pub centers: Array2<f32>,
    /// The nearest center of each row.
    pub assignment: Vec<usize>,
    /// `Σ |x − c|²` over all rows, c the row's center.
    pub inertia: f64,
    /// Lloyd iterations of the run that was kept.
    pub iterations: usize,
}

/// k centers of the rows of `z`, seeded by k-means++ and iterated to rest. The same seed gives the same bits on the same
/// processor, whatever the number of threads.
///
/// # Shapes
/// - `z`: `[N, D]`, row-major
///
/// # Errors
/// `k` is 0 or more than N, a value is not finite, or a setting makes no sense.
pub fn kmeans(
    z: ArrayView2<'_, f32>,
    k: usize,
    settings: &KmeansSettings,
) -> Result<KmeansResult, KmeansError> {
    check(z, k, settings)?;
    let mean = mean_row(z);
    let mut centered = Array2::zeros(z.raw_dim());
    centered.zip_mut_with(&z, |out, x| *out = *x);
    centered -= &mean;
    let variance =
        centered.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / z.len().max(1) as f64;
    if !variance.is_finite() || variance * z.len() as f64 > f64::from(f32::MAX) {
        return Err(KmeansError::Overflow);
    }
    let stop =
        Stop { max_iterations: settings.max_iterations, movement: settings.tolerance * variance };
    let mut rng = Xoshiro256Plus::seed_from_u64(settings.seed);
    let mut best: Option<Clusters> = None;
    for _ in 0..settings.restarts {
        let seeds = seed(centered.view(), k, rng.clone())?;
        rng.jump(); // a stretch of the sequence that no other restart reaches
        let run = lloyd(centered.view(), seeds, stop);
        if best.as_ref().is_none_or(|best| run.inertia < best.inertia) {
            best = Some(run);
        }
    }
    let Clusters { centers, assignment, inertia, iterations } =
        best.ok_or(KmeansError::Overflow)?;
    Ok(KmeansResult { centers: centers + &mean, assignment, inertia, iterations })
}

fn check(z: ArrayView2<'_, f32>, k: usize, settings: &KmeansSettings) -> Result<(), KmeansError> {
    let at_least_one =
        [("restarts", settings.restarts), ("max_iterations", settings.max_iterations)];
    for (field, found) in at_least_one {
        if found == 0 {
            return Err(KmeansError::Setting { field, rule: "of at least 1", found: 0.0 });
        }
    }
    let tolerance = settings.tolerance;
    if !(tolerance.is_finite() && tolerance >= 0.0) {
        let (field, rule) = ("tolerance", "of at least 0");
        return Err(KmeansError::Setting { field, rule, found: tolerance });
    }
    if k == 0 {
        return Err(KmeansError::NoCenter);
    }
    if z.nrows() < k {
        return Err(KmeansError::TooFewRows { found: z.nrows(), k });
    }
    match z.outer_iter().position(|row| row.iter().any(|x| !x.is_finite())) {
        Some(row) => Err(KmeansError::NotFinite { row }),
        None => Ok(()),
    }
}

/// The mean of all rows, summed in double precision.
fn mean_row(z: ArrayView2<'_, f32>) -> Array1<f32> {
    let mut sums = Array1::<f64>::zeros(z.ncols());
    for row in z.axis_iter(Axis(0)) {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += f64::from(*x);
        }
    }
    sums.mapv(|sum| (sum / z.nrows() as f64) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use linfa::DatasetBase;
    use linfa::traits::{Fit as _, Transformer as _};
    use ndarray::{arr2, concatenate};
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn noise(seed: u64, n: usize, d: usize) -> Array2<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_fn((n, d), |_| rng.random_range(-1.0..1.0))
    }

    /// `per_mode` rows around each of `modes`.
    fn planted(modes: &Array2<f32>, per_mode: usize, spread: f32) -> Array2<f32> {
        let n = modes.nrows() * per_mode;
        let mut z = noise(1, n, modes.ncols()) * spread;
        for (i, mut row) in z.outer_iter_mut().enumerate() {
            row += &modes.row(i % modes.nrows());
        }
        z
    }

    #[test]
    fn planted_modes_are_found() {
        let modes = noise(7, 8, 32) * 10.0;
        let z = planted(&modes, 50, 0.5);
        let found = kmeans(z.view(), 8, &KmeansSettings::default()).unwrap();
        for mode in modes.outer_iter() {
            let distance =
                |c: ndarray::ArrayView1<'_, f32>| (&c - &mode).mapv(|x| x * x).mean().unwrap();
            let nearest = found.centers.outer_iter().map(distance).fold(f32::INFINITY, f32::min);
            assert!(nearest < 0.01, "a mode is {nearest} away from every center");
        }
        for (row, &cluster) in found.assignment.iter().enumerate() {
            assert_eq!(cluster, found.assignment[row % 8], "row {row}");
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let z = noise(3, 1500, 70);
        let settings = KmeansSettings { restarts: 2, ..Default::default() };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| kmeans(z.view(), 9, &settings).unwrap())
        };
        let one = with(1);
        for threads in [2, 3, 5] {
            assert_eq!(with(threads), one, "{threads} threads");
        }
        let other = KmeansSettings { seed: 1, ..settings };
        assert_ne!(kmeans(z.view(), 9, &other).unwrap().centers, one.centers);
    }

    #[test]
    fn more_restarts_never_end_with_more_inertia() {
        let z = noise(5, 300, 6);
        let mut last = f64::INFINITY;
        for restarts in 1..8 {
            let settings = KmeansSettings { restarts, ..Default::default() };
            let inertia = kmeans(z.view(), 12, &settings).unwrap().inertia;
            assert!(inertia <= last);
            last = inertia;
        }
    }

    /// A second opinion: linfa's own iterations, with a tight tolerance and many runs, end no better than ours by more
    /// than one part in a hundred.
    #[test]
    fn inertia_is_as_low_as_linfa_s() {
        let z = planted(&noise(11, 6, 16), 60, 0.8);
        let ours =
            kmeans(z.view(), 6, &KmeansSettings { restarts: 10, ..Default::default() }).unwrap();
        let rng = Xoshiro256Plus::seed_from_u64(0);
        let model = linfa_clustering::KMeans::params_with_rng(6, rng).n_runs(10).tolerance(1e-6);
        let model = model.fit(&DatasetBase::from(z.view())).unwrap();
        let theirs: f32 = model.transform(&z).sum();
        assert!(ours.inertia <= f64::from(theirs) * 1.01, "{} {theirs}", ours.inertia);
    }

    #[test]
    fn fewer_different_rows_than_centers_still_give_every_center_a_place() {
        let z = arr2(&[[0.0_f32, 0.0], [0.0, 0.0], [0.0, 0.0], [9.0, 9.0], [9.0, 9.0]]);
        let found = kmeans(z.view(), 4, &KmeansSettings::default()).unwrap();
        assert_eq!(found.inertia, 0.0);
        for center in found.centers.outer_iter() {
            assert!(center[0] == 0.0 || center[0] == 9.0, "{center}");
        }
    }

    #[test]
    fn what_cannot_be_clustered_is_named() {
        let z = noise(0, 3, 2);
        let message = |z: &Array2<f32>, k| {
            kmeans(z.view(), k, &KmeansSettings::default()).unwrap_err().to_string()
        };
        assert_eq!(message(&z, 0), "k-means needs at least one center, found 0");
        let too_few =
            "k-means needs at least as many vectors as centers, found 3 vectors for 4 centers";
        assert_eq!(message(&z, 4), too_few);
        let broken = concatenate![Axis(0), z, arr2(&[[0.0, f32::NAN]])];
        assert_eq!(message(&broken, 2), "row 3 holds a value that is not finite");
        assert!(message(&(z * 1e38), 2).contains("overflow"));
        let settings = KmeansSettings { restarts: 0, ..Default::default() };
        let error = kmeans(noise(0, 3, 2).view(), 2, &settings).unwrap_err();
        assert_eq!(error.to_string(), "k-means needs restarts of at least 1, found 0");
    }

    proptest! {
        #[test]
        fn every_row_belongs_to_its_nearest_center(seed: u64, n in 4_usize..80, d in 1_usize..8, k in 1_usize..5) {
            let z = noise(seed, n, d);
            let found = kmeans(z.view(), k, &KmeansSettings { restarts: 1, seed, ..Default::default() }).unwrap();
            let mut inertia = 0.0;
            for (row, &cluster) in z.outer_iter().zip(&found.assignment) {
                let distance = |c: usize| -> f64 {
                    let c = found.centers.row(c);
                    row.iter().zip(c).map(|(x, c)| (f64::from(*x) - f64::from(*c)).powi(2)).sum()
                };
                let own = distance(cluster);
                inertia += own;
                for other in 0..k {
                    prop_assert!(own <= distance(other) + 1e-5);
                }
            }
            prop_assert!((inertia - found.inertia).abs() <= 1e-4 * (1.0 + inertia));
        }
    }
}

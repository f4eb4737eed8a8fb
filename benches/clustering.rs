//! k-means of every class of a large data set, and its ratio to another program's in the same run.
//!
//! `cargo bench --bench clustering` prints our seconds. With `PECMAE_BASELINE` set to a command that prints a JSON object
//! of the same keys (seconds, and the inertia reached), that command runs before and after, and the better of its two
//! figures is printed beside ours. `PECMAE_THREADS` sets the number of threads. `benches/kmeans_sklearn.py` is such a
//! command; it reads the vectors that this program writes to the file named by `PECMAE_VECTORS`, so that both cluster
//! the same ones.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use ndarray::{Array2, Axis};
use pecmae::clustering::{KmeansSettings, kmeans};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// What the programs take their pages from.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Classes, segments of each, features, prototypes of each class.
const N_CLASSES: usize = 50;
const PER_CLASS: usize = 2000;
const FEATURE: usize = 768;
const K: usize = 20;

type Figures = BTreeMap<String, f64>;

fn main() {
    let threads = std::env::var("PECMAE_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("a thread pool");
    let classes: Vec<Array2<f32>> =
        (0..N_CLASSES as u64).into_par_iter().map(overlapping).collect();
    if let Some(path) = std::env::var_os("PECMAE_VECTORS") {
        write(&classes, &path);
    }
    let before = baseline();
    let ours = ours(&classes);
    let after = baseline();

    println!("{:40} {:>12} {:>12} {:>7}", "", "ours", "baseline", "ratio");
    for (key, ours) in &ours {
        match before.get(key).zip(after.get(key)).map(|(a, b)| a.min(*b)) {
            Some(theirs) => println!("{key:40} {ours:>12.4} {theirs:>12.4} {:>7.3}", theirs / ours),
            None => println!("{key:40} {ours:>12.4}"),
        }
    }
}

/// Vectors of one class: twenty modes under noise so wide that they overlap.
fn overlapping(seed: u64) -> Array2<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform =
        |n, bound: f32| Array2::from_shape_fn((n, FEATURE), |_| rng.random_range(-bound..bound));
    let modes = uniform(K, 0.5);
    let mut z = uniform(PER_CLASS, 1.7);
    for (i, mut row) in z.axis_iter_mut(Axis(0)).enumerate() {
        row += &modes.row(i % K);
    }
    z
}

/// Raw little-endian values, `[class, segment, feature]`.
fn write(classes: &[Array2<f32>], path: &std::ffi::OsStr) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file to write"));
    for value in classes.iter().flatten() {
        file.write_all(&value.to_le_bytes()).expect("room for the vectors");
    }
    file.flush().expect("room for the vectors");
}

fn baseline() -> Figures {
    let Ok(command) = std::env::var("PECMAE_BASELINE") else { return Figures::new() };
    let output = Command::new("sh").args(["-c", &command]).output().expect("the baseline runs");
    serde_json::from_slice(&output.stdout).expect("the baseline prints a JSON object of numbers")
}

fn ours(classes: &[Array2<f32>]) -> Figures {
    let settings = KmeansSettings { restarts: 1, ..KmeansSettings::default() };
    let mut best = f64::INFINITY;
    let mut inertia = 0.0;
    let mut iterations = 0;
    for _ in 0..3 {
        let start = Instant::now();
        let found: Vec<_> = classes
            .par_iter()
            .map(|z| kmeans(z.view(), K, &settings).expect("finite vectors"))
            .collect();
        best = best.min(start.elapsed().as_secs_f64());
        inertia = found.iter().map(|found| found.inertia).sum();
        iterations = found.iter().map(|found| found.iterations).sum();
    }
    let figures = [
        ("threads", rayon::current_num_threads() as f64),
        ("kmeans_s", best),
        ("inertia", inertia),
        ("iterations_per_class", iterations as f64 / classes.len() as f64),
    ];
    figures.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

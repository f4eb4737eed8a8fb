//! Full-size timings, and their ratio to another program's in the same run.
//!
//! `cargo bench --bench versus` prints our figures. With `PECMAE_BASELINE` set to a command that prints a JSON object of
//! the same keys (seconds, or a rate), that command runs before and after, the better of its two figures is taken, and
//! the ratio is printed beside ours. `PECMAE_THREADS` sets the number of threads, `PECMAE_PRECISION` f32 or bf16.

mod common;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{DType, Device, Result, Tensor};
use ndarray::Array2;
use pecmae::autoencoder::{Embedder, Renderer};
use pecmae::codec::CodecDecoder;
use pecmae::tensor::{Activation, Kernel, PackedMatrix, Precision};
use pecmae::training::{Data, Examples, Settings, Start, Trainer};
use rand::SeedableRng as _;
use rand_distr::{Distribution as _, StandardNormal};

/// What the programs take their pages from.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Figures = BTreeMap<String, f64>;

fn main() -> Result<()> {
    let threads = std::env::var("PECMAE_THREADS").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("a thread pool");
    let precision: Precision = std::env::var("PECMAE_PRECISION")
        .map_or(Ok(Precision::F32), |p| p.parse())
        .expect("f32 or bf16");
    let before = baseline();
    let ours = ours(Kernel::best(precision))?;
    let after = baseline();

    println!("{:40} {:>10} {:>10} {:>7}", "", "ours", "baseline", "ratio");
    for (key, ours) in &ours {
        let is_rate = key.ends_with("gflops") || key.contains("steps_per_s");
        let better = |a: &f64, b: &f64| if is_rate { a.max(*b) } else { a.min(*b) };
        let theirs = before.get(key).zip(after.get(key)).map(|(a, b)| better(a, b));
        match theirs {
            Some(theirs) if is_rate => {
                println!("{key:40} {ours:>10.1} {theirs:>10.1} {:>7.2}", ours / theirs);
            }
            Some(theirs) => println!("{key:40} {ours:>10.4} {theirs:>10.4} {:>7.2}", theirs / ours),
            None => println!("{key:40} {ours:>10.4}"),
        }
    }
    Ok(())
}

fn baseline() -> Figures {
    let Ok(command) = std::env::var("PECMAE_BASELINE") else { return Figures::new() };
    let output = Command::new("sh").args(["-c", &command]).output().expect("the baseline runs");
    let figures: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("the baseline prints a JSON object");
    figures.into_iter().filter_map(|(key, value)| Some((key, value.as_f64()?))).collect()
}

/// Seconds of the fastest of several runs, after one that is not counted.
fn best(n: usize, mut run: impl FnMut() -> Result<Tensor>) -> Result<f64> {
    run()?;
    let mut best = f64::INFINITY;
    for _ in 0..n {
        let start = Instant::now();
        std::hint::black_box(run()?);
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}

fn ours(kernel: Kernel) -> Result<Figures> {
    let device = &Device::Cpu;
    let random = |shape: &[usize]| Tensor::randn(0_f32, 1.0, shape, device);
    let mut figures = Figures::new();
    figures.insert("threads".to_owned(), rayon::current_num_threads() as f64);

    let (m, k, n) = (1200, 768, 4096);
    let (a, b) = (random(&[m, k])?, random(&[k, n])?);
    let giga = 2e-9 * (m * k * n) as f64;
    figures.insert("gemm_gflops".to_owned(), giga / best(20, || a.matmul(&b))?);
    let values = b.flatten_all()?.to_vec1::<f32>()?;
    for kernel in Kernel::available() {
        let packed = PackedMatrix::pack(kernel, k, n, |i, j| values[i * n + j]);
        let seconds = best(20, || packed.forward(&a, None, Activation::None))?;
        figures.insert(format!("packed_{kernel:?}_gflops"), giga / seconds);
    }

    let weights = common::base_weights();
    let embedder = Embedder::load(&weights, &common::SETTINGS, kernel).expect("complete weights");
    for batch in [1, 4, 8] {
        let pcm = (random(&[batch, 96_000])? * 0.1)?;
        let lengths = vec![96_000; batch];
        let per_item = |seconds: f64| seconds / batch as f64;
        let codec = per_item(best(5, || embedder.latents(&pcm))?);
        figures.insert(format!("codec_encode_s_per_segment_b{batch}"), codec);
        let embed = per_item(best(5, || embedder.z(&pcm, &lengths))?);
        figures.insert(format!("embed_s_per_segment_b{batch}"), embed);
        // 12 layers of 300 frames: projections, feed-forward and attention.
        let layer = 4.0 * 768.0 * 768.0 + 2.0 * 768.0 * 4096.0 + 2.0 * 300.0 * 768.0;
        let giga = 12.0 * 300.0 * 2e-9 * layer;
        figures.insert(format!("transformer_gflops_b{batch}"), giga / (embed - codec));
    }
    drop(embedder);

    let renderer = Renderer::load(&weights, &common::SETTINGS, kernel).expect("complete weights");
    for batch in [1, 4] {
        let (z, x) = (random(&[2 * batch, 768])?, random(&[2 * batch, 300, 128])?);
        let seconds = best(3, || renderer.denoiser().v(&z, 0.5, &x))?;
        figures.insert(format!("guided_step_s_per_prototype_b{batch}"), seconds / batch as f64);
    }
    let latents = random(&[1, 300, 128])?;
    let codec =
        CodecDecoder::load(&weights.root().pp("codec.decoder"), kernel).expect("complete weights");
    figures.insert("codec_decode_s_per_4s".to_owned(), best(8, || codec.decode(&latents))?);
    let silence = Tensor::zeros((4, 300, 128), DType::F32, device)?;
    figures
        .insert("codec_decode_s_per_4s_b4".to_owned(), best(4, || codec.decode(&silence))? / 4.0);
    for (n_prototypes, n_classes) in [(50, 10), (480, 24)] {
        let rate = train_steps_per_s(n_prototypes, n_classes);
        figures.insert(format!("train_steps_per_s_M{n_prototypes}"), rate);
    }
    Ok(figures)
}

/// Training steps a second, of the fastest of 50: the paper's settings on random examples.
fn train_steps_per_s(n_prototypes: usize, n_classes: usize) -> f64 {
    const N_EXAMPLES: usize = 6400;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    let mut random =
        |rows| Array2::from_shape_simple_fn((rows, 768), || StandardNormal.sample(&mut rng));
    let labels = (0..N_EXAMPLES).map(|i| vec![(i % n_classes) as u32]).collect();
    let data = Data::new(n_classes, Examples { z: random(N_EXAMPLES), labels }, None);
    let data = Arc::new(data.expect("finite examples"));
    let owners = (0..n_prototypes).map(|m| m * n_classes / n_prototypes).collect();
    let start = Start::new(random(n_prototypes), owners);
    let mut trainer = Trainer::new(Settings::default(), data, &start).expect("a start that fits");
    let mut fastest = f64::INFINITY;
    for _ in 0..50 {
        let start = Instant::now();
        trainer.step().expect("a finite loss");
        fastest = fastest.min(start.elapsed().as_secs_f64());
    }
    1.0 / fastest
}

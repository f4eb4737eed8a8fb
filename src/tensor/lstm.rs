//! A stack of LSTM layers with a skip connection.
//!
//! The input products of all frames are one matrix product; what remains a frame is `h · W_hh`, which is bound by
//! reading `W_hh`. The units are therefore cut among threads, so that each reads only its share, from its own cache.

use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Result, Tensor};
use pulp::{Arch, Simd, WithSimd};

use super::buffer::{Lines, Output, Target};
use super::elementary::{elu, sigmoid, tanh};
use super::matmul::{Activation, Kernel, PackedMatrix, Rows};
use super::values::with_values;
use super::wide::{Wide, wide};

/// Gates of a unit, in the checkpoint's order: input, forget, cell, output.
const GATES: usize = 4;
/// Units in the widest block: the lanes of an AVX-512 vector.
const MOST_UNITS: usize = 16;

/// `y = LSTM(x) + x` over `[batch, frame, unit]`.
#[derive(Debug)]
pub struct Lstm {
    layers: Vec<Layer>,
}

/// One layer: `gates = x · W_ihᵀ + h · W_hhᵀ + bias`, `c ← σ(f) c + σ(i) tanh(g)`, `h = σ(o) tanh(c)`.
#[derive(Debug)]
pub struct Layer {
    n_units: usize,
    input: PackedMatrix,
    bias: Vec<f32>,
    /// Blocks of units, each `[unit in, gate, unit of the block]`.
    recurrent: Lines,
}

impl Layer {
    /// # Shapes
    /// - `weight_ih`, `weight_hh`: `[4 · unit, unit]`, gates in the order i, f, g, o; `bias`: `[4 · unit]`, both summed
    ///
    /// # Panics
    /// If the lengths contradict `n_units`.
    pub fn new(
        product: Kernel,
        n_units: usize,
        weight_ih: &[f32],
        weight_hh: &[f32],
        bias: &[f32],
    ) -> Self {
        assert_eq!(weight_hh.len(), GATES * n_units * n_units);
        assert_eq!(weight_ih.len(), weight_hh.len());
        let input = PackedMatrix::pack(product, n_units, GATES * n_units, |k, j| {
            weight_ih[j * n_units + k]
        });
        let width = units_per_block();
        let mut recurrent = Lines::zeroed::<f32>(n_units.div_ceil(width) * n_units * GATES * width);
        let values = recurrent.as_mut_slice::<f32>();
        for unit in 0..n_units {
            for gate in 0..GATES {
                for k in 0..n_units {
                    let at = ((unit / width * n_units + k) * GATES + gate) * width + unit % width;
                    values[at] = weight_hh[(gate * n_units + unit) * n_units + k];
                }
            }
        }
        Self { n_units, input, bias: bias.to_vec(), recurrent }
    }

    /// The hidden states of all frames of `x`, both `[batch · frame, unit]`.
    fn forward(&self, x: &[f32], n_items: usize, n_frames: usize) -> Vec<f32> {
        let rows = Rows { data: x, stride: self.n_units, count: n_items * n_frames };
        let gates = self.input.product(rows, Some(&self.bias), Activation::None);
        let mut hidden = Output::new(n_items * n_frames * self.n_units);
        let mut cells = vec![0.0; n_items * self.n_units];
        let n_blocks = self.n_units.div_ceil(units_per_block());
        let n_threads = rayon::current_num_threads().min(n_blocks);
        let barrier = Barrier::new(n_threads);
        let (hidden_target, cells_target) = (hidden.target(), Target::of(&mut cells));
        let share = |thread: usize| Recurrence {
            layer: self,
            gates: &gates,
            hidden: hidden_target,
            cells: cells_target,
            n_items,
            n_frames,
            blocks: (thread * n_blocks / n_threads, (thread + 1) * n_blocks / n_threads),
            barrier: &barrier,
        };
        std::thread::scope(|scope| {
            for thread in 1..n_threads {
                let share = share(thread);
                scope.spawn(move || Arch::new().dispatch(share));
            }
            Arch::new().dispatch(share(0));
        });
        // SAFETY: the shares cover every unit of every frame.
        unsafe { hidden.finish() }
    }
}

impl Lstm {
    /// A stack of layers of the same number of units.
    pub fn new(layers: Vec<Layer>) -> Self {
        Self { layers }
    }

    /// `act(LSTM(x) + x)`.
    ///
    /// # Shapes
    /// - `x` and the result: `[batch, frame, unit]`
    ///
    /// # Errors
    /// The shape of `x` is another, or it is no `f32` tensor in main memory.
    pub fn forward(&self, x: &Tensor, activation: Activation) -> Result<Tensor> {
        let (n_items, n_frames, n_units) = x.dims3()?;
        if self.layers.iter().any(|layer| layer.n_units != n_units) {
            candle_core::bail!("expected {} units, found {:?}", self.layers[0].n_units, x.dims());
        }
        with_values(x, |input| {
            let mut y = input.to_vec();
            for layer in &self.layers {
                y = layer.forward(&y, n_items, n_frames);
            }
            wide(AddInput { y: &mut y, x: input, activation });
            Tensor::from_vec(y, x.shape(), x.device())
        })
    }
}

/// `y ← act(y + x)`.
struct AddInput<'a> {
    y: &'a mut [f32],
    x: &'a [f32],
    activation: Activation,
}

impl Wide for AddInput<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        self.y.iter_mut().zip(self.x).for_each(|(y, x)| *y += x);
        match self.activation {
            Activation::None => {}
            Activation::Relu => self.y.iter_mut().for_each(|y| *y = y.max(0.0)),
            Activation::Elu => self.y.iter_mut().for_each(|y| *y = elu(*y)),
        }
    }
}

fn units_per_block() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// All frames of one thread's share of the units.
struct Recurrence<'a> {
    layer: &'a Layer,
    gates: &'a [f32],
    hidden: Target,
    cells: Target,
    n_items: usize,
    n_frames: usize,
    blocks: (usize, usize),
    barrier: &'a Barrier,
}

impl WithSimd for Recurrence<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for frame in 0..self.n_frames {
            for block in self.blocks.0..self.blocks.1 {
                let mut item = 0;
                while item < self.n_items {
                    // SAFETY: the block is this thread's alone; the frame before is finished in all shares.
                    item += unsafe {
                        match self.n_items - item {
                            6.. => self.step::<S, 6>(simd, frame, block, item),
                            4.. => self.step::<S, 4>(simd, frame, block, item),
                            2.. => self.step::<S, 2>(simd, frame, block, item),
                            _ => self.step::<S, 1>(simd, frame, block, item),
                        }
                    };
                }
            }
            self.barrier.wait();
        }
    }
}

impl Recurrence<'_> {
    /// One frame of one block of units, for `ITEMS` items; says how many.
    ///
    /// # Safety
    /// No other thread writes the block, and the hidden states of the frame before are complete.
    #[inline(always)]
    unsafe fn step<S: Simd, const ITEMS: usize>(
        &self,
        simd: S,
        frame: usize,
        block: usize,
        item: usize,
    ) -> usize {
        let n_units = self.layer.n_units;
        let width = S::F32_LANES;
        let at = |i: usize| ((item + i) * self.n_frames + frame) * n_units;
        let mut sums = [[simd.splat_f32s(0.0); GATES]; ITEMS];
        if frame > 0 {
            // SAFETY: the frame before is complete, and nobody writes it any more.
            let before = unsafe { self.hidden.at(at(0) - n_units) }.cast_const();
            let weights =
                &self.layer.recurrent.as_slice::<f32>()[block * n_units * GATES * width..];
            let (weights, _) = S::as_simd_f32s(&weights[..n_units * GATES * width]);
            for (k, gates) in weights.chunks_exact(GATES).enumerate() {
                for (i, sums) in sums.iter_mut().enumerate() {
                    // SAFETY: items are `n_frames · n_units` apart.
                    let h =
                        simd.splat_f32s(unsafe { *before.add(i * self.n_frames * n_units + k) });
                    for (sum, gate) in sums.iter_mut().zip(gates) {
                        *sum = simd.mul_add_e_f32s(h, *gate, *sum);
                    }
                }
            }
        }
        let first = block * width;
        let used = width.min(n_units - first);
        for (i, sums) in sums.iter().enumerate() {
            let mut lines = [[0.0; MOST_UNITS]; GATES];
            for (line, sum) in lines.iter_mut().zip(sums) {
                S::as_mut_simd_f32s(&mut line[..width]).0[0] = *sum;
            }
            let inputs = &self.gates[((item + i) * self.n_frames + frame) * GATES * n_units..];
            for (gate, line) in lines.iter_mut().enumerate() {
                let input = &inputs[gate * n_units + first..][..used];
                line.iter_mut().zip(input).for_each(|(sum, input)| *sum += input);
            }
            // SAFETY: these units of this item belong to this thread.
            let (cells, hidden) = unsafe {
                (
                    self.cells.slice((item + i) * n_units + first, used),
                    self.hidden.slice(at(i) + first, used),
                )
            };
            for unit in 0..used {
                let [i, f, g, o] = [0, 1, 2, 3].map(|gate| lines[gate][unit]);
                cells[unit] = sigmoid(f) * cells[unit] + sigmoid(i) * tanh(g);
                hidden[unit] = sigmoid(o) * tanh(cells[unit]);
            }
        }
        ITEMS
    }
}

/// Threads that meet once a frame, microseconds apart: they spin first and yield only if somebody was descheduled.
struct Barrier {
    n_threads: usize,
    arrived: AtomicUsize,
}

impl Barrier {
    fn new(n_threads: usize) -> Self {
        Self { n_threads, arrived: AtomicUsize::new(0) }
    }

    fn wait(&self) {
        const SPINS: usize = 2000;
        let ticket = self.arrived.fetch_add(1, Ordering::AcqRel);
        let everybody = (ticket / self.n_threads + 1) * self.n_threads;
        let mut spins = 0;
        while self.arrived.load(Ordering::Acquire) < everybody {
            spins += 1;
            if spins < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};

    fn random(seed: u64, n: usize) -> Vec<f32> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    /// The equations, one number at a time.
    fn definition(x: &[f32], n_units: usize, ih: &[f32], hh: &[f32], bias: &[f32]) -> Vec<f64> {
        let (mut h, mut c) = (vec![0.0_f64; n_units], vec![0.0_f64; n_units]);
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let dot =
            |w: &[f32], x: &[f64]| w.iter().zip(x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
        let mut out = Vec::new();
        for x in x.chunks(n_units) {
            let x: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
            let gate = |row: usize| {
                let at = row * n_units..(row + 1) * n_units;
                dot(&ih[at.clone()], &x) + dot(&hh[at], &h) + f64::from(bias[row])
            };
            let gates: Vec<f64> = (0..4 * n_units).map(gate).collect();
            for u in 0..n_units {
                c[u] = sigmoid(gates[n_units + u]) * c[u]
                    + sigmoid(gates[u]) * gates[2 * n_units + u].tanh();
                h[u] = sigmoid(gates[3 * n_units + u]) * c[u].tanh();
            }
            out.extend_from_slice(&h);
        }
        out
    }

    proptest! {
        #[test]
        fn every_item_follows_the_equations(n_units in 1_usize..40, n_items in 1_usize..9, seed: u64) {
            let n_frames = 7;
            let x = random(seed, n_items * n_frames * n_units);
            let (ih, hh) = (random(seed ^ 1, 4 * n_units * n_units), random(seed ^ 2, 4 * n_units * n_units));
            let bias = random(seed ^ 3, 4 * n_units);
            let lstm = Lstm::new(vec![Layer::new(Kernel::Vector, n_units, &ih, &hh, &bias)]);
            let tensor = Tensor::from_slice(&x, (n_items, n_frames, n_units), &Device::Cpu).unwrap();
            let found = lstm.forward(&tensor, Activation::None).unwrap().flatten_all().unwrap();
            let found = found.to_vec1::<f32>().unwrap();
            for item in 0..n_items {
                let at = item * n_frames * n_units..(item + 1) * n_frames * n_units;
                let wanted = definition(&x[at.clone()], n_units, &ih, &hh, &bias);
                for ((found, wanted), x) in found[at.clone()].iter().zip(wanted).zip(&x[at]) {
                    let error = (f64::from(*found) - wanted - f64::from(*x)).abs();
                    prop_assert!(error < 5e-6, "off by {error:e}");
                }
            }
        }
    }
}

//! Plain loops compiled for the widest vectors of the running processor.

use pulp::{Arch, Simd, WithSimd};

/// Runs `work` in a body compiled for each instruction set; loops inside vectorise if they are inlined.
#[inline(always)]
pub(crate) fn wide<W: Wide>(work: W) -> W::Output {
    struct Body<W>(W);
    impl<W: Wide> WithSimd for Body<W> {
        type Output = W::Output;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> W::Output {
            self.0.run()
        }
    }
    Arch::new().dispatch(Body(work))
}

/// Work for [`wide`]; `run` must be `#[inline(always)]`.
pub(crate) trait Wide {
    /// What it returns.
    type Output;
    /// Does it.
    fn run(self) -> Self::Output;
}

/// Lanes of a sum: fixed, so that a sum is the same on every processor.
const LANES: usize = 16;

/// `Σ f(x)`, in sixteen interleaved sums.
#[inline(always)]
pub(crate) fn sum_by(values: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(*x);
        }
    }
    for (lane, x) in lanes.iter_mut().zip(rest) {
        *lane += f(*x);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
    }
    lanes[0]
}

/// The largest value; −∞ of none.
#[inline(always)]
pub(crate) fn max_of(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x > *lane { *x } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |a, b| a.max(*b))
}

//! Mono samples at one rate → the same sound at another, block by block.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

/// The least filter length, in samples of the lower of the two rates.
///
/// It sets where the passband ends: at 0.987 of the lower Nyquist frequency (11.84 kHz at 24 kHz).
const FILTER_SAMPLES: usize = 1024;

/// A band-limited resampler that takes blocks of any length; `n` samples in all give `round(n · to / from)`.
pub(super) struct StreamResampler {
    engine: Fft<f64>,
    /// Input not yet transformed, shorter than one transform.
    waiting: Vec<f64>,
    transformed: Vec<f64>,
    /// Output still to be thrown away, so that sound stays where it was in time.
    delay: usize,
    ratio: Ratio,
    n_in: u64,
    n_out: u64,
}

/// Samples `[sample]` at one positive rate → the same sound at another, `round(n · to / from)` samples.
pub fn resample(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let mut resampler = StreamResampler::new(from_hz, to_hz);
    let mut output = Vec::with_capacity(samples.len());
    resampler.push(samples, &mut output);
    resampler.finish(&mut output);
    output
}

#[derive(Clone, Copy)]
struct Ratio {
    from: u64,
    to: u64,
}

impl StreamResampler {
    /// A resampler between two positive rates.
    pub(super) fn new(from_hz: u32, to_hz: u32) -> Self {
        let divisor = gcd(from_hz, to_hz);
        let lower = (from_hz.min(to_hz) / divisor) as usize;
        // An even number of the smallest blocks keeps the filter's center, and so the delay, on a whole sample.
        let n_blocks = FILTER_SAMPLES.div_ceil(lower).next_multiple_of(2);
        let block_in = n_blocks * (from_hz / divisor) as usize;
        let engine = Fft::new_custom(
            from_hz as usize,
            to_hz as usize,
            block_in,
            /* sub_chunks */ 1,
            /* nbr_channels */ 1,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .expect("both rates are positive");
        Self {
            waiting: Vec::with_capacity(block_in),
            transformed: vec![0.0; engine.output_frames_max()],
            delay: engine.output_delay(),
            engine,
            ratio: Ratio { from: from_hz.into(), to: to_hz.into() },
            n_in: 0,
            n_out: 0,
        }
    }

    /// Appends to `output` what `samples` complete.
    pub(super) fn push(&mut self, samples: &[f32], output: &mut Vec<f32>) {
        self.n_in += samples.len() as u64;
        let mut rest = samples;
        while !rest.is_empty() {
            let missing = self.engine.input_frames_next() - self.waiting.len();
            let (now, later) = rest.split_at(missing.min(rest.len()));
            self.waiting.extend(now.iter().map(|&sample| f64::from(sample)));
            rest = later;
            if self.waiting.len() == self.engine.input_frames_next() {
                self.transform(u64::MAX, output);
            }
        }
    }

    /// Appends the rest of the sound to `output`: silence is pushed through until the last sample is out.
    pub(super) fn finish(&mut self, output: &mut Vec<f32>) {
        let wanted = self.ratio.samples_out(self.n_in);
        while self.n_out < wanted {
            self.waiting.resize(self.engine.input_frames_next(), 0.0);
            self.transform(wanted, output);
        }
    }

    /// Transforms one full block and keeps its output up to the `limit`-th sample of all.
    fn transform(&mut self, limit: u64, output: &mut Vec<f32>) {
        let (n_in, n_out) = (self.waiting.len(), self.transformed.len());
        let input = InterleavedSlice::new(&self.waiting, 1, n_in).expect("one channel");
        let mut transformed =
            InterleavedSlice::new_mut(&mut self.transformed, 1, n_out).expect("one channel");
        let (_, n_out) = self
            .engine
            .process_into_buffer(&input, &mut transformed, None)
            .expect("both buffers have the engine's own sizes");
        self.waiting.clear();
        let n_skipped = self.delay.min(n_out);
        self.delay -= n_skipped;
        let n_wanted = usize::try_from(limit - self.n_out).unwrap_or(usize::MAX);
        let kept = &self.transformed[n_skipped..n_out];
        let kept = &kept[..kept.len().min(n_wanted)];
        self.n_out += kept.len() as u64;
        output.extend(kept.iter().map(|&sample| sample as f32));
    }
}

impl Ratio {
    /// `round(n_in · to / from)`, but never nothing for something.
    fn samples_out(self, n_in: u64) -> u64 {
        let (n_in, from, to) = (u128::from(n_in), u128::from(self.from), u128::from(self.to));
        let rounded = (2 * n_in * to + from) / (2 * from);
        u64::try_from(rounded).unwrap_or(u64::MAX).max(n_in.min(1) as u64)
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::f64::consts::TAU;

    fn sine(hz: f64, rate_hz: u32, n: usize) -> Vec<f32> {
        (0..n).map(|t| (0.5 * (TAU * hz * t as f64 / f64::from(rate_hz)).sin()) as f32).collect()
    }

    fn in_blocks(input: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
        let mut resampler = StreamResampler::new(from_hz, to_hz);
        let mut output = Vec::new();
        input.chunks(1152).for_each(|block| resampler.push(block, &mut output));
        resampler.finish(&mut output);
        output
    }

    /// Energy ratio in dB, 0.1 s at either end left out.
    fn snr_db(found: &[f32], wanted: &[f32], rate_hz: u32) -> f64 {
        assert_eq!(found.len(), wanted.len());
        let edge = rate_hz as usize / 10;
        let inner = edge..wanted.len() - edge;
        let energy = |x: f64| x * x;
        let signal: f64 = wanted[inner.clone()].iter().map(|&w| energy(w.into())).sum();
        let noise: f64 = inner.map(|i| energy(f64::from(found[i]) - f64::from(wanted[i]))).sum();
        10.0 * (signal / noise.max(f64::MIN_POSITIVE)).log10()
    }

    #[test]
    fn a_sine_keeps_its_samples_at_every_rate() {
        for from_hz in [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
            let output = in_blocks(&sine(1000.0, from_hz, from_hz as usize), from_hz, 24_000);
            let snr = snr_db(&output, &sine(1000.0, 24_000, 24_000), 24_000);
            println!("1 kHz, {from_hz} to 24000 Hz: SNR {snr:.1} dB");
            assert!(snr > 130.0, "{from_hz} Hz: {snr} dB");
        }
    }

    #[test]
    fn the_passband_reaches_almost_to_nyquist() {
        for (hz, from_hz) in
            [(11_500.0, 44_100), (11_500.0, 48_000), (3_900.0, 8_000), (20.0, 44_100)]
        {
            let output = in_blocks(&sine(hz, from_hz, 2 * from_hz as usize), from_hz, 24_000);
            let snr = snr_db(&output, &sine(hz, 24_000, 48_000), 24_000);
            println!("{hz} Hz, {from_hz} to 24000 Hz: SNR {snr:.1} dB");
            assert!(snr > 90.0, "{hz} Hz from {from_hz} Hz: {snr} dB");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_removed_and_does_not_alias() {
        for (hz, from_hz) in
            [(15_000.0, 44_100), (12_100.0, 44_100), (20_000.0, 48_000), (40_000.0, 96_000)]
        {
            let output = in_blocks(&sine(hz, from_hz, from_hz as usize), from_hz, 24_000);
            let inner = &output[2400..21_600];
            let peak = inner.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
            let db = 20.0 * (peak / 0.5).log10();
            println!("{hz} Hz, {from_hz} to 24000 Hz: {db:.1} dB left");
            assert!(db < -110.0, "{hz} Hz from {from_hz} Hz leaves {db} dB");
        }
    }

    #[test]
    fn upsampling_leaves_no_image() {
        let output = in_blocks(&sine(3_000.0, 8_000, 8_000), 8_000, 24_000);
        let snr = snr_db(&output, &sine(3_000.0, 24_000, 24_000), 24_000);
        assert!(snr > 130.0, "{snr} dB");
    }

    #[test]
    fn a_constant_stays_that_constant_and_the_edges_hold_no_click() {
        let output = in_blocks(&vec![0.25; 44_100], 44_100, 24_000);
        assert!(output[2000..22_000].iter().all(|x| (x - 0.25).abs() < 1e-6));
        // A step rings by the Gibbs overshoot, 9 %, and no more.
        assert!(output.iter().all(|x| x.abs() < 0.25 * 1.1));
    }

    #[test]
    fn an_impulse_stays_at_its_time() {
        let mut input = vec![0.0; 44_100];
        input[22_050] = 1.0;
        let output = in_blocks(&input, 44_100, 24_000);
        let peak = (0..output.len()).max_by(|&a, &b| output[a].total_cmp(&output[b]));
        assert_eq!(peak, Some(12_000));
        assert!((1..500).all(|k| (output[12_000 - k] - output[12_000 + k]).abs() < 1e-6));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_length_is_the_rounded_one(n in 1_usize..9000, from_hz in 4000_u32..100_000, to_hz in prop::sample::select(vec![24_000_u32, 16_000, 48_000])) {
            // Rates with a large common divisor, as real ones have: others only make the test slow.
            let from_hz = from_hz.next_multiple_of(50);
            let wanted = (n as f64 * f64::from(to_hz) / f64::from(from_hz)).round().max(1.0);
            prop_assert_eq!(in_blocks(&vec![0.1; n], from_hz, to_hz).len(), wanted as usize);
        }

        #[test]
        fn whole_equals_in_pieces(cuts in prop::collection::vec(1_usize..3000, 1..12)) {
            let n = cuts.iter().sum::<usize>();
            let input = sine(700.0, 44_100, n);
            let mut resampler = StreamResampler::new(44_100, 24_000);
            let (mut output, mut rest) = (Vec::new(), &input[..]);
            for cut in cuts {
                let (now, later) = rest.split_at(cut);
                resampler.push(now, &mut output);
                rest = later;
            }
            resampler.finish(&mut output);
            prop_assert_eq!(output, in_blocks(&input, 44_100, 24_000));
        }
    }
}

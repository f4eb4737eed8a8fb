//! Statistics of a crop, which z of a small model learns to tell beside what it is really for.

use std::f64::consts::PI;

use candle_core::{Device, Result, Tensor};

use super::chroma_targets::N_PITCH_CLASSES;
use super::mel_targets::N_MELS;
use super::{Drawn, LatentCrops, Part};

/// Cepstral coefficients of a mel spectrum.
const N_CEPSTRA: usize = 20;
/// Broad bands, each as many mel bands wide.
const N_BROAD: usize = 10;
/// Frames over which a band's change is looked at; those of the built-in model are 27 ms long, so up to a beat of quick music.
const LAGS: [usize; 3] = [1, 4, 16];
/// Tonal intervals: from the second, which goes once round all pitch classes, to the tritone.
const N_INTERVALS: usize = N_PITCH_CLASSES / 2;
/// Statistics of what is heard; they come first.
const N_HEARD: usize = 3 * N_CEPSTRA + LAGS.len() * N_BROAD + 3 * N_INTERVALS;
/// How much they count together; the rest is for those of latents, of which there are more and which tell less of music.
const HEARD_SHARE: f64 = 0.75;
/// Crops that tell how statistics are spread.
const N_CROPS: usize = 512;

/// Crops → statistics, each of mean 0 and variance 1 over music, so that all of a kind count the same:
///
/// - of cepstral coefficients means, deviations and root mean squares of the change from frame to frame: timbre;
/// - of broad bands root mean squares of the change over some frames: rhythm;
/// - of chroma the magnitudes of its Fourier coefficients over pitch classes, tonal intervals whatever the key (Bernardes et al.
///   2016): means and deviations over frames, and those of the mean chroma: harmony;
/// - of latents means, deviations and root mean squares of the change from frame to frame.
#[derive(Debug)]
pub(super) struct CropStatistics {
    bases: Bases,
    /// `[statistic]`.
    mean: Tensor,
    deviation: Tensor,
}

impl CropStatistics {
    /// How many there are of crops with so many latents.
    pub(super) fn n_statistics(n_latents: usize) -> usize {
        N_HEARD + 3 * n_latents
    }

    /// Scaled by the first crops that are learned from.
    pub(super) fn new(crops: &LatentCrops) -> Result<Self> {
        let bases = Bases::new()?;
        let places: Vec<usize> = (0..N_CROPS.min(crops.n_crops(Part::Training))).collect();
        let raw = bases.raw(&crops.at(Part::Training, &places, &Device::Cpu)?)?;
        let deviation = raw.var(0)?.affine(1.0, 1e-6)?.sqrt()?;
        Ok(Self { mean: raw.mean(0)?, deviation, bases })
    }

    /// Mean squared error, three quarters of it that of what is heard.
    ///
    /// # Shapes
    /// - `told`, `wanted`: `[crop, statistic]`; returns: a scalar
    pub(super) fn error(told: &Tensor, wanted: &Tensor) -> Result<Tensor> {
        let squares = (told - wanted)?.sqr()?;
        let n_latents = squares.dim(1)? - N_HEARD;
        let heard = squares.narrow(1, 0, N_HEARD)?.mean_all()?;
        let of_latents = squares.narrow(1, N_HEARD, n_latents)?.mean_all()?;
        heard.affine(HEARD_SHARE, 0.0)? + of_latents.affine(1.0 - HEARD_SHARE, 0.0)?
    }

    /// # Shapes
    /// - returns: `[crop, statistic]`
    pub(super) fn of(&self, drawn: &Drawn) -> Result<Tensor> {
        self.bases.raw(drawn)?.broadcast_sub(&self.mean)?.broadcast_div(&self.deviation)
    }
}

/// What spectra are looked at with.
#[derive(Debug)]
struct Bases {
    /// Orthonormal cosines, `[mel, cepstrum]`.
    cepstra: Tensor,
    /// Cosines and sines, `[pitch class, interval]`.
    intervals: [Tensor; 2],
}

impl Bases {
    fn new() -> Result<Self> {
        let cepstrum = |mel: usize, k: usize| {
            let scale = if k == 0 { 1.0 } else { 2.0 } / N_MELS as f64;
            scale.sqrt() * (PI * (mel as f64 + 0.5) * k as f64 / N_MELS as f64).cos()
        };
        let angle =
            |class: usize, k: usize| 2.0 * PI * (class * (k + 1)) as f64 / N_PITCH_CLASSES as f64;
        let shape = (N_PITCH_CLASSES, N_INTERVALS);
        Ok(Self {
            cepstra: matrix((N_MELS, N_CEPSTRA), cepstrum)?,
            intervals: [
                matrix(shape, |class, k| angle(class, k).cos())?,
                matrix(shape, |class, k| angle(class, k).sin())?,
            ],
        })
    }

    /// `[crop, statistic]`, unscaled.
    fn raw(&self, Drawn { latents, mels, chroma, .. }: &Drawn) -> Result<Tensor> {
        let (n_crops, n_frames, n_mels) = mels.dims3()?;
        let cepstra = times(mels, &self.cepstra)?;
        let broad = mels.reshape((n_crops, n_frames, N_BROAD, n_mels / N_BROAD))?.mean(3)?;
        let intervals = self.tonal_intervals(chroma)?;
        let mut all = vec![cepstra.mean(1)?, deviation(&cepstra)?, change(&cepstra, 1)?];
        for lag in LAGS {
            all.push(change(&broad, lag)?);
        }
        all.extend([
            intervals.mean(1)?,
            deviation(&intervals)?,
            self.tonal_intervals(&chroma.mean_keepdim(1)?)?.squeeze(1)?,
        ]);
        all.extend([latents.mean(1)?, deviation(latents)?, change(latents, 1)?]);
        Tensor::cat(&all, 1)
    }

    /// # Shapes
    /// - `chroma`: `[crop, frame, pitch class]`; returns: `[crop, frame, interval]`
    fn tonal_intervals(&self, chroma: &Tensor) -> Result<Tensor> {
        let [cosines, sines] = &self.intervals;
        let squares = (times(chroma, cosines)?.sqr()? + times(chroma, sines)?.sqr()?)?;
        squares.affine(1.0, 1e-6)?.sqrt()
    }
}

fn matrix((n_rows, n_columns): (usize, usize), at: impl Fn(usize, usize) -> f64) -> Result<Tensor> {
    let values = (0..n_rows).flat_map(|row| (0..n_columns).map(move |column| (row, column)));
    let values = values.map(|(row, column)| at(row, column) as f32);
    Tensor::from_iter(values, &Device::Cpu)?.reshape((n_rows, n_columns))
}

/// Each frame times a matrix.
fn times(frames: &Tensor, matrix: &Tensor) -> Result<Tensor> {
    let (n_crops, n_frames, n) = frames.dims3()?;
    let all = frames.reshape((n_crops * n_frames, n))?.matmul(matrix)?;
    all.reshape((n_crops, n_frames, ()))
}

fn deviation(x: &Tensor) -> Result<Tensor> {
    x.var(1)?.affine(1.0, 1e-6)?.sqrt()
}

/// The root mean square of the change over so many frames, or over as many as there are.
fn change(x: &Tensor, lag: usize) -> Result<Tensor> {
    let n_frames = x.dim(1)?;
    let lag = lag.min(n_frames - 1);
    let n = n_frames - lag;
    let change = (x.narrow(1, lag, n)? - x.narrow(1, 0, n)?)?;
    change.sqr()?.mean(1)?.affine(1.0, 1e-6)?.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const N_FRAMES: usize = 40;

    fn crop(
        mel: impl Fn(usize, usize) -> f32,
        chroma: impl Fn(usize, usize) -> f32,
    ) -> Result<Tensor> {
        let tensor = |n: usize, at: &dyn Fn(usize, usize) -> f32| {
            let values = (0..N_FRAMES * n).map(|i| at(i / n, i % n));
            Tensor::from_iter(values, &Device::Cpu)?.reshape((1, N_FRAMES, n))
        };
        Bases::new()?.raw(&Drawn {
            latents: tensor(2, &|_, _| 0.0)?,
            mels: tensor(N_MELS, &mel)?,
            chroma: tensor(N_PITCH_CLASSES, &chroma)?,
            resounded: None,
        })
    }

    fn part(all: &Tensor, first: usize, n: usize) -> Vec<f32> {
        all.narrow(1, first, n).unwrap().flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn a_chord_in_another_key_has_the_same_intervals() -> Result<()> {
        let chord = |notes: [usize; 3]| {
            move |_: usize, class: usize| if notes.contains(&class) { 3.0 } else { -1.0 }
        };
        let quiet = |_: usize, _: usize| 0.0;
        let first = 3 * N_CEPSTRA + LAGS.len() * N_BROAD;
        let [major, higher, diminished] = [[0, 4, 7], [2, 6, 9], [0, 3, 6]]
            .map(|notes| crop(quiet, chord(notes)).map(|all| part(&all, first, 3 * N_INTERVALS)));
        let (major, higher, diminished) = (major?, higher?, diminished?);
        let away =
            |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(away(&major, &higher) < 1e-3, "{major:?} {higher:?}");
        assert!(away(&major, &diminished) > 1.0, "{major:?} {diminished:?}");
        // Nothing changes: means are those of the mean, deviations nothing.
        assert!(away(&major[..N_INTERVALS], &major[2 * N_INTERVALS..]) < 1e-3);
        assert!(major[N_INTERVALS..2 * N_INTERVALS].iter().all(|x| *x < 2e-3), "{major:?}");
        Ok(())
    }

    #[test]
    fn a_pulse_changes_over_some_lags_and_in_its_band() -> Result<()> {
        // The lowest broad band goes up and down every four frames.
        let pulse = |frame: usize, mel: usize| {
            f32::from(u8::from(mel < N_MELS / N_BROAD && (frame / 4).is_multiple_of(2)))
        };
        let all = crop(pulse, |_, _| 0.0)?;
        let found = part(&all, 3 * N_CEPSTRA, LAGS.len() * N_BROAD);
        let lowest: Vec<f32> = found.iter().copied().step_by(N_BROAD).collect();
        let wanted = [(9.0_f32 / 39.0).sqrt(), 1.0, 0.0];
        for (found, wanted) in lowest.iter().zip(wanted) {
            assert!((found - wanted).abs() < 2e-3, "{lowest:?}");
        }
        let others = found.iter().enumerate().filter(|(i, _)| i % N_BROAD != 0);
        assert!(others.map(|(_, x)| *x).all(|x| x < 2e-3), "{found:?}");
        Ok(())
    }

    #[test]
    fn what_is_heard_counts_three_times_as_much_as_latents() -> Result<()> {
        let n = CropStatistics::n_statistics(64);
        let error = |is_wrong: fn(usize) -> bool| {
            let wanted = (0..n).map(|i| if is_wrong(i) { 2.0_f32 } else { 0.0 });
            let wanted = Tensor::from_iter(wanted, &Device::Cpu)?.unsqueeze(0)?;
            CropStatistics::error(&wanted.zeros_like()?, &wanted)?.to_scalar::<f32>()
        };
        assert_eq!([error(|i| i < N_HEARD)?, error(|i| i >= N_HEARD)?], [3.0, 1.0]);
        Ok(())
    }
}

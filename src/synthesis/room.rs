//! Where a clip is recorded: the tilt of its spectrum, reverberation, noise, level.

use std::f64::consts::TAU;

use super::dice::Dice;

/// The loudest sample of a clip lies between these, in dB below full scale.
const PEAK_DB: (f64, f64) = (-12.0, -1.0);

/// Delays of a reverberator's combs and all-passes, in s: those of Freeverb (Jezar, 2000) at 44.1 kHz.
const COMBS: [f64; 8] = [1116.0, 1188.0, 1277.0, 1356.0, 1422.0, 1491.0, 1557.0, 1617.0];
const ALL_PASSES: [f64; 4] = [556.0, 441.0, 341.0, 225.0];
const FREEVERB_HZ: f64 = 44_100.0;

/// A room and the device that records in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Where lows and highs part, in Hz, and what is done to each, in dB.
    tilt: Option<(f64, f64)>,
    /// A band that is kept, in Hz, as of an old recording.
    band: Option<(f64, f64)>,
    reverb: Option<Reverb>,
    /// Of the noise below the loudest sample, in dB, and where it is damped, in Hz.
    noise: (f64, f64),
    peak_db: f64,
}

#[derive(Debug, Clone, Copy)]
struct Reverb {
    wet: f64,
    feedback: f64,
    damping: f64,
    size: f64,
}

impl Room {
    /// Any room.
    pub(super) fn any(dice: &mut Dice) -> Self {
        Self {
            tilt: dice.chance(0.7).then(|| (dice.ratio(400.0, 1600.0), dice.real(-6.0, 6.0))),
            band: dice.chance(0.08).then(|| (dice.ratio(60.0, 250.0), dice.ratio(3500.0, 9000.0))),
            reverb: dice.chance(0.7).then(|| Reverb {
                wet: dice.ratio(0.04, 0.5),
                feedback: dice.real(0.6, 0.9),
                damping: dice.real(0.1, 0.6),
                size: dice.real(0.7, 1.4),
            }),
            noise: (dice.real(-90.0, -45.0), dice.ratio(200.0, 10_000.0)),
            peak_db: dice.real(PEAK_DB.0, PEAK_DB.1),
        }
    }

    /// What is heard in it of `samples` `[sample]`; the loudest sample is as loud as the room wants.
    pub(super) fn record(&self, samples: &mut [f32], rate_hz: f64, dice: &mut Dice) {
        if let Some((corner_hz, db)) = self.tilt {
            tilt(samples, corner_hz / rate_hz, db);
        }
        if let Some((low_hz, high_hz)) = self.band {
            keep_band(samples, low_hz / rate_hz, high_hz / rate_hz);
        }
        if let Some(reverb) = self.reverb {
            reverb.add(samples, rate_hz);
        }
        let (noise_db, corner_hz) = self.noise;
        let level = f64::from(peak(samples)) * amplitude(noise_db);
        let mut low = OnePole::new(corner_hz / rate_hz);
        for sample in samples.iter_mut() {
            *sample += (level * low.step(f64::from(dice.noise()))) as f32;
        }
        let peak = peak(samples);
        if peak > 0.0 {
            let gain = (amplitude(self.peak_db) / f64::from(peak)) as f32;
            samples.iter_mut().for_each(|sample| *sample *= gain);
        }
    }
}

fn amplitude(db: f64) -> f64 {
    10.0_f64.powf(db / 20.0)
}

fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// `y += a (x − y)`: a low-pass of the first order.
struct OnePole {
    share: f64,
    state: f64,
}

impl OnePole {
    /// Damps above `corner`, in parts of the sample rate.
    fn new(corner: f64) -> Self {
        Self { share: 1.0 - (-TAU * corner).exp(), state: 0.0 }
    }

    fn step(&mut self, sample: f64) -> f64 {
        self.state += self.share * (sample - self.state);
        self.state
    }
}

/// Lifts what is above the corner and lowers what is below it by half of `db` each.
fn tilt(samples: &mut [f32], corner: f64, db: f64) {
    let (below, above) = (amplitude(-0.5 * db), amplitude(0.5 * db));
    let mut low = OnePole::new(corner);
    for sample in samples {
        let whole = f64::from(*sample);
        let low = low.step(whole);
        *sample = (below * low + above * (whole - low)) as f32;
    }
}

fn keep_band(samples: &mut [f32], from: f64, to: f64) {
    let mut poles = [OnePole::new(from), OnePole::new(to), OnePole::new(to)];
    for sample in samples {
        let whole = f64::from(*sample);
        let high = whole - poles[0].step(whole);
        let damped = poles[1].step(high);
        *sample = poles[2].step(damped) as f32;
    }
}

impl Reverb {
    /// Adds what eight combs in parallel and four all-passes in a row make of the sound.
    fn add(&self, samples: &mut [f32], rate_hz: f64) {
        let delay = |samples: f64| ((samples * rate_hz / FREEVERB_HZ) as usize).max(1);
        let dry_peak = peak(samples);
        let mut wet = vec![0.0_f32; samples.len()];
        for comb in COMBS {
            let mut line = vec![0.0_f32; delay(comb * self.size)];
            let (mut at, mut low) = (0, 0.0_f32);
            let (damping, feedback) = (self.damping as f32, self.feedback as f32);
            for (wet, &dry) in wet.iter_mut().zip(samples.iter()) {
                let out = line[at];
                low = out + damping * (low - out);
                line[at] = dry + feedback * low;
                at = if at + 1 == line.len() { 0 } else { at + 1 };
                *wet += out;
            }
        }
        for all_pass in ALL_PASSES {
            let mut line = vec![0.0_f32; delay(all_pass)];
            let mut at = 0;
            for wet in &mut wet {
                let out = line[at];
                line[at] = *wet + 0.5 * out;
                at = if at + 1 == line.len() { 0 } else { at + 1 };
                *wet = out - *wet;
            }
        }
        // How much eight combs add up to depends on the sound; the share of the room is to be what was drawn.
        let wet_peak = peak(&wet);
        if wet_peak > 0.0 {
            let gain = self.wet as f32 * dry_peak / wet_peak;
            samples.iter_mut().zip(&wet).for_each(|(sample, wet)| *sample += gain * wet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthesis::{ClipSeed, Domain};

    fn rooms() -> impl Iterator<Item = (Room, Dice)> {
        (0..200).map(|index| {
            let seed = ClipSeed::new(3, Domain::Train, "room", index);
            let mut dice = Dice::of_sound(&seed);
            (Room::any(&mut dice), dice)
        })
    }

    #[test]
    fn the_loudest_sample_is_as_loud_as_the_room_wants_and_nothing_is_clipped() {
        for (room, mut dice) in rooms() {
            let mut samples: Vec<f32> = (0..4800)
                .map(|i| 3.0 * (i as f32 * 0.2).sin() * (-(i as f32) / 900.0).exp())
                .collect();
            room.record(&mut samples, 24_000.0, &mut dice);
            let db = 20.0 * f64::from(peak(&samples)).log10();
            assert!((db - room.peak_db).abs() < 1e-3, "{room:?}: {db} dB");
            assert!((-12.01..=-0.99).contains(&db), "{db}");
        }
    }

    #[test]
    fn silence_stays_silent() {
        for (room, mut dice) in rooms() {
            let mut samples = vec![0.0; 480];
            room.record(&mut samples, 24_000.0, &mut dice);
            assert!(samples.iter().all(|sample| *sample == 0.0));
        }
    }

    #[test]
    fn a_room_rings_after_the_sound_and_dies_away() {
        let reverb = Reverb { wet: 0.5, feedback: 0.8, damping: 0.3, size: 1.0 };
        let mut samples = vec![0.0; 48_000];
        samples[0] = 1.0;
        reverb.add(&mut samples, 24_000.0);
        let [early, late] =
            [&samples[1200..6000], &samples[40_000..]].map(|part| f64::from(peak(part)));
        assert!(early > 0.05 && late < 0.1 * early, "{early} {late}");
    }

    #[test]
    fn a_tilt_lifts_highs_over_lows_by_what_it_says() {
        let gain = |hz: f64| {
            let mut samples: Vec<f32> =
                (0..24_000).map(|i| (TAU * hz * f64::from(i) / 24_000.0).sin() as f32).collect();
            tilt(&mut samples, 800.0 / 24_000.0, 6.0);
            20.0 * f64::from(peak(&samples[12_000..])).log10()
        };
        let (low, high) = (gain(40.0), gain(10_000.0));
        assert!((-3.2..-2.5).contains(&low) && (2.5..3.2).contains(&high), "{low} {high}");
    }
}

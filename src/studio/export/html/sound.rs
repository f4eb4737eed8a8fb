//! A sound as a page has it.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{HtmlError, PageAudio};
use crate::audio::{MelConfig, MelSpectrogram, Waveform, flac, ogg_vorbis, read_waveform};
use crate::exports::plots::{Figure as _, Look, Picture, WaveformFigure};
use crate::studio::sonify_run::Sound;

/// A sound with its pictures.
#[derive(Debug)]
pub(super) struct PageSound {
    /// How it was made.
    pub(super) record: Sound,
    /// The encoded sound, in base 64.
    pub(super) data: String,
    /// Its type, as browsers name it.
    pub(super) mime: &'static str,
    /// How much lower than its file it is stored, in dB, so that it does not exceed full scale; 0 where it does not.
    pub(super) lowered_db: f32,
    /// What brings the stored sound to −23 LUFS, in dB, or as near to it as full scale allows; `None` where it is too quiet
    /// to measure.
    pub(super) gain_db: Option<f32>,
    /// Its mel spectrogram as PNG, in base 64.
    pub(super) mel: String,
    /// Its outline as SVG.
    pub(super) outline: String,
    /// How long it is, in seconds.
    pub(super) seconds: f64,
    /// What can be said of it in words.
    pub(super) words: String,
}

impl PageSound {
    pub(super) fn read(path: &Path, record: Sound, audio: PageAudio) -> Result<Self, HtmlError> {
        let rate_hz = record.made.sample_rate_hz;
        let mut waveform = read_waveform(path, rate_hz, None)?;
        let config = MelConfig::display(rate_hz);
        let mel = MelSpectrogram::new(&waveform, &config)?;
        let outline = WaveformFigure { samples: &waveform.samples }.svg(Look::Page)?;
        let seconds = waveform.duration_secs();
        let lowered_db = lower(&mut waveform, record.peak);
        let gain_db = record.gain_db.map(|gain_db| gain_db + lowered_db);
        let failed = |source| HtmlError::Encode { source, path: path.to_owned() };
        let (mime, bytes) = match audio {
            PageAudio::Flac => ("audio/flac", flac(&waveform).map_err(failed)?),
            PageAudio::Vorbis(quality) => {
                ("audio/ogg", ogg_vorbis(&waveform, quality).map_err(failed)?)
            }
        };
        Ok(Self {
            words: words(&mel, &config, rate_hz, record.lufs),
            mel: BASE64_STANDARD.encode(Picture::of_mel(&mel).png()?),
            data: BASE64_STANDARD.encode(bytes),
            record,
            mime,
            lowered_db,
            gain_db,
            outline,
            seconds,
        })
    }
}

/// Lowers a sound that exceeds full scale so that it just does not, and says by how many dB.
fn lower(waveform: &mut Waveform, peak: f32) -> f32 {
    if peak <= 1.0 {
        return 0.0;
    }
    waveform.samples.iter_mut().for_each(|sample| *sample /= peak);
    20.0 * peak.log10()
}

/// What ears would notice first, for whoever cannot listen: how loud, where, and at what pitch the most energy is.
fn words(mel: &MelSpectrogram, config: &MelConfig, rate_hz: u32, lufs: Option<f32>) -> String {
    let Some(lufs) = lufs else { return "Silent, or nearly so.".to_owned() };
    let power = |db: &f32| 10_f32.powf(db / 10.0);
    let frames = || mel.db.chunks_exact(mel.n_mels);
    let largest = |values: &[f32]| {
        let pairs = values.iter().enumerate();
        pairs.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place)
    };
    let by_frame: Vec<f32> = frames().map(|frame| frame.iter().map(power).sum()).collect();
    let band = |band: usize| frames().map(|frame| power(&frame[band])).sum::<f32>();
    let by_band: Vec<_> = (0..mel.n_mels).map(band).collect();
    let at_s = (largest(&by_frame) * config.hop) as f64 / f64::from(rate_hz);
    let (low, high) =
        (config.scale.mel_from_hz(config.f_min_hz), config.scale.mel_from_hz(config.f_max_hz));
    let place = (largest(&by_band) + 1) as f64 / (mel.n_mels + 1) as f64;
    let hz = config.scale.hz_from_mel(low + place * (high - low));
    let lufs = format!("{lufs:.1}").replace('-', "−");
    format!("{lufs} LUFS, loudest at {at_s:.1} s, most energy around {hz:.0} Hz.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f32, gain: f32) -> Waveform {
        let rate_hz = 24_000;
        let at = |i: usize| gain * (std::f32::consts::TAU * hz * i as f32 / rate_hz as f32).sin();
        Waveform { samples: (0..48_000).map(at).collect(), sample_rate_hz: rate_hz }
    }

    #[test]
    fn words_name_the_pitch_and_the_moment() {
        let mut sound = sine(1000.0, 0.2);
        sound.samples[36_000..].iter_mut().for_each(|sample| *sample *= 3.0);
        let config = MelConfig::display(24_000);
        let mel = MelSpectrogram::new(&sound, &config).unwrap();
        let found = words(&mel, &config, 24_000, Some(-17.04));
        let hz: f64 = found.split(' ').rev().nth(1).unwrap().parse().unwrap();
        assert!((hz - 1000.0).abs() < 60.0, "{found}");
        let at_s: f64 = found.split(' ').nth(4).unwrap().parse().unwrap();
        assert!((1.5..2.0).contains(&at_s), "{found}");
        assert!(found.starts_with("−17.0 LUFS, "), "{found}");
        assert!(words(&mel, &config, 24_000, None).starts_with("Silent"));
    }

    #[test]
    fn what_exceeds_full_scale_is_lowered_to_it_and_nothing_else_is_touched() {
        let mut loud = sine(1000.0, 2.0);
        let lowered = lower(&mut loud, 2.0);
        assert!((lowered - 6.02).abs() < 0.01);
        let peak = loud.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((peak - 1.0).abs() < 1e-3);
        let quiet = sine(1000.0, 0.5);
        let mut same = quiet.clone();
        assert_eq!(lower(&mut same, 0.5), 0.0);
        assert_eq!(same, quiet);
    }
}

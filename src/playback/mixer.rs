//! What is heard, sample by sample.

use std::sync::Arc;

use super::Cue;
use super::interpolator::Interpolator;
use super::ramp::{Ramp, factor};
use super::span::Span;
use crate::audio::Waveform;

/// How long a sound takes to come or go, in s.
const FADE_S: f64 = 0.010;
/// How long a loop takes to go before its seam, and to come after it, in s. Short, so that a beat stays one.
const SEAM_S: f64 = 0.003;
/// The volume at first, in dB: a sound made by a network may be louder than expected.
const FIRST_VOLUME_DB: f32 = -12.0;

/// One sound, and the ends of those before it, as samples. Knows no thread, no device and no time but the samples it made.
///
/// Whatever is wanted of it, the sound heard so far fades out from where it is while the new one fades in, with factors that sum to
/// one. What exceeds full scale after all gains is clipped to it.
pub(super) struct Mixer {
    rate_hz: u32,
    current: Option<Voice>,
    is_playing: bool,
    /// What goes silent.
    fading: Vec<Voice>,
    volume: Ramp,
    volume_db: f32,
    leap: Leap,
}

/// A jump of the playhead, or the beginning or end of its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Leap {
    /// How many there were before.
    number: u64,
    /// The frame that it led to.
    position: u64,
}

/// The playhead at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// What it last did.
    pub(super) leap: Leap,
    /// The frame to be heard next.
    pub(super) position: u64,
    /// Whether it moves.
    pub(super) is_playing: bool,
    /// What it moves in.
    pub(super) span: Span,
}

impl View {
    /// The same playhead `n` frames later.
    pub(super) fn advanced(self, n: u64) -> Self {
        let n = if self.is_playing { n } else { 0 };
        Self { position: self.span.advanced(self.position, n), ..self }
    }

    /// The same playhead where it last jumped to.
    pub(super) fn at_leap(self) -> Self {
        Self { position: self.leap.position, ..self }
    }
}

impl Mixer {
    /// A silent one, at the positive rate of the output.
    pub(super) fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            current: None,
            is_playing: false,
            fading: Vec::new(),
            volume: Ramp::at(factor(FIRST_VOLUME_DB)),
            volume_db: FIRST_VOLUME_DB,
            leap: Leap::default(),
        }
    }

    /// Fills `[frame]` with what is heard next.
    pub(super) fn fill(&mut self, frames: &mut [f32]) {
        let (fade, seam) = (self.n_frames(FADE_S), self.n_frames(SEAM_S));
        for frame in frames {
            let mut sum = 0.0;
            if self.is_playing
                && let Some(voice) = &mut self.current
            {
                sum += voice.next(fade, seam);
                if voice.position == voice.span.end {
                    voice.position = voice.span.start;
                    self.is_playing = false;
                }
            }
            sum += self.fading.iter_mut().map(|voice| voice.next(fade, seam)).sum::<f32>();
            let sample = sum * self.volume.next();
            *frame = if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
        }
        self.fading.retain(|voice| !voice.level.is_zero());
    }

    /// Plays a sound in place of the present one.
    pub(super) fn play(&mut self, cue: &Cue) {
        self.fade_out();
        let mut voice = self.voice(cue);
        voice.position = voice.span.nearest(self.frame(cue.start_s));
        self.is_playing = voice.span.start < voice.span.end;
        self.current = Some(voice);
        self.leap();
    }

    /// Puts another sound under the playhead, which goes on, or goes on to rest. As [`play`](Self::play) if there is none.
    pub(super) fn flip(&mut self, cue: &Cue) {
        let Some(Voice { position, .. }) = self.current else {
            return self.play(cue);
        };
        self.fade_out();
        let mut voice = self.voice(cue);
        voice.position = voice.span.nearest(position);
        self.is_playing &= voice.span.start < voice.span.end;
        self.current = Some(voice);
    }

    /// Lets the sound rest where it is.
    pub(super) fn pause(&mut self) {
        self.fade_out();
        self.is_playing = false;
        self.leap();
    }

    /// Goes on after a pause, or plays again what is at its end.
    pub(super) fn resume(&mut self) {
        let fade = self.n_frames(FADE_S);
        if let Some(voice) = &mut self.current
            && !self.is_playing
        {
            voice.level = rising(fade);
            self.is_playing = voice.span.start < voice.span.end;
            self.leap();
        }
    }

    /// Lets the sound rest at the beginning of its range.
    pub(super) fn stop(&mut self) {
        self.fade_out();
        self.is_playing = false;
        if let Some(voice) = &mut self.current {
            voice.position = voice.span.start;
        }
        self.leap();
    }

    /// Forgets the sound at once, for when nobody hears it anyway.
    pub(super) fn unload(&mut self) {
        self.current = None;
        self.is_playing = false;
        self.fading.clear();
        self.leap();
    }

    /// Moves the playhead to a time of the sound, in s, or to the nearer end of the range.
    pub(super) fn seek(&mut self, time_s: f64) {
        self.fade_out();
        let frame = self.frame(time_s);
        if let Some(voice) = &mut self.current {
            voice.position = voice.span.nearest(frame);
        }
        self.leap();
    }

    /// Whether the sound begins again at its end.
    pub(super) fn set_looped(&mut self, is_looped: bool) {
        self.fade_out();
        if let Some(voice) = &mut self.current {
            voice.span.is_looped = is_looped;
        }
    }

    /// The only part to be heard, in s. A playhead outside of it jumps to its beginning.
    pub(super) fn set_range(&mut self, range_s: Option<(f64, f64)>) {
        self.fade_out();
        let rate_hz = self.rate_hz;
        if let Some(voice) = &mut self.current {
            voice.span = Span::new(range_s, voice.span.is_looped, voice.n_frames, rate_hz);
            if !(voice.span.start..voice.span.end).contains(&voice.position) {
                voice.position = voice.span.start;
                self.leap();
            }
        }
    }

    /// The level of everything, in dB.
    pub(super) fn set_volume_db(&mut self, volume_db: f32) {
        self.volume.aim(factor(volume_db), self.n_frames(FADE_S));
        self.volume_db = volume_db;
    }

    /// The level of the present sound, in dB.
    pub(super) fn set_gain_db(&mut self, gain_db: f32) {
        let fade = self.n_frames(FADE_S);
        if let Some(voice) = &mut self.current {
            voice.gain.aim(factor(gain_db), fade);
        }
    }

    /// The level of everything, in dB.
    pub(super) fn volume_db(&self) -> f32 {
        self.volume_db
    }

    /// The present sound with its length in frames.
    pub(super) fn sound(&self) -> Option<(&Arc<Waveform>, u64)> {
        self.current.as_ref().map(|voice| (&voice.sound, voice.n_frames))
    }

    /// The rate of the output, in Hz.
    pub(super) fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    /// Whether there is nothing to hear.
    pub(super) fn is_silent(&self) -> bool {
        !self.is_playing && self.fading.is_empty()
    }

    /// The playhead at the next frame.
    pub(super) fn view(&self) -> View {
        let (position, span) =
            self.current.as_ref().map_or((0, Span::new(None, false, 0, self.rate_hz)), |voice| {
                (voice.position, voice.span)
            });
        View { leap: self.leap, position, is_playing: self.is_playing, span }
    }

    fn voice(&self, cue: &Cue) -> Voice {
        let sound_hz = cue.sound.sample_rate_hz;
        let n_frames = if sound_hz == 0 {
            0
        } else {
            (cue.sound.samples.len() as u64 * u64::from(self.rate_hz)).div_ceil(sound_hz.into())
        };
        let interpolator = (sound_hz != self.rate_hz && n_frames > 0).then(|| {
            let known =
                self.current.as_ref().filter(|voice| voice.sound.sample_rate_hz == sound_hz);
            known
                .and_then(|voice| voice.interpolator.clone())
                .unwrap_or_else(|| Arc::new(Interpolator::new(sound_hz, self.rate_hz)))
        });
        Voice {
            sound: Arc::clone(&cue.sound),
            interpolator,
            n_frames,
            span: Span::new(cue.range_s, cue.is_looped, n_frames, self.rate_hz),
            position: 0,
            level: rising(self.n_frames(FADE_S)),
            gain: Ramp::at(factor(cue.gain_db)),
        }
    }

    /// Leaves what is heard to fade out; the present sound fades in when it goes on.
    fn fade_out(&mut self) {
        let fade = self.n_frames(FADE_S);
        if let Some(voice) = &mut self.current {
            if self.is_playing && !voice.level.is_zero() {
                let mut old = voice.clone();
                old.level.aim(0.0, fade);
                self.fading.push(old);
            }
            voice.level = rising(fade);
        }
    }

    fn leap(&mut self) {
        let position = self.current.as_ref().map_or(0, |voice| voice.position);
        self.leap = Leap { number: self.leap.number + 1, position };
    }

    /// The nearest frame to a time, which is at least 0.
    fn frame(&self, time_s: f64) -> u64 {
        (time_s * f64::from(self.rate_hz)).round() as u64
    }

    /// A time as a positive number of frames.
    fn n_frames(&self, time_s: f64) -> u32 {
        (self.frame(time_s) as u32).max(1)
    }
}

/// From silence to all of a sound in `fade` frames.
fn rising(fade: u32) -> Ramp {
    let mut level = Ramp::at(0.0);
    level.aim(1.0, fade);
    level
}

/// A sound on its way.
#[derive(Clone)]
struct Voice {
    sound: Arc<Waveform>,
    /// None if the rates are the same.
    interpolator: Option<Arc<Interpolator>>,
    /// Of the whole sound, at the rate of the output.
    n_frames: u64,
    span: Span,
    position: u64,
    level: Ramp,
    gain: Ramp,
}

impl Voice {
    /// The next sample; the position then is the end of the span where nothing follows.
    fn next(&mut self, fade: u32, seam: u32) -> f32 {
        let samples = &self.sound.samples;
        let sample = match &self.interpolator {
            Some(interpolator) => interpolator.at(samples, self.position),
            None => usize::try_from(self.position)
                .ok()
                .and_then(|index| samples.get(index).copied())
                .unwrap_or(0.0),
        };
        let edge = self.span.edge(self.position, fade, seam);
        self.position = self.span.advanced(self.position, 1);
        sample * edge * self.level.next() * self.gain.next()
    }
}

#[cfg(test)]
mod tests;

//! The handle that a window holds.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::mixer::Mixer;
use super::playhead::Playhead;
use super::{Cue, Device, DeviceError, NoDevice, Output};
use crate::audio::Waveform;

/// How many blocks are written in a second.
const BLOCKS_PER_SECOND: u32 = 100;
/// How many silent ones before the output rests: half a second, so that all that was written is heard.
const N_SILENT_BLOCKS: u32 = 50;
/// How many more lead in a sound after a rest: servers and amplifiers may swallow what comes first.
const N_LEAD_BLOCKS: u32 = 2;
/// How often a resting output is asked whether it is still there.
const REST: Duration = Duration::from_millis(500);

/// Plays one sound at a time. Clones are the same player; every method returns at once.
///
/// A sound that ends is as one that was stopped: it rests at the beginning of its range, to be resumed. When the last clone is
/// dropped, the sound fades out. Without a device nothing plays, and nothing else differs.
#[derive(Clone)]
pub struct Player {
    owner: Arc<Owner>,
}

/// What is heard, as far as it is heard already: the position is the one at the ear. What was asked for shows at once.
#[derive(Debug, Clone)]
pub struct Playing {
    /// The sound, also while it rests.
    pub sound: Option<Arc<Waveform>>,
    /// Whether it is on its way.
    pub is_playing: bool,
    /// Where, in s from the beginning of the sound.
    pub position_s: f64,
    /// Of the whole sound, in s; 0 without one.
    pub duration_s: f64,
    /// The part that is heard, in s.
    pub range_s: (f64, f64),
    /// Whether it begins again at its end.
    pub is_looped: bool,
    /// The player's volume, in dB.
    pub volume_db: f32,
}

impl Playing {
    /// Whether this very sound, and no equal one, is on its way.
    pub fn is_playing_sound(&self, sound: &Arc<Waveform>) -> bool {
        self.is_playing && self.sound.as_ref().is_some_and(|playing| Arc::ptr_eq(playing, sound))
    }
}

impl Player {
    /// A player on the output that is found, at a rate in Hz that is known before.
    pub(super) fn searching(
        rate_hz: u32,
        find: impl FnOnce() -> Result<Box<dyn Output>, NoDevice> + Send + 'static,
    ) -> Self {
        let core = Core {
            mixer: Mixer::new(rate_hz),
            playhead: Playhead::new(rate_hz),
            device: Device::Searching,
            is_closed: false,
        };
        let shared = Arc::new(Shared { core: Mutex::new(core), changed: Condvar::new() });
        let feeder = Arc::clone(&shared);
        let run = move || match find() {
            Ok(mut output) => {
                feeder.lock().device = Device::Open(output.name());
                if let Err(source) = feeder.feed(&mut *output) {
                    feeder.give_up(NoDevice::Lost { device: output.name(), source });
                }
            }
            Err(error) => feeder.give_up(error),
        };
        if let Err(error) = thread::Builder::new().name("player".to_owned()).spawn(run) {
            shared.give_up(NoDevice::NoThread { source: DeviceError::new(error.to_string()) });
        }
        Self { owner: Arc::new(Owner { shared }) }
    }

    /// Whether there is a device.
    pub fn device(&self) -> Device {
        self.owner.shared.lock().device.clone()
    }

    /// What is heard now.
    pub fn state(&self) -> Playing {
        let core = self.owner.shared.lock();
        let newest = core.mixer.view();
        // What is asked for shows before it is heard; until it is, the playhead waits where it is to begin.
        let view = core
            .playhead
            .view(Instant::now())
            .filter(|heard| heard.leap == newest.leap)
            .unwrap_or_else(|| newest.at_leap());
        let secs = |frame: u64| frame as f64 / f64::from(core.mixer.rate_hz());
        let sound = core.mixer.sound();
        Playing {
            sound: sound.map(|(sound, _)| Arc::clone(sound)),
            is_playing: view.is_playing,
            position_s: secs(view.position),
            duration_s: secs(sound.map_or(0, |(_, n_frames)| n_frames)),
            range_s: (secs(newest.span.start), secs(newest.span.end)),
            is_looped: newest.span.is_looped,
            volume_db: core.mixer.volume_db(),
        }
    }

    /// Plays a sound in place of the present one.
    pub fn play(&self, cue: &Cue) {
        self.change(|mixer| mixer.play(cue));
    }

    /// Puts another sound under the playhead, which goes on, or goes on to rest; the cue's beginning counts only where no sound is.
    pub fn flip(&self, cue: &Cue) {
        self.change(|mixer| mixer.flip(cue));
    }

    /// Lets the sound rest where it is.
    pub fn pause(&self) {
        self.change(Mixer::pause);
    }

    /// Goes on after a pause, or plays again from the beginning of the range what ended or was stopped.
    pub fn resume(&self) {
        self.change(Mixer::resume);
    }

    /// Lets the sound rest at the beginning of its range.
    pub fn stop(&self) {
        self.change(Mixer::stop);
    }

    /// Moves the playhead to a time of the sound, in s, or to the nearer end of the range.
    pub fn seek(&self, time_s: f64) {
        self.change(|mixer| mixer.seek(time_s));
    }

    /// Whether the present sound begins again at its end.
    pub fn set_looped(&self, is_looped: bool) {
        self.change(|mixer| mixer.set_looped(is_looped));
    }

    /// The only part of the present sound to be heard, in s. A playhead outside of it jumps to its beginning.
    pub fn set_range(&self, range_s: Option<(f64, f64)>) {
        self.change(|mixer| mixer.set_range(range_s));
    }

    /// The level of everything, in dB, -12 at first; at most 24, and what exceeds full scale is clipped to it.
    pub fn set_volume_db(&self, volume_db: f32) {
        // A choice holds also where there is no device yet.
        let shared = &self.owner.shared;
        shared.lock().mixer.set_volume_db(volume_db);
        shared.changed.notify_all();
    }

    /// The level of the present sound, in dB, in place of the cue's; at most 24.
    pub fn set_gain_db(&self, gain_db: f32) {
        self.change(|mixer| mixer.set_gain_db(gain_db));
    }

    fn change(&self, act: impl FnOnce(&mut Mixer)) {
        let shared = &self.owner.shared;
        let mut core = shared.lock();
        if !matches!(core.device, Device::None(_)) {
            act(&mut core.mixer);
            shared.changed.notify_all();
        }
    }
}

/// Ends the thread with the last handle.
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        let mut core = self.shared.lock();
        core.mixer.stop();
        core.is_closed = true;
        self.shared.changed.notify_all();
    }
}

struct Shared {
    core: Mutex<Core>,
    /// Something may be to be heard, or nothing any more.
    changed: Condvar,
}

struct Core {
    mixer: Mixer,
    playhead: Playhead,
    device: Device,
    is_closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_up(&self, reason: NoDevice) {
        let mut core = self.lock();
        core.mixer.unload();
        core.device = Device::None(reason);
    }

    /// Writes what is heard until the last handle is dropped.
    fn feed(&self, output: &mut dyn Output) -> Result<(), DeviceError> {
        let mut block = vec![0.0; (output.sample_rate_hz() / BLOCKS_PER_SECOND).max(1) as usize];
        let mut n_silent = N_SILENT_BLOCKS;
        let mut n_lead = N_LEAD_BLOCKS;
        loop {
            let mut core = self.lock();
            n_silent = if core.mixer.is_silent() { n_silent + 1 } else { 0 };
            if n_silent > N_SILENT_BLOCKS {
                if core.is_closed {
                    return Ok(());
                }
                drop(core);
                output.rest()?;
                n_lead = N_LEAD_BLOCKS;
                let is_idle = |core: &mut Core| core.mixer.is_silent() && !core.is_closed;
                // Whether something changed or only time went by, the next turn looks at all of it.
                drop(self.changed.wait_timeout_while(self.lock(), REST, is_idle));
                continue;
            }
            if n_lead > 0 {
                n_lead -= 1;
                core.playhead.skip(block.len());
                drop(core);
                block.fill(0.0);
                output.write(&block)?;
                continue;
            }
            let view = core.mixer.view();
            core.playhead.push(view, block.len());
            core.mixer.fill(&mut block);
            drop(core);
            output.write(&block)?;
            let latency_s = output.latency_s();
            self.lock().playhead.settle(latency_s, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playback::Recording;

    fn ones(secs: f64) -> Arc<Waveform> {
        Arc::new(Waveform { samples: vec![1.0; (secs * 8000.0) as usize], sample_rate_hz: 8000 })
    }

    fn on(output: Box<dyn Output>) -> Player {
        Player::searching(output.sample_rate_hz(), || Ok(output))
    }

    fn wait_until(is_done: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_done() {
            assert!(start.elapsed() < Duration::from_secs(20), "it takes too long");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// An output whose sound is heard late, and that may be unplugged.
    struct Late {
        recording: Recording,
        n_blocks_left: usize,
    }

    impl Output for Late {
        fn name(&self) -> String {
            "late".to_owned()
        }

        fn sample_rate_hz(&self) -> u32 {
            self.recording.sample_rate_hz()
        }

        fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError> {
            let left = self.n_blocks_left.checked_sub(1);
            self.n_blocks_left = left.ok_or_else(|| DeviceError::new("unplugged"))?;
            self.recording.write(samples)
        }

        fn latency_s(&self) -> f64 {
            0.2
        }

        fn rest(&mut self) -> Result<(), DeviceError> {
            self.recording.rest()
        }
    }

    #[test]
    fn a_sound_is_heard_to_its_end_and_then_rests() {
        let recording = Recording::new(8000, f64::INFINITY);
        let samples = recording.samples();
        let player = on(Box::new(recording));
        wait_until(|| player.device() == Device::Open("recording".to_owned()));
        let sound = ones(3.0);
        player.play(&Cue::new(Arc::clone(&sound)));
        wait_until(|| !player.state().is_playing);
        let state = player.state();
        assert!(state.sound.is_some_and(|known| Arc::ptr_eq(&known, &sound)));
        assert_eq!((state.position_s, state.duration_s), (0.0, 3.0));
        drop(player);
        wait_until(|| Arc::strong_count(&samples) == 1);
        let heard = samples.lock().unwrap();
        let level = 10.0_f32.powf(-12.0 / 20.0);
        let is_full = |sample: &&f32| (**sample - level).abs() < 1e-6;
        assert!((23_800..24_000).contains(&heard.iter().filter(is_full).count()));
        let (lead, rest) = heard.split_at(N_LEAD_BLOCKS as usize * 80);
        assert!(lead.iter().all(|sample| *sample == 0.0) && rest[0] > 0.0);
        let tail = &rest[24_000..];
        assert!(tail.len() >= 4000 && tail.iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn what_is_asked_for_shows_at_once_and_the_position_is_the_one_at_the_ear() {
        let late = Late { recording: Recording::new(8000, 1.0), n_blocks_left: usize::MAX };
        let player = on(Box::new(late));
        let sound = ones(60.0);
        let begin = Instant::now();
        player.play(&Cue { start_s: 10.0, is_looped: true, ..Cue::new(Arc::clone(&sound)) });
        let state = player.state();
        assert!(state.is_playing_sound(&sound) && !state.is_playing_sound(&ones(60.0)));
        assert_eq!((state.position_s, state.is_looped, state.range_s), (10.0, true, (0.0, 60.0)));
        wait_until(|| player.state().position_s > 10.3);
        // 0.2 s late, and the machine may be slow on top.
        let secs = begin.elapsed().as_secs_f64();
        assert!(secs > 0.48, "0.3 s of sound were heard within {secs} s");
        player.seek(20.0);
        assert_eq!(player.state().position_s, 20.0);
        player.pause();
        assert!(!player.state().is_playing);
        let position_s = player.state().position_s;
        assert!((20.0..21.0).contains(&position_s));
        thread::sleep(Duration::from_millis(300));
        assert_eq!(player.state().position_s, position_s);
    }

    #[test]
    fn a_device_that_dies_leaves_a_silent_player_that_says_why() {
        let late = Late { recording: Recording::new(8000, 1.0), n_blocks_left: 5 };
        let player = on(Box::new(late));
        let cue = Cue::new(ones(60.0));
        player.play(&cue);
        wait_until(|| matches!(player.device(), Device::None(_)));
        let Device::None(reason) = player.device() else { panic!() };
        assert_eq!(
            reason.to_string(),
            "nothing can be heard any more as late is gone (unplugged), connect it, then look for it again"
        );
        player.play(&cue);
        let state = player.state();
        assert!(!state.is_playing && state.sound.is_none() && state.position_s == 0.0);
    }
}

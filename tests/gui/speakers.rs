//! Sound devices that can be chosen, lost and found again; what reaches them is kept.

use std::sync::{Arc, Mutex};

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pecmae::playback::{DeviceError, NoDevice, Output, OutputDevice, Recording, Speakers};

use crate::desk::{Desk, deaf, workshop};

/// How many times as fast as a device it takes samples.
const SPEED: f64 = 4.0;

/// A device: what it is given, and whether it is plugged in.
#[derive(Clone)]
pub(crate) struct Speaker {
    name: &'static str,
    heard: Arc<Mutex<Vec<f32>>>,
    is_plugged: Arc<Mutex<bool>>,
}

impl Speaker {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, heard: Arc::default(), is_plugged: Arc::new(Mutex::new(true)) }
    }

    /// What went to it so far.
    pub(crate) fn heard(&self) -> Arc<Mutex<Vec<f32>>> {
        Arc::clone(&self.heard)
    }

    fn plug(&self, is_plugged: bool) {
        *self.is_plugged.lock().unwrap() = is_plugged;
    }

    fn is_silent(&self) -> bool {
        self.heard.lock().unwrap().iter().all(|x| *x == 0.0)
    }

    fn open(&self) -> Box<dyn Output> {
        let recording = Recording::new(Speakers::SAMPLE_RATE_HZ, SPEED);
        Box::new(Plugged { speaker: self.clone(), recording })
    }
}

/// A device that is open.
struct Plugged {
    speaker: Speaker,
    recording: Recording,
}

impl Plugged {
    fn check(&self) -> Result<(), DeviceError> {
        let is_plugged = *self.speaker.is_plugged.lock().unwrap();
        is_plugged.then_some(()).ok_or_else(|| DeviceError::new("unplugged"))
    }
}

impl Output for Plugged {
    fn name(&self) -> String {
        self.speaker.name.to_owned()
    }

    fn sample_rate_hz(&self) -> u32 {
        self.recording.sample_rate_hz()
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError> {
        self.check()?;
        self.speaker.heard.lock().unwrap().extend_from_slice(samples);
        self.recording.write(samples)
    }

    fn latency_s(&self) -> f64 {
        self.recording.latency_s()
    }

    fn rest(&mut self) -> Result<(), DeviceError> {
        self.check()
    }
}

/// A way to those devices that are plugged in, the first of which is the standard one.
pub(crate) fn speakers(all: Vec<Speaker>) -> Speakers {
    let all = Arc::new(all);
    let plugged = {
        let all = Arc::clone(&all);
        move || -> Vec<Speaker> {
            let plugged = all.iter().filter(|speaker| *speaker.is_plugged.lock().unwrap());
            plugged.cloned().collect()
        }
    };
    let listed = plugged.clone();
    let list = move || {
        let device = |speaker: Speaker| OutputDevice {
            name: speaker.name.to_owned(),
            description: format!("The {}", speaker.name),
        };
        listed().into_iter().map(device).collect()
    };
    Speakers::found_by(list, move |name| {
        let found =
            plugged().into_iter().find(|speaker| name.is_none_or(|name| name == speaker.name));
        let [pulse, alsa] = ["no such sink", "no such device"].map(DeviceError::new);
        found.map(|speaker| speaker.open()).ok_or(NoDevice::NotFound { pulse, alsa })
    })
}

#[test]
fn sound_goes_to_the_device_that_is_chosen_and_to_no_other() {
    let workshop = workshop();
    let all = ["monitors", "headphones"].map(Speaker::new);
    let [monitors, headphones] = all.clone();
    let devices = (speakers(all.to_vec()), deaf());
    let run = Some("prototypes/three");
    let mut desk = Desk::open_on(&workshop, run, &[], devices, headphones.heard());
    desk.wait_for("bass/1: wins");
    desk.click("Settings");
    desk.wait_for("It is heard on monitors");
    desk.click("The headphones");
    desk.wait_for("It is heard on headphones");
    desk.click("Prototypes");
    desk.select("middle/0");
    desk.until("samples at the headphones", |_| !headphones.is_silent());
    assert!(monitors.is_silent(), "the device that was chosen before is heard");
    // Back on the standard device, at the volume that was set.
    desk.click("Settings");
    desk.click("The standard device of the desktop");
    desk.wait_for("It is heard on monitors");
    desk.harness.key_press(eframe::egui::Key::Space);
    desk.until("samples at the monitors", |_| !monitors.is_silent());
    assert!(!desk.shows("Problems ("));
}

/// Presses the button of the settings; there is one beside the player, too.
fn look_again(desk: &mut Desk) {
    desk.harness.get_all_by_label("Look again").last().unwrap().click();
    desk.harness.step();
}

#[test]
fn a_device_that_is_lost_is_told_of_and_found_again_when_it_is_back() {
    let workshop = workshop();
    let speaker = Speaker::new("headphones");
    let devices = (speakers(vec![speaker.clone()]), deaf());
    let run = Some("prototypes/three");
    let mut desk = Desk::open_on(&workshop, run, &[], devices, speaker.heard());
    desk.wait_for("bass/1: wins");
    desk.select("middle/0");
    desk.until("samples at the device", |_| !speaker.is_silent());
    speaker.plug(false);
    desk.wait_for("No sound on this machine");
    desk.click("Settings");
    desk.wait_for("Nothing can be heard any more as headphones is gone (unplugged)");
    look_again(&mut desk);
    desk.wait_for("Nothing can be heard on this machine (PulseAudio: no such sink");
    assert!(!desk.shows("The headphones"));
    speaker.plug(true);
    look_again(&mut desk);
    desk.wait_for("It is heard on headphones");
    desk.wait_for("The headphones");
    speaker.heard().lock().unwrap().clear();
    desk.harness.key_press(eframe::egui::Key::Space);
    desk.until("samples at the device", |_| !speaker.is_silent());
    assert!(!desk.harness.get_by_label("Pause").accesskit_node().is_disabled());
}

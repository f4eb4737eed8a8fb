//! What a microphone hears becomes a file that is looked at.

use std::time::Duration;

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pecmae::playback::{DeviceError, Input, Microphone};

use crate::desk::{Desk, workshop};
use crate::program::Workshop;

const RATE_HZ: u32 = 24_000;

/// A microphone in front of which a sine sounds, ten times as fast as time goes by; it may be unplugged.
struct Tone {
    n_heard: usize,
    n_most: usize,
}

impl Tone {
    fn microphone(seconds: f64) -> Microphone {
        let n_most = (seconds * f64::from(RATE_HZ)) as usize;
        Microphone::opened_by(move || Ok(Box::new(Self { n_heard: 0, n_most })))
    }
}

impl Input for Tone {
    fn name(&self) -> String {
        "tone".to_owned()
    }

    fn sample_rate_hz(&self) -> u32 {
        RATE_HZ
    }

    fn read(&mut self) -> Result<Vec<f32>, DeviceError> {
        if self.n_heard >= self.n_most {
            return Err(DeviceError::new("unplugged"));
        }
        std::thread::sleep(Duration::from_millis(10));
        let times = self.n_heard..self.n_heard + RATE_HZ as usize / 10;
        self.n_heard = times.end;
        Ok(times.map(|t| 0.5 * (t as f32 * 0.3).sin()).collect())
    }
}

/// A window that records by a microphone which hears for so many seconds.
fn recording(workshop: &Workshop, seconds: f64) -> Desk {
    let microphone = Tone::microphone(seconds);
    let mut desk = Desk::open_with(workshop, Some("prototypes/three"), &[], microphone);
    desk.wait_for("bass/1: wins");
    desk.click("Inspect");
    desk.until("a microphone", |harness| {
        let button = harness.query_by_label("Record");
        button.is_some_and(|button| !button.accesskit_node().is_disabled())
    });
    desk.click("Record");
    desk
}

#[test]
fn what_is_recorded_is_kept_and_looked_at_as_a_file_that_was_dropped() {
    let workshop = workshop();
    let mut desk = recording(&workshop, f64::INFINITY);
    desk.wait_for("Level -6 dB");
    // Its time goes on, in the view and beside it.
    desk.until("five seconds", |harness| harness.query_all_by_label_contains("0:05.").count() >= 2);
    let recording = workshop.path("home/recordings/recording-1.wav");
    assert!(!recording.exists(), "it is seen before it is whole");
    desk.click("Stop recording");
    desk.until("its file in the view", |harness| {
        harness.query_all_by_label("recording-1.wav").next().is_some()
    });
    desk.wait_for("The sum is");
    assert!(!desk.shows("Problems (") && !desk.shows("Stop recording"));
    let mut reader = hound::WavReader::open(&recording).unwrap();
    assert_eq!((reader.spec().sample_rate, reader.spec().channels), (RATE_HZ, 1));
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    assert!(samples.len() > 5 * RATE_HZ as usize);
    assert_eq!(samples.iter().max(), Some(&16_384), "half of full scale");

    // The next one does not take its place.
    desk.click("Record");
    desk.wait_for("Level -6 dB");
    desk.click("Stop recording");
    desk.until("the other file", |harness| {
        harness.query_all_by_label("recording-2.wav").next().is_some()
    });
    let n_files = std::fs::read_dir(workshop.path("home/recordings")).unwrap().count();
    assert_eq!(n_files, 2);
}

#[test]
fn a_window_that_is_closed_while_it_records_leaves_the_recording_and_nothing_else() {
    let workshop = workshop();
    let mut desk = recording(&workshop, f64::INFINITY);
    desk.wait_for("Level -6 dB");
    eframe::App::on_exit(desk.harness.state_mut(), None);
    let files = std::fs::read_dir(workshop.path("home/recordings")).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["recording-1.wav"]);
    let recording = workshop.path("home/recordings/recording-1.wav");
    assert!(hound::WavReader::open(recording).unwrap().duration() > 0);
}

#[test]
fn a_microphone_that_is_unplugged_is_told_of_and_what_it_heard_is_kept() {
    let workshop = workshop();
    let mut desk = recording(&workshop, 4.5);
    desk.wait_for("The sum is");
    desk.click("Problems (1)");
    desk.wait_for("tone is gone (unplugged), recording-1.wav ends there, after 0:04.5");
}

#[test]
fn without_a_microphone_nothing_can_be_recorded_and_the_button_says_why() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Inspect");
    desk.wait_for("No microphone");
    assert!(desk.harness.get_by_label("Record").accesskit_node().is_disabled());
    desk.click("Record");
    desk.harness.get_by_label("Record").hover();
    desk.wait_for("nothing can be recorded on this machine (PulseAudio: refused; ALSA: no such");
    assert!(!desk.shows("Stop recording") && !desk.shows("Problems ("));
    assert!(!workshop.path("home/recordings").exists());
}

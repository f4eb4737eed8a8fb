//! A run is made in the window: looked at, learned, stopped, gone on with, opened.

use egui_kittest::kittest::Queryable as _;

use crate::desk::Desk;
use crate::program::Workshop;

/// Audio of two classes, long enough for five prototypes each.
fn audio() -> Workshop {
    let workshop = Workshop::new();
    for (class, hz) in [("high", 2000.0), ("low", 100.0)] {
        for i in 0..6 {
            let hz = hz * (1.0 + 0.05 * i as f32);
            workshop.write_sound(&format!("own/{class}/{class}-{i}.wav"), 9.0, hz);
        }
    }
    workshop
}

#[test]
fn a_folder_is_looked_at_learned_from_and_opened() {
    let workshop = audio();
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.click("Train");
    desk.write("Labeled audio", &workshop.path("own").display().to_string());
    desk.click("Look at it");
    desk.wait_for("12 tracks of 12 files");
    // Its name is taken only if there is a run of that name.
    desk.write("Name of the run", "mine");
    // The way to the view has the same name as what begins it, which comes later.
    desk.press_last("Train");
    desk.until("an end", |harness| {
        let shows = |label: &str| harness.query_all_by_label_contains(label).next().is_some();
        shows("It is learned.") || shows("It could not be learned.")
    });
    assert!(desk.shows("It is learned."), "{:?}", desk.texts());
    assert!(desk.shows("2 classes; tracks: train"));
    desk.click("Open the run");
    desk.wait_for("high/0: wins");
    assert!(workshop.path("prototypes/mine/model.safetensors").is_file());
    assert!(!desk.shows("Problems ("));
}

#[cfg(target_os = "linux")]
#[test]
fn a_training_that_was_stopped_is_gone_on_with_and_can_be_stopped_again() {
    let workshop = audio();
    let endless =
        ["train", "own", "--name", "mine", "--steps", "10000000", "--checkpoint-every", "0.1"];
    let mut child = workshop.start_listening(&endless);
    let began = std::time::Instant::now();
    while !workshop.path("prototypes/mine/checkpoint.safetensors").exists() {
        assert!(began.elapsed().as_secs() < 120, "it never comes to a checkpoint");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    crate::program::signal(&child, "INT");
    child.wait().unwrap();
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.wait_for("interrupted");
    desk.click("Go on with training");
    desk.wait_for("of 10000000: loss");
    desk.click("Stop");
    desk.wait_for("checkpoint saved");
    assert!(desk.shows("Stopped") && !desk.shows("Problems ("));
    desk.click("Home");
    desk.wait_for("interrupted");
}

#[test]
fn a_folder_without_audio_is_told_of_and_nothing_can_be_learned_from_it() {
    let workshop = audio();
    std::fs::create_dir(workshop.path("empty")).unwrap();
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.click("Train");
    desk.write("Labeled audio", &workshop.path("empty").display().to_string());
    desk.click("Look at it");
    desk.wait_for("empty");
    desk.until("a reason", |harness| {
        let shows = |label: &str| harness.query_all_by_label_contains(label).next().is_some();
        shows("no audio") || shows("Nothing can be learned")
    });
    assert_eq!(desk.harness.query_all_by_label("Train").count(), 1, "only the way to the view");
}

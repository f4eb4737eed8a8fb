//! Files are heard and explained by sums that add up, and broken ones are told of.

use egui_kittest::kittest::Queryable as _;

use crate::desk::{Desk, workshop};

#[test]
fn a_file_is_explained_and_an_edit_changes_what_it_is_called() {
    let workshop = workshop();
    let audio = ["music/treble/treble-0.wav"];
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &audio);
    desk.wait_for("The sum is");
    let (stdout, _) = workshop.succeeds(&["predict", "prototypes/three", audio[0], "--json"]);
    let line = stdout.lines().find(|line| line.contains("\"result\"")).unwrap();
    let predicted: serde_json::Value = serde_json::from_str(line).unwrap();
    let label = predicted["labels"][0].as_str().unwrap();
    assert!(desk.harness.query_all_by_label(label).next().is_some(), "{predicted}");
    // The two numbers of the line are the same.
    let text = desk.text("The sum is");
    let numbers: Vec<f64> =
        text.split([' ', ',']).filter_map(|word| word.trim_end_matches('.').parse().ok()).collect();
    assert_eq!(numbers.len(), 2, "{text}");
    assert!((numbers[0] - numbers[1]).abs() < 2e-4, "{text}");

    desk.click("From zero");
    desk.wait_for("bias");
    // Without the prototypes of its class it is called something else, at once.
    for number in 0..2 {
        desk.click("Prototypes");
        desk.select(&format!("{label}/{number}"));
        desk.click("Disable");
        desk.wait_for(&format!("{label}/{number}, off"));
    }
    desk.click("Inspect");
    desk.until("another label", |harness| {
        let is_shown = |class: &str| harness.query_all_by_label(class).next().is_some();
        let others = ["bass", "middle", "treble"];
        !is_shown(label) && others.into_iter().filter(|class| *class != label).any(is_shown)
    });
}

#[test]
fn a_broken_file_is_told_of_and_the_others_go_on() {
    let workshop = workshop();
    std::fs::write(workshop.path("broken.wav"), b"this is no sound").unwrap();
    let audio = ["broken.wav", "music/bass/bass-1.wav"];
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &audio);
    desk.wait_for("The sum is");
    desk.wait_for("Problems (1)");
    desk.harness.get_by_label("broken.wav").click();
    desk.wait_for("This file cannot be used.");
    desk.click("Remove from the list");
    desk.wait_for("The sum is");
    assert!(!desk.shows("broken.wav"));
}

#[test]
fn a_file_that_was_heard_is_not_heard_again_when_it_is_looked_at() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
    desk.click("Evaluate");
    desk.wait_for("Validation split");
    let cells = ["bass", "middle", "treble"];
    let n_right = |class: &str| (1..20).find(|n| desk.shows(&format!("{n} of {class} are right")));
    let (class, n) = cells.iter().find_map(|class| Some((*class, n_right(class)?))).unwrap();
    desk.click(&format!("{n} of {class} are right"));
    desk.wait_for(&format!("{n} right ones of {class}"));
    let file = desk.text(&format!("{class}-"));
    desk.click(&file);
    desk.wait_for("listen to");
    desk.wait_for("The sum is");
    desk.until("an end of listening", |harness| {
        harness.query_all_by_label_contains("listen to").next().is_none()
    });
    desk.click("Evaluate");
    desk.wait_for("Validation split");
    desk.click(&file);
    for _ in 0..100 {
        desk.harness.step();
        assert!(!desk.shows("listen to"));
        assert!(desk.shows("The sum is"));
        std::thread::sleep(std::time::Duration::from_millis(3));
    }
}

#[test]
fn a_click_on_the_timeline_plays_from_there_and_asks_about_that_segment() {
    let workshop = workshop();
    workshop.write_sound("long.wav", 12.0, 500.0);
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &["long.wav"]);
    desk.wait_for("The whole file is asked about");
    // The middle of three segments.
    desk.click("Waveform; a click plays from there and asks about that segment, dragging asks about several");
    desk.wait_for("Segment 2 is asked about");
    desk.wait_for("Pause");
    let heard = std::sync::Arc::clone(&desk.heard);
    desk.until("samples at the device", |_| heard.lock().unwrap().iter().any(|x| *x != 0.0));
    desk.click("Ask about the whole file");
    desk.wait_for("The whole file is asked about");
}

/// How many files are being heard right now.
fn n_listening(desk: &Desk) -> usize {
    desk.harness.query_all_by_label_contains("listen to").count()
}

#[test]
fn many_files_are_heard_one_at_a_time_and_by_the_same_ears_only_once() {
    let workshop = workshop();
    let audio: Vec<String> =
        (0..6).flat_map(|i| ["bass", "treble"].map(|c| format!("music/{c}/{c}-{i}.wav"))).collect();
    let audio: Vec<&str> = audio.iter().map(String::as_str).collect();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &audio);
    let mut most = 0;
    desk.wait_for("listen to");
    while desk.harness.query_all_by_label("listening").next().is_some() {
        most = most.max(n_listening(&desk));
        desk.harness.step();
    }
    assert_eq!(most, 1);
    desk.wait_for("The sum is");
    assert!(!desk.shows("Problems ("));
    // Opened again, the run knows them all at once.
    desk.click("Home");
    desk.click("Open");
    desk.wait_for("bass/1: wins");
    desk.click("Inspect");
    desk.until("all of them", |harness| {
        assert_eq!(harness.query_all_by_label_contains("listen to").count(), 0);
        harness.query_all_by_label("listening").next().is_none()
    });
    desk.wait_for("The sum is");
}

#[test]
fn whoever_stops_listening_is_asked_no_further_and_may_try_again() {
    let workshop = workshop();
    // Long enough that nobody is done before it is stopped.
    workshop.write_sound("long.wav", 600.0, 500.0);
    let audio = ["music/bass/bass-1.wav", "music/bass/bass-2.wav", "long.wav"];
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &audio);
    desk.wait_for("listen to long.wav");
    desk.click("Cancel");
    desk.wait_for("Listening to it was stopped.");
    desk.until("an end for all", |harness| harness.query_all_by_label("stopped").count() == 3);
    assert_eq!(n_listening(&desk), 0);
    desk.harness.get_by_label("bass-1.wav").click();
    desk.wait_for("Listening to it was stopped.");
    desk.click("Try again");
    desk.wait_for("The sum is");
    assert_eq!(desk.harness.query_all_by_label("stopped").count(), 2);
}

#[test]
fn a_segment_its_prototype_and_its_nearest_training_audio_are_heard_in_turn() {
    let workshop = workshop();
    let audio = ["music/treble/treble-0.wav"];
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &audio);
    desk.wait_for("The sum is");
    desk.click("A  This segment");
    desk.until("the segment", |harness| {
        harness.query_all_by_label("treble-0.wav from 0 s").count() == 2
    });
    for wanted in [", take 1", " s, "] {
        desk.harness.key_press(eframe::egui::Key::B);
        desk.until(wanted, |harness| harness.query_all_by_label_contains(wanted).count() >= 2);
    }
    desk.harness.key_press(eframe::egui::Key::B);
    desk.until("the segment again", |harness| {
        harness.query_all_by_label("treble-0.wav from 0 s").count() == 2
    });
}

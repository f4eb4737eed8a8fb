//! Prototypes are heard, switched off and on, renamed and merged, and the figures follow.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pecmae::runs::RunFolder;

use crate::desk::{Desk, workshop};

#[test]
fn a_run_is_opened_from_home_and_its_prototypes_are_heard() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.wait_for("Hear what your classifier has learned");
    desk.click("Open");
    desk.wait_for("treble/1: wins");
    assert_eq!(desk.loudest(), 0.0);
    desk.select("middle/0");
    desk.wait_for("middle/0, take 1");
    let heard = std::sync::Arc::clone(&desk.heard);
    desk.until("samples at the device", |_| heard.lock().unwrap().iter().any(|x| *x != 0.0));
    // Its sound and the nearest sample change places without a stop.
    desk.click("B  Nearest sample");
    desk.until("the nearest sample", |harness| {
        harness.query_all_by_label_contains("middle-").next().is_some()
    });
    desk.click("Pause");
    desk.wait_for("Play");
}

#[test]
fn what_is_disabled_costs_what_the_command_line_says_and_undo_brings_it_back() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    let before = desk.text("accuracy ");
    for name in ["bass/0", "bass/1"] {
        desk.select(name);
        desk.click("Disable");
        desk.wait_for(&format!("{name}, off: wins"));
    }
    let after = desk.text("accuracy ");
    assert_ne!(before, after);
    let (stdout, _) = workshop.succeeds(&["edit", "prototypes/three", "log"]);
    assert!(stdout.contains("bass/0") && stdout.contains("bass/1"), "{stdout}");
    let run = RunFolder::open(&workshop.path("prototypes/three")).unwrap();
    let off = run.classifier().unwrap().info().iter().filter(|info| !info.enabled).count();
    assert_eq!(off, 2);
    for name in ["bass/1", "bass/0"] {
        desk.click("Undo");
        desk.wait_for(&format!("{name}: wins"));
    }
    desk.until("the accuracy of before", |harness| {
        harness.query_all_by_label(&before).next().is_some()
    });
    desk.click("Redo");
    desk.wait_for("bass/0, off: wins");
}

#[test]
fn an_edit_that_is_refused_is_explained_and_changes_nothing() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    // Somebody else has damaged the log meanwhile; an edit must not be lost in it.
    let log = workshop.path("prototypes/three/edits.jsonl");
    std::fs::create_dir(&log).unwrap();
    desk.click("Disable");
    desk.wait_for("Problems (1)");
    desk.click("Problems (1)");
    desk.wait_for("Could not edit");
    assert!(desk.shows("edits.jsonl"));
}

#[test]
fn a_folder_that_is_no_run_any_more_is_told_of() {
    let workshop = workshop();
    std::fs::remove_file(workshop.path("prototypes/three/model.safetensors")).unwrap();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("Problems (1)");
    desk.click("Problems (1)");
    desk.wait_for("model.safetensors");
}

#[test]
fn a_class_that_is_silenced_is_named_until_something_speaks_for_it_again() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    for name in ["bass/0", "bass/1"] {
        assert!(!desk.shows("silenced"));
        desk.select(name);
        desk.click("Disable");
        desk.wait_for(&format!("{name}, off: wins"));
    }
    desk.wait_for("bass is silenced");
    // Also after an edit of something else.
    desk.select("treble/0");
    desk.click("Disable");
    desk.wait_for("treble/0, off: wins");
    assert!(desk.shows("bass is silenced"));
    desk.click("Undo");
    desk.wait_for("treble/0: wins");
    desk.click("Undo");
    desk.wait_for("bass/1: wins");
    assert!(!desk.shows("silenced"));
}

#[test]
fn the_nearest_sample_is_sent_through_the_model_and_heard_under_the_same_playhead() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.select("middle/0");
    desk.click("C  Round trip");
    desk.wait_for("through the model");
    desk.until("its sound in the player", |harness| {
        let titles = harness.query_all_by_label_contains("s, through the model");
        titles.count() > 1
    });
    // The key goes around all three.
    for wanted in ["middle/0, take 1", "middle-", "through the model"] {
        desk.harness.key_press(eframe::egui::Key::B);
        desk.until(wanted, |harness| {
            let pictures = harness.query_all_by_label_contains("Mel spectrogram of");
            let mut labels = pictures.filter_map(|node| node.accesskit_node().label());
            labels.any(|label| label.contains(wanted))
        });
    }
    assert!(!desk.shows("Problems ("));
}

#[test]
fn a_take_that_is_rendered_anew_is_the_one_that_is_heard() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("middle/0: wins");
    let heard = std::sync::Arc::clone(&desk.heard);
    // What is heard of the first take, from its first sample to half a second.
    let first = |desk: &mut Desk| -> Vec<f32> {
        desk.harness.key_press(eframe::egui::Key::Escape);
        desk.until("silence", |_| heard.lock().unwrap().iter().rev().take(960).all(|x| *x == 0.0));
        heard.lock().unwrap().clear();
        desk.select("middle/0");
        desk.until("half a second", |_| {
            heard.lock().unwrap().iter().skip_while(|x| **x == 0.0).count() > 24_000
        });
        let heard = heard.lock().unwrap();
        heard.iter().copied().skip_while(|x| *x == 0.0).take(24_000).collect()
    };
    desk.select("middle/0");
    desk.until("samples at the device", |_| heard.lock().unwrap().iter().any(|x| *x != 0.0));
    let before = first(&mut desk);
    let again = first(&mut desk);
    assert_eq!(before, again, "the same sound is heard twice");
    desk.click("More takes");
    desk.wait_for("Take 3");
    let after = first(&mut desk);
    assert_ne!(before, after);
}

#[test]
fn the_weights_of_all_prototypes_are_a_picture_and_a_table_and_can_be_taken_along() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("All weights");
    desk.wait_for("Weights of 6 prototypes for 3 classes");
    desk.click("Table");
    desk.until("its rows", |harness| {
        harness.query_all_by_label("prototype").next().is_some()
            && harness.query_all_by_label("state").next().is_some()
    });
    desk.click("Export");
    desk.click("Save as CSV");
    desk.wait_for("Saved");
    let csv = String::from_utf8(workshop.read("prototypes/three/exports/weights.csv")).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "prototype,state,bass,middle,treble");
    assert_eq!(lines.len(), 7);
    desk.click("Export");
    desk.click("Save as SVG");
    let figure = workshop.path("prototypes/three/exports/weights.svg");
    desk.until("the figure", |_| figure.is_file());
    let figure = String::from_utf8(workshop.read("prototypes/three/exports/weights.svg")).unwrap();
    assert!(figure.starts_with("<svg") && figure.contains("treble/1"), "{figure}");
    desk.click("Export");
    let command = desk.copied_by("Copy as command");
    desk.wait_for("Copied a command");
    let run = workshop.path("prototypes/three");
    assert_eq!(command, format!("pecmae prototypes list {}", run.display()));
    // The command line says the same.
    let words: Vec<&str> = command.split(' ').skip(1).chain(["--csv", "list.csv"]).collect();
    workshop.succeeds(&words);
    let list = workshop.read("list.csv");
    let mut list = csv::Reader::from_reader(list.as_slice());
    let headers = list.headers().unwrap().clone();
    let first = list.records().next().unwrap().unwrap();
    let of = |class: &str| {
        let column = headers.iter().position(|name| name == format!("weight {class}")).unwrap();
        format!("{:+.3}", first[column].parse::<f64>().unwrap())
    };
    let wanted = format!("bass/0,on,{},{},{}", of("bass"), of("middle"), of("treble"));
    assert_eq!(lines[1], wanted);
    // Such a run can still be removed.
    drop(desk);
    workshop.succeeds(&["runs", "remove", "prototypes/three", "--yes"]);
}

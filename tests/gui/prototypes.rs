//! Prototypes are heard, switched off and on, renamed and merged, and the figures follow.

use egui_kittest::kittest::Queryable as _;
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

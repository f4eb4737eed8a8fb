//! Runs are opened from Home, and what cannot be opened takes nothing away.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;

use crate::desk::{Desk, workshop};

#[test]
fn keys_without_a_run_do_nothing_and_later_edits_are_made() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.wait_for("Hear what your classifier has learned");
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    desk.harness.step();
    desk.click("Open");
    desk.wait_for("bass/1: wins");
    // There is nothing to undo either.
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    desk.harness.step();
    desk.harness.key_press(Key::Delete);
    desk.wait_for("bass/0, off");
    assert!(!desk.shows("Problems ("));
}

#[test]
fn a_path_is_written_where_there_is_no_dialog_and_a_wrong_one_takes_nothing_away() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.write("Another run", &workshop.path("prototypes/three").display().to_string());
    desk.click("Open this folder");
    desk.wait_for("bass/1: wins");
    desk.click("Home");
    desk.write("Another run", &workshop.path("music").display().to_string());
    desk.click("Open this folder");
    desk.wait_for("Problems (1)");
    desk.wait_for("Not a run folder, it has no run.toml");
    desk.write("Another run", &workshop.path("nowhere").display().to_string());
    desk.click("Open this folder");
    desk.wait_for("There is no such run folder");
    // Home names prototypes as well, so that their view is gone to by its key.
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num1);
    desk.wait_for("bass/1: wins");
    desk.select("bass/1");
    desk.click("Disable");
    desk.wait_for("bass/1, off");
}

#[test]
fn a_run_that_lies_elsewhere_is_among_those_opened_lately() {
    let workshop = workshop();
    std::fs::create_dir(workshop.path("elsewhere")).unwrap();
    std::fs::rename(workshop.path("prototypes/three"), workshop.path("elsewhere/far")).unwrap();
    let mut desk = Desk::open(&workshop, Some("elsewhere/far"), &[]);
    desk.wait_for("bass/1: wins");
    drop(desk);
    let mut desk = Desk::open(&workshop, None, &[]);
    desk.until("its name", |harness| harness.query_all_by_label("far").next().is_some());
    desk.click("Open");
    desk.wait_for("bass/1: wins");
}

#[test]
fn another_run_is_opened_without_leading_elsewhere_and_hears_the_files_that_are_listed() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &["music/treble/treble-0.wav"]);
    desk.wait_for("The sum is");
    desk.click("Home");
    desk.click("Open");
    desk.wait_for("bass/1: wins");
    // Not even once the file is heard by the other run.
    for _ in 0..100 {
        desk.harness.step();
        assert!(desk.shows("bass/1: wins"));
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    desk.click("Inspect");
    desk.wait_for("The sum is");
}

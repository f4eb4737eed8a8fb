//! Every view opens, names what it shows, and leads on.

use egui_kittest::kittest::Queryable as _;
use pecmae::dataset::Split;
use pecmae::runs::RunFolder;

use crate::desk::{Desk, workshop};

#[test]
fn a_cell_of_the_confusions_leads_to_its_files_and_from_there_to_why() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Evaluate");
    desk.wait_for("Validation split");
    let cells = ["bass", "middle", "treble"];
    let n_right = |class: &str| (1..20).find(|n| desk.shows(&format!("{n} of {class} are right")));
    let (class, n) = cells.iter().find_map(|class| Some((*class, n_right(class)?))).unwrap();
    desk.click(&format!("{n} of {class} are right"));
    desk.wait_for(&format!("{n} right ones of {class}"));
    let file = desk.text(&format!("{class}-"));
    desk.click(&file);
    desk.wait_for("The sum is");
    assert!(desk.shows(&file));
}

#[test]
fn test_is_folded_until_it_is_asked_for() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Evaluate");
    desk.wait_for("Validation split");
    assert!(!desk.shows("Test split"));
    desk.click("Show test");
    desk.wait_for("Test split");
    desk.click("Back to validation");
    desk.wait_for("Validation split");
}

#[test]
fn the_map_states_what_it_keeps_and_follows_an_edit() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
    assert!(desk.shows("Map of 18 segments and 6 prototypes"));
    desk.click("Prototypes");
    desk.select("bass/1");
    desk.click("Disable");
    desk.wait_for("bass/1, off");
    desk.click("Data map");
    desk.wait_for("of the variance of z");
}

#[test]
fn what_is_gathered_on_the_map_is_counted_and_let_go() {
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.click("Data map");
    desk.click("Gather all");
    desk.wait_for("segments of");
    let run = RunFolder::open(&workshop.path("prototypes/three")).unwrap();
    let tracks = run.examples().unwrap().tracks;
    // Each file is a segment; those of test are not shown.
    let n = tracks.iter().filter(|track| track.split != Some(Split::Test)).count();
    assert!(desk.text(&n.to_string()).starts_with(&format!("{n} segments of {n} files, ")));
    desk.click("Let go");
    desk.until("nothing gathered", |harness| {
        harness.query_all_by_label_contains("segments of").next().is_none()
    });
}

#[test]
fn keys_do_what_the_list_of_keys_says() {
    use eframe::egui::{Key, Modifiers};
    let workshop = workshop();
    let mut desk = Desk::open(&workshop, Some("prototypes/three"), &[]);
    desk.wait_for("bass/1: wins");
    desk.harness.key_press(Key::F2);
    desk.wait_for("Stop all sound");
    desk.harness.key_press(Key::Escape);
    desk.until("no list", |harness| {
        harness.query_all_by_label_contains("Stop all sound").next().is_none()
    });
    desk.harness.key_press(Key::CloseBracket);
    desk.until("the second prototype", |harness| {
        harness.query_all_by_label("bass/1").next().is_some()
    });
    desk.harness.key_press(Key::Delete);
    desk.wait_for("bass/1, off");
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    desk.wait_for("bass/1: wins");
    desk.harness.key_press_modifiers(Modifiers::COMMAND, Key::Num4);
    desk.wait_for("Validation split");
}

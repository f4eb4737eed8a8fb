//! `edit`: prototypes change, the log remembers, everything downstream sees it.

use serde_json::Value;

use crate::program::Workshop;
use crate::train::workshop_with_run;

/// The lines of the log.
fn log(workshop: &Workshop) -> Vec<Value> {
    let log = String::from_utf8(workshop.read("prototypes/r/edits.jsonl")).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Training tracks of a class, from the run's list.
fn tracks(workshop: &Workshop, class: &str, split: &str) -> Vec<String> {
    let list = String::from_utf8(workshop.read("prototypes/r/data/tracks.csv")).unwrap();
    let lines = list.lines().filter(|line| line.contains(&format!(",{class},{split},")));
    lines.map(|line| line.split(',').next().unwrap().to_owned()).collect()
}

#[test]
fn edits_are_measured_logged_undone_and_redone() {
    let workshop = workshop_with_run();
    let edit = |args: &[&str]| workshop.succeeds(&[&["edit", "r"][..], args].concat()).0;
    let said = edit(&["disable", "low/0", "low/1", "--reason", "too low"]);
    assert!(said.starts_with("disable low/0 low/1  ("), "{said}");
    assert!(
        said.contains("on validation  1.000 → 0.500 (−0.500)   1 of 2 tracks change"),
        "{said}"
    );
    assert!(said.contains("test is not shown (--show-test)"), "{said}");
    assert!(said.ends_with("1 edit in force; take it back with `pecmae edit prototypes/r undo`\n"));
    assert!(edit(&["undo", "--show-test"]).contains("on test        0.500 → 1.000"));
    assert!(edit(&["redo"]).contains("1.000 → 0.500"));
    edit(&["undo"]);
    edit(&["merge", "high/0", "high/1"]);
    let track = &tracks(&workshop, "low", "train")[0];
    assert!(edit(&["promote", track, "--at", "5"]).contains("at 4.0 s to low/2"));
    edit(&["rename", "low/2", "new low"]);
    let before = workshop.read("prototypes/r/edits.jsonl");
    assert!(edit(&["disable", "new low", "--dry-run"]).ends_with("nothing was written\n"));
    assert!(workshop.read("prototypes/r/edits.jsonl") == before);

    let log = log(&workshop);
    assert_eq!(log.len(), 7);
    assert_eq!(
        (&log[0]["reason"], &log[0]["validation"]["after"]),
        (&"too low".into(), &0.5.into())
    );
    assert_eq!((&log[0]["test"], &log[1]["test"]["after"]), (&Value::Null, &1.0.into()));
    let (text, _) = workshop.succeeds(&["edit", "r", "log"]);
    let states: Vec<_> = text.lines().map(|line| line.contains("in force")).collect();
    assert_eq!(states, [false, false, false, false, true, true, true, true], "{text}");

    // What is asked of the run is asked of the edited one.
    let (report, _) = workshop.succeeds(&["evaluate", "r", "--no-baselines"]);
    assert!(report.starts_with("run      r with 3 edits\n"), "{report}");
    assert!(
        edit(&["refit"])
            .ends_with("4 edits in force; take it back with `pecmae edit prototypes/r undo`\n")
    );
}

#[test]
fn a_track_goes_by_any_path_to_it_and_a_class_without_prototypes_is_warned_of() {
    let workshop = workshop_with_run();
    let track = &tracks(&workshop, "low", "train")[0];
    for (number, path) in [
        format!("sounds/{track}"),
        format!("./sounds/../sounds/{track}"),
        workshop.path(&format!("sounds/{track}")).display().to_string(),
    ]
    .iter()
    .enumerate()
    {
        let (said, _) = workshop.succeeds(&["edit", "r", "promote", path]);
        let wanted = format!("promote {track} at 0.0 s to low/{}", number + 2);
        assert!(said.starts_with(&wanted), "{said}");
    }
    workshop.succeeds(&["edit", "r", "rename", "low/2", "low/7"]);
    let disable = ["edit", "r", "disable", "low/0", "low/1", "low/3", "low/4"];
    let (_, told) = workshop.succeeds(&disable);
    assert!(!told.contains("warning"), "{told}");
    let (_, told) = workshop.succeeds(&["edit", "r", "disable", "low/7"]);
    assert!(told.contains("warning: no prototype of low is enabled any more"), "{told}");
}

#[test]
fn an_edit_that_cannot_be_made_is_refused_in_one_sentence() {
    let workshop = workshop_with_run();
    let fails = |code, args: &[&str]| workshop.fails(code, &[&["edit", "r"][..], args].concat());
    assert_eq!(
        fails(2, &["disable", "lower/0"]),
        "no prototype is called \"lower/0\"; there are high/0, high/1, low/0, low/1"
    );
    assert!(fails(2, &["merge", "low/0", "high/0"]).contains("different classes"));
    assert!(fails(2, &["rename", "low/0", "low/1"]).contains("called \"low/1\" already"));
    assert_eq!(fails(2, &["undo"]), "there is nothing to undo; no edit is in force");
    let held_out = &tracks(&workshop, "low", "test")[0];
    assert!(fails(2, &["promote", held_out]).contains("is of test split"));
    let track = &tracks(&workshop, "low", "train")[0];
    assert!(fails(2, &["promote", track, "--at", "60"]).contains("its segments end at 8.0 s"));
    assert!(fails(2, &["promote", "low/none.wav"]).starts_with("the run knows no track"));
    for name in ["high", "low"] {
        let error = fails(2, &["rename", "low/0", name]);
        assert!(error.ends_with("is the name of a class; choose another name for the prototype"));
    }
    assert_eq!(
        fails(2, &["rename", "low/0", "high/7"]),
        "\"high/7\" reads as a prototype of class high, and this one is of low; choose another name"
    );
    let merge = ["merge", "low/0", "low/1", "--into", "high/0+1"];
    assert!(fails(2, &merge).contains("reads as a prototype of class high"));
    assert!(fails(2, &["promote", track, "--name", "high/9"]).contains("this one is of low"));

    // A model that was trained further is another model.
    workshop.succeeds(&["edit", "r", "disable", "low/0"]);
    workshop.succeeds(&["train", "--resume", "r", "--add-steps", "200"]);
    let error = fails(3, &["undo"]);
    assert!(error.starts_with("the edits were made before the run was trained further"), "{error}");
    workshop.write("prototypes/r/edits.jsonl", b"{\"schema\": 1}\n");
    assert!(fails(3, &["log"]).contains("line 1: missing field"));
}

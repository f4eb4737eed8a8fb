//! `compare`, `sweep` and `runs`: several runs at once.

use crate::program::{Workshop, texts};
use crate::train::{workshop_with_classes, workshop_with_run};

#[test]
fn runs_on_the_same_tracks_are_compared_and_others_are_not() {
    let workshop = workshop_with_run();
    let train = |source: &str, name: &str, more: &[&str]| {
        let train = ["train", source, "--name", name, "-k", "1", "--steps", "40", "--hidden", "16"];
        workshop.succeeds(&[&train[..], &["--batch", "16"], more].concat());
    };
    train("sounds", "s", &[]);
    train("sounds", "t", &["--splits", "draw", "--seed", "5"]);
    workshop.succeeds(&["edit", "s", "disable", "low/0"]);
    let (said, _) = workshop.succeeds(&["compare", "r", "s", "t"]);
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("RUN  BALANCED  95 % INTERVAL"), "{said}");
    assert!(lines[2].starts_with("s       0.500") && lines[2].ends_with(" 1"), "{said}");
    assert!(
        said.contains(
            "s less r, on the same 2 tracks\n  class-balanced accuracy  -0.500 (too few for"
        ),
        "{said}"
    );
    assert!(said.contains("right alone              s 0, r 1; McNemar p = 1.000\n"), "{said}");
    assert!(
        said.contains("t and r cannot be compared: their test splits are not the same: 2 and "),
        "{said}"
    );
    // A merge puts the adapted prototypes in the adaptor's place; what was learned stays what it was.
    let learned = |json: &str| {
        let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
        assert!(first["report"]["summary"]["roc_auc"].is_number(), "{first}");
        (first["n_parameters"].as_u64().unwrap(), first["n_prototypes"].as_u64().unwrap())
    };
    let compare = ["compare", "r", "s", "--json"];
    let before = learned(&workshop.succeeds(&compare).0);
    workshop.succeeds(&["edit", "r", "merge", "high/0", "high/1"]);
    assert_eq!(learned(&workshop.succeeds(&compare).0), (before.0, before.1 - 1));
    workshop.succeeds(&["edit", "r", "undo"]);

    let error = workshop.fails(2, &["compare", "r", "nowhere"]);
    assert_eq!(error, r#"no run "nowhere" is here or in prototypes, where there are r, s, t"#);

    let (list, _) = workshop.succeeds(&["runs", "list"]);
    assert_eq!(list.lines().count(), 4, "{list}");
    assert!(
        list.contains("s     finished  tiny         2           2    40/40       1.000      1\n"),
        "{list}"
    );
    let (shown, _) = workshop.succeeds(&["runs", "show", "s"]);
    assert!(shown.contains("edits       1 edit in force\n"), "{shown}");
    let error = workshop.fails(2, &["runs", "remove", "s"]);
    assert_eq!(error, "nobody can be asked here whether to remove run \"s\"; give -y to remove it");
    workshop.write("prototypes/t/mine.txt", b"");
    let error = workshop.fails(2, &["runs", "remove", "t", "-y"]);
    assert!(error.starts_with("not removed, because it holds \"mine.txt\""), "{error}");
    workshop.succeeds(&["runs", "remove", "s", "-y"]);
    assert!(!workshop.path("prototypes/s").exists() && workshop.path("prototypes/r").exists());
}

const SWEEP: [&str; 9] =
    ["sweep", "sounds", "--name", "w", "--steps", "30", "--hidden", "16", "--batch=8"];

fn sweep(workshop: &Workshop, more: &[&str]) -> (String, String) {
    workshop.succeeds(&[&SWEEP[..], more].concat())
}

#[test]
fn a_sweep_writes_the_table_and_keeps_what_is_finished() {
    let workshop = workshop_with_classes();
    let (said, told) = sweep(&workshop, &["-k", "2,1,99"]);
    let firsts: Vec<_> = said.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(firsts, ["K", "1", "2", "99", "–", "class-balanced", "no", "2"], "{said}");
    assert!(said.contains("no run w-k99: class high has 12 training segments"), "{said}");
    assert!(said.ends_with("2 runs → prototypes/w-sweep/table.csv\n"), "{said}");
    assert_eq!(told.matches("grouped by nothing").count(), 1, "{told}");
    let read = |name: &str| workshop.read(&format!("prototypes/{name}"));
    let (table, model) = (read("w-sweep/table.csv"), read("w-k2/model.safetensors"));
    assert_eq!(String::from_utf8(table.clone()).unwrap().lines().count(), 5);

    // A run that died, here before its first checkpoint, goes on; a finished one is kept.
    std::fs::remove_file(workshop.path("prototypes/w-k2/model.safetensors")).unwrap();
    std::fs::remove_file(workshop.path("prototypes/w-k2/checkpoint.safetensors")).unwrap();
    let (_, told) = sweep(&workshop, &["-k", "1,2,99"]);
    assert!(
        told.contains("w-k1 (finished before)\n") && !told.contains("w-k2 (finished"),
        "{told}"
    );
    assert!(read("w-k2/model.safetensors") == model);
    assert!(read("w-sweep/table.csv") == table);

    let output = workshop.run(&[&SWEEP[..], &["-k", "1", "--lr", "0.1"]].concat());
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("the run was made with other settings (training)"), "{stderr}");
    let output = workshop.run(&["sweep", "sounds", "--name", "x", "-k", "1", "--folds", "17"]);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(3));
    let sentence = "error: 17 folds, expected 2 or more and no more than the 16 groups\n";
    assert!(stderr.ends_with(sentence), "{stderr}");
    for args in [&["-k", "0"][..], &["-k", "1,x"], &["--folds", "1"]] {
        assert_eq!(workshop.run(&[&SWEEP[..], args].concat()).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn every_track_is_tested_once_in_a_cross_validation() {
    let workshop = workshop_with_classes();
    let (said, _) = sweep(&workshop, &["-k", "1", "--folds", "4"]);
    assert!(said.contains("mean ± standard deviation over 4 folds"), "{said}");
    let mut tested = Vec::new();
    for fold in 0..4 {
        let name = format!("prototypes/w-k1-fold{fold}/data/tracks.csv");
        let tracks = String::from_utf8(workshop.read(&name)).unwrap();
        let lines = tracks.lines().filter(|line| line.contains(",test,"));
        tested.extend(lines.map(|line| line.split(',').next().unwrap().to_owned()));
    }
    tested.sort();
    tested.dedup();
    assert_eq!(tested.len(), 16);
}

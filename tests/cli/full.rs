//! A disk that is full: what is lost, and how to go on.

use crate::program::texts;
use crate::train::{workshop_with_classes, workshop_with_run};

/// A checkpoint of which is larger than anything else of the run.
const TRAIN: [&str; 9] =
    ["train", "sounds", "--table", "t.parquet", "-k", "2", "--steps", "40", "--batch=16"];

#[test]
fn a_training_that_cannot_be_saved_says_how_to_go_on_and_does() {
    let workshop = workshop_with_classes();
    workshop.succeeds(&["embed", "sounds", "-o", "t.parquet", "-q"]);
    let train = |name| [&TRAIN[..], &["--name", name, "-q"]].concat();
    workshop.succeeds(&train("whole"));

    let output = workshop.run_where_files_are_small(300_000, &train("r"));
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot write (File too large"), "{stderr}");
    let way = "the run is kept up to its last checkpoint, go on with `pecmae train --resume prototypes/r` once it can be written";
    assert!(stderr.trim_end().ends_with(way), "{stderr}");
    workshop.succeeds(&["train", "--resume", "prototypes/r", "-q"]);
    let model = |run: &str| workshop.read(&format!("prototypes/{run}/model.safetensors"));
    assert!(model("r") == model("whole"));

    // What never became a run does not keep its name.
    let output = workshop.run_where_files_are_small(500, &train("s"));
    assert_eq!(output.status.code(), Some(1), "{:?}", texts(&output));
    assert!(!workshop.path("prototypes/s").exists());
    workshop.succeeds(&train("s"));
}

#[test]
fn a_rendering_that_cannot_be_saved_leaves_no_half_of_a_sound() {
    let workshop = workshop_with_run();
    let sonify = ["sonify", "r", "--steps", "1", "--takes", "1", "-q"];
    let output = workshop.run_where_files_are_small(50_000, &sonify);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with("error: cannot write the audio file (File too large")
            && stderr.contains("the free space"),
        "{stderr}"
    );
    let files = std::fs::read_dir(workshop.path("prototypes/r/sounds")).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["sounds.json"]);
    workshop.succeeds(&sonify);
}

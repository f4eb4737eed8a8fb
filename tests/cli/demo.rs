//! `demo`: everything at once, on what is part of the program alone.

use std::time::Duration;

use serde_json::Value;

use crate::program::Workshop;

/// The last JSON line.
fn done(stdout: &str) -> Value {
    serde_json::from_str(stdout.lines().last().unwrap()).unwrap()
}

#[test]
fn the_demonstration_learns_hears_its_prototypes_explains_and_goes_on_where_it_was_stopped() {
    let workshop = Workshop::empty();
    let mut child = workshop.start_listening(&["demo", "-q", "--runs", "kept"]);
    let first = workshop.path("kept/demo-instruments/sounds/sounds.json");
    while !first.exists() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // SAFETY: a signal to a child of this process, which has not been waited for.
    unsafe { libc::kill(child.id() as i32, libc::SIGINT) };
    let stopped = child.wait_with_output().unwrap();
    assert_eq!(stopped.status.code(), Some(130));

    let (stdout, stderr) = workshop.succeeds(&["demo", "--json", "--runs", "kept"]);
    assert!(stderr.contains("it has been trained before"), "{stderr}");
    let note = "using model nano, a small demonstration encoder";
    assert_eq!(stderr.matches(note).count(), 1, "{stderr}");
    let end = done(&stdout);
    assert_eq!((&end["event"], &end["command"]), (&"done".into(), &"demo".into()));
    // Six times what guessing one of ten classes gives.
    assert!(end["balanced_accuracy"].as_f64().unwrap() > 0.6, "{end}");
    assert_eq!(end["sounds"], 50);
    assert!(end["own_class"].as_u64().unwrap() >= 45, "{end}");

    // What it names to try next works, and its run is a run like any other.
    let (text, notes) = workshop.succeeds(&["demo", "--runs", "kept"]);
    let commands: Vec<_> =
        notes.lines().filter_map(|line| line.trim().strip_prefix("pecmae ")).collect();
    assert_eq!(commands.len(), 3, "{notes}");
    for command in &commands[..2] {
        let args: Vec<_> = command.split('#').next().unwrap().split_whitespace().collect();
        workshop.succeeds(&args);
    }
    for word in [
        "--name demo-instruments --runs kept",
        "this run",
        "nearest centroid",
        "logit",
        "OWN CLASS",
    ] {
        assert!(text.contains(word), "no {word:?}: {text}");
    }
    let (explained, _) = workshop.succeeds(&["runs", "list", "--runs", "kept"]);
    assert!(explained.contains("demo-instruments"), "{explained}");
}

#[test]
fn a_run_of_that_name_but_of_other_audio_is_left_alone() {
    let workshop = Workshop::empty();
    for (class, hz) in [("high", 2000.0), ("low", 80.0)] {
        for i in 0..4 {
            workshop.write_sound(&format!("mine/{class}/{i}.wav"), 4.0, hz + i as f32);
        }
    }
    let train = ["train", "mine", "-k", "1", "--steps", "5", "--name", "demo-genres"];
    workshop.succeeds(&train);
    let model = workshop.read("prototypes/demo-genres/model.safetensors");
    let output = workshop.run(&["demo", "genres"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("the run is not this demonstration's but of other audio"), "{error}");
    assert_eq!(workshop.read("prototypes/demo-genres/model.safetensors"), model);
}

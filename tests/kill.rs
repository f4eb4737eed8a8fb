//! A run that is killed or interrupted at any moment ends, once it is let, with the bytes of one that was not.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod program;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use program::{Workshop, signal};
use rand::{Rng as _, SeedableRng as _};

/// Kills that the test must have made.
const KILLS: usize = 60;

/// Tracks of one segment each: many places where a kill can fall between two of them.
fn workshop() -> Workshop {
    let workshop = Workshop::new();
    for i in 0..24 {
        let name = format!("sounds/{}/{i:02}.wav", ["jazz", "rock", "folk"][i % 3]);
        workshop.write_sound(&name, 1.0 + (i % 7) as f32, 110.0 + 30.0 * i as f32);
    }
    workshop
}

const EMBED: [&str; 11] = [
    "embed",
    "sounds",
    "--frames",
    "--threads",
    "1",
    "--batch",
    "2",
    "--decoders",
    "1",
    "-o",
    "t.parquet",
];

fn start(workshop: &Workshop) -> Child {
    let mut command = workshop.command(&EMBED);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn a_run_killed_at_random_moments_ends_with_the_same_bytes() {
    let workshop = workshop();
    let started = Instant::now();
    assert!(start(&workshop).wait().unwrap().success());
    let whole_run = started.elapsed();
    let tables = || ["t.parquet", "t.frames.parquet"].map(|name| workshop.read(name));
    let wanted = tables();
    let litter = workshop.files();

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(0x6b69_6c6c);
    let (mut n_kills, mut n_rounds) = (0, 0);
    while n_kills < KILLS {
        for name in ["t.parquet", "t.frames.parquet"] {
            std::fs::remove_file(workshop.path(name)).unwrap();
        }
        // Short lives first reach everywhere; longer ones let every round end.
        let mut longest = 0.25;
        loop {
            let mut child = start(&workshop);
            std::thread::sleep(whole_run.mul_f64(random.random_range(0.0..longest)));
            longest += 0.05;
            child.kill().unwrap();
            let status = child.wait().unwrap();
            if status.success() {
                break;
            }
            assert_eq!(status.code(), None, "the run failed by itself: {status}");
            n_kills += 1;
        }
        n_rounds += 1;
        assert!(tables() == wanted, "round {n_rounds}, after {n_kills} kills");
        assert_eq!(workshop.files(), litter, "round {n_rounds}");
    }
    println!("{n_kills} kills in {n_rounds} rounds; an undisturbed run takes {whole_run:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_embed_says_how_to_go_on_and_does() {
    let workshop = workshop();
    assert!(start(&workshop).wait().unwrap().success());
    let wanted = workshop.read("t.parquet");
    for name in ["INT", "TERM"] {
        for table in ["t.parquet", "t.frames.parquet"] {
            std::fs::remove_file(workshop.path(table)).unwrap();
        }
        let mut child = workshop.start_listening(&[&EMBED[..], &["--json"]].concat());
        // Interrupted once the first track is done.
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut lines = lines.filter(|line| line.contains("\"event\":\"result\""));
        assert!(lines.next().is_some());
        signal(&child, name);
        lines.for_each(drop);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{name}: {stderr}");
        assert!(stderr.ends_with("tracks; the same command goes on from there\n"), "{stderr}");
        assert!(!workshop.path("t.parquet").exists());

        let (_, stderr) = workshop.succeeds(&EMBED);
        assert!(stderr.contains("going on after "), "{stderr}");
        assert!(workshop.read("t.parquet") == wanted, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_sonify_keeps_what_is_finished_and_goes_on() {
    let workshop = Workshop::new();
    let values: Vec<f32> = (0..12 * 32).map(|i| (i as f32 * 0.37).sin()).collect();
    workshop.write("z.npy", &program::npy(&[12, 32], &values));
    let sonify = ["sonify", "--z", "z.npy", "--batch", "1", "--threads", "1", "-o"];
    workshop.succeeds(&[&sonify[..], &["whole"]].concat());

    let child = workshop.start_listening(&[&sonify[..], &["s"]].concat());
    let patience = Instant::now() + Duration::from_secs(60);
    while !workshop.path("s/001.wav").exists() {
        assert!(Instant::now() < patience, "no sound was made");
        std::thread::sleep(Duration::from_millis(2));
    }
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.ends_with("of 12 sounds; the same command goes on from there\n"), "{stderr}");
    assert!(workshop.path("s/001.wav").exists() && !workshop.path("s/011.wav").exists());

    workshop.succeeds(&[&sonify[..], &["s"]].concat());
    for name in (0..12).map(|i| format!("{i:03}.wav")).chain(["sonify.json".to_owned()]) {
        let [whole, resumed] =
            ["whole", "s"].map(|folder| workshop.read(&format!("{folder}/{name}")));
        assert!(whole == resumed, "{name}");
    }
}

/// Kills of a training that the test must have made.
const TRAINING_KILLS: usize = 12;

/// Steps enough for a kill to fall among them, and a checkpoint after each.
const TRAIN: [&str; 14] = [
    "--name",
    "r",
    "-k",
    "2",
    "--steps",
    "300",
    "--batch",
    "16",
    "--hidden",
    "64",
    "--checkpoint-every",
    "0",
    "--threads",
    "1",
];

/// What a run is, and what it says about itself.
const RUN_FILES: [&str; 7] = [
    "model.safetensors",
    "checkpoint.safetensors",
    "history.csv",
    "status.json",
    "run.toml",
    "data/tracks.csv",
    "data/embeddings.parquet",
];

fn train_into(folder: &str) -> Vec<&str> {
    [&["train", "sounds", "--runs", folder][..], &TRAIN].concat()
}

#[test]
fn a_training_killed_at_random_moments_ends_with_the_same_bytes() {
    let workshop = workshop();
    let began = Instant::now();
    workshop.succeeds(&train_into("whole"));
    let whole_run = began.elapsed();

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(0x7472_6169);
    let (mut n_kills, mut round) = (0, 0);
    while n_kills < TRAINING_KILLS {
        round += 1;
        let folder = format!("round-{round}");
        let mut longest = 0.3;
        loop {
            let resume = format!("{folder}/r");
            let has_begun = workshop.path(&format!("{resume}/run.toml")).exists();
            let args = match has_begun {
                true => {
                    vec!["train", "--resume", &resume, "--checkpoint-every", "0", "--threads", "1"]
                }
                false => train_into(&folder),
            };
            let mut command = workshop.command(&args);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(whole_run.mul_f64(random.random_range(0.0..longest)));
            longest += 0.1;
            child.kill().unwrap();
            let status = child.wait().unwrap();
            if status.success() {
                break;
            }
            // A run that was killed after its last word has nothing left to do.
            if status.code() == Some(2) && has_begun {
                break;
            }
            assert_eq!(status.code(), None, "the run failed by itself: {status}");
            n_kills += 1;
        }
        for name in RUN_FILES {
            let [wanted, found] =
                ["whole", &folder].map(|folder| workshop.read(&format!("{folder}/r/{name}")));
            assert!(wanted == found, "{name} in round {round}, after {n_kills} kills");
        }
    }
    println!("{n_kills} kills in {round} rounds; an undisturbed run takes {whole_run:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupted_training_keeps_a_checkpoint_and_says_how_to_go_on() {
    let workshop = workshop();
    let train =
        ["train", "sounds", "-k", "2", "--batch", "16", "--hidden", "64", "--steps", "3000"];
    workshop.succeeds(&[&train[..], &["--name", "whole"]].concat());

    let args = [&train[..], &["--name", "cut", "--json", "--checkpoint-every", "0.01"]].concat();
    let mut child = workshop.start_listening(&args);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut lines = lines.filter(|line| line.contains("\"event\":\"checkpoint\""));
    assert!(lines.next().is_some());
    signal(&child, "INT");
    lines.for_each(drop);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    let said = "of 3000, checkpoint saved; go on with `pecmae train --resume prototypes/cut`\n";
    assert!(stderr.ends_with(said), "{stderr}");
    let status = String::from_utf8(workshop.read("prototypes/cut/status.json")).unwrap();
    assert!(status.contains("\"state\": \"interrupted\""), "{status}");
    assert!(!workshop.path("prototypes/cut/model.safetensors").exists());

    workshop.succeeds(&["train", "--resume", "cut"]);
    for name in ["model.safetensors", "history.csv", "status.json"] {
        let [whole, cut] =
            ["whole", "cut"].map(|run| workshop.read(&format!("prototypes/{run}/{name}")));
        assert!(whole == cut, "{name}");
    }
}

#[test]
fn a_run_whose_prototypes_are_rendered_and_killed_ends_with_the_same_bytes() {
    let workshop = Workshop::new();
    for (class, pitch) in [("low", 60.0), ("high", 1800.0)] {
        for i in 0..5 {
            workshop.write_sound(
                &format!("s/{class}/{i}.wav"),
                8.0,
                pitch * (1.0 + i as f32 / 8.0),
            );
        }
    }
    let train = ["train", "s", "--name", "r", "-k", "2", "--steps", "40", "--hidden", "16"];
    workshop.succeeds(&[&train[..], &["--batch", "8"]].concat());
    let sonify = ["sonify", "r", "--takes", "3", "--steps", "2", "--batch", "2", "--check"];
    let start = || {
        let mut command = workshop.command(&sonify);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let started = Instant::now();
    assert!(start().wait().unwrap().success());
    let whole_run = started.elapsed();
    let files = workshop.files();
    let sounds = || -> Vec<_> {
        let names = files.iter().filter(|name| name.starts_with("prototypes/r/sounds/"));
        names.map(|name| workshop.read(name)).collect()
    };
    let wanted = sounds();
    assert_eq!(wanted.len(), 13);

    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(0x736f_6e67);
    let mut n_kills = 0;
    while n_kills < 15 {
        std::fs::remove_dir_all(workshop.path("prototypes/r/sounds")).unwrap();
        loop {
            let mut child = start();
            std::thread::sleep(whole_run.mul_f64(random.random_range(0.0..0.9)));
            child.kill().unwrap();
            if child.wait().unwrap().success() {
                break;
            }
            n_kills += 1;
        }
        assert!(sounds() == wanted, "after {n_kills} kills");
        assert_eq!(workshop.files(), files, "after {n_kills} kills");
    }
}

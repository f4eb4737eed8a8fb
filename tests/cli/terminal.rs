//! Help, JSON lines, closed pipes, wrong usage.

use std::fs;

use crate::program::{Workshop, texts};
use crate::vectors;

#[test]
fn the_help_names_verbs_options_and_exit_codes() {
    let (help, _) = Workshop::empty().succeeds(&["--help"]);
    insta::assert_snapshot!(help, @r"
    Music-audio embeddings, and the sounds they stand for

    Usage: pecmae [OPTIONS] <COMMAND>

    Commands:
      models       Get, list, check and remove models
      data         Look at labeled audio before using it
      embed        Turn audio files into a table of vectors
      merge        Join the tables of shards into one
      reconstruct  Send an audio file through the model and back
      sonify       Turn vectors into sound

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Global options:
          --threads <N>       Threads that compute; 0 means one for each core [default: 0]
          --precision <TYPE>  Arithmetic: f32, bf16x3 or bf16, each faster and less exact [default: f32]
      -q, --quiet             Say nothing but what was asked for, and errors
          --no-progress       Show no progress
          --json              Write JSON lines to standard output, and text to standard error
          --strict            Exit with 6 if anything was left out or is to be warned of
          --offline           Never use the network (only `models pull` would)

    Exit codes:
        0  done
        1  internal fault, or the system refused (disk full, no permission)
        2  wrong usage
        3  data that cannot be used: audio, table, .npy
        4  weights missing, corrupt or unknown
        5  device unavailable
        6  finished, but with --strict: files were skipped, or there are warnings
        7  reserved
        8  network failed or was switched off
      130  interrupted; the same command goes on from there

    Models live in $PECMAE_HOME/models, or in pecmae/models in your folder for application data.
    ");
    for verb in ["data", "embed", "merge", "reconstruct", "sonify", "models"] {
        Workshop::empty().succeeds(&[verb, "--help"]);
    }
}

#[test]
fn every_line_of_json_is_an_object_of_one_schema_and_standard_error_is_for_people() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("sounds/text.wav", b"Once upon a time\n");
    workshop.write("z.npy", &vectors(1));
    let events = |args: &[&str]| {
        let (stdout, stderr) = texts(&workshop.run(&[args, &["--json"]].concat()));
        assert!(!stderr.contains('{'), "{stderr}");
        let event = |line: &str| {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(value["schema"], 1, "{line}");
            value["event"].as_str().unwrap().to_owned()
        };
        let mut events: Vec<_> = stdout.lines().map(event).collect();
        events.dedup();
        events
    };
    let embedded = events(&["embed", "sounds", "-o", "t.parquet", "--batch", "64"]);
    assert_eq!(embedded.first().unwrap(), "start");
    assert_eq!(embedded.last().unwrap(), "done");
    for event in ["skip", "result", "progress"] {
        assert!(embedded.iter().any(|found| found == event), "{embedded:?}");
    }
    assert_eq!(events(&["models", "list"]), ["result"]);
    assert_eq!(events(&["models", "info"]), ["result"]);
    assert_eq!(events(&["models", "verify"]), ["result"]);
    let sonified = events(&["sonify", "--z", "z.npy", "-o", "s", "--steps", "1"]);
    assert_eq!(sonified.last().unwrap(), "done");
    assert_eq!(events(&["sonify", "--z", "nowhere.npy", "-o", "s"]), ["start", "error"]);
}

#[test]
fn quiet_means_only_what_was_asked_for() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    let said = workshop.succeeds(&["embed", "sounds", "-o", "t.parquet", "-q"]);
    assert_eq!(said, (String::new(), String::new()));
    assert_ne!(workshop.succeeds(&["models", "path", "-q"]).0, "");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let workshop = Workshop::new();
    for args in [&["models", "info"][..], &["models", "list", "--json"], &["--help"]] {
        let mut command = workshop.command(args);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let workshop = Workshop::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = workshop.command(&["models", "list"]).stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: cannot write to standard output"), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_unicode_is_told_and_not_stumbled_over() {
    use std::os::unix::ffi::OsStrExt as _;
    let workshop = Workshop::new();
    workshop.write_sounds();
    let name = std::ffi::OsStr::from_bytes(b"sounds/caf\xe9.wav");
    fs::copy(workshop.path("sounds/e.wav"), workshop.path("").join(name)).unwrap();
    for more in [&[][..], &["--json"]] {
        let embed = ["embed", "sounds", "-o", "t.parquet"];
        let (_, stderr) = workshop.succeeds(&[&embed[..], more].concat());
        assert!(stderr.contains("its name is not valid Unicode"), "{stderr}");
    }
}

#[test]
fn wrong_usage_ends_with_code_2() {
    let workshop = Workshop::empty();
    for args in [
        &["embed"][..],
        &["embed", "a", "-o", "t.parquet", "--batch", "0"],
        &["embed", "a", "-o", "t.parquet", "--tail", "keep"],
        &["embed", "a", "-o", "t.parquet", "--shard", "3/2"],
        &["sonify", "--z", "z.npy", "-o", "s", "--guidance", "-1"],
        &["sonify", "--z", "z.npy", "-o", "s", "--solver", "euler"],
        &["sonify", "--z", "z.npy", "-o", "s", "--noise", "n.npy", "--seed", "1"],
        &["models", "list", "--precision", "f64"],
        &["models", "import", "--autoencoder", "a", "--name", "../a"],
        &["fly"],
    ] {
        let output = workshop.run(args);
        let (stdout, stderr) = texts(&output);
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

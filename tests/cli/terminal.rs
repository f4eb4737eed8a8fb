//! Help, JSON lines, closed pipes, wrong usage.

use std::fs;

use crate::program::{Workshop, texts};
use crate::vectors;

#[test]
fn a_manual_page_names_a_command_s_own_options_first_and_in_the_order_of_its_help() {
    let workshop = Workshop::empty();
    workshop.succeeds(&["man", "pages"]);
    let page = String::from_utf8(workshop.read("pages/pecmae-train.1")).unwrap();
    let synopsis = page.split(".SH SYNOPSIS").nth(1).unwrap().split(".SH").next().unwrap();
    let plain = synopsis.replace("\\-", "-");
    let names = [
        "--name",
        "--runs",
        "--prototypes-per-class",
        "--model",
        "--steps",
        "--resume",
        "--dry-run",
    ];
    let globals = ["--threads", "--precision", "--quiet", "--offline", "--help", "--version"];
    let places: Vec<_> = names
        .iter()
        .chain(&globals)
        .map(|name| plain.find(&format!("{name}\\fR")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{plain}");
}

#[test]
fn completions_as_json_end_with_done() {
    let workshop = Workshop::empty();
    let (script, _) = workshop.succeeds(&["completions", "bash"]);
    let (lines, _) = workshop.succeeds(&["completions", "bash", "--json"]);
    let lines: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["result", "done"]);
    assert_eq!(lines[0]["script"].as_str().unwrap(), script.trim_end());
    assert_eq!((&lines[1]["command"], &lines[1]["shell"]), (&"completions".into(), &"bash".into()));
}

#[test]
fn the_help_names_verbs_options_and_exit_codes() {
    let (help, _) = Workshop::empty().succeeds(&["--help"]);
    insta::assert_snapshot!(help, @r"
    Music-audio embeddings, and the sounds they stand for

    Usage: pecmae [OPTIONS] <COMMAND>

    Commands:
      models       Get, list, check and remove models
      data         Look at labeled audio before using it
      demo         Show everything on audio that is part of the program: train, measure, sonify and explain, in a minute or two
      train        Learn prototypes from labeled audio
      evaluate     Measure a run: figures with intervals, confusions, mistakes, and what simple models reach
      compare      Put runs side by side, and say whether what parts them may be chance
      sweep        Train with several numbers of prototypes, and write the table
      runs         List, show and remove runs
      edit         Disable, rename, merge or add prototypes of a run, and see what that does
      predict      Label audio files by a run
      explain      Say which prototypes drive a file's label, in sums that add up
      prototypes   Say what each prototype of a run is good for
      export       Hand a run to others: a page that plays, figures, for notebooks, for a hub of models, for spreadsheets
      import       Take over what the published implementation wrote: prototypes, vectors
      gui          Open the studio: hear prototypes, question predictions, repair models
      embed        Turn audio files into a table of vectors
      merge        Join the tables of shards into one
      reconstruct  Send an audio file through the model and back
      sonify       Turn vectors, or the prototypes of a run, into sound
      pretrain     Train a model of your own on a folder of music: codec, encoder, autoencoder
      synth        Make labeled music by rules, to try things on and to train on
      completions  Print shell completions
      man          Write manual pages

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
        7  a figure is below --fail-under
        8  network failed or was switched off
      130  interrupted; the same command goes on from there

    Models live in $PECMAE_HOME/models, or in pecmae/models in your folder for application data.
    ");
    for verb in ["data", "train", "embed", "merge", "reconstruct", "sonify", "models"] {
        Workshop::empty().succeeds(&[verb, "--help"]);
    }
}

/// The JSON lines of a run, which has one ending: `done` or `error`, last, once; progress only grows.
#[track_caller]
fn json_lines(workshop: &Workshop, code: i32, args: &[&str]) -> Vec<serde_json::Value> {
    let output = workshop.run(&[args, &["--json"]].concat());
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(!stderr.contains('{'), "{stderr}");
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["schema"] == 1), "{stdout}");
    let (last, others) = lines.split_last().unwrap();
    let is_end = |line: &serde_json::Value| line["event"] == "done" || line["event"] == "error";
    assert!(is_end(last) && !others.iter().any(is_end), "{args:?}: {stdout}");
    assert_eq!(last["event"] == "done", code == 0, "{args:?}: {stdout}");
    let fractions: Vec<f64> = lines
        .iter()
        .filter(|line| line["event"] == "progress")
        .map(|line| line["fraction"].as_f64().unwrap())
        .collect();
    assert!(fractions.is_sorted(), "{fractions:?}");
    if code == 0 && !fractions.is_empty() {
        assert_eq!(
            fractions.iter().filter(|fraction| **fraction == 1.0).count(),
            1,
            "{fractions:?}"
        );
    }
    lines
}

/// The names of the events, each once for those in a row.
fn names(lines: &[serde_json::Value]) -> Vec<&str> {
    let mut names: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    names.dedup();
    names
}

#[test]
fn a_run_with_json_has_one_ending_and_its_progress_reaches_the_end() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("sounds/text.wav", b"Once upon a time\n");
    workshop.write("z.npy", &vectors(3));
    let run = |args: &[&str]| json_lines(&workshop, 0, args);

    for batch in ["64", "1"] {
        let embed = ["embed", "sounds", "-o", "t.parquet", "--batch", batch, "--restart"];
        let lines = run(&embed);
        assert_eq!(lines[0]["event"], "start");
        for event in ["skip", "result", "progress"] {
            assert!(names(&lines).contains(&event), "{lines:?}");
        }
    }
    // Nothing is left to compute.
    for args in
        [&["embed", "sounds", "-o", "t.parquet"][..], &["embed", "sounds/e.wav", "-o", "e.parquet"]]
    {
        assert!(names(&run(args)).contains(&"progress"));
    }
    for way in ["z", "codec"] {
        for source in ["sounds/jazz/a.wav", "sounds/jazz/b.wav"] {
            let reconstruct =
                ["reconstruct", source, "-o", "r.wav", "--through", way, "--steps", "2"];
            let lines = run(&reconstruct);
            assert_eq!(names(&lines)[..2], ["start", "progress"]);
        }
    }
    for _ in 0..2 {
        let lines = run(&["sonify", "--z", "z.npy", "-o", "s", "--steps", "2", "--batch", "2"]);
        assert_eq!(names(&lines)[..3], ["start", "progress", "result"]);
    }
    assert_eq!(names(&run(&["data", "check", "sounds"])), ["start", "progress", "result", "done"]);
    assert_eq!(names(&run(&["models", "list"])), ["result", "done"]);
    assert_eq!(names(&run(&["models", "info"])), ["result", "done"]);
    assert_eq!(names(&run(&["models", "path"])), ["result", "done"]);
    assert_eq!(names(&run(&["models", "verify"])), ["start", "result", "done"]);
    assert_eq!(names(&run(&["merge", "t.parquet", "-o", "m.parquet"])), ["start", "done"]);
    assert_eq!(names(&run(&["models", "remove", "tiny", "-y"])), ["done"]);
}

#[test]
fn warnings_come_before_the_ending() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    let run = |args: &[&str]| json_lines(&workshop, 0, args);
    run(&["embed", "sounds", "--shard", "1/2", "-o", "t.parquet"]);
    assert_eq!(
        names(&run(&["merge", "t.parquet", "-o", "m.parquet"])),
        ["start", "warning", "done"]
    );
    let loud = ["reconstruct", "sounds/e.wav", "-o", "r.wav", "--guidance", "1000"];
    let lines = run(&loud);
    assert!(names(&lines).ends_with(&["warning", "done"]), "{lines:?}");
    // Floats hold what is beyond full scale, so there is nothing to warn of.
    workshop.write("z.npy", &vectors(1));
    let lines = run(&["sonify", "--z", "z.npy", "-o", "s", "--guidance", "1000"]);
    assert!(names(&lines).ends_with(&["result", "done"]), "{lines:?}");
    assert!(lines[lines.len() - 2]["peak"].as_f64().unwrap() > 1.0, "{lines:?}");
}

#[test]
fn a_run_with_json_that_fails_ends_with_its_error() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("sounds/text.wav", b"Once upon a time\n");
    for (code, args) in [
        (3, &["sonify", "--z", "nowhere.npy", "-o", "s"][..]),
        (3, &["embed", "nowhere", "-o", "t.parquet"]),
        (6, &["embed", "sounds", "-o", "t.parquet", "--strict"]),
        (2, &["embed", "sounds", "-o", "t.parquet", "--layer", "9"]),
        (2, &["embed", "sounds", "-o", "t.parquet", "--batch", "0"]),
        (2, &["embed"]),
        (2, &["fly"]),
        (2, &[]),
        (4, &["models", "info", "nowhere"]),
        (3, &["data", "check", "nowhere"]),
        (6, &["data", "check", "sounds", "--strict"]),
    ] {
        let lines = json_lines(&workshop, code, args);
        let error = lines.last().unwrap();
        assert_eq!(error["code"], code, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{error}");
    }
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

#[test]
fn a_number_that_does_not_fit_is_answered_with_one_line_that_says_what_does() {
    let workshop = Workshop::empty();
    let sonify = ["sonify", "--z", "z.npy", "-o", "s"];
    let embed = ["embed", "a", "-o", "t.parquet"];
    let import = ["models", "import", "--autoencoder", "a", "--name", "a"];
    for (verb, option, value, expected) in [
        (&sonify[..], "--steps", "-1", "expected a whole number from 1 to 10000"),
        (&sonify, "--steps", "0", "expected a whole number from 1 to 10000"),
        (&sonify, "--guidance", "nan", "expected a finite number, 0 or more"),
        (&sonify, "--guidance", "-0.5", "expected a finite number, 0 or more"),
        (&sonify, "--seed", "-1", "expected a whole number from 0 to 18446744073709551615"),
        (&sonify, "--batch", "0", "expected a whole number from 1 to 1024"),
        (&embed, "--batch", "0", "expected a whole number from 1 to 1024"),
        (&embed, "--decoders", "x", "expected a whole number from 1 to 1024"),
        (&embed, "--layer", "0", "expected a whole number, 1 or more"),
        (&embed, "--layer", "-9", "expected a whole number, 1 or more"),
        (&embed, "--threads", "-2", "expected a whole number from 0 to 1024"),
        (&import, "--segment-seconds", "-4", "expected a finite number, 0 or more"),
        (&import, "--heads", "0", "expected a whole number from 1 to 1024"),
        (&sonify, "--solver", "euler", "expected one of multistep, ddim"),
    ] {
        let error = workshop.fails(2, &[verb, &[option, value]].concat());
        assert_eq!(error, format!("{option} cannot be {value:?}: {expected}; --help says more"));
    }
}

//! `data check`: what a source will be read as.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Workshop, texts};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audio");
    std::fs::read(folder.join(name)).unwrap()
}

/// What `data check --json` says, with its exit code.
fn report(workshop: &Workshop, args: &[&str]) -> (Value, Option<i32>) {
    let output = workshop.run(&[&["data", "check", "--json"][..], args].concat());
    let (stdout, stderr) = texts(&output);
    let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let result = lines.into_iter().find(|line| line["event"] == "result");
    (result.unwrap_or_else(|| panic!("{stdout}{stderr}")), output.status.code())
}

/// A column of a list of objects.
fn column<'a>(values: &'a Value, name: &str) -> Vec<&'a str> {
    values.as_array().unwrap().iter().map(|value| value[name].as_str().unwrap()).collect()
}

#[test]
fn in_a_messy_folder_nothing_is_lost_and_nothing_is_skipped_silently() {
    let workshop = Workshop::empty();
    let (wav, mp3, flac) = (
        fixture("mono-8000hz-mulaw.wav"),
        fixture("stereo-44100hz-cbr.mp3"),
        fixture("mono-22050hz-16bit.flac"),
    );
    let long = format!("mess/rock/{}.wav", "n".repeat(240));
    let good = [
        ("mess/rock/UPPER.WAV", &wav),
        (long.as_str(), &fixture("mono-22050hz-alac.m4a")), // the content decides
        ("mess/jazz/same name.mp3", &mp3),
        ("mess/rock/same name.mp3", &fixture("stereo-44100hz-vbr.mp3")),
        ("mess/Čočka & 音楽/プロト é.FlAc", &flac),
        ("mess/train/jazz/in a split.ogg", &fixture("stereo-44100hz.ogg")),
        ("mess/jazz/copy.flac", &flac),
    ];
    let bad: [(&str, &[u8], &str); 5] = [
        ("mess/jazz/text.wav", b"Once upon a time\n", "not an audio file of a known kind"),
        ("mess/jazz/empty.wav", b"", "the file holds no samples"),
        ("mess/jazz/cut.mp3", &mp3[..mp3.len() / 2], "the file is cut off"),
        ("mess/train/no class.wav", &wav, "lies directly in the split folder \"train\""),
        ("mess/no folder.wav", &wav, "lies beside the class folders"),
    ];
    let other = [
        ("mess/cover.JPG", "not an audio file"),
        ("mess/rock/.DS_Store", "hidden"),
        ("mess/.git/a.wav", "hidden"),
    ];
    good.iter().for_each(|(name, bytes)| workshop.write(name, bytes));
    bad.iter().for_each(|(name, bytes, _)| workshop.write(name, bytes));
    other.iter().for_each(|(name, _)| workshop.write(name, b"?"));
    let before = workshop.files();

    let (report, code) = report(&workshop, &["mess"]);
    assert_eq!((code, &report["layout"]), (Some(0), &Value::from("class-folders")));
    let mut wanted: Vec<_> =
        good.iter().map(|(name, _)| name.strip_prefix("mess/").unwrap()).collect();
    wanted.sort_unstable();
    let tracks: Vec<_> =
        report["tracks"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert_eq!(tracks, wanted);
    assert_eq!(column(&report["classes"], "label"), ["jazz", "rock", "Čočka & 音楽"]);

    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), bad.len(), "{problems:?}");
    for (name, _, reason) in bad {
        let path = workshop.path(name);
        let told =
            problems.iter().find(|problem| Path::new(problem["path"].as_str().unwrap()) == path);
        let told =
            told.unwrap_or_else(|| panic!("{name}: {problems:?}"))["reason"].as_str().unwrap();
        assert!(told.starts_with(reason), "{name}: {told}");
    }
    let ignored = column(&report["ignored"], "path");
    assert_eq!(ignored.len(), other.len(), "{ignored:?}");
    for (name, reason) in other {
        // A hidden folder is told as a whole.
        let path = PathBuf::from(name.replace(".git/a.wav", ".git"));
        let i = ignored.iter().position(|found| Path::new(found) == path);
        assert_eq!(
            column(&report["ignored"], "reason")[i.unwrap_or_else(|| panic!("{name}"))],
            reason
        );
    }
    let warnings = report["warnings"].to_string();
    for warning in [
        "\\\"train\\\" beside class folders",
        "with different labels: jazz/copy.flac, Čočka",
        "fewer than 3",
    ] {
        assert!(warnings.contains(warning), "{warning}: {warnings}");
    }

    let (stdout, stderr) = workshop.succeeds(&["data", "check", "mess"]);
    assert_eq!(stderr, "");
    assert!(stdout.contains("groups     grouped by: none (!)\n"), "{stdout}");
    assert!(stdout.contains("files      10 audio, 7 usable tracks with "), "{stdout}");
    assert!(stdout.ends_with("\nnothing was written\n"), "{stdout}");
    let strict = workshop.run(&["data", "check", "mess", "--strict"]);
    assert_eq!(strict.status.code(), Some(6));
    assert_eq!(workshop.files(), before);
}

#[test]
fn copies_in_train_and_test_are_a_leak() {
    let workshop = Workshop::empty();
    for (name, pitch) in [
        ("d/train/a/1.wav", 200.0),
        ("d/train/b/2.wav", 300.0),
        ("d/valid/a/3.wav", 400.0),
        ("d/test/b/2 again.wav", 300.0),
    ] {
        workshop.write_sound(name, 0.3, pitch);
    }
    let (said, _) = report(&workshop, &["d"]);
    assert_eq!(
        (&said["layout"], &said["split_origin"]),
        (&"split-folders".into(), &"given".into())
    );
    assert_eq!(said["same_content"][0]["leaks"], true);
    assert!(
        said["warnings"]
            .to_string()
            .contains("leak: the same bytes in several splits: test/b/2 again.wav, train/b/2.wav")
    );
    let (quick, _) = report(&workshop, &["d", "--quick"]);
    assert_eq!(
        (&quick["seconds"], quick["same_content"].as_array().unwrap().len()),
        (&Value::Null, 0)
    );
}

#[test]
fn with_a_table_tracks_that_sound_the_same_across_splits_are_found() {
    let workshop = Workshop::new();
    for (name, seconds, pitch) in [
        ("d/train/a/1.wav", 4.0, 200.0),
        ("d/train/b/2.wav", 4.0, 3000.0),
        ("d/test/a/3.wav", 4.01, 200.0),
        ("d/test/b/4.wav", 4.0, 900.0),
    ] {
        workshop.write_sound(name, seconds, pitch);
    }
    workshop.succeeds(&["embed", "d", "-o", "t.parquet", "--tail", "drop"]);
    let (said, code) = report(&workshop, &["d", "--table", "t.parquet", "--near", "0.9999"]);
    assert_eq!((code, &said["near"]["n_pairs"]), (Some(0), &Value::from(1)), "{}", said["near"]);
    assert_eq!(said["near"]["n_not_in_table"], 0);
    let pair = &said["near"]["pairs"][0];
    let ids = ["a", "b"].map(|side| pair[side].as_str().unwrap());
    assert_eq!(ids, ["test/a/3.wav", "train/a/1.wav"]);
}

#[test]
fn what_cannot_be_learned_from_ends_with_code_3() {
    let workshop = Workshop::empty();
    workshop.write("d/rock/a.wav", b"no audio");
    workshop.write("e/readme.txt", b"");
    workshop.write_sound("t/test/rock/a.wav", 0.2, 300.0);
    for (source, sentence) in [
        ("d", "the data cannot be used (no track can be used): d"),
        (
            "t",
            "the data cannot be used (the source states test and no training split, and one is never used for another",
        ),
        ("e", "no audio file in the folder"),
        ("nowhere", "no such file or folder: nowhere"),
    ] {
        let output = workshop.run(&["data", "check", source]);
        let (_, stderr) = texts(&output);
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(stderr.starts_with(&format!("error: {sentence}")), "{stderr}");
    }
    for args in [
        &["--near", "0.5"][..],
        &["--near", "2", "--table", "t"],
        &["--layout", "heap"],
        &["--group-by", "regex:("],
    ] {
        assert_eq!(
            workshop.run(&[&["data", "check", "d"][..], args].concat()).status.code(),
            Some(2),
            "{args:?}"
        );
    }
}

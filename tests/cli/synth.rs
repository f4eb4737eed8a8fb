//! `synth`: music by rules. No test needs a SoundFont.

use serde_json::Value;

use crate::program::{Workshop, texts};

/// One clip of each class and split, by the built-in synthesiser.
fn instruments(workshop: &Workshop, folder: &str, threads: &str) -> String {
    let (said, _) = workshop.succeeds(&[
        "synth",
        "instruments",
        folder,
        "--seed",
        "3",
        "--per-class",
        "1,1,1",
        "--soundfont",
        "none",
        "--threads",
        threads,
    ]);
    said
}

#[test]
fn a_set_is_read_as_it_was_made_and_is_the_same_whatever_the_threads() {
    let workshop = Workshop::empty();
    let said = instruments(&workshop, "a", "1");
    assert!(said.starts_with("30 clips, 2 min 00 s of audio in "), "{said}");
    instruments(&workshop, "b", "2");
    let files = |folder: &str| -> Vec<String> {
        let below = |file: String| Some(file.strip_prefix(folder)?.to_owned());
        workshop.files().into_iter().filter_map(below).collect()
    };
    assert_eq!(files("a/"), files("b/"));
    assert_eq!(files("a/").len(), 30 + 2);
    for file in files("a/") {
        assert!(
            workshop.read(&format!("a/{file}")) == workshop.read(&format!("b/{file}")),
            "{file}"
        );
    }

    let (report, _) = workshop.succeeds(&["data", "check", "a", "--json", "--strict"]);
    let mut lines = report.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let report = lines.find(|line| line["event"] == "result").unwrap();
    assert_eq!(report["problems"], Value::Array(vec![]), "{report}");
    let classes = report["classes"].as_array().unwrap();
    assert_eq!(classes.len(), 10);
    for split in ["train", "validation", "test"] {
        assert!(classes.iter().all(|class| class["splits"][split] == 1), "{split}: {report}");
    }
    let metadata = String::from_utf8(workshop.read("a/metadata.csv")).unwrap();
    let row = metadata.lines().find(|row| row.starts_with("test/piano/piano-000000.wav,")).unwrap();
    assert!(row.starts_with("test/piano/piano-000000.wav,piano,test,"), "{row}");
    let record: Value = serde_json::from_slice(&workshop.read("a/synth.json")).unwrap();
    assert_eq!((&record["seed"], &record["soundfont"]), (&3.into(), &"built-in".into()));

    // What is missing is made again, and nothing else.
    let lost = "a/train/organ/organ-000000.wav";
    let before = workshop.read(lost);
    std::fs::remove_file(workshop.path(lost)).unwrap();
    let said = instruments(&workshop, "a", "2");
    assert!(said.starts_with("30 clips, 29 of them from before, 4.0 s of audio in "), "{said}");
    assert!(workshop.read(lost) == before);
}

#[test]
fn a_corpus_is_stored_in_any_format_and_read_back() {
    let workshop = Workshop::empty();
    for format in ["wav", "flac", "ogg"] {
        workshop.succeeds(&[
            "synth",
            "corpus",
            format,
            "--tracks",
            "2",
            "--soundfont",
            "none",
            "--format",
            format,
        ]);
        let (said, _) = workshop.succeeds(&["data", "check", format]);
        assert!(said.contains("2 usable tracks with 24.0 s of audio, 0 problems"), "{said}");
    }
    let size = |file: &str| workshop.read(file).len();
    let [wav, flac, ogg] =
        ["wav", "flac", "ogg"].map(|format| size(&format!("{format}/solo/solo-000000.{format}")));
    assert!(ogg < flac && flac < wav, "{ogg} {flac} {wav}");
}

#[test]
fn what_cannot_be_made_is_refused_in_one_sentence_and_nothing_is_written() {
    let workshop = Workshop::empty();
    let genres = |more: &[&'static str]| {
        [&["synth", "genres", "g", "--soundfont", "none", "-q"][..], more].concat()
    };
    for wrong in ["0,0,0", "1,2", "1"] {
        let error = workshop.fails(2, &genres(&["--per-class", wrong]));
        assert!(error.starts_with("--per-class takes three whole numbers"), "{error}");
    }
    let (said, _) = workshop.succeeds(&[
        "synth",
        "genres",
        "g",
        "--soundfont",
        "none",
        "--dry-run",
        "--per-class",
        "2,1,0",
    ]);
    assert_eq!(said, "30 clips, 4 min 00 s of audio; nothing was written\n");
    assert!(workshop.files().is_empty());

    workshop.succeeds(&genres(&["--per-class", "0,0,1"]));
    let error = workshop.fails(2, &genres(&["--per-class", "0,0,1", "--seed", "9"]));
    let wanted =
        "this folder was made with seed 0, not 9; give the same again, or another folder: g";
    assert_eq!(error, wanted);
    workshop.write("full/notes.txt", b"mine");
    let error = workshop.fails(3, &["synth", "corpus", "full", "--soundfont", "none", "-q"]);
    assert_eq!(error, "this folder is not empty and has no synth.json, choose another: full");
    workshop.write("a.sf2", b"RIFF");
    let error = workshop.fails(3, &["synth", "corpus", "new", "--soundfont", "a.sf2", "-q"]);
    assert!(error.starts_with("this is no SoundFont"), "{error}");
}

#[test]
fn the_last_json_line_says_what_was_made() {
    let workshop = Workshop::empty();
    let output = workshop.run(&[
        "synth",
        "corpus",
        "c",
        "--tracks",
        "1",
        "--soundfont",
        "none",
        "--json",
        "--seed",
        "2",
    ]);
    let (stdout, _) = texts(&output);
    let lines: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["event"], &lines[0]["soundfont"]), (&"start".into(), &"built-in".into()));
    let done = lines.last().unwrap();
    assert_eq!(
        (&done["event"], &done["clips"], &done["kept"]),
        (&"done".into(), &1.into(), &0.into())
    );
}

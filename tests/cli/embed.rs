//! `embed`.

use pecmae::embeddings::{FramePlace, SegmentPlace, Table};

use crate::FEATURES;
use crate::program::{Workshop, texts};

#[test]
fn a_folder_becomes_a_table_and_broken_files_are_told() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("sounds/rock/text.wav", b"Once upon a time\n");
    let whole = workshop.read("sounds/rock/c.wav");
    workshop.write("sounds/rock/cut.wav", &whole[..whole.len() / 2]);

    let embed = ["embed", "sounds", "-o", "t.parquet", "--model", "tiny"];
    let (stdout, stderr) = workshop.succeeds(&embed);
    assert_eq!(stdout.lines().count(), 1);
    assert!(stdout.starts_with("5 tracks, 9 segments, 29.7 s of audio in "), "{stdout}");
    assert!(stdout.ends_with(", 2 skipped (see t.parquet.skipped.csv) → t.parquet\n"), "{stdout}");
    assert_eq!(stderr.lines().filter(|line| line.starts_with("skipped: ")).count(), 2, "{stderr}");
    let report = String::from_utf8(workshop.read("t.parquet.skipped.csv")).unwrap();
    assert_eq!(report.lines().count(), 3, "{report}");

    let table = Table::<SegmentPlace>::open(&workshop.path("t.parquet")).unwrap().load().unwrap();
    assert_eq!((table.dim, table.places.len()), (FEATURES, 9));
    let tracks: Vec<_> = table.tracks.iter().map(|t| (t.id.as_str(), t.label.as_deref())).collect();
    let wanted = [
        ("e.wav", None),
        ("jazz/a.wav", Some("jazz")),
        ("jazz/b.wav", Some("jazz")),
        ("rock/c.wav", Some("rock")),
        ("rock/d.wav", Some("rock")),
    ];
    assert_eq!(tracks, wanted);
    assert!(table.vectors.iter().all(|value| value.is_finite() && *value != 0.0));

    let strict = workshop.run(&[&embed[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(6));
    let (stdout, stderr) = texts(&strict);
    assert!(stdout.contains("5 of the tracks from before"), "{stdout}");
    assert!(stderr.contains("error: files were skipped (2), which --strict"), "{stderr}");
}

#[test]
fn neither_batch_nor_threads_nor_shards_change_a_byte_of_the_table() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    let embed = |table: &str, more: &[&str]| {
        let embed = ["embed", "sounds", "--layer", "2", "-o", table];
        workshop.succeeds(&[&embed[..], more].concat());
    };
    embed("whole.parquet", &[]);
    embed("slow.parquet", &["--batch", "1", "--decoders", "1", "--threads", "1"]);
    embed("one.parquet", &["--shard", "1/2", "--batch", "3"]);
    embed("two.parquet", &["--shard", "2/2", "--threads", "3"]);
    workshop.succeeds(&["merge", "two.parquet", "one.parquet", "-o", "merged.parquet"]);
    let frames = ["two.frames.parquet", "one.frames.parquet", "-o", "merged.frames.parquet"];
    workshop.succeeds(&[&["merge"][..], &frames].concat());
    for kind in ["parquet", "frames.parquet"] {
        let whole = workshop.read(&format!("whole.{kind}"));
        for other in ["slow", "merged"] {
            assert!(workshop.read(&format!("{other}.{kind}")) == whole, "{other}.{kind}");
        }
    }
    let frames = Table::<FramePlace>::open(&workshop.path("whole.frames.parquet")).unwrap();
    assert_eq!(frames.metadata().settings.frames.as_ref().unwrap().layer, Some(2));
    // 75 frames a second, of the five tracks together; each track's last, incomplete frame is left out.
    assert_eq!(frames.n_rows(), [697, 30, 300, 900, 300].iter().sum::<usize>());
}

#[test]
fn what_contradicts_the_table_or_the_model_is_refused() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    let embed = |code, more: &[&str]| {
        let embed = ["embed", "sounds", "--model", "tiny", "-o"];
        workshop.fails(code, &[&embed[..], more].concat())
    };
    assert!(embed(2, &["t.csv"]).starts_with("the name of a table ends in .parquet"));
    let error = embed(2, &["t.parquet", "--layer", "4"]);
    assert_eq!(error, "there is no layer 4; the model's encoder has layers 1 to 3");

    workshop.succeeds(&["embed", "sounds", "-o", "t.parquet"]);
    let error = embed(3, &["t.parquet", "--tail", "mask"]);
    let sentence = "made with other settings (tail mask ≠ published), choose another -o, or --restart to replace it (";
    assert!(error.starts_with(sentence) && error.ends_with(": t.parquet"), "{error}");
    // Quietly, because a processor without such instructions has a note on it.
    let other = ["t.parquet", "--precision", "bf16x3", "--tail", "drop", "--quiet"];
    let error = embed(3, &other);
    let sentence = "made with other settings (precision bf16x3 ≠ f32, tail drop ≠ published), ";
    assert!(error.starts_with(sentence), "{error}");
    let weights = crate::program::tiny("weights.pt");
    let import = ["models", "import", "--name", "other", "--dtype", "bf16", "--autoencoder"];
    workshop.succeeds(&[&import[..], &[weights.to_str().unwrap()]].concat());
    let error = workshop.fails(3, &["embed", "sounds", "--model", "other", "-o", "t.parquet"]);
    assert!(error.starts_with("made with other settings (model other ("), "{error}");
    assert!(error.contains(") ≠ tiny (f2fa6eb04223)), choose another -o"), "{error}");
    workshop.succeeds(&["models", "remove", "other", "-y"]);
    workshop.succeeds(&["embed", "sounds", "-o", "t.parquet", "--tail", "mask", "--restart"]);
    workshop.succeeds(&["embed", "sounds", "-o", "u.parquet"]);
    let error = workshop.fails(3, &["merge", "t.parquet", "u.parquet", "-o", "v.parquet"]);
    assert!(error.starts_with("tables of different settings do not mix"), "{error}");
}

#[test]
fn a_table_that_is_none_is_neither_merged_nor_replaced() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("text.parquet", b"Once upon a time there was a table.\n");
    let error = workshop.fails(3, &["merge", "text.parquet", "-o", "m.parquet"]);
    assert!(error.starts_with("not a table of embeddings"), "{error}");
    workshop.fails(3, &["merge", "nowhere.parquet", "-o", "m.parquet"]);
    workshop.fails(3, &["embed", "sounds", "-o", "text.parquet", "--model", "tiny"]);
    assert_eq!(workshop.read("text.parquet"), b"Once upon a time there was a table.\n");
}

#[test]
fn a_list_without_a_column_of_files_is_told_which_columns_it_may_have() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("list.csv", b"song,genre\nsounds/e.wav,rock\n");
    let embed = ["embed", "list.csv", "-o", "t.parquet", "--model", "tiny"];
    let error = workshop.fails(3, &embed);
    let sentence = "the first line of the list names the columns \"song\", \"genre\", expected one called path, file, file_name, \
                    filename or audio with the audio files, and for labels, if there are any, one called label, genre, \
                    instrument, class or target: list.csv";
    assert_eq!(error, sentence);
    workshop.write("list.csv", b"file\n");
    assert_eq!(workshop.fails(3, &embed), "the list names no file: list.csv");

    workshop.write("list.csv", b"Genre;File;year\nrock;sounds/e.wav;1999\n");
    workshop.succeeds(&embed);
    let table = Table::<SegmentPlace>::open(&workshop.path("t.parquet")).unwrap();
    let tracks = table.tracks().unwrap();
    assert_eq!((tracks[0].id.as_str(), tracks[0].label.as_deref()), ("sounds/e.wav", Some("rock")));
}

#[test]
fn an_output_in_a_folder_that_is_not_there_is_refused_by_every_verb() {
    let workshop = Workshop::new();
    workshop.write_sounds();
    workshop.write("z.npy", &crate::vectors(1));
    workshop.write("file", b"");
    let folders = |output: &str| {
        let folder = std::path::Path::new(output).parent().unwrap().to_owned();
        format!(
            "there is no folder {folder:?} to write into, create it or choose another output: {output}"
        )
    };
    for (verb, output) in [
        (&["embed", "sounds", "--model", "tiny"][..], "no/t.parquet"),
        (&["embed", "sounds", "--model", "tiny"], "file/t.parquet"),
        (&["merge", "a.parquet"], "no/t.parquet"),
        (&["reconstruct", "sounds/e.wav", "--model", "tiny"], "no/such/a.wav"),
        (&["sonify", "--z", "z.npy", "--model", "tiny"], "no/sounds"),
    ] {
        assert_eq!(workshop.fails(2, &[verb, &["-o", output]].concat()), folders(output));
    }
    let frames = ["embed", "sounds", "-o", "t.parquet", "--model", "tiny", "--frames=no/f.parquet"];
    assert_eq!(workshop.fails(2, &frames), folders("no/f.parquet"));
    assert!(!workshop.path("no").exists());
}

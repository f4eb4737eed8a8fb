//! `embed` and `merge`.

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

    let half = ["merge", "one.parquet", "-o", "half.parquet"];
    let (_, warning) = workshop.succeeds(&half);
    assert_eq!(warning, "warning: the table is not whole, these shards are missing: 2/2\n");
    assert_eq!(workshop.run(&[&half[..], &["--strict"]].concat()).status.code(), Some(6));
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
    assert!(
        error.contains("there is no layer 4; the model's encoder has layers 1 to 3"),
        "{error}"
    );

    workshop.succeeds(&["embed", "sounds", "-o", "t.parquet"]);
    let error = embed(3, &["t.parquet", "--tail", "mask"]);
    assert!(error.contains("tail mask ≠ published") && error.contains("--restart"), "{error}");
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

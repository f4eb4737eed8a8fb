//! `merge`.

use crate::program::{Workshop, texts};

/// Three shards of labeled sounds, two files of which cannot be read.
fn shards() -> Workshop {
    let workshop = Workshop::new();
    workshop.write_sounds();
    for name in ["text", "notes", "words"] {
        workshop.write(&format!("sounds/jazz/{name}.wav"), b"Once upon a time\n");
    }
    for shard in 1..=3 {
        let (shard, table) = (format!("{shard}/3"), format!("{shard}.parquet"));
        workshop.run(&["embed", "sounds", "--shard", &shard, "-o", &table]);
    }
    workshop
}

#[test]
fn a_missing_shard_is_told_and_a_repeated_one_is_refused() {
    let workshop = shards();
    let (_, warning) = workshop.succeeds(&["merge", "3.parquet", "-o", "m.parquet"]);
    assert_eq!(warning, "warning: the table is not whole, these shards are missing: 1/3, 2/3\n");
    let strict = workshop.run(&["merge", "3.parquet", "-o", "m.parquet", "--strict"]);
    assert_eq!(strict.status.code(), Some(6));
    let (_, error) = texts(&strict);
    assert!(error.ends_with("these shards are missing: 1/3, 2/3\n"), "{error}");

    std::fs::copy(workshop.path("1.parquet"), workshop.path("copy.parquet")).unwrap();
    for (second, more) in [("copy.parquet", "2.parquet"), ("./1.parquet", "3.parquet")] {
        let error = workshop.fails(3, &["merge", "1.parquet", more, second, "-o", "m.parquet"]);
        let wanted =
            format!("shard 1/3 is given twice, leave one of them out: 1.parquet and {second}");
        assert_eq!(error, wanted);
    }
}

#[test]
fn the_reports_of_skipped_files_are_joined_as_a_single_run_would_have_written_them() {
    let workshop = shards();
    workshop.succeeds(&["embed", "sounds", "-o", "whole.parquet"]);
    let merge = ["merge", "2.parquet", "1.parquet", "3.parquet", "-o", "m.parquet"];
    let (summary, _) = workshop.succeeds(&merge);
    let wanted = "5 tracks, 9 rows, 3 skipped (see m.parquet.skipped.csv) → m.parquet\n";
    assert_eq!(summary, wanted);
    for file in ["parquet", "parquet.skipped.csv"] {
        let read = |table: &str| workshop.read(&format!("{table}.{file}"));
        assert!(read("m") == read("whole"), "{file}");
    }
    assert_eq!(workshop.run(&[&merge[..], &["--strict"]].concat()).status.code(), Some(6));

    // A report of an earlier merge goes where there is nothing to say.
    for shard in 1..=3 {
        let _ = std::fs::remove_file(workshop.path(&format!("{shard}.parquet.skipped.csv")));
    }
    workshop.succeeds(&[&merge[..], &["--strict"]].concat());
    assert!(!workshop.path("m.parquet.skipped.csv").exists());

    workshop.write("1.parquet.skipped.csv", b"Once upon a time\n");
    let error = workshop.fails(3, &merge);
    assert_eq!(
        error,
        "cannot read the report of skipped files (its columns are not path and reason), move it away: 1.parquet.skipped.csv"
    );
}

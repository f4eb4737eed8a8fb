//! `evaluate`: how good a run is, on its own tracks and on others.

use serde_json::Value;

use crate::predict::ends_of;
use crate::program::texts;
use crate::train::{workshop_with_classes, workshop_with_run};

#[test]
fn a_report_says_what_was_measured_on_what_and_beside_what() {
    let workshop = workshop_with_run();
    let (report, _) = workshop.succeeds(&["evaluate", "r"]);
    for words in [
        "on       test split: 2 tracks, 4 segments\n",
        "groups   grouped by: none (!)\n",
        "  class-balanced accuracy    1.000  n = 2 tracks, too few for an interval\n",
        "  majority ",
        "  MLP probe (128 hidden) ",
        "  above the ceiling (MLP probe (128 hidden)) by 0.500\n",
        "confusion (rows true, columns predicted)\n        high  low\n  high     1    ·\n",
    ] {
        assert!(report.contains(words), "{words}\n{report}");
    }
    let read = |name: &str| String::from_utf8(workshop.read(name)).unwrap();
    assert!(report.starts_with(&read("prototypes/r/evaluation/test/report.txt")));
    let json: Value =
        serde_json::from_str(&read("prototypes/r/evaluation/test/report.json")).unwrap();
    assert_eq!(
        (&json["report"]["n"], &json["baselines"][0]["name"]),
        (&2.into(), &"majority".into())
    );
    let predictions = read("prototypes/r/evaluation/test/predictions.csv");
    assert_eq!(predictions.lines().count(), 3, "{predictions}");
    assert!(
        read("prototypes/r/evaluation/test/confusion.csv")
            .starts_with("true \\ predicted,high,low\n")
    );

    let segments = ["evaluate", "r", "--split", "train", "--level", "segment"];
    let (report, _) = workshop.succeeds(&segments);
    assert!(report.contains("no baselines: they would be measured on what they learn from"));
    let predictions = read("prototypes/r/evaluation/train-segments/predictions.csv");
    assert!(predictions.lines().nth(1).unwrap().contains(",0,4,high,high,true,"), "{predictions}");
}

#[test]
fn artists_that_the_source_has_in_two_splits_are_told_with_the_figures() {
    let workshop = workshop_with_classes();
    let mut list = "file,genre,split,artist\n".to_owned();
    for i in 0..8 {
        for (class, offset) in [("low", 0), ("high", 10)] {
            let split = if i < 4 { "train" } else { "test" };
            // One artist of the test split is in training, too.
            let artist = if i == 4 { 0 } else { i } + offset;
            list += &format!("sounds/{class}/{i}.wav,{class},{split},artist {artist}\n");
        }
    }
    workshop.write("list.csv", list.as_bytes());
    let train = ["train", "list.csv", "--group-by", "artist", "--name", "r", "-k", "1"];
    let (_, stderr) = workshop.succeeds(&[&train[..], &["--steps", "20"]].concat());
    assert!(stderr.contains("leak: the same artist is in several splits"), "{stderr}");
    let leak =
        "the run was trained or chosen on tracks of the same artist: \"artist 0\", \"artist 10\"";
    let (report, stderr) = workshop.succeeds(&["evaluate", "r", "--no-baselines"]);
    let groups = format!("groups   grouped by: artist, but not kept apart (!): {leak}\n");
    assert!(report.contains(&groups), "{report}");
    assert!(stderr.contains(&format!("warning: leak: {leak}\n")), "{stderr}");
    let json = workshop.read("prototypes/r/evaluation/test/report.json");
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["known_groups"].as_array().unwrap().len(), 2);
    assert_eq!(json["report"]["scarcity"], "units");

    // Another list that names one of its artists.
    workshop.write(
        "other.csv",
        b"file,genre,artist\nsounds/low/6.wav,low,artist 1\nsounds/high/6.wav,high,new\n",
    );
    let other = ["evaluate", "r", "--no-baselines", "--data", "other.csv"];
    let (report, _) = workshop.succeeds(&other);
    assert!(report.contains("tracks of the same artist: \"artist 1\"\n"), "{report}");
}

#[test]
fn a_figure_below_the_floor_ends_with_code_7() {
    let workshop = workshop_with_run();
    let evaluate = ["evaluate", "r", "--no-baselines", "--fail-under"];
    workshop.succeeds(
        &[&evaluate[..], &["balanced-accuracy=1", "--fail-under", "roc-auc=0.5"]].concat(),
    );
    workshop.succeeds(&["edit", "r", "disable", "low/0", "low/1"]);
    let output = workshop.run(&[&evaluate[..], &["accuracy=0.9"]].concat());
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(7));
    assert!(
        stderr.ends_with("error: accuracy is 0.500 on test split, expected 0.9 or more\n"),
        "{stderr}"
    );
    let output = workshop.run(&[&evaluate[..], &["accuracy=0.9", "--json"]].concat());
    assert_eq!(ends_of(&texts(&output).0), ["error"]);
    for floor in ["accuracy", "accuracy=2", "speed=0.5"] {
        assert_eq!(
            workshop.run(&[&evaluate[..], &[floor]].concat()).status.code(),
            Some(2),
            "{floor}"
        );
    }
}

#[test]
fn another_source_must_have_the_same_classes_and_is_embedded_in_the_same_way() {
    let workshop = workshop_with_run();
    workshop.write_sound("other/low/a.wav", 5.0, 80.0);
    workshop.write_sound("other/high/b.wav", 5.0, 2000.0);
    let (report, _) = workshop.succeeds(&["evaluate", "r", "--data", "other"]);
    assert!(report.contains("on       other: 2 tracks, 4 segments\n"), "{report}");
    assert!(report.ends_with("→ prototypes/r/evaluation/data-other\n"), "{report}");
    let (_, stderr) = workshop.succeeds(&["evaluate", "r", "--data", "sounds", "--no-baselines"]);
    assert!(
        stderr.contains("warning: leak: the run was trained or chosen on 14 of these 16 tracks"),
        "{stderr}"
    );

    // What cannot be read is told once.
    workshop.write("other/low/broken.wav", b"no sound at all");
    let (_, stderr) = workshop.succeeds(&["evaluate", "r", "--data", "other", "--no-baselines"]);
    assert_eq!(stderr.matches("low/broken.wav").count(), 1, "{stderr}");
    std::fs::remove_file(workshop.path("other/low/broken.wav")).unwrap();
    workshop.succeeds(&["evaluate", "r", "--data", "other", "--no-baselines"]);

    let fails = |code, args: &[&str]| {
        workshop.fails(code, &[&["evaluate", "r", "-q", "--data"], args].concat())
    };
    assert!(
        fails(3, &["other", "--split", "test"])
            .starts_with("no track is in the test split; the source states none")
    );
    workshop.write_sound("other/lower/c.wav", 5.0, 40.0);
    assert_eq!(
        fails(3, &["other"]),
        "the classes differ: only the data has lower; evaluate on a source with the run's classes: other"
    );
    workshop.succeeds(&["embed", "sounds", "--tail", "drop", "-o", "t.parquet", "-q"]);
    let error = fails(3, &["t.parquet"]);
    assert!(error.contains("in another way than the run's (tail published ≠ drop)"), "{error}");
    // The model is found by what it is, not by its name.
    std::fs::rename(workshop.path("home/models/tiny"), workshop.path("home/models/small")).unwrap();
    workshop.write_sound("third/low/a.wav", 5.0, 80.0);
    workshop.write_sound("third/high/b.wav", 5.0, 2000.0);
    workshop.succeeds(&["evaluate", "r", "--data", "third", "--no-baselines"]);
    std::fs::remove_dir_all(workshop.path("home/models/small")).unwrap();
    let error = fails(4, &["third"]);
    assert!(error.contains("is not there (there is nano ("), "{error}");
}

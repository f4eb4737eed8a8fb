//! `evaluate`: how good a run is, on its own tracks and on others.

use serde_json::Value;

use crate::program::texts;
use crate::train::workshop_with_run;

#[test]
fn a_report_says_what_was_measured_on_what_and_beside_what() {
    let workshop = workshop_with_run();
    let (report, _) = workshop.succeeds(&["evaluate", "r"]);
    for words in [
        "on       test split: 2 tracks, 4 segments\n",
        "groups   grouped by: none (!)\n",
        "  class-balanced accuracy    1.000  1.000 to 1.000  (95 % interval, n = 2 tracks)\n",
        "  majority ",
        "  MLP probe (128 hidden) ",
        "  gap to the ceiling (MLP probe (128 hidden)): ",
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
    assert!(error.contains("is not installed (no model is)"), "{error}");
}

//! `prototypes`: what the prototypes of a run are good for.

use crate::predict::{json_lines, workshop_with_run};

#[test]
fn prototypes_are_listed_shown_and_reported_on() {
    let workshop = workshop_with_run();
    let (list, note) = workshop.succeeds(&["prototypes", "list", "r", "--csv", "p.csv"]);
    let names: Vec<_> =
        list.lines().map(|line| line.split_whitespace().next().unwrap()).take(5).collect();
    assert_eq!(names, ["NAME", "high/0", "high/1", "low/0", "low/1"]);
    assert!(list.ends_with("→ p.csv\n") && note.is_empty(), "{list}{note}");
    let table = workshop.read("p.csv");
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let headers = reader.headers().unwrap().clone();
    assert_eq!(headers.iter().rev().take(2).collect::<Vec<_>>(), ["weight low", "weight high"]);
    assert_eq!(reader.records().filter(Result::is_ok).count(), 4);

    // Every heading is explained.
    let (list, note) = workshop.succeeds(&["prototypes", "list", "r"]);
    let headings: Vec<_> = list.lines().next().unwrap().split_whitespace().skip(1).collect();
    let explained: Vec<_> =
        note.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(explained[..headings.len()], headings, "{note}");

    let lines = json_lines(&workshop, &["prototypes", "list", "r"]);
    let share =
        |name: &str| -> f64 { lines[..4].iter().map(|line| line[name].as_f64().unwrap()).sum() };
    assert!((share("usage") - 1.0).abs() < 1e-9, "each segment is won by one prototype");
    assert!(share("coverage") <= 2.0 + 1e-9);
    assert_eq!(lines[4]["event"], "done");

    let (shown, _) = workshop.succeeds(&["prototypes", "show", "r", "low/1"]);
    for wanted in ["low/1   class low", "\nweights   high ", "low ", "\nnearest in training\n  0."]
    {
        assert!(shown.contains(wanted), "{wanted:?}: {shown}");
    }
    let (nearest, _) = workshop.succeeds(&["prototypes", "nearest", "r", "low/1", "-k", "3"]);
    assert_eq!(nearest.lines().count(), 3);
    let near = json_lines(&workshop, &["prototypes", "nearest", "r", "low/1", "-k", "3"]);
    let distances: Vec<_> =
        near[..3].iter().map(|line| line["distance"].as_f64().unwrap()).collect();
    assert!(distances.is_sorted(), "{distances:?}");

    let (report, _) = workshop.succeeds(&["prototypes", "report", "r", "-o", "r.json"]);
    for wanted in
        ["prototypes in use\n", "snapped to training", "random vectors", "prototypes kept"]
    {
        assert!(report.contains(wanted), "{wanted:?}: {report}");
    }
    let everything: serde_json::Value = serde_json::from_slice(&workshop.read("r.json")).unwrap();
    let model = &everything["model"];
    assert_eq!(everything["prototypes"].as_array().unwrap().len(), 4);
    for curve in ["pruning", "folding"] {
        let kept: Vec<_> = model[curve].as_array().unwrap().iter().map(|p| &p["n_kept"]).collect();
        assert_eq!(kept, [4, 3, 2, 1, 0], "{curve}");
    }
    // Equal runs of the verb say the same to the last bit.
    let again = json_lines(&workshop, &["prototypes", "report", "r", "--threads", "1"]);
    assert_eq!(&again[0]["model"], model);
}

#[test]
fn what_cannot_be_looked_at_is_told_in_one_sentence() {
    let workshop = workshop_with_run();
    for (code, args, sentence) in [
        (
            2,
            &["prototypes", "show", "r", "low/9"][..],
            "no prototype \"low/9\"; there are high/0, high/1, low/0, low/1",
        ),
        (2, &["prototypes", "nearest", "r", "low/0", "-k", "0"], "--count cannot be \"0\""),
        (2, &["prototypes", "list", "nowhere"], "no run \"nowhere\" is here"),
        (2, &["prototypes", "list", "r", "--csv", "no/p.csv"], "there is no folder"),
        (
            3,
            &["prototypes", "list", "prototypes/r/model.safetensors"],
            "what it learned from is not known",
        ),
    ] {
        let error = workshop.fails(code, args);
        assert!(error.starts_with(sentence), "{error}");
    }
}

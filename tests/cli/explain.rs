//! `explain`: which prototypes drive a label, in sums that add up.

use serde_json::Value;

use crate::predict::{json_lines, workshop_with_run};

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Checks every sum of an explanation from its own numbers, and nothing but those.
#[track_caller]
fn check(explanation: &Value) {
    let field = |values: &Value, name: &str| -> Vec<f64> {
        values.as_array().unwrap().iter().map(|value| value[name].as_f64().unwrap()).collect()
    };
    let biases = field(&explanation["classes"], "bias");
    let prototypes = explanation["prototypes"].as_array().unwrap();
    let segments = explanation["segments"].as_array().unwrap();
    for item in segments.iter().chain([&explanation["track"]]) {
        let similarities = numbers(&item["similarities"]);
        let logits = field(&item["totals"], "logit");
        for (class, (bias, logit)) in biases.iter().zip(&logits).enumerate() {
            let contributions = numbers(&item["contributions"][class]);
            assert!((contributions.iter().sum::<f64>() + bias - logit).abs() < 1e-5, "{item}");
            assert!(item["totals"][class]["difference"].as_f64().unwrap().abs() < 1e-5);
            for ((prototype, similarity), contribution) in
                prototypes.iter().zip(&similarities).zip(&contributions)
            {
                let weight = match prototype["enabled"].as_bool().unwrap() {
                    true => prototype["weights"][class].as_f64().unwrap(),
                    false => 0.0,
                };
                assert!((weight * similarity - contribution).abs() < 1e-6, "{prototype}");
            }
        }
    }
    for answer in explanation["answers"].as_array().unwrap() {
        let start = answer["start"].as_f64().unwrap();
        let sum = start + field(&answer["contributions"], "contribution").iter().sum::<f64>();
        assert!((sum - answer["sum"].as_f64().unwrap()).abs() < 1e-9, "{answer}");
        assert!((sum - answer["logit"].as_f64().unwrap()).abs() < 1e-5, "{answer}");
        let of_segments = numbers(&answer["logit_of_segment"]);
        let mean = of_segments.iter().sum::<f64>() / of_segments.len() as f64;
        assert!((mean - sum).abs() < 1e-5, "a track is the mean of its segments");
    }
}

#[test]
fn every_sum_of_an_explanation_can_be_checked_from_its_own_numbers() {
    let workshop = workshop_with_run();
    let explain = ["explain", "r", "sounds/high/1.wav"];
    for more in [
        &[][..],
        &["--why", "low"],
        &["--why", "low", "--vs", "high", "--view", "absolute"],
        &["--vs", "low"],
    ] {
        let lines = json_lines(&workshop, &[&explain[..], more].concat());
        let names: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
        assert_eq!(names, ["start", "result", "done"]);
        check(&lines[1]);
    }
    let bundle = ["explain", "prototypes/r/model.safetensors", "sounds/high/1.wav"];
    let lines = json_lines(&workshop, &bundle);
    check(&lines[1]);
    assert_eq!(lines[1]["answers"][0]["view"], "absolute");

    let (words, _) =
        workshop.succeeds(&[&explain[..], &["-o", "x.json", "--top", "1", "--segments"]].concat());
    for wanted in [
        "sounds/high/1.wav   0:08, 24 kHz mono → 2 segments\nhigh ",
        "\n\nwhy high rather than low:",
        "  … 3 more ",
        "  starting point (average segment) ",
        "  = logit high − logit low = +",
        "\nstrongest segment 0:0",
        "in training nearest to\n  0.0000  high  high/1.wav 0:0",
        "\n\nsegment    label  most like ",
        "\nfamiliar: ",
    ] {
        assert!(words.contains(wanted), "{wanted:?}: {words}");
    }
    assert!(words.ends_with("everything → x.json\n"), "{words}");
    let written: Value = serde_json::from_slice(&workshop.read("x.json")).unwrap();
    check(&written);
}

#[test]
fn an_edited_run_is_explained_as_it_is_now() {
    let workshop = workshop_with_run();
    let explain = ["explain", "r", "sounds/high/1.wav", "--why", "high", "--top", "9"];
    assert!(workshop.succeeds(&explain).0.contains("  high/0 "));
    workshop.succeeds(&["edit", "r", "disable", "high/0"]);
    let (words, _) = workshop.succeeds(&explain);
    assert!(!words.contains("  high/0 ") && words.contains("  high/1 "), "{words}");
    check(&json_lines(&workshop, &explain)[1]);
    let (list, _) = workshop.succeeds(&["prototypes", "list", "r"]);
    let line = list.lines().find(|line| line.starts_with("high/0")).unwrap();
    assert!(line.ends_with("off"), "{list}");
}

#[test]
fn where_several_labels_are_possible_each_is_explained_by_itself() {
    let workshop = workshop_with_run();
    let rows = (0..8).map(|i| {
        let split = ["train", "train", "train", "validation"][i % 4];
        format!("low/{i}.wav,low;tone,{split}\nhigh/{i}.wav,high;tone,{split}\n")
    });
    let list = "path,label,split\n".to_owned() + &rows.collect::<String>();
    workshop.write("sounds/list.csv", list.as_bytes());
    let train = ["train", "sounds/list.csv", "--loss", "binary", "--name", "m", "-k", "1"];
    workshop
        .succeeds(&[&train[..], &["--steps", "300", "--batch", "8", "--hidden", "64"]].concat());
    let lines = json_lines(&workshop, &["explain", "m", "sounds/high/3.wav"]);
    check(&lines[1]);
    let given: Vec<_> = lines[1]["track"]["labels"].as_array().unwrap().iter().collect();
    let answers = lines[1]["answers"].as_array().unwrap();
    let explained: Vec<_> = answers.iter().map(|answer| &answer["class"]).collect();
    assert_eq!(explained, given);
    assert!(given.len() > 1 && answers.iter().all(|answer| answer["against"].is_null()));
    let (words, _) = workshop.succeeds(&["explain", "m", "sounds/high/3.wav"]);
    assert!(
        words.contains("(each class by itself, from its threshold on; given: high, tone)"),
        "{words}"
    );
    assert!(words.contains("\nwhy tone:"), "{words}");
    let csv = ["predict", "m", "sounds/high/3.wav", "--format", "csv"];
    assert!(workshop.succeeds(&csv).0.contains(",high;tone,"));
}

#[test]
fn what_cannot_be_explained_is_told_in_one_sentence() {
    let workshop = workshop_with_run();
    workshop.write("text.wav", b"Once upon a time\n");
    let sound = "sounds/low/1.wav";
    let bundle = "prototypes/r/model.safetensors";
    for (code, args, sentence) in [
        (
            2,
            &["explain", "r", sound, "--why", "jazz"][..],
            "no class \"jazz\"; there are high, low",
        ),
        (
            2,
            &["explain", "r", sound, "--vs", "low", "--why", "low"],
            "class \"low\" cannot be explained against itself",
        ),
        (2, &["explain", "r", sound, "-o", "no/x.json"], "there is no folder"),
        (3, &["explain", "r", "text.wav"], "not an audio file of a known kind"),
        (3, &["explain", "r", "nowhere.wav"], "no such file or folder: nowhere.wav"),
        (3, &["explain", "r", "sounds"], "a folder, where one audio file is wanted"),
    ] {
        let error = workshop.fails(code, args);
        assert!(error.starts_with(sentence), "{error}");
    }
    let output = workshop.run(&["explain", bundle, sound, "--view", "centered"]);
    assert_eq!(output.status.code(), Some(3));
}

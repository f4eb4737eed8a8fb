//! `import`: what the published implementation wrote.

use serde_json::Value;

use crate::export::array;
use crate::predict::{json_lines, workshop_with_run};
use crate::program::{Workshop, npy};

/// The arrays of run `r`, as the published code saves them: normalized, after the adaptor, in the order of classes.
fn workshop_with_arrays() -> Workshop {
    let workshop = workshop_with_run();
    workshop.succeeds(&["export", "notebook", "r", "-o", "n"]);
    workshop
}

fn manifest(workshop: &Workshop) -> Value {
    serde_json::from_slice(&workshop.read("n/manifest.json")).unwrap()
}

/// `--mean … --std …` of run `r`.
fn scale(workshop: &Workshop) -> [String; 4] {
    let normalization = &manifest(workshop)["normalization"];
    let number = |name: &str| normalization[name].to_string();
    ["--mean".to_owned(), number("mean"), "--std".to_owned(), number("std")]
}

fn ranking(workshop: &Workshop, run: &str) -> Vec<(String, f64)> {
    let lines = json_lines(workshop, &["predict", run, "sounds/low/1.wav"]);
    let ranked = lines[1]["ranking"].as_array().unwrap().iter();
    ranked
        .map(|entry| {
            let label = entry["label"].as_str().unwrap().to_owned();
            (label, entry["probability"].as_f64().unwrap())
        })
        .collect()
}

/// The rows of an array, in another order.
fn reorder(workshop: &Workshop, name: &str, order: &[usize]) -> Vec<u8> {
    let found = array(workshop, name);
    let width = found.shape[1];
    let rows = order.iter().flat_map(|row| found.values[row * width..][..width].to_vec());
    npy(&[order.len(), width], &rows.collect::<Vec<_>>())
}

#[test]
fn imported_prototypes_make_the_run_that_they_came_from() {
    let workshop = workshop_with_arrays();
    let scale = scale(&workshop);
    let scale: Vec<_> = scale.iter().map(String::as_str).collect();
    let table = "prototypes/r/data/embeddings.parquet";
    let import = ["import", "prototypes", "n/adapted.npy", "n/weights.npy", "--bias", "n/bias.npy"];
    let data = ["--table", table, "--data", "sounds", "--name", "i"];
    let (said, _) = workshop.succeeds(&[&import[..], &data, &scale].concat());
    assert!(said.starts_with("4 prototypes of 2 classes, class-balanced accuracy "), "{said}");
    assert!(said.ends_with(" → prototypes/i\n"), "{said}");
    for (ours, theirs) in ranking(&workshop, "i").iter().zip(ranking(&workshop, "r")) {
        assert_eq!(ours.0, theirs.0);
        assert!((ours.1 - theirs.1).abs() < 1e-5, "{ours:?} {theirs:?}");
    }
    // Every verb takes it: it is measured, explained, heard, listed and exported.
    let accuracy = |run: &str| {
        workshop.succeeds(&["evaluate", run, "--no-baselines"]);
        let report = workshop.read(&format!("prototypes/{run}/evaluation/test/report.json"));
        let report: Value = serde_json::from_slice(&report).unwrap();
        report["report"]["summary"].clone()
    };
    assert_eq!(accuracy("i"), accuracy("r"));
    workshop.succeeds(&["explain", "i", "sounds/low/1.wav"]);
    workshop.succeeds(&["sonify", "i", "--steps", "2", "--takes", "1"]);
    workshop.succeeds(&["prototypes", "list", "i"]);
    workshop.succeeds(&["runs", "show", "i"]);
    workshop.succeeds(&["export", "model", "i", "-o", "m"]);
    // Trained on the same data, it has measured the same mean and deviation.
    let (_, note) = workshop.succeeds(&[&import[..4], &data[..4], &["--name", "j"]].concat());
    assert!(note.contains("the biases of the last layer are not known"), "{note}");
    workshop.succeeds(&["export", "notebook", "j", "-o", "nj"]);
    let of_j: Value = serde_json::from_slice(&workshop.read("nj/manifest.json")).unwrap();
    assert_eq!(of_j["normalization"], manifest(&workshop)["normalization"]);
}

#[test]
fn rows_in_turn_and_raw_rows_and_other_classes_first_come_to_the_same() {
    let workshop = workshop_with_arrays();
    let scale = scale(&workshop);
    let wanted = ranking(&workshop, "r");
    // Rows 0 and 1 are of high, 2 and 3 of low: in turn that is 0, 2, 1, 3; the rows of the weights come the other way round.
    let turned = [2, 0, 3, 1];
    workshop.write("p.npy", &reorder(&workshop, "n/prototypes.npy", &turned));
    let w = array(&workshop, "n/weights.npy").values;
    let rows = [1, 0].iter().flat_map(|class| turned.map(|m| w[class * 4 + m]));
    workshop.write("w.npy", &npy(&[2, 4], &rows.collect::<Vec<_>>()));
    let b = array(&workshop, "n/bias.npy").values;
    workshop.write("b.npy", &npy(&[2], &[b[1], b[0]]));
    workshop.write("labels.txt", b"low\nhigh\n");
    let import = ["import", "prototypes", "p.npy", "w.npy", "--bias", "b.npy", "--scale", "raw"];
    let names =
        ["--labels", "labels.txt", "--order", "interleaved", "--model", "tiny", "--name", "i"];
    let scale: Vec<_> = scale.iter().map(String::as_str).collect();
    workshop.succeeds(&[&import[..], &names, &scale].concat());
    for (ours, theirs) in ranking(&workshop, "i").iter().zip(&wanted) {
        assert_eq!(ours.0, theirs.0);
        assert!((ours.1 - theirs.1).abs() < 1e-4, "{ours:?} {theirs:?}");
    }
    workshop.succeeds(&["sonify", "i", "--steps", "2", "--takes", "1", "--only", "low/0"]);
    // What was not given is not made up.
    let error = workshop.fails(3, &["evaluate", "i"]);
    assert!(
        error.starts_with("the run has no data that it learned from (it was imported"),
        "{error}"
    );
    let error = workshop.fails(3, &["export", "notebook", "i", "-o", "x"]);
    assert!(error.starts_with("the run has no copy of what it learned from"), "{error}");
    workshop.succeeds(&["export", "model", "i", "-o", "m"]);
    let card = String::from_utf8(workshop.read("m/README.md")).unwrap();
    assert!(card.contains("Measured on: unknown. Nothing is claimed."), "{card}");
}

#[test]
fn per_file_vectors_become_the_table_that_they_came_from() {
    let workshop = workshop_with_arrays();
    let z = array(&workshop, "n/embeddings.npy").values;
    // Two segments of each of eight files of high, then of low; some with an axis of one frame.
    for (i, of_file) in z.chunks(2 * 32).enumerate() {
        let (class, number) = (if i < 8 { "high" } else { "low" }, i % 8);
        let shape: &[usize] = if i % 2 == 0 { &[2, 32] } else { &[2, 1, 32] };
        workshop.write(&format!("z/{class}/{number}.npy"), &npy(shape, of_file));
    }
    workshop.write("z/low/99.npy", &npy(&[2, 32], &z[..64]));
    workshop.write("z/low/8.npy", &npy(&[2, 2, 32], &[0.0; 128]));
    let import = ["import", "embeddings", "z", "-o", "t.parquet", "--model", "tiny"];
    let (said, notes) = workshop.succeeds(&[&import[..], &["--data", "sounds"]].concat());
    assert_eq!(said, "16 tracks, 32 rows, 2 skipped → t.parquet\n");
    assert!(notes.contains("no track of the data has this name: z/low/99.npy"), "{notes}");
    // A run of that table is the run of the audio.
    let train = ["train", "sounds", "--name", "t", "--table", "t.parquet", "-k", "2"];
    let steps = ["--steps", "300", "--batch", "16", "--hidden", "64"];
    workshop.succeeds(&[&train[..], &steps].concat());
    let model = |run: &str| workshop.read(&format!("prototypes/{run}/model.safetensors"));
    assert!(model("t") == model("r"));

    // Without audio, folders name the classes.
    let (said, _) = workshop.succeeds(&[
        "import",
        "embeddings",
        "z",
        "-o",
        "u.parquet",
        "--segment-seconds",
        "4",
    ]);
    assert_eq!(said, "17 tracks, 34 rows, 1 skipped → u.parquet\n");
    workshop.succeeds(&[&["train", "u.parquet", "--name", "u", "-k", "1"][..], &steps].concat());
    let strict = workshop.run(&[&import[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(6));
}

#[test]
fn what_cannot_be_imported_is_refused_in_one_sentence() {
    let workshop = workshop_with_arrays();
    workshop.write("one.txt", b"high\n");
    workshop.write("other.txt", b"high\nmiddle\n");
    workshop.write("three.npy", &npy(&[3, 32], &[0.5; 96]));
    workshop.write("w3.npy", &npy(&[2, 3], &[0.5; 6]));
    workshop.write("wide.npy", &npy(&[4, 33], &[0.5; 132]));
    workshop.write("empty/readme.txt", b"");
    let table = ["--table", "prototypes/r/data/embeddings.parquet", "--data", "sounds"];
    let import = |prototypes: &'static str, weights: &'static str, more: &[&'static str]| {
        [&["-q", "import", "prototypes", prototypes, weights, "--bias", "n/bias.npy"][..], more]
            .concat()
    };
    let with_table = |more: &[&'static str]| [&table[..], more].concat();
    let (p, w) = ("n/adapted.npy", "n/weights.npy");
    for (code, args, sentence) in [
        (
            3,
            import(w, w, &with_table(&[])),
            "the array of weights has shape [2, 4], expected [class, 2]",
        ),
        (
            2,
            import("three.npy", "w3.npy", &with_table(&[])),
            "3 prototypes cannot be shared evenly",
        ),
        (
            3,
            import("wide.npy", w, &with_table(&[])),
            "the vectors have 33 features, those of model \"tiny\"",
        ),
        (
            2,
            import(p, w, &with_table(&["--labels", "one.txt"])),
            "the names of classes are not those of the data",
        ),
        (
            2,
            import(p, w, &with_table(&["--labels", "other.txt"])),
            "the names of classes are not those of the data (only the list has middle",
        ),
        (2, import(p, w, &with_table(&["--name", "r"])), "a run is there already"),
        (2, import(p, w, &["--model", "tiny"]), "nobody names the classes"),
        (
            2,
            import(p, w, &["--model", "tiny", "--labels", "other.txt"]),
            "mean and deviation of the z are not known",
        ),
        (3, import("no.npy", w, &["--model", "tiny"]), "cannot read the array"),
        (4, import(p, w, &["--model", "nowhere"]), "no model \"nowhere\""),
        (
            3,
            vec!["import", "embeddings", "empty", "-o", "t.parquet", "--model", "tiny"],
            "no .npy file that fits is in the folder: empty",
        ),
        (
            3,
            vec!["import", "embeddings", "nowhere", "-o", "t.parquet", "--model", "tiny"],
            "cannot list the folder",
        ),
    ] {
        let error = workshop.fails(code, &args);
        assert!(error.starts_with(sentence), "{args:?}: {error}");
    }
    workshop.write("zz/a.npy", &npy(&[1, 31], &[0.5; 31]));
    let error =
        workshop.fails(3, &["import", "embeddings", "zz", "-o", "t.parquet", "--model", "tiny"]);
    assert!(error.starts_with("the vectors have 31 features"), "{error}");
}

//! `export`: what others get of a run.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use pecmae::files::Array;
use serde_json::Value;

use crate::predict::{json_lines, workshop_with_run};
use crate::program::Workshop;

/// A run with a sound of each prototype.
pub(crate) fn workshop_with_sounds() -> Workshop {
    let workshop = workshop_with_run();
    workshop.succeeds(&["sonify", "r", "--steps", "2", "--takes", "1", "--check"]);
    workshop
}

/// Name → bytes of everything below a folder.
fn content(workshop: &Workshop, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let below = |name: String| Some((name.strip_prefix(folder)?.to_owned(), workshop.read(&name)));
    workshop.files().into_iter().filter_map(below).collect()
}

fn json(workshop: &Workshop, name: &str) -> Value {
    serde_json::from_slice(&workshop.read(name)).unwrap()
}

pub(crate) fn array(workshop: &Workshop, name: &str) -> Array {
    Array::read_npy(&workshop.path(name)).unwrap()
}

fn table(workshop: &Workshop, name: &str) -> RecordBatch {
    let file = std::fs::File::open(workshop.path(name)).unwrap();
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.next().unwrap().unwrap()
}

fn texts(table: &RecordBatch, column: &str) -> Vec<Option<String>> {
    let column = table.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn integers(table: &RecordBatch, column: &str) -> Vec<i64> {
    table.column_by_name(column).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn csv_rows(workshop: &Workshop, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let bytes = workshop.read(name);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    (header, reader.records().map(|row| cells(row.unwrap())).collect())
}

#[test]
fn a_notebook_export_holds_what_the_program_prints_and_how_it_follows() {
    let workshop = workshop_with_sounds();
    let (said, _) = workshop.succeeds(&["export", "notebook", "r", "--excerpts", "2"]);
    assert!(said.ends_with(" → notebooks-export/r\n"), "{said}");
    let at = |name: &str| format!("notebooks-export/r/{name}");
    let [s, w, b, printed] = ["similarity", "weights", "bias", "logits"]
        .map(|n| array(&workshop, &at(&format!("{n}.npy"))));
    let (n_segments, n_prototypes) = (s.shape[0], s.shape[1]);
    assert_eq!(
        (n_prototypes, w.shape.as_slice(), printed.shape.as_slice()),
        (4, &[2, 4][..], &[16, 2][..])
    );

    // Mean similarities, weights and bias give the logits of every file.
    let segments = table(&workshop, &at("segments.parquet"));
    let file_of = integers(&segments, "file_id");
    assert_eq!((segments.num_rows(), file_of.len()), (n_segments, n_segments));
    for (file, logits) in printed.values.chunks(2).enumerate() {
        let rows: Vec<_> = (0..n_segments).filter(|row| file_of[*row] == file as i64).collect();
        for (class, logit) in logits.iter().enumerate() {
            let contribution = |m: usize| {
                let mean = rows.iter().map(|row| f64::from(s.values[row * 4 + m])).sum::<f64>();
                mean / rows.len() as f64 * f64::from(w.values[class * 4 + m])
            };
            let sum = (0..4).map(contribution).sum::<f64>() + f64::from(b.values[class]);
            assert!((sum - f64::from(*logit)).abs() < 1e-5, "{sum} {logit}");
        }
    }

    // Files are called what `predict` calls them.
    let files = table(&workshop, &at("files.parquet"));
    let confidences = files.column_by_name("confidence").unwrap().as_primitive::<Float64Type>();
    let lines = json_lines(&workshop, &["predict", "r", "sounds"]);
    let results: Vec<_> = lines.iter().filter(|line| line["event"] == "result").collect();
    let (paths, labels) = (texts(&files, "path"), texts(&files, "predicted"));
    assert_eq!(results.len(), paths.len());
    for result in results {
        let row = paths.iter().position(|p| p.as_deref() == result["id"].as_str()).unwrap();
        assert_eq!(labels[row].as_deref(), result["labels"][0].as_str());
        let confidence = result["confidence"].as_f64().unwrap();
        assert!((confidences.value(row) - confidence).abs() < 1e-5, "{result}");
    }

    // Every sound that a table names is there.
    let prototypes = table(&workshop, &at("prototypes.parquet"));
    let names: Vec<_> = texts(&prototypes, "audio").into_iter().flatten().collect();
    assert_eq!(names.len(), 4);
    let excerpts: Vec<_> = texts(&segments, "audio").into_iter().flatten().collect();
    assert_eq!(excerpts.len(), 2);
    for name in names.iter().chain(&excerpts) {
        let reader = hound::WavReader::open(workshop.path(&at(name))).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.duration()), (24_000, 96_000), "{name}");
    }
    let nearest = integers(&prototypes, "nearest_segment_id");
    let split = texts(&segments, "split");
    assert!(nearest.iter().all(|row| split[*row as usize].as_deref() == Some("train")));

    // The README explains every column, and the manifest lists every file.
    let readme = String::from_utf8(workshop.read(&at("README.md"))).unwrap();
    for batch in [&files, &segments, &prototypes] {
        for field in batch.schema().fields() {
            assert!(readme.contains(&format!("| `{}` |", field.name())), "{}", field.name());
        }
    }
    let manifest = json(&workshop, &at("manifest.json"));
    let listed = manifest["files"].as_object().unwrap();
    let there = content(&workshop, "notebooks-export/r/");
    assert_eq!(listed.len() + 1, there.len());
    assert!(there.keys().all(|name| name == "manifest.json" || listed.contains_key(name)));
    assert_eq!(manifest["provenance"]["licenses"]["data"], "unknown");
    assert_eq!(manifest["classes"], serde_json::json!(["high", "low"]));
}

#[test]
fn excerpts_are_cut_from_files_that_are_still_those_that_were_embedded() {
    let workshop = workshop_with_run();
    let export = ["export", "notebook", "r", "-o", "n", "--excerpts", "2"];
    workshop.succeeds(&export);
    let excerpts = || -> Vec<(usize, String)> {
        let names = texts(&table(&workshop, "n/segments.parquet"), "audio").into_iter();
        names.enumerate().filter_map(|(row, name)| Some((row, name?))).collect()
    };
    let segments = table(&workshop, "n/segments.parquet");
    let starts = segments.column_by_name("start_s").unwrap().as_primitive::<Float64Type>();
    let paths = texts(&table(&workshop, "n/files.parquet"), "path");
    let path = |row: usize| {
        let file = integers(&segments, "file_id")[row] as usize;
        format!("sounds/{}", paths[file].as_deref().unwrap())
    };
    let first = excerpts();
    assert_eq!(first.len(), 2);
    for (row, name) in &first {
        let read = |name: &str| {
            pecmae::audio::read_waveform(&workshop.path(name), 24_000, None).unwrap().samples
        };
        let (cut, source) = (read(&format!("n/{name}")), read(&path(*row)));
        let start = (starts.value(*row) * 24_000.0).round() as usize;
        for (a, b) in cut.iter().zip(&source[start..]) {
            assert!((a - b).abs() < 1e-4, "{name}: {a} {b}");
        }
    }
    // Another sound under the name of one of them is not taken for it.
    workshop.write(&path(first[0].0), &workshop.read(&path(first[1].0)));
    let (_, note) = workshop.succeeds(&export);
    assert!(note.contains("1 of 2 excerpts are left out, because their files are gone"), "{note}");
    assert_eq!(excerpts(), first[1..]);
}

#[test]
fn an_export_can_have_fewer_and_smaller_sounds() {
    let workshop = workshop_with_sounds();
    let small = ["export", "notebook", "r", "-o", "n", "--sounds", "1", "--pcm16"];
    workshop.succeeds(&small);
    let names: Vec<_> =
        content(&workshop, "n/audio/").into_keys().filter(|name| name.ends_with(".wav")).collect();
    assert_eq!(names, ["prototypes/high_0_take0.wav", "prototypes/low_0_take0.wav"]);
    let named = texts(&table(&workshop, "n/prototypes.parquet"), "audio");
    assert_eq!(named.iter().flatten().count(), 2);
    for name in names {
        let file = name.trim_start_matches("prototypes/");
        let raw = workshop.path(&format!("prototypes/r/sounds/{file}"));
        let raw = hound::WavReader::open(raw).unwrap().into_samples::<f32>();
        let mut small = hound::WavReader::open(workshop.path(&format!("n/audio/{name}"))).unwrap();
        assert_eq!(small.spec().bits_per_sample, 16);
        for (raw, small) in raw.zip(small.samples::<i16>()) {
            let (raw, small) = (raw.unwrap().clamp(-1.0, 1.0), f32::from(small.unwrap()) / 32768.0);
            assert!((raw - small).abs() < 1e-4, "{raw} {small}");
        }
    }
}

#[test]
fn exports_are_equal_when_repeated_and_replace_only_themselves() {
    let workshop = workshop_with_sounds();
    workshop.succeeds(&["edit", "r", "disable", "low/0"]);
    for (kind, prototype) in
        [("notebook", "low/1"), ("model", "high/0"), ("csv", "high/1"), ("plots", "low/0")]
    {
        let export = ["export", kind, "r", "-o", kind];
        workshop.succeeds(&export);
        let first = content(&workshop, &format!("{kind}/"));
        workshop.succeeds(&[&export[..], &["--threads", "1"]].concat());
        assert!(content(&workshop, &format!("{kind}/")) == first, "{kind}");
        // An edit changes what is exported, and nothing of the earlier export stays.
        workshop.succeeds(&["edit", "r", "rename", prototype, kind]);
        workshop.succeeds(&export);
        let second = content(&workshop, &format!("{kind}/"));
        assert!(second != first, "{kind}");
        assert!(first.keys().eq(second.keys()), "{kind}");

        workshop.write(&format!("{kind}/mine.txt"), b"mine");
        let error = workshop.fails(2, &export);
        assert!(error.starts_with("the earlier export holds \"mine.txt\""), "{error}");
        std::fs::remove_file(workshop.path(&format!("{kind}/mine.txt"))).unwrap();
        workshop.write(&format!("{kind}/README.md"), b"mine");
        let error = workshop.fails(2, &export);
        let says = ["\"README.md\" was changed since", "the earlier export holds \"README.md\""];
        assert!(says.iter().any(|says| error.starts_with(says)), "{error}");
        // Forced, it takes back what has the names of its files, and leaves the rest.
        workshop.write(&format!("{kind}/mine.txt"), b"mine");
        workshop.succeeds(&[&export[..], &["--force"]].concat());
        let forced = content(&workshop, &format!("{kind}/"));
        assert_eq!(forced["mine.txt"], b"mine", "{kind}");
        assert!(second.iter().all(|(name, bytes)| forced[name] == *bytes), "{kind}");
        let error = workshop.fails(2, &["export", kind, "r", "-o", "sounds"]);
        let foreign = format!("what is there is no pecmae {kind} export, so it is not replaced; ");
        assert!(error.starts_with(&foreign), "{error}");
        let error = workshop.fails(2, &["export", kind, "r", "-o", "no/where"]);
        assert!(error.starts_with("there is no folder"), "{error}");
    }
}

#[test]
fn a_disabled_prototype_has_no_weight_in_any_export_and_keeps_its_place() {
    let workshop = workshop_with_sounds();
    workshop.succeeds(&["edit", "r", "disable", "low/0"]);
    workshop.succeeds(&["export", "notebook", "r", "-o", "n"]);
    workshop.succeeds(&["export", "model", "r", "-o", "m"]);
    workshop.succeeds(&["export", "csv", "r", "-o", "c"]);
    let [counting, trained] =
        ["n/weights.npy", "n/weights_trained.npy"].map(|name| array(&workshop, name).values);
    assert_eq!((counting[2], counting[6]), (0.0, 0.0));
    assert!(trained[2] != 0.0 && trained[6] != 0.0 && counting[0] == trained[0]);
    let (header, rows) = csv_rows(&workshop, "c/weights.csv");
    assert_eq!(header[2..], ["high/0", "high/1", "low/0", "low/1"]);
    assert!(rows.iter().all(|row| row[4].parse::<f64>().unwrap() == 0.0), "{rows:?}");
    let bytes = workshop.read("m/classifier.onnx");
    let model = onnx_rs::parse(&bytes).unwrap();
    let graph = model.graph.as_ref().unwrap();
    let weight = graph.initializer.iter().find(|tensor| tensor.name() == "weight").unwrap();
    assert_eq!(weight.as_f32().unwrap()[..], counting[..]);
    assert_eq!(json(&workshop, "m/config.json")["prototypes"][2]["enabled"], false);
    for folder in ["n", "m", "c"] {
        let manifest = json(&workshop, &format!("{folder}/manifest.json"));
        assert_eq!(manifest["provenance"]["n_edits"], 1, "{folder}");
    }
}

#[test]
fn the_arrays_that_the_script_of_a_model_export_reads_give_what_the_program_computes() {
    let workshop = workshop_with_run();
    workshop.succeeds(&["edit", "r", "disable", "high/1"]);
    workshop.succeeds(&["export", "notebook", "r", "-o", "n"]);
    workshop.succeeds(&["export", "model", "r", "-o", "m"]);
    let [p, w, b] =
        ["adapted", "weights", "bias"].map(|name| array(&workshop, &format!("m/{name}.npy")));
    let [z, s, of_files] = ["embeddings", "similarity", "logits"]
        .map(|name| array(&workshop, &format!("n/{name}.npy")));
    let config = json(&workshop, "m/config.json");
    assert_eq!(config["similarity"], "mean_squared");
    let [mean, std] = ["mean", "std"].map(|name| config["normalization"][name].as_f64().unwrap());
    let (n_features, n_prototypes) = (z.shape[1], p.shape[0]);
    assert_eq!((p.shape[1], w.shape.as_slice()), (n_features, &[2, n_prototypes][..]));
    let normalized = |z: &f32| (f64::from(*z) - mean) / (2.0 * std);
    let mut logits = vec![[0.0; 2]; of_files.shape[0]];
    let file_of = integers(&table(&workshop, "n/segments.parquet"), "file_id");
    let rows = z.values.chunks(n_features).zip(s.values.chunks(n_prototypes)).zip(&file_of);
    for ((z, s), file) in rows {
        let n_segments = file_of.iter().filter(|of| *of == file).count() as f64;
        for (m, p) in p.values.chunks(n_features).enumerate() {
            let squares = z.iter().zip(p).map(|(z, p)| (normalized(z) - f64::from(*p)).powi(2));
            let similarity = (-squares.sum::<f64>() / n_features as f64).exp();
            assert!((similarity - f64::from(s[m])).abs() < 1e-5, "{similarity} {}", s[m]);
            for (class, logit) in logits[*file as usize].iter_mut().enumerate() {
                *logit += f64::from(w.values[class * n_prototypes + m]) * similarity / n_segments;
            }
        }
    }
    for (found, wanted) in logits.iter().zip(of_files.values.chunks(2)) {
        for (class, wanted) in wanted.iter().enumerate() {
            let found = found[class] + f64::from(b.values[class]);
            assert!((found - f64::from(*wanted)).abs() < 1e-5, "{found} {wanted}");
        }
    }
    assert_ne!(p.values, array(&workshop, "n/prototypes.npy").values, "z is not z'");
}

#[test]
fn a_model_export_is_a_classifier_with_a_card_that_claims_nothing_unknown() {
    let workshop = workshop_with_sounds();
    let license = ["--license", "CC-BY-4.0"];
    workshop.succeeds(&[&["export", "model", "r", "-o", "m"][..], &license].concat());
    let names: Vec<_> = content(&workshop, "m/").into_keys().collect();
    let wanted = [
        "README.md",
        "adapted.npy",
        "bias.npy",
        "classifier.onnx",
        "config.json",
        "labels.txt",
        "manifest.json",
        "model.safetensors",
        "predict.py",
        "prototypes/high_0_take0.wav",
        "prototypes/high_1_take0.wav",
        "prototypes/low_0_take0.wav",
        "prototypes/low_1_take0.wav",
        "weights.npy",
    ];
    assert_eq!(names, wanted);
    assert_eq!(workshop.read("m/labels.txt"), b"high\nlow\n");
    let config = json(&workshop, "m/config.json");
    assert_eq!(config["id2label"], serde_json::json!({ "0": "high", "1": "low" }));
    assert_eq!((&config["n_prototypes"], &config["n_features"]), (&4.into(), &32.into()));
    let card = String::from_utf8(workshop.read("m/README.md")).unwrap();
    for wanted in [
        "---\nlicense: \"cc-by-4.0\"\n",
        "base_model: \"tiny\"",
        "| license of the training audio | unknown |",
        "| `adapted.npy` | [4, 32]: p': what z' is compared with, after the adaptor |",
        "| `weights.npy` | [2, 4]: what each prototype counts",
        "## Limits",
        "On the test split",
    ] {
        assert!(card.contains(wanted), "{wanted:?}: {card}");
    }
    // The program takes it as it is.
    let predict = |what: &str| {
        let lines = json_lines(&workshop, &["predict", what, "sounds/low/1.wav"]);
        lines[1]["ranking"].clone()
    };
    assert_eq!(predict("m/model.safetensors"), predict("r"));

    // Prototypes that nobody has rendered are said to be missing.
    std::fs::remove_dir_all(workshop.path("prototypes/r/sounds")).unwrap();
    let (_, note) = workshop.succeeds(&["export", "model", "r", "-o", "m"]);
    assert!(note.contains("4 prototypes have no sound yet; `pecmae sonify r`"), "{note}");
    assert!(json(&workshop, "m/config.json")["prototypes"][0]["audio"].is_null());
}

#[test]
fn tables_have_a_row_for_everything_and_agree_with_evaluate() {
    let workshop = workshop_with_sounds();
    workshop.succeeds(&["export", "csv", "r", "-o", "c"]);
    let rows = |name: &str| csv_rows(&workshop, &format!("c/{name}.csv")).1.len();
    assert_eq!(
        (rows("files"), rows("segments"), rows("prototypes"), rows("weights")),
        (16, 32, 4, 2)
    );
    let (header, metadata) = csv_rows(&workshop, "c/metadata.csv");
    assert_eq!(header[..3], ["file_name", "label", "split"]);
    assert!(metadata.iter().all(|row| row[0].starts_with(&row[1])), "{metadata:?}");
    // As `metadata.csv` it makes the folder of audio an audio folder, with the splits of the run.
    workshop.write("sounds/metadata.csv", &workshop.read("c/metadata.csv"));
    let checked = json_lines(&workshop, &["data", "check", "sounds", "--quick"]);
    assert_eq!(checked.last().unwrap()["tracks"], 16);
    std::fs::remove_file(workshop.path("sounds/metadata.csv")).unwrap();

    workshop.succeeds(&["evaluate", "r", "--no-baselines"]);
    let report = json(&workshop, "prototypes/r/evaluation/test/report.json");
    let (_, summary) = csv_rows(&workshop, "c/test/summary.csv");
    let accuracy = report["report"]["summary"]["accuracy"].as_f64().unwrap();
    assert_eq!((summary[0][0].as_str(), summary[0][1].parse()), ("accuracy", Ok(accuracy)));
    let confusion = workshop.read("prototypes/r/evaluation/test/confusion.csv");
    assert!(workshop.read("c/test/confusion.csv") == confusion);
    let n_test = report["n_tracks"].as_u64().unwrap() as usize;
    assert_eq!(rows("test/predictions"), n_test);
    assert_eq!(metadata.iter().filter(|row| row[2] == "test").count(), n_test);

    let lines = |name: &str| String::from_utf8(workshop.read(name)).unwrap().lines().count();
    assert_eq!(lines("c/projector/vectors.tsv"), 36);
    assert_eq!(lines("c/projector/metadata.tsv"), 37);
}

#[test]
fn without_jupyter_there_is_no_executed_notebook_and_the_reason_is_told() {
    let workshop = workshop_with_run();
    let execute = ["export", "notebook", "r", "-o", "n", "--execute", "--jupyter", "no-jupyter"];
    let error = workshop.fails(2, &execute);
    assert!(error.starts_with("cannot run \"no-jupyter\""), "{error}");
    assert!(error.contains("requirements.txt"), "{error}");
    #[cfg(unix)]
    {
        // One that fails is none either.
        let error = workshop.fails(1, &[&execute[..6], &["--jupyter", "false"]].concat());
        assert!(error.starts_with("the notebook 01_load_and_listen.ipynb did not run"), "{error}");
    }
}

//! `predict`: from audio files to labels.

use serde_json::Value;

use crate::checkpoints::{open_tiny, safetensors_bytes, table};
use crate::program::{Workshop, texts, tiny};
use crate::train::workshop_with_classes;

/// Two classes of sounds, and the run `r` that knows them by two prototypes each.
pub(crate) fn workshop_with_run() -> Workshop {
    let workshop = workshop_with_classes();
    let train = ["train", "sounds", "--name", "r", "-k", "2", "--steps", "300", "--batch", "16"];
    workshop.succeeds(&[&train[..], &["--hidden", "64"]].concat());
    workshop
}

/// The JSON lines of a verb that does its work, without progress.
#[track_caller]
pub(crate) fn json_lines(workshop: &Workshop, args: &[&str]) -> Vec<Value> {
    let (stdout, _) = workshop.succeeds(&[args, &["--json"]].concat());
    let lines = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] != "progress").collect()
}

/// The closing events among JSON lines.
pub(crate) fn ends_of(lines: &str) -> Vec<String> {
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let names = events.map(|line| line["event"].as_str().unwrap().to_owned());
    names.filter(|name| ["done", "error"].contains(&name.as_str())).collect()
}

#[test]
fn files_are_labeled_in_the_order_in_which_they_are_named_in_every_format() {
    let workshop = workshop_with_run();
    let sources = ["sounds/low/3.wav", "sounds/high", "sounds/low/1.wav"];
    let predict = [&["predict", "r"][..], &sources].concat();
    let (words, _) = workshop.succeeds(&predict);
    let paths: Vec<_> =
        words.lines().map(|line| line.split_whitespace().nth(2).unwrap().to_owned()).collect();
    let inside = (0..8).map(|i| format!("sounds/high/{i}.wav"));
    let wanted: Vec<_> =
        [sources[0].to_owned()].into_iter().chain(inside).chain([sources[2].to_owned()]).collect();
    assert_eq!(paths, wanted);

    let (csv, _) = workshop.succeeds(&[&predict[..], &["--format", "csv"]].concat());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    let labels: Vec<_> = rows.iter().map(|row| row[1].to_owned()).collect();
    let wanted: Vec<_> = paths.iter().map(|path| path.split('/').nth(1).unwrap()).collect();
    let n_right = labels.iter().zip(&wanted).filter(|(label, wanted)| label == wanted).count();
    assert!(n_right >= 9, "a sound of a class is labeled as such: {labels:?}");

    let written = workshop.succeeds(&[&predict[..], &["-o", "p.jsonl"]].concat()).0;
    assert!(written.starts_with("10 files") && written.ends_with(" → p.jsonl\n"), "{written}");
    let text = String::from_utf8(workshop.read("p.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for ((line, row), path) in lines.iter().zip(&rows).zip(&paths) {
        assert_eq!(
            (line["path"].as_str(), line["labels"][0].as_str()),
            (Some(&**path), Some(&row[1]))
        );
        assert!(
            (line["confidence"].as_f64().unwrap() - row[2].parse::<f64>().unwrap()).abs() < 1e-6
        );
    }

    // Neither threads nor company change a bit; a classifier by itself says the same, but not how familiar it is.
    let alone = ["predict", "r", sources[2], "--format", "jsonl", "--threads", "1"];
    assert_eq!(workshop.succeeds(&alone).0.trim_end(), text.lines().last().unwrap());
    let bundle = ["predict", "prototypes/r/model.safetensors", sources[2], "--format", "jsonl"];
    let (bundled, note) = workshop.succeeds(&bundle);
    assert!(note.contains("a classifier by itself does not know its training"), "{note}");
    let bundled: Value = serde_json::from_str(&bundled).unwrap();
    assert_eq!(bundled["familiarity"], Value::Null);
    assert_eq!(bundled["ranking"], lines[9]["ranking"]);

    let (tracks, _) =
        workshop.succeeds(&[&predict[..], &["-o", "tracks", "--format", "audacity"]].concat());
    assert!(tracks.ends_with(" → tracks\n"), "{tracks}");
    let track = String::from_utf8(workshop.read("tracks/3.wav.txt")).unwrap();
    let track: Vec<_> = track.lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect();
    assert_eq!((track.len(), track[1][0], track[1][1]), (2, "4.000000", "8.000000"));
    assert!(workshop.path("tracks/3.wav-2.txt").exists(), "two files are called 3.wav");
    workshop.succeeds(&[&predict[..], &["-o", "layers", "--format", "sv-csv"]].concat());
    let layer = String::from_utf8(workshop.read("layers/3.wav.csv")).unwrap();
    let regions: Vec<_> = layer.lines().map(|line| line.split(',').collect::<Vec<_>>()).collect();
    assert_eq!((regions.len(), regions[1][0], regions[1][2]), (2, "4.000000", "4.000000"));
    assert_eq!(regions[1][3], track[1][2].split(' ').next().unwrap());
}

#[test]
fn paths_come_from_standard_input_and_from_lists_and_segments_are_labeled_too() {
    let workshop = workshop_with_run();
    let args = ["predict", "r", "-", "--format", "csv", "--segments", "--top-k", "2"];
    let command = assert_cmd::Command::from_std(workshop.command(&args))
        .write_stdin("sounds/low/1.wav\n\nsounds/high/1.wav\n")
        .output()
        .unwrap();
    let (csv, stderr) = texts(&command);
    assert_eq!(command.status.code(), Some(0), "{stderr}");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let places: Vec<_> = reader
        .records()
        .map(|row| row.unwrap())
        .map(|row| (row[0].to_owned(), row[2].to_owned()))
        .collect();
    let [low, high] = ["sounds/low/1.wav", "sounds/high/1.wav"].map(str::to_owned);
    let at = |path: &String, start: &str| (path.clone(), start.to_owned());
    let wanted = [at(&low, "0.000"), at(&low, "4.000"), at(&high, "0.000"), at(&high, "4.000")];
    assert_eq!(places, wanted);
    assert!(csv.lines().next().unwrap().ends_with(",label_2,confidence_2"), "{csv}");

    workshop.write("sounds/list.csv", b"file\nlow/2.wav\n");
    let lines = json_lines(&workshop, &["predict", "r", "sounds/list.csv", "--segments"]);
    let names: Vec<_> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["start", "result", "done"]);
    assert_eq!(lines[1]["path"], "sounds/low/2.wav");
    assert_eq!(lines[1]["segments"].as_array().unwrap().len(), 2);

    let sure = ["predict", "r", "sounds/low/2.wav", "--min-confidence", "1"];
    assert!(workshop.succeeds(&sure).0.starts_with("no label"), "no label is that sure");
}

#[test]
fn what_sounds_like_nothing_in_training_is_unfamiliar() {
    let workshop = workshop_with_run();
    workshop.write_sound("strange.wav", 8.0, 9000.0);
    let lines = json_lines(&workshop, &["predict", "r", "strange.wav", "sounds/low/1.wav"]);
    assert_eq!(lines[1]["familiarity"]["low"], true, "{}", lines[1]);
    assert_eq!(lines[3]["unfamiliar"], 1, "{}", lines[3]);
    let (words, _) = workshop.succeeds(&["predict", "r", "strange.wav"]);
    assert!(words.ends_with(", unfamiliar)\n"), "{words}");
}

#[test]
fn a_file_in_which_nothing_can_be_heard_is_called_silent_beside_its_label() {
    let workshop = workshop_with_run();
    // A pitch of 0 Hz moves nothing.
    workshop.write_sound("silence.wav", 8.0, 0.0);
    let lines = json_lines(&workshop, &["predict", "r", "silence.wav", "sounds/low/1.wav"]);
    assert_eq!((&lines[1]["silent"], &lines[2]["silent"]), (&true.into(), &false.into()));
    assert_eq!(lines[3]["silent"], 1, "{}", lines[3]);
    let (words, _) = workshop.succeeds(&["predict", "r", "silence.wav", "--segments"]);
    assert_eq!(words.matches("silent)\n").count(), 3, "the file and both of its segments: {words}");
    let (words, _) = workshop.succeeds(&["explain", "r", "silence.wav"]);
    assert!(words.contains("\nsilent: nothing in it is louder"), "{words}");
}

#[test]
fn a_file_that_cannot_be_used_is_named_and_the_others_are_labeled() {
    let workshop = workshop_with_run();
    workshop.write("text.wav", b"Once upon a time\n");
    let predict = ["predict", "r", "nowhere.wav", "text.wav", "sounds/low/1.wav"];
    let (words, stderr) = workshop.succeeds(&predict);
    assert_eq!(words.lines().count(), 1);
    assert!(stderr.contains("skipped: no such file or folder: nowhere.wav\n"), "{stderr}");
    assert!(stderr.contains("skipped: not an audio file of a known kind"), "{stderr}");
    assert!(stderr.ends_with("1 file, 2 skipped\n"), "{stderr}");
    let strict = workshop.run(&[&predict[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(6));
    let strict = workshop.run(&[&predict[..], &["--strict", "--json"]].concat());
    let ends = ends_of(&texts(&strict).0);
    assert_eq!(ends, ["error"], "a run ends with either done or error");
    let lines = json_lines(&workshop, &predict);
    assert_eq!(lines.iter().filter(|line| line["event"] == "skip").count(), 2);

    let output = workshop.run(&["predict", "r", "text.wav", "-o", "p.csv"]);
    let (_, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.lines().last().unwrap().starts_with("error: not an audio file"), "{stderr}");
    assert!(!workshop.path("p.csv").exists());
}

#[test]
fn what_cannot_be_predicted_with_is_told_in_one_sentence() {
    let workshop = workshop_with_run();
    workshop.write("list.csv", b"genre\nrock\n");
    let sound = "sounds/low/1.wav";
    for (code, args, sentence) in [
        (2, &["predict", "nowhere", sound][..], "no run \"nowhere\" is here"),
        (3, &["predict", sound, sound], "not a valid safetensors file"),
        (
            2,
            &["predict", "r", sound, "--precision", "bf16"],
            "this was trained on z of precision f32, not bf16",
        ),
        (2, &["predict", "r", sound, "-o", "p.xls"], "the name says no format"),
        (2, &["predict", "r", sound, "-o", "no/p.csv"], "there is no folder \"no\" to write into"),
        (
            2,
            &["predict", "r", sound, "--format", "csv", "-o", "sounds"],
            "the output is a folder; name a file in it or beside it: sounds",
        ),
        (
            2,
            &["predict", "r", "sounds", "--format", "audacity"],
            "16 files have a label track each",
        ),
        (3, &["predict", "r", "-"], "standard input holds no paths"),
        (
            3,
            &["predict", "r", "list.csv"],
            "the first line of the list names the columns \"genre\"",
        ),
        (2, &["predict", "r", sound, "--top-k", "0"], "--top-k cannot be \"0\""),
        (2, &["predict", "r", sound, "--min-confidence", "2"], "--min-confidence cannot be \"2\""),
        (4, &["predict", "r", sound, "--model", "nowhere"], "no model \"nowhere\""),
    ] {
        let error = workshop.fails(code, args);
        assert!(error.starts_with(sentence), "{error}");
    }
    let both = workshop.run(&["predict", "r", sound, "--json", "--format", "csv"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn where_several_labels_are_possible_the_thresholds_that_decide_are_shown() {
    let workshop = workshop_with_classes();
    let train = ["train", "sounds", "--name", "r", "-k", "1", "--steps", "100", "--batch", "16"];
    workshop.succeeds(&[&train[..], &["--hidden", "16", "--loss", "binary"]].concat());
    let sound = "sounds/low/1.wav";
    let lines = json_lines(&workshop, &["predict", "r", sound]);
    let ranking = lines[1]["ranking"].as_array().unwrap();
    let words = |ranked: &Value| {
        let [p, t] = ["probability", "threshold"].map(|name| ranked[name].as_f64().unwrap());
        let sign = if p >= t { '≥' } else { '<' };
        format!("{} {p:.2} {sign} {t:.2}", ranked["label"].as_str().unwrap())
    };
    let (first, second) = (words(&ranking[0]), words(&ranking[1]));
    let (said, _) = workshop.succeeds(&["predict", "r", sound]);
    assert!(said.contains(&format!("({first}, {second}, most like ")), "{first}, {second}: {said}");
    let (said, _) = workshop.succeeds(&["explain", "r", sound]);
    let ranked = format!("{first}   {second}   (each class by itself, from its threshold on; ");
    assert!(said.contains(&ranked), "{said}");
    let (report, _) = workshop.succeeds(&["evaluate", "r", "--no-baselines"]);
    assert!(report.contains("\nthresholds from which a label is given\n  high  0."), "{report}");
    // One label a track has no threshold.
    let one = ["train", "sounds", "--name", "one", "-k", "1", "--steps", "20", "--hidden", "16"];
    workshop.succeeds(&one);
    assert!(
        json_lines(&workshop, &["predict", "one", sound])[1]["ranking"][0]["threshold"].is_null()
    );
}

#[test]
fn the_model_must_be_the_one_that_the_run_was_trained_with() {
    let workshop = workshop_with_run();
    let mut tensors = table(&open_tiny("weights.pt").unwrap());
    tensors.get_mut("out_adapter.bias").unwrap().1[0] += 1.0;
    workshop.write("a.safetensors", &safetensors_bytes(&tensors).unwrap());
    let codec = tiny("encodec_24khz.th");
    let import =
        ["models", "import", "--name", "other", "--autoencoder", "a.safetensors", "--codec"];
    workshop.write("config.json", &std::fs::read(tiny("config.json")).unwrap());
    workshop.succeeds(&[&import[..], &[codec.to_str().unwrap()]].concat());
    let predict = ["predict", "r", "sounds/low/1.wav"];
    let (with_two, _) = workshop.succeeds(&predict);
    let error = workshop.fails(4, &[&predict[..], &["--model", "other"]].concat());
    assert!(error.contains("\"other\"") && error.contains("\"tiny\""), "{error}");
    workshop.succeeds(&["models", "remove", "tiny", "-y"]);
    let error = workshop.fails(4, &predict);
    assert!(
        error.contains("\"tiny\"") && error.contains("not there") && error.contains("other ("),
        "{error}"
    );
    // Under any name it is the same model.
    workshop.import("again");
    assert_eq!(workshop.succeeds(&predict).0, with_two);
}

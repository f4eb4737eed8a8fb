//! `train`: from labeled audio to a run.

use pecmae::embeddings::{SegmentPlace, Table, TableWriter};

use crate::checkpoints::{open_tiny, safetensors_bytes, table as table_of_tensors};
use crate::program::{Workshop, tiny};

/// Two classes of low and high sounds, in eight tracks each.
pub(crate) fn workshop_with_classes() -> Workshop {
    let workshop = Workshop::new();
    for i in 0..8 {
        let step = i as f32;
        workshop.write_sound(&format!("sounds/low/{i}.wav"), 8.0, 60.0 + 9.0 * step);
        workshop.write_sound(&format!("sounds/high/{i}.wav"), 8.0, 1800.0 + 150.0 * step);
    }
    workshop
}

/// A run that takes a second.
const QUICK: [&str; 8] = ["-k", "2", "--steps", "60", "--batch", "16", "--hidden", "64"];

/// The same with a run of it, `r`.
pub(crate) fn workshop_with_run() -> Workshop {
    let workshop = workshop_with_classes();
    let enough = ["train", "sounds", "--name", "r", "-k", "2", "--steps", "200", "--hidden", "64"];
    workshop.succeeds(&[&enough[..], &["--batch", "16"]].concat());
    workshop
}

fn train<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["train", "sounds"][..], &QUICK, more].concat()
}

#[test]
fn a_run_holds_all_that_made_it_and_its_settings_make_it_again() {
    let workshop = workshop_with_classes();
    let (stdout, stderr) = workshop.succeeds(&train(&[]));
    assert!(
        stdout.starts_with("finished: 4 prototypes of 2 classes, class-balanced accuracy"),
        "{stdout}"
    );
    assert!(stdout.ends_with("→ prototypes/sounds\n"), "{stdout}");
    assert!(stderr.contains("grouped by nothing"), "{stderr}");
    for name in ["run.toml", "status.json", "history.csv", "data/tracks.csv", "data/skipped.csv"] {
        assert!(!workshop.read(&format!("prototypes/sounds/{name}")).is_empty(), "{name}");
    }

    // The name is taken, so the next run is numbered; equal settings make an equal classifier.
    let config = ["train", "--config", "prototypes/sounds/run.toml"];
    let (stdout, _) = workshop.succeeds(&config);
    assert!(stdout.ends_with("→ prototypes/sounds-2\n"), "{stdout}");
    let model = |run: &str| workshop.read(&format!("prototypes/{run}/model.safetensors"));
    assert!(model("sounds") == model("sounds-2"));
    workshop.succeeds(&[&config[..], &["--seed", "1", "--name", "other"]].concat());
    assert!(model("sounds") != model("other"));

    // So does the table that was made of the same source, on any number of threads.
    workshop.succeeds(&["embed", "sounds", "-o", "t.parquet", "-q"]);
    workshop.succeeds(&train(&["--table", "t.parquet", "--name", "table", "--threads", "1"]));
    assert!(model("sounds") == model("table"));
    workshop.succeeds(&[&["train", "t.parquet", "--name", "labels"][..], &QUICK].concat());
    assert!(model("sounds") == model("labels"));
}

#[test]
fn a_finished_run_goes_on_only_if_it_is_lengthened() {
    let workshop = workshop_with_classes();
    workshop.succeeds(&train(&["--name", "r"]));
    let error = workshop.fails(2, &["train", "--resume", "r", "-q"]);
    assert_eq!(error, "all 60 steps are done; lengthen the run by --add-steps N: prototypes/r");
    let (stdout, _) = workshop.succeeds(&["train", "--resume", "r", "--add-steps", "40"]);
    assert!(stdout.contains(" of 100) "), "{stdout}");
    let history = String::from_utf8(workshop.read("prototypes/r/history.csv")).unwrap();
    assert!(history.lines().last().unwrap().starts_with("100,"), "{history}");
}

#[test]
fn what_cannot_be_learned_is_refused_in_one_sentence_and_leaves_nothing() {
    let workshop = workshop_with_classes();
    // Once the table is kept, nothing else may be written.
    workshop.succeeds(&train(&["--dry-run"]));
    assert!(!workshop.path("prototypes").exists());
    let fails = |code, args: &[&str]| workshop.fails(code, &[args, &["-q"]].concat());

    let error = fails(3, &["train", "sounds", "-k", "99"]);
    assert!(
        error.starts_with("class high has 12 training segments, expected at least 99"),
        "{error}"
    );
    let error = fails(3, &["train", "nowhere"]);
    assert!(error.starts_with("no such file or folder: "), "{error}");
    let error = fails(2, &train(&["--name", "../r"]));
    assert!(error.starts_with("\"../r\" is no name for a run"), "{error}");
    workshop.write("here/mine.txt", b"mine");
    let error = fails(2, &train(&["--runs", ".", "--name", "here"]));
    assert_eq!(error, "something that is no run has this name; choose another --name: ./here");
    let error = fails(1, &train(&["--runs", "here/mine.txt"]));
    assert!(error.starts_with("cannot make runs in (not a directory)"), "{error}");
    let error = fails(2, &["train", "--resume", "sounds"]);
    assert_eq!(
        error,
        r#""sounds" is a folder, but no run; nor is one in prototypes, where there is none"#
    );
    let error = fails(2, &train(&["--init", "file"]));
    assert!(error.starts_with("this --init needs a file"), "{error}");

    workshop.write_sound("one/only/a.wav", 4.0, 100.0);
    let error = workshop.run(&["train", "one", "-k", "1", "-q"]);
    assert_eq!(error.status.code(), Some(3));
    let error = String::from_utf8(error.stderr).unwrap();
    assert!(error.starts_with("error: there is only 1 class"), "{error}");

    let error = fails(3, &["train", "one/only"]);
    let beside =
        "no track can be used (lies beside the class folders; move it into one), `data check`";
    assert!(error.starts_with(beside), "{error}");
    assert!(!workshop.path("prototypes").exists());
}

#[test]
fn a_table_that_is_broken_or_of_another_encoder_is_refused_in_one_sentence() {
    let workshop = workshop_with_classes();
    workshop.succeeds(&["embed", "sounds", "-o", "t.parquet", "-q"]);
    let table = Table::<SegmentPlace>::open(&workshop.path("t.parquet")).unwrap();
    let mut writer = TableWriter::create(&workshop.path("n.parquet"), table.metadata()).unwrap();
    for (i, row) in table.rows().unwrap().enumerate() {
        let mut row = row.unwrap();
        row.vector[3] = if i == 5 { f32::NAN } else { row.vector[3] };
        writer.push_row(&row).unwrap();
    }
    writer.finish().unwrap();
    let error = workshop.fails(3, &train(&["--table", "n.parquet", "-q"]));
    assert!(error.contains("NaN") && error.ends_with(": n.parquet"), "{error}");
    assert!(!workshop.path("prototypes").exists());

    workshop.write_sound("elsewhere/low/a.wav", 4.0, 80.0);
    workshop.write_sound("elsewhere/high/b.wav", 4.0, 2000.0);
    let other = ["train", "elsewhere", "--table", "t.parquet", "-k", "1", "-q"];
    let error = workshop.fails(3, &other);
    assert!(error.contains("none of the 2 tracks") && error.contains("t.parquet"), "{error}");

    // The same sounds as another encoder hears them.
    workshop.succeeds(&train(&["--table", "t.parquet", "--name", "r"]));
    let mut tensors = table_of_tensors(&open_tiny("weights.pt").unwrap());
    tensors.get_mut("out_adapter.bias").unwrap().1[0] += 1.0;
    workshop.write("a.safetensors", &safetensors_bytes(&tensors).unwrap());
    workshop.write("config.json", &std::fs::read(tiny("config.json")).unwrap());
    let import = ["models", "import", "--name", "other", "--autoencoder", "a.safetensors"];
    workshop.succeeds(&import);
    workshop.succeeds(&["embed", "sounds", "-o", "o.parquet", "-q", "--model", "other"]);
    let error = workshop.fails(3, &["evaluate", "r", "-q", "--data", "o.parquet"]);
    let sentence = "the z were made in another way than the run's (model_fingerprint ";
    assert!(error.starts_with(sentence) && error.ends_with(": o.parquet"), "{error}");
}

#[test]
fn a_file_that_cannot_be_read_is_left_out_by_name() {
    let workshop = workshop_with_classes();
    workshop.write("sounds/low/broken.wav", b"no sound at all");
    let (stdout, _) = workshop.succeeds(&train(&["--name", "r"]));
    assert!(stdout.contains(", 1 skipped (see prototypes/r/data/skipped.csv)"), "{stdout}");
    let skipped = String::from_utf8(workshop.read("prototypes/r/data/skipped.csv")).unwrap();
    assert!(skipped.contains("low/broken.wav,"), "{skipped}");
    assert_eq!(workshop.run(&train(&["--name", "s", "--strict"])).status.code(), Some(6));
}

#[test]
fn clips_that_the_user_names_become_the_first_prototypes() {
    let workshop = workshop_with_classes();
    workshop.succeeds(&train(&["--name", "r"]));
    let tracks = String::from_utf8(workshop.read("prototypes/r/data/tracks.csv")).unwrap();
    let of_class = |class: &str| {
        let lines = tracks.lines().filter(move |line| line.contains(&format!(",{class},train,")));
        let ids: Vec<_> = lines.map(|line| line.split(',').next().unwrap().to_owned()).collect();
        format!("{class},{},0\n{class},{},4.5\n", ids[0], ids[1])
    };
    let list = format!("label,path,start_s\n{}{}", of_class("high"), of_class("low"));
    workshop.write("clips.csv", list.as_bytes());
    let clips = ["--init", "clips", "--init-file", "clips.csv", "--name", "c"];
    workshop.succeeds(&train(&clips));
    workshop.write("clips.csv", b"label,path,start_s\nhigh,high/none.wav,0\n");
    let args = train(&["--init", "clips", "--init-file", "clips.csv", "--name", "d", "-q"]);
    let error = workshop.fails(3, &args);
    assert!(error.contains("no training segment of high/none.wav at 0 s"), "{error}");
}

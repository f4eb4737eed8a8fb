//! The verbs below `models`, and the choice of a model.

use crate::program::{Workshop, tiny};

#[test]
fn a_model_is_imported_listed_described_verified_found_and_removed() {
    let workshop = Workshop::empty();
    let (stdout, stderr) = workshop.succeeds(&["models", "list"]);
    assert!(stdout.contains("nano (built in)  4 s "), "{stdout}");
    assert!(
        stderr.starts_with("none but nano, a small demonstration encoder, is there;"),
        "{stderr}"
    );
    let error = workshop.fails(4, &["models", "path"]);
    assert_eq!(error, "model nano is part of the program, it has no folder");
    let (verified, _) = workshop.succeeds(&["models", "verify"]);
    assert!(verified.starts_with("nano is intact: "), "{verified}");

    workshop.import("tiny");
    let (list, _) = workshop.succeeds(&["models", "list"]);
    let lines: Vec<_> = list.lines().collect();
    let [heads, nano, tiny] = lines[..] else { panic!("{list}") };
    assert!(
        heads.starts_with("NAME             SEGMENT  WIDTH  TYPE  SOUND  FINGERPRINT   LICENSE")
    );
    assert!(nano.starts_with("nano (built in)  4 s "), "{list}");
    assert_eq!(tiny, "tiny             4 s      32     f32   yes    f2fa6eb04223  not stated");
    let (info, _) = workshop.succeeds(&["models", "info", "tiny"]);
    for fact in ["width of z   32\n", "segment      4 s at 24000 Hz\n", "license      not stated\n"]
    {
        assert!(info.contains(fact), "{info}");
    }
    let (path, _) = workshop.succeeds(&["models", "path"]);
    assert_eq!(path.trim_end(), workshop.path("home/models/tiny").to_str().unwrap());
    let (verified, _) = workshop.succeeds(&["models", "verify"]);
    assert!(verified.starts_with("tiny is intact: 286719 weights"), "{verified}");

    let asked = workshop.fails(2, &["models", "remove", "tiny"]);
    assert!(asked.ends_with("give -y to remove it"), "{asked}");
    workshop.succeeds(&["models", "remove", "tiny", "-y"]);
    assert_eq!(workshop.files(), [""; 0]);
    workshop.fails(4, &["models", "remove", "tiny", "-y"]);
}

#[test]
fn a_taken_name_needs_replace() {
    let workshop = Workshop::new();
    let weights = tiny("weights.pt");
    let import = ["models", "import", "--name", "tiny", "--autoencoder", weights.to_str().unwrap()];
    let error = workshop.fails(2, &import);
    assert!(error.starts_with("model \"tiny\" exists already"), "{error}");
    workshop.succeeds(&[&import[..], &["--replace", "--dtype", "bf16"]].concat());
    let (info, _) = workshop.succeeds(&["models", "info"]);
    assert!(info.contains(", bf16, ") && info.contains("makes sound  no"), "{info}");
}

#[cfg(unix)]
#[test]
fn what_a_killed_import_left_goes_with_the_next_one() {
    let workshop = Workshop::empty();
    workshop.write("home/models/.pecmae-Ab12cd/model.safetensors", b"half");
    workshop.import("tiny");
    assert!(!workshop.path("home/models/.pecmae-Ab12cd").exists());
    workshop.succeeds(&["models", "verify", "tiny"]);
}

#[test]
fn a_damaged_model_fails_its_check() {
    let workshop = Workshop::new();
    let weights = "home/models/tiny/model.safetensors";
    let mut bytes = workshop.read(weights);
    *bytes.last_mut().unwrap() ^= 1;
    workshop.write(weights, &bytes);
    let error = workshop.fails(4, &["models", "verify", "tiny"]);
    assert!(error.starts_with("the weights have fingerprint"), "{error}");
    workshop.write(weights, &bytes[..bytes.len() / 2]);
    workshop.write_sound("a.wav", 1.0, 440.0);
    let error = workshop.fails(4, &["embed", "a.wav", "-o", "t.parquet", "--model", "tiny"]);
    assert!(error.starts_with("not a valid safetensors file"), "{error}");
}

#[test]
fn the_only_model_is_taken_and_several_must_be_told_apart() {
    let workshop = Workshop::empty();
    workshop.write_sound("a.wav", 1.0, 440.0);
    let embed = ["embed", "a.wav", "-o", "t.parquet"];
    let (_, notes) = workshop.succeeds(&embed);
    let note = "using model nano, a small demonstration encoder that is built in and has heard";
    assert_eq!(notes.matches(note).count(), 1, "{notes}");
    workshop.fails(4, &["models", "remove", "nano", "-y"]);

    workshop.import("tiny");
    let embed = ["embed", "a.wav", "-o", "t2.parquet"];
    let (_, notes) = workshop.succeeds(&embed);
    assert!(notes.starts_with("using model tiny, the only one installed\n"), "{notes}");

    workshop.import("twin");
    let error = workshop.fails(2, &embed);
    assert_eq!(error, "several models are installed, name one of them: tiny, twin");
    let error = workshop.fails(4, &[&embed[..], &["--model", "other"]].concat());
    assert!(error.starts_with("no model \"other\"; there are nano, tiny, twin"), "{error}");
    let error = workshop.fails(4, &[&embed[..], &["--model", "home"]].concat());
    let lacks = "the folder is no model, because it lacks model.json and model.safetensors; ";
    assert_eq!(error, format!("{lacks}there are nano, tiny, twin: home"));
    let error = workshop.fails(4, &[&embed[..], &["--model", "a.wav"]].concat());
    assert!(error.starts_with("a model is a folder, not a file;"), "{error}");
    let folder = workshop.path("home/models/twin");
    workshop.succeeds(&[&embed[..], &["--model", folder.to_str().unwrap()]].concat());
}

#[test]
fn pulling_offline_and_pulling_the_unknown_fail_with_their_codes() {
    let workshop = Workshop::empty();
    let error = workshop.fails(4, &["models", "pull", "nonsense"]);
    assert!(error.starts_with("no published model is called nonsense, only"), "{error}");
    let error = workshop.fails(8, &["models", "pull", "encodecmae-4s", "--offline", "-q"]);
    assert!(error.starts_with("offline: "), "{error}");
}

//! `sonify RUN`: prototypes as sounds.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::program::Workshop;
use crate::train::workshop_with_run;

fn sonify(workshop: &Workshop, more: &[&str]) -> String {
    workshop.succeeds(&[&["sonify", "r", "--steps", "2", "--takes", "2"][..], more].concat()).0
}

/// Name → bytes of everything in the folder.
fn sounds(workshop: &Workshop) -> BTreeMap<String, Vec<u8>> {
    let files =
        workshop.files().into_iter().filter(|name| name.starts_with("prototypes/r/sounds/"));
    files.map(|name| (name.rsplit('/').next().unwrap().to_owned(), workshop.read(&name))).collect()
}

fn record(workshop: &Workshop) -> Vec<Value> {
    let record: Value =
        serde_json::from_slice(&workshop.read("prototypes/r/sounds/sounds.json")).unwrap();
    record["sounds"].as_array().unwrap().clone()
}

#[test]
fn what_is_unchanged_is_not_rendered_again() {
    let workshop = workshop_with_run();
    let said = sonify(&workshop, &[]);
    assert_eq!(said, "8 sounds of 4.0 s of 4 prototypes → prototypes/r/sounds\n");
    let first = sounds(&workshop);
    let names: Vec<_> = first.keys().map(String::as_str).collect();
    assert_eq!(names[..3], ["high_0_take0.wav", "high_0_take1.wav", "high_1_take0.wav"]);
    assert!(first["low_0_take0.wav"] != first["low_0_take1.wav"]);
    let recorded = &record(&workshop)[7];
    assert_eq!((&recorded["prototype"], &recorded["made"]["seed"]), (&"low/1".into(), &1.into()));
    assert!(recorded["peak"].as_f64().unwrap() > 0.0 && recorded["lufs"].is_number());

    let kept = |said: String| said.contains(", 8 from before");
    assert!(kept(sonify(&workshop, &[])));
    assert!(sounds(&workshop) == first);
    // The batch does not matter, a name does not, and a prototype comes back as it went.
    workshop.succeeds(&["edit", "r", "rename", "low/1", "růžový šum"]);
    assert!(kept(sonify(&workshop, &["--batch", "1"])));
    assert_eq!(record(&workshop)[7]["prototype"], "růžový šum");
    workshop.succeeds(&["edit", "r", "disable", "low/0"]);
    assert!(sonify(&workshop, &[]).starts_with("6 sounds of 4.0 s of 3 prototypes, 6 from before"));
    workshop.succeeds(&["edit", "r", "enable", "low/0"]);
    assert!(kept(sonify(&workshop, &[])));

    // A file that was lost or changed, and a merged prototype, are made; nothing else.
    std::fs::remove_file(workshop.path("prototypes/r/sounds/low_0_take1.wav")).unwrap();
    workshop.write("prototypes/r/sounds/high_0_take0.wav", b"mine");
    assert!(sonify(&workshop, &[]).contains(", 6 from before"));
    workshop.succeeds(&["edit", "r", "merge", "high/0", "high/1"]);
    assert!(sonify(&workshop, &[]).starts_with("6 sounds of 4.0 s of 3 prototypes, 4 from before"));
    workshop.succeeds(&["edit", "r", "undo"]);
    // Other settings replace what they concern.
    let said = sonify(&workshop, &["--guidance", "0", "--only", "high"]);
    assert_eq!(said, "4 sounds of 4.0 s of 2 prototypes → prototypes/r/sounds\n");
    let changed = sounds(&workshop);
    assert!(changed["low_0_take0.wav"] == first["low_0_take0.wav"]);
    assert!(changed["high_0_take0.wav"] != first["high_0_take0.wav"]);
    assert!(!changed.contains_key("high_2_take0.wav"), "the merged one is gone");
    assert_eq!(changed.len(), first.len());
}

#[test]
fn sounds_keep_their_raw_level_and_say_how_to_match_it() {
    let workshop = workshop_with_run();
    sonify(&workshop, &[]);
    for sound in record(&workshop) {
        let file = format!("prototypes/r/sounds/{}", sound["file"].as_str().unwrap());
        let mut reader = hound::WavReader::open(workshop.path(&file)).unwrap();
        assert_eq!(reader.spec().sample_format, hound::SampleFormat::Float);
        let peak = reader.samples::<f32>().map(|s| s.unwrap().abs()).fold(0.0, f32::max);
        // To the last bit: nothing was rounded, and nothing was clipped.
        assert_eq!(peak, sound["peak"].as_f64().unwrap() as f32, "{sound}");
        let [lufs, gain] = ["lufs", "gain_db"].map(|name| sound[name].as_f64().unwrap());
        assert!((lufs + gain + 23.0).abs() < 1e-4, "{sound}");
    }
    // A record of another form is not read as if it were of this one.
    let old = String::from_utf8(workshop.read("prototypes/r/sounds/sounds.json")).unwrap();
    let old = old.replace("\"schema\": 2", "\"schema\": 1");
    workshop.write("prototypes/r/sounds/sounds.json", old.as_bytes());
    let error = workshop.fails(3, &["sonify", "r"]);
    assert!(error.contains("(schema 1, expected 2); remove it"), "{error}");
}

#[test]
fn a_check_says_what_the_run_hears_in_each_sound() {
    let workshop = workshop_with_run();
    let said = sonify(&workshop, &["--check"]);
    assert!(said.starts_with("PROTOTYPE  OWN CLASS  P(OWN)  DISTANCE"), "{said}");
    assert_eq!(said.lines().count(), 6, "{said}");
    let checks: Vec<_> = record(&workshop).iter().map(|sound| sound["check"].clone()).collect();
    let n_own = checks.iter().filter(|check| check["is_own"] == true).count();
    assert!(said.contains(&format!(", {n_own} of 8 heard as the prototype's class → ")), "{said}");
    for check in &checks {
        assert!(check["distance"].as_f64().unwrap() > 0.0, "{check}");
        assert!(check["probability"].as_f64().unwrap() >= 0.5, "{check}");
    }
    let before = sounds(&workshop);
    sonify(&workshop, &["--check"]);
    assert!(sounds(&workshop) == before);
    // An edited run hears with other ears.
    workshop.succeeds(&["edit", "r", "disable", "low/0"]);
    sonify(&workshop, &["--check"]);
    let after = record(&workshop);
    assert!(after[7]["check"]["classifier"] != checks[7]["classifier"]);
    assert_eq!(after[7]["sha256"], record(&workshop)[7]["sha256"]);
}

#[test]
fn of_several_candidates_the_one_is_kept_that_is_heard_nearest_to_its_prototype() {
    let workshop = workshop_with_run();
    let made = |more: &[&str]| {
        sonify(&workshop, more);
        record(&workshop)
    };
    let one = made(&["--candidates", "1"]);
    let many = made(&["--candidates", "5"]);
    assert!(one.iter().all(|sound| sound["made"].get("n_candidates").is_none()), "{one:?}");
    assert!(many.iter().all(|sound| sound["made"]["n_candidates"] == 5), "{many:?}");
    // The first candidate is what there would be alone, and of five it is not always the best.
    let mut n_first = 0;
    for (one, many) in one.iter().zip(&many) {
        let is_first = many["candidate"] == 0;
        assert_eq!(one["sha256"] == many["sha256"], is_first, "{many}");
        n_first += usize::from(is_first);
    }
    assert!(n_first < many.len(), "{many:?}");
}

#[test]
fn refined_sounds_are_heard_nearer_to_their_prototypes() {
    let workshop = workshop_with_run();
    let distance = |n: &str| {
        sonify(&workshop, &["--refine", n, "--check"]);
        let sounds = record(&workshop);
        let refinement = sounds.iter().map(|sound| &sound["made"]["sampler"]["refinement"]);
        match n {
            "0" => assert!(refinement.clone().all(Value::is_null), "{sounds:?}"),
            _ => assert!(refinement.clone().all(|found| *found == 3), "{sounds:?}"),
        }
        let distances = sounds.iter().map(|sound| sound["check"]["distance"].as_f64().unwrap());
        distances.sum::<f64>() / sounds.len() as f64
    };
    let (plain, refined) = (distance("0"), distance("3"));
    assert!(refined < 0.7 * plain, "{plain} → {refined}");
}

#[test]
fn what_cannot_be_rendered_is_refused_in_one_sentence() {
    let workshop = workshop_with_run();
    let fails = |code, args: &[&str]| workshop.fails(code, &[&["sonify"][..], args].concat());
    assert_eq!(
        fails(2, &["r", "--only", "lower"]),
        "\"lower\" is neither a prototype nor a class of the run; there are the classes high, low"
    );
    assert_eq!(
        fails(2, &["nowhere"]),
        r#"no run "nowhere" is here or in prototypes, where there are r"#
    );
    for args in [
        &["r", "--z", "z.npy"][..],
        &["r", "-o", "s"],
        &["--takes", "2"],
        &["r", "--takes", "0"],
        &[],
    ] {
        assert_eq!(workshop.run(&[&["sonify"], args].concat()).status.code(), Some(2), "{args:?}");
    }
    workshop.succeeds(&["edit", "r", "disable", "low/0", "low/1", "high/0", "high/1"]);
    assert!(fails(2, &["r"]).starts_with("all prototypes of the run are disabled"));
    workshop.succeeds(&["edit", "r", "undo"]);
    workshop.write("prototypes/r/sounds/sounds.json", b"{}");
    assert!(fails(3, &["r"]).starts_with("damaged, or of another version (missing field"));
}

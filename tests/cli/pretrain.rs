//! `pretrain`: from a folder of music to a model that does everything.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use crate::program::{Workshop, signal};

const CODEC: [&str; 12] = [
    "pretrain",
    "codec",
    "music",
    "--steps",
    "6",
    "--batch",
    "2",
    "--filters",
    "2",
    "--latents",
    "8",
    "-o",
];

/// Thirty short tracks; which of them are held out follows from their names.
fn with_music() -> Workshop {
    let workshop = Workshop::empty();
    for i in 0..30 {
        workshop.write_sound(&format!("music/{i}.wav"), 1.2, 110.0 + 20.0 * i as f32);
    }
    workshop
}

fn codec<'a>(work: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&CODEC[..], &[work], more].concat()
}

#[test]
fn a_killed_codec_goes_on_to_the_same_bytes_and_a_finished_one_stays() {
    let workshop = with_music();
    workshop.succeeds(&codec("whole", &[]));
    let mut child = workshop.start_listening(&codec("cut", &["--checkpoint-every", "0", "--json"]));
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let saved = lines.filter(|line| line.contains(r#""event":"checkpoint""#)).nth(1);
    signal(&child, "KILL");
    child.wait().unwrap();
    assert!(saved.is_some_and(|line| line.contains(r#""step":2"#)), "no second checkpoint");

    let (_, notes) = workshop.succeeds(&codec("cut", &[]));
    assert!(notes.contains("going on after "), "{notes}");
    let result = "codec.safetensors";
    assert_eq!(workshop.read(&format!("whole/{result}")), workshop.read(&format!("cut/{result}")));

    let before = workshop.read("whole/codec.safetensors");
    let (said, _) = workshop.succeeds(&codec("whole", &[]));
    assert!(said.contains("6 steps, finished before"), "{said}");
    assert_eq!(workshop.read("whole/codec.safetensors"), before);
}

#[test]
fn the_stages_make_a_model_that_embeds_and_sounds() {
    let workshop = with_music();
    workshop.write("music/broken.wav", b"no audio");
    let (_, notes) = workshop.succeeds(&codec("work", &[]));
    assert!(notes.contains("warning: left out ("), "{notes}");
    let skipped = String::from_utf8(workshop.read("work/skipped.csv")).unwrap();
    assert!(skipped.lines().nth(1).is_some_and(|line| line.contains("broken.wav,")), "{skipped}");
    let history = String::from_utf8(workshop.read("work/codec.history.csv")).unwrap();
    assert!(
        history.starts_with(
            "step,training_loss,held_out_loss,mel_error,si_sdr_db,spectral_distance,seconds\n6,"
        ),
        "{history}"
    );

    let error = workshop.fails(2, &["pretrain", "autoencoder", "work"]);
    assert_eq!(error, "the encoder is not finished, `pecmae pretrain encoder` comes first: work");
    let length = ["--steps", "2", "--batch", "2", "--measure-every", "1"];
    let stage = |stage, more: &[&str]| {
        workshop.succeeds(&[&["pretrain", stage, "work"], &length[..], more].concat());
        workshop.read("work/latents/latents.json")
    };
    let latents = stage("encoder", &["--crops", "6"]);
    // Who says nothing of crops wants those that are there.
    assert_eq!(stage("autoencoder", &[]), latents);
    let decoder = ["pretrain", "codec-decoder", "work"];
    workshop.succeeds(&[&decoder[..], &["--steps", "3", "--batch", "2"]].concat());
    let install = ["pretrain", "install", "work", "--name", "mine", "--license", "CC0-1.0"];
    workshop.succeeds(&install);
    workshop.succeeds(&["models", "verify", "mine"]);
    let error = workshop.fails(2, &install);
    assert!(error.starts_with("model \"mine\" exists already"), "{error}");

    workshop.succeeds(&["embed", "music/1.wav", "-o", "t.parquet", "--model", "mine"]);
    let back = ["reconstruct", "music/1.wav", "-o", "back.wav", "--model", "mine", "--steps", "2"];
    workshop.succeeds(&back);
    assert!(workshop.read("back.wav").len() > 24_000);

    let on =
        ["pretrain", "codec", "music", "-o", "on", "--from", "mine", "--batch", "2", "--steps"];
    workshop.succeeds(&[&on[..], &["1"]].concat());
    assert_eq!(
        workshop.read("on/codec.safetensors").len(),
        workshop.read("work/codec.safetensors").len()
    );
    let output = workshop.run(&[&on[..], &["1", "--filters", "3"]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = "error: the argument '--from <NAME|PATH>' cannot be used with '--filters <N>'";
    assert!(output.status.code() == Some(2) && said.contains(wanted), "{said}");
}

#[test]
fn what_cannot_be_gone_on_with_is_said_in_one_sentence() {
    let workshop = with_music();
    let error = workshop.fails(3, &["pretrain", "codec", "nowhere", "-o", "work"]);
    assert_eq!(error, "not a folder, give one that holds music: nowhere");
    let error = workshop.fails(5, &codec("work", &["--device", "cuda"]));
    assert!(error.starts_with("cannot compute on cuda ("), "{error}");
    let error = workshop.fails(2, &["pretrain", "encoder", "work"]);
    let begin = "no pretraining is here, begin with `pecmae pretrain codec MUSIC -o work`";
    assert_eq!(error, begin);

    workshop.succeeds(&codec("work", &[]));
    let output = workshop.run(&codec("work", &["--seed", "2"]));
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted =
        "error: this stage was begun with seed 1, not 2; give the same again, or --restart";
    assert!(output.status.code() == Some(2) && said.contains(wanted), "{said}");
    workshop.write_sound("music/new.wav", 1.0, 50.0);
    let output = workshop.run(&codec("work", &[]));
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = "error: this stage was begun on other audio or on other weights (";
    assert!(output.status.code() == Some(2) && said.contains(wanted), "{said}");
    workshop.succeeds(&codec("work", &["--restart"]));

    let output = workshop.run(&["pretrain", "encoder", "work", "--from", "nano", "--crops", "6"]);
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = "error: cannot begin with the weights of nano (tensor encoder.project.weight has";
    assert!(output.status.code() == Some(2) && said.contains(wanted), "{said}");

    let busy = File::open(workshop.path("work/.lock")).unwrap();
    busy.lock().unwrap();
    let error = workshop.fails(1, &codec("work", &["--restart"]));
    assert_eq!(error, "another pretraining works here, wait for it or stop it: work");
}

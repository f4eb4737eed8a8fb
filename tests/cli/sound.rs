//! `reconstruct` and `sonify`.

use std::fs;

use hound::WavReader;

use crate::program::{Workshop, npy, tiny};
use crate::{FEATURES, values, vectors};

/// Frames and width of the tiny model's noise.
const FRAMES: usize = 300;
const LATENTS: usize = 16;

#[test]
fn a_sound_comes_back_as_long_as_it_was() {
    let workshop = Workshop::new();
    let read = |name: &str| {
        let mut reader = WavReader::open(workshop.path(name)).unwrap();
        assert_eq!((reader.spec().sample_rate, reader.spec().channels), (24_000, 1));
        reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>()
    };
    for seconds in [0.01, 4.0, 4.5, 9.3] {
        workshop.write_sound("a.wav", seconds, 440.0);
        for way in ["z", "codec"] {
            let reconstruct = ["reconstruct", "a.wav", "--through", way, "--steps", "3", "-o"];
            workshop.succeeds(&[&reconstruct[..], &["one.wav", "--batch", "1"]].concat());
            workshop.succeeds(&[&reconstruct[..], &["many.wav", "--batch", "8"]].concat());
            let sound = read("one.wav");
            assert_eq!(sound.len(), read("a.wav").len(), "{way}");
            assert!(sound == read("many.wav"), "the batch changes a sound through {way}");
            workshop.succeeds(&[&reconstruct[..], &["other.wav", "--seed", "1"]].concat());
            assert_eq!(sound == read("other.wav"), way == "codec", "seed, through {way}");
        }
    }
    let error = workshop.fails(2, &["reconstruct", "a.wav", "-o", "./a.wav", "--model", "tiny"]);
    assert!(error.starts_with("the output would replace the source"), "{error}");
    let error = workshop.fails(2, &["reconstruct", "a.wav", "-o", "a.mp3", "--model", "tiny"]);
    assert!(error.starts_with("sound is written as WAV"), "{error}");
}

#[test]
fn a_model_without_a_codec_decoder_makes_no_sound() {
    let workshop = Workshop::empty();
    let weights = tiny("weights.pt");
    let import = ["models", "import", "--name", "mute", "--autoencoder"];
    workshop.succeeds(&[&import[..], &[weights.to_str().unwrap()]].concat());
    workshop.write_sound("a.wav", 1.0, 440.0);
    workshop.write("z.npy", &vectors(1));
    for verb in
        [&["reconstruct", "a.wav", "-o", "b.wav"][..], &["sonify", "--z", "z.npy", "-o", "s"]]
    {
        let error = workshop.fails(4, &[verb, &["--model", "mute"]].concat());
        assert!(error.starts_with("model \"mute\" has no codec decoder"), "{error}");
    }
}

#[test]
fn a_sonified_vector_depends_on_nothing_but_itself_its_noise_and_the_settings() {
    let workshop = Workshop::new();
    workshop.write("z.npy", &vectors(3));
    workshop.write("last.npy", &npy(&[FEATURES], &values(3)[2 * FEATURES..]));
    let sonify = |z: &str, folder: &str, more: &[&str]| {
        let sonify = ["sonify", "--model", "tiny", "--steps", "4", "--z", z, "-o", folder];
        workshop.succeeds(&[&sonify[..], more].concat())
    };
    let (summary, _) = sonify("z.npy", "a", &["--seed", "7"]);
    assert_eq!(summary, "3 sounds of 4.0 s → a\n");
    sonify("z.npy", "b", &["--seed", "7", "--batch", "1", "--threads", "1"]);
    for i in 0..3 {
        let name = format!("00{i}.wav");
        let sound = workshop.read(&format!("a/{name}"));
        assert_eq!(WavReader::new(&sound[..]).unwrap().duration(), 96_000);
        assert!(sound == workshop.read(&format!("b/{name}")), "the batch changes {name}");
    }
    assert_eq!(workshop.read("a/sonify.json"), workshop.read("b/sonify.json"));
    let record: serde_json::Value =
        serde_json::from_slice(&workshop.read("a/sonify.json")).unwrap();
    assert_eq!(record["items"][2]["seed"], 9);
    assert_eq!(record["settings"]["model"]["name"], "tiny");

    // The seed of an item makes it alone.
    sonify("last.npy", "c", &["--seed", "9"]);
    assert_eq!(workshop.read("c/000.wav"), workshop.read("a/002.wav"));
    // Given noise is noise wherever it stands; guidance counts.
    let noise: Vec<f32> = (0..FRAMES * LATENTS).map(|i| (i as f32).sin()).collect();
    workshop.write("noise.npy", &npy(&[FRAMES, LATENTS], &noise));
    workshop.write("noises.npy", &npy(&[3, FRAMES, LATENTS], &noise.repeat(3)));
    sonify("z.npy", "d", &["--noise", "noise.npy"]);
    sonify("z.npy", "e", &["--noise", "noises.npy", "--batch", "2"]);
    sonify("last.npy", "f", &["--noise", "noise.npy", "--guidance", "0"]);
    assert!(workshop.read("d/002.wav") == workshop.read("e/002.wav"));
    assert!(workshop.read("d/002.wav") != workshop.read("f/000.wav"));
    assert!(workshop.read("d/002.wav") != workshop.read("a/002.wav"));
}

#[test]
fn sounds_of_another_run_are_not_overwritten_and_a_cut_run_goes_on() {
    let workshop = Workshop::new();
    workshop.write("z.npy", &vectors(4));
    let run = ["sonify", "--model", "tiny", "--z", "z.npy", "--steps", "2", "-o", "s"];
    workshop.succeeds(&run);
    let wanted: Vec<_> = (0..4).map(|i| workshop.read(&format!("s/00{i}.wav"))).collect();
    let wanted_record = workshop.read("s/sonify.json");

    fs::remove_file(workshop.path("s/002.wav")).unwrap();
    let (summary, _) = workshop.succeeds(&run);
    assert_eq!(summary, "4 sounds of 4.0 s, 3 from before → s\n");
    assert!(workshop.read("s/002.wav") == wanted[2]);
    assert_eq!(workshop.read("s/sonify.json"), wanted_record);

    let other = [&run[..], &["--guidance", "2"]].concat();
    let error = workshop.fails(3, &other);
    let sentence = "the folder holds the sounds of another run (guidance 2 ≠ 1), choose another -o or give --overwrite: s";
    assert_eq!(error, sentence);
    // Quietly, because a processor without such instructions has a note on it.
    let more = ["--precision", "bf16x3", "--solver", "ddim", "--seed", "3", "--quiet"];
    let error = workshop.fails(3, &[&run[..], &more].concat());
    let difference =
        "(precision bf16x3 ≠ f32, solver ddim ≠ multistep, noise of seed 3 ≠ of seed 0)";
    assert!(error.contains(difference), "{error}");
    workshop.write("s/001.wav", b"mine");
    let error = workshop.fails(3, &run);
    assert!(error.starts_with("the file was not made by this run"), "{error}");
    workshop.succeeds(&[&other[..], &["--overwrite"]].concat());
    assert!(workshop.read("s/001.wav") != wanted[1]);

    // A shorter run leaves no sound of the longer one behind.
    workshop.write("z.npy", &vectors(2));
    workshop.succeeds(&[&run[..], &["--overwrite"]].concat());
    assert!(!workshop.path("s/003.wav").exists());
    assert!(workshop.read("s/001.wav") == wanted[1]);

    // A sound that no record speaks of is somebody else's.
    workshop.write("t/001.wav", b"mine");
    let foreign = ["sonify", "--model", "tiny", "--z", "z.npy", "-o", "t"];
    let error = workshop.fails(3, &foreign);
    assert!(error.ends_with("t/001.wav"), "{error}");
}

#[test]
fn vectors_and_noise_that_do_not_fit_are_refused() {
    let workshop = Workshop::new();
    let refused = |z: &[u8], noise: Option<&[u8]>| {
        workshop.write("z.npy", z);
        workshop.write("noise.npy", noise.unwrap_or_default());
        let sonify = ["sonify", "--model", "tiny", "--z", "z.npy", "-o", "s"];
        let more: &[&str] = if noise.is_some() { &["--noise", "noise.npy"] } else { &[] };
        workshop.fails(3, &[&sonify[..], more].concat())
    };
    assert_eq!(
        refused(&npy(&[2, 10], &[0.0; 20]), None),
        "z has shape [2, 10], but model \"tiny\" takes [32] or [N, 32]: z.npy"
    );
    for (shape, text) in [(&[0, 32][..], "[0, 32]"), (&[0], "[0]"), (&[0, 10], "[0, 10]")] {
        let wanted = format!("there are no vectors in the array, its shape is {text}: z.npy");
        assert_eq!(refused(&npy(shape, &[]), None), wanted);
    }
    assert!(refused(b"Once upon a time", None).starts_with("not a .npy file"));
    assert!(refused(b"", None).starts_with("not a .npy file"));
    let nan = [&[f32::NAN][..], &[0.0; 31]].concat();
    assert_eq!(
        refused(&npy(&[32], &nan), None),
        "the array holds NaN at index [0], expected finite values: z.npy"
    );
    let noise = npy(&[3, FRAMES, LATENTS], &[0.0; 3 * FRAMES * LATENTS]);
    assert_eq!(
        refused(&vectors(2), Some(&noise)),
        "the noise has shape [3, 300, 16], expected [300, 16] or [2, 300, 16]: noise.npy"
    );
    let error = workshop.fails(3, &["sonify", "--model", "tiny", "--z", "nowhere.npy", "-o", "s"]);
    assert!(error.starts_with("cannot read the array"), "{error}");
}

#[test]
fn vectors_in_fortran_order_sound_as_those_in_c_order_do() {
    let workshop = Workshop::new();
    workshop.write("c.npy", &vectors(3));
    let columns: Vec<f32> = (0..FEATURES)
        .flat_map(|column| (0..3).map(move |row| row * FEATURES + column))
        .map(|at| values(3)[at])
        .collect();
    let file = npy(&[3, FEATURES], &columns);
    let text = b"'fortran_order': False";
    let at = file.windows(text.len()).position(|window| window == text).unwrap();
    let mut fortran = file;
    fortran[at..][..text.len()].copy_from_slice(b"'fortran_order': True ");
    workshop.write("fortran.npy", &fortran);
    for order in ["c", "fortran"] {
        let z = format!("{order}.npy");
        workshop.succeeds(&["sonify", "--z", &z, "--steps", "1", "-o", order]);
    }
    for i in 0..3 {
        let [c, fortran] =
            ["c", "fortran"].map(|order| workshop.read(&format!("{order}/00{i}.wav")));
        assert!(c == fortran, "{i}");
    }
}

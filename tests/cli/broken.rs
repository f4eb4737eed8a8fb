//! Broken input: one sentence, the documented code, nothing left behind.

use std::io::Write as _;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use zip::write::SimpleFileOptions;

use crate::checkpoints::{Table, open_tiny, safetensors_bytes, table};
use crate::predict::workshop_with_run;
use crate::program::{Workshop, tiny};
use crate::vectors;

/// A mono float file of these samples.
fn float_wav(samples: &[f32]) -> Vec<u8> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: 24_000,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    samples.iter().for_each(|sample| writer.write_sample(*sample).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn a_broken_sound_ends_with_one_sentence_and_code_3() {
    let workshop = Workshop::new();
    let whole = float_wav(&vec![0.1; 48_000]);
    let mut no_channels = whole.clone();
    no_channels[22..24].copy_from_slice(&[0, 0]);
    let mut not_finite = vec![0.1; 30_000];
    not_finite[29_000] = f32::NAN;
    for (bytes, sentence) in [
        (whole[..whole.len() / 2].to_vec(), "the file is cut off after 1.0"),
        (Vec::new(), "the file holds no samples"),
        (b"Once upon a time there was a sound.\n".to_vec(), "not an audio file of a known kind"),
        (no_channels, ""),
        (float_wav(&not_finite), "the sample at 1.208333 s is NaN"),
        (float_wav(&[]), "the file holds no samples"),
    ] {
        workshop.write("a.wav", &bytes);
        for way in ["z", "codec"] {
            let reconstruct = ["reconstruct", "a.wav", "-o", "b.wav", "--model", "tiny"];
            let error = workshop.fails(3, &[&reconstruct[..], &["--through", way]].concat());
            println!("{error}");
            assert!(error.starts_with(sentence) && error.ends_with(": a.wav"), "{error}");
        }
        // The report is the one file that such a run leaves.
        workshop.write("t.parquet.skipped.csv", b"");
        let error = workshop.fails(3, &["embed", "a.wav", "-o", "t.parquet", "--model", "tiny"]);
        let tried =
            "no audio file can be used (1 tried, listed in t.parquet.skipped.csv); the first: ";
        assert!(error.starts_with(&format!("{tried}{sentence}")), "{error}");
        assert!(error.ends_with(": …/a.wav"), "{error}");
    }
    for source in ["nowhere.wav", "nowhere"] {
        workshop.fails(3, &["embed", source, "-o", "u.parquet", "--model", "tiny"]);
        workshop.fails(3, &["reconstruct", source, "-o", "b.wav", "--model", "tiny"]);
    }
}

#[test]
fn a_sound_of_one_sample_is_a_sound() {
    let workshop = Workshop::new();
    workshop.write("a.wav", &float_wav(&[0.5]));
    let (summary, _) = workshop.succeeds(&["embed", "a.wav", "-o", "t.parquet"]);
    assert!(summary.starts_with("1 track, 1 segment, "), "{summary}");
    workshop.succeeds(&["reconstruct", "a.wav", "-o", "b.wav", "--steps", "1"]);
    assert_eq!(WavReader::open(workshop.path("b.wav")).unwrap().duration(), 1);
    workshop.write("u.parquet.skipped.csv", b"");
    let embed = ["embed", "a.wav", "-o", "u.parquet", "--tail", "drop", "--model", "tiny"];
    let error = workshop.fails(3, &embed);
    assert!(error.contains("less than one segment of 4.000 s"), "{error}");
}

/// Makes every number of a tensor of an installed model this one.
fn damage(workshop: &Workshop, tensor: &str, value: f32) {
    let file = "home/models/tiny/model.safetensors";
    let mut bytes = workshop.read(file);
    let n_header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + n_header]).unwrap();
    let at = |i: usize| 8 + n_header + header[tensor]["data_offsets"][i].as_u64().unwrap() as usize;
    let values = &mut bytes[at(0)..at(1)];
    values.chunks_mut(4).for_each(|number| number.copy_from_slice(&value.to_le_bytes()));
    workshop.write(file, &bytes);
}

#[test]
fn damaged_weights_are_blamed_and_not_the_sound() {
    let workshop = workshop_with_run();
    let whole = workshop.read("home/models/tiny/model.safetensors");
    let sound = "sounds/low/1.wav";
    let heard = [
        &["predict", "r", sound][..],
        &["explain", "r", sound],
        &["embed", sound, "-o", "t.parquet", "--model", "tiny"],
    ];
    damage(&workshop, "summarizer.cls_token", f32::NAN);
    for args in heard {
        let error = workshop.fails(4, args);
        let blame = "the model is damaged: tensor summarizer.cls_token holds NaN, expected finite weights; check it by \
                     `pecmae models verify`";
        assert!(error.starts_with(blame), "{error}");
    }
    workshop.write("home/models/tiny/model.safetensors", &whole);
    damage(&workshop, "codec.decoder.conv_in.bias", f32::NAN);
    // The half that hears is whole.
    workshop.succeeds(&["predict", "r", sound]);
    let reconstruct = ["reconstruct", sound, "-o", "b.wav", "--model", "tiny"];
    for way in [&["--steps", "1"][..], &["--through", "codec"]] {
        let error = workshop.fails(4, &[&reconstruct[..], way].concat());
        assert!(error.contains("tensor codec.decoder.conv_in.bias holds NaN"), "{error}");
    }

    // Weights that are numbers, but not those that were imported.
    workshop.write("home/models/tiny/model.safetensors", &whole);
    damage(&workshop, "summarizer.transformer.final_norm.weight", f32::MAX);
    for args in heard {
        let error = workshop.fails(4, args);
        let blame = "the model is damaged, so that its answers are not finite: its weights are not those that were imported; \
                     `pecmae models verify tiny` checks it";
        assert!(error.starts_with(blame), "{error}");
    }
    workshop.write("home/models/tiny/model.safetensors", &whole);
    damage(&workshop, "codec.decoder.conv_out.weight", f32::MAX);
    for way in [&["--steps", "1"][..], &["--through", "codec"]] {
        let error = workshop.fails(4, &[&reconstruct[..], way].concat());
        assert!(error.contains("its weights are not those that were imported"), "{error}");
    }
    workshop.write("z.npy", &vectors(1));
    let output = workshop.run(&["sonify", "--z", "z.npy", "-o", "out", "--steps", "1"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the model is damaged"));
}

/// A torch archive around a pickle and one storage.
fn torch_zip(pickle: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [("m/data.pkl", pickle), ("m/data/0", &[0; 16]), ("m/version", b"3\n")] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// An archive whose pickle claims to unpack to 4 GiB.
fn zip_bomb() -> Vec<u8> {
    let mut archive = torch_zip(b"\x80\x02}.");
    let (head, name) = (b"PK\x01\x02", b"m/data.pkl");
    let entry = (0..archive.len() - 54)
        .rfind(|at| archive[*at..].starts_with(head) && archive[at + 46..].starts_with(name))
        .unwrap();
    archive[entry + 10..entry + 12].copy_from_slice(&8_u16.to_le_bytes());
    archive[entry + 24..entry + 28].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    archive
}

/// The tiny autoencoder with one change.
fn altered(change: impl FnOnce(&mut Table)) -> Vec<u8> {
    let mut tensors = table(&open_tiny("weights.pt").unwrap());
    change(&mut tensors);
    safetensors_bytes(&tensors).unwrap()
}

#[test]
fn a_broken_or_hostile_checkpoint_ends_with_one_sentence_and_code_4() {
    let workshop = Workshop::empty();
    workshop.write("config.json", &std::fs::read(tiny("config.json")).unwrap());
    let whole = std::fs::read(tiny("weights.pt")).unwrap();
    let codec = std::fs::read(tiny("encodec_24khz.th")).unwrap();
    workshop.write("codec.th", &codec);
    let bias = "out_adapter.bias";
    for (bytes, sentence) in [
        (codec, "expected a PECMAE autoencoder but the tensor names are those of"),
        (altered(|tensors| drop(tensors.remove(bias))), "tensor out_adapter.bias is missing"),
        (
            altered(|tensors| *tensors.get_mut(bias).unwrap() = (vec![3], vec![0.0; 3])),
            "tensor out_adapter.bias has shape [3], expected",
        ),
        (
            altered(|tensors| tensors.get_mut(bias).unwrap().1[5] = f32::NAN),
            "tensor out_adapter.bias holds NaN at index [5]",
        ),
        (
            torch_zip(b"\x80\x02cos\nsystem\n(X\x02\0\0\0lstR."),
            "refused, nothing was run: the pickle would run code (os.system)",
        ),
        (zip_bomb(), "entry \"m/data.pkl\" is compressed, which torch.save never does"),
        (whole[..whole.len() / 2].to_vec(), "the checkpoint is damaged or cut short"),
        (Vec::new(), "not a checkpoint, expected a PyTorch .pt or .th file"),
        (b"Once upon a time\n".to_vec(), "not a checkpoint, expected a PyTorch .pt or .th file"),
    ] {
        workshop.write("a.pt", &bytes);
        let import = ["models", "import", "--autoencoder", "a.pt", "--codec", "codec.th"];
        let error = workshop.fails(4, &[&import[..], &["--name", "broken"]].concat());
        println!("{error}");
        assert!(error.starts_with(sentence) && error.ends_with(": a.pt"), "{error}");
    }
    let import = ["models", "import", "--autoencoder", "nowhere.pt", "--name", "broken"];
    let error = workshop.fails(4, &import);
    assert!(error.starts_with("cannot read the checkpoint"), "{error}");
}

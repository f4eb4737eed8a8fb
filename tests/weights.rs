//! Published checkpoints in every container and naming become the same canonical tensors, and wrong ones are refused by name.

mod checkpoints;

use checkpoints::{
    TestResult, assert_same, checkpoint, fixture, golden, open_golden, open_tiny, renamed, table,
    tiny,
};
use pecmae::weights::canonical::{CanonicalError, Kind, convert, convert_codec};
use pecmae::weights::{Checkpoint, CheckpointError, ElementType, Format, Hints};

const MAE: &str = "encoder.encodecmae_model";

/// A name of the original codec naming as Hugging Face transformers spells it.
fn hugging_face(name: &str) -> String {
    name.replace(".model.", ".layers.")
        .replace(".conv.conv.", ".conv.")
        .replace(".convtr.convtr.", ".conv.")
        .replace("quantizer.vq.layers.", "quantizer.layers.")
        .replace("._codebook.", ".codebook.")
}

/// The same, as newer writers spell weight normalization.
fn hugging_face_parametrized(name: &str) -> String {
    hugging_face(name)
        .replace(".weight_g", ".parametrizations.weight.original0")
        .replace(".weight_v", ".parametrizations.weight.original1")
}

#[test]
fn every_naming_of_the_codec_gives_the_same_tensors() -> TestResult {
    let original = open_golden("encodec_24khz.th")?;
    let (wanted, _) = convert_codec(&original)?;
    let tensors = table(&original);
    for rename in [hugging_face, hugging_face_parametrized] {
        let other = checkpoint(&renamed(&tensors, rename))?;
        assert_eq!(Kind::of(&other), Kind::CodecHuggingFace);
        assert_same(&wanted, &convert_codec(&other)?.0);
    }
    Ok(())
}

#[test]
fn the_published_hugging_face_file_gives_the_same_tensors() -> TestResult {
    // A golden folder made at another size may lack it; the renamed copies above then stand for it.
    if golden("encodec_hf/model.safetensors").exists() {
        let (wanted, _) = convert_codec(&open_golden("encodec_24khz.th")?)?;
        let (found, _) = convert_codec(&open_golden("encodec_hf/model.safetensors")?)?;
        assert_same(&wanted, &found);
    }
    Ok(())
}

#[test]
fn a_codec_without_weight_norm_is_taken_as_it_is() -> TestResult {
    let original = open_tiny("encodec_24khz.th")?;
    let (wanted, _) = convert_codec(&original)?;
    let mut tensors = table(&original);
    let kernel = wanted.root().values(
        "codec.encoder.conv_in.weight",
        wanted.shape("codec.encoder.conv_in.weight").unwrap_or_default(),
    )?;
    tensors.remove("encoder.model.0.conv.conv.weight_g");
    let (shape, _) = tensors.remove("encoder.model.0.conv.conv.weight_v").unwrap();
    tensors.insert("encoder.model.0.conv.conv.weight".into(), (shape, kernel.into_owned()));
    assert_same(&wanted, &convert_codec(&checkpoint(&tensors)?)?.0);
    Ok(())
}

#[test]
fn the_autoencoder_is_the_same_from_a_pickle_and_from_safetensors() -> TestResult {
    let pickled = open_tiny("weights.pt")?;
    let codec = open_tiny("encodec_24khz.th")?;
    let wanted = convert(&pickled, Some(&codec), &Hints::default())?;
    assert_eq!(wanted.report.codec_difference, None);
    assert!(wanted.report.sources.iter().all(|source| source.unexpected.is_empty()));

    let mut tensors = table(&pickled);
    let found = convert(&checkpoint(&tensors)?, Some(&codec), &Hints::default())?;
    assert_same(&wanted.weights, &found.weights);

    // Writers of safetensors drop tensors that share memory.
    tensors.retain(|name, _| !name.contains(".ff_layer.") || name.contains("_layers.0."));
    let found = convert(&checkpoint(&tensors)?, Some(&codec), &Hints::default())?;
    assert_same(&wanted.weights, &found.weights);
    Ok(())
}

#[test]
fn without_a_codec_file_the_codebooks_are_the_autoencoders_own() -> TestResult {
    let autoencoder = open_golden("weights.pt")?;
    let alone = convert(&autoencoder, None, &Hints::default())?.weights;
    assert!(!alone.root().pp("codec").contains("decoder"));
    assert!(alone.shape("codec.quantizer.codebooks").is_some());
    Ok(())
}

#[test]
fn feed_forward_nets_are_stored_once_and_must_be_equal() -> TestResult {
    let mut tensors = table(&open_tiny("weights.pt")?);
    let name = "denoiser.encoder_layers.1.ff_layer.2.bias";
    tensors.get_mut(name).unwrap().1[3] += 0.5;
    let error = convert(&checkpoint(&tensors)?, None, &Hints::default()).unwrap_err();
    assert!(
        matches!(&error, CanonicalError::NotShared { name: found, .. } if found == name),
        "{error}"
    );
    Ok(())
}

#[test]
fn a_codec_of_other_weights_is_reported_with_its_distance() -> TestResult {
    let mut codec = table(&open_tiny("encodec_24khz.th")?);
    codec.get_mut("encoder.model.0.conv.conv.bias").unwrap().1[0] += 0.25;
    let converted =
        convert(&open_tiny("weights.pt")?, Some(&checkpoint(&codec)?), &Hints::default())?;
    let difference = converted.report.codec_difference.unwrap();
    assert_eq!(difference.tensor, "codec.encoder.conv_in.bias");
    assert!((difference.max_abs - 0.25).abs() < 1e-6, "{difference}");
    Ok(())
}

#[test]
fn tensors_that_nothing_needs_are_told_apart_from_unexpected_ones() -> TestResult {
    let mut tensors = table(&open_tiny("weights.pt")?);
    tensors.insert("encoder.surprise.weight".into(), (vec![1], vec![1.0]));
    let report = convert(&checkpoint(&tensors)?, None, &Hints::default())?.report;
    assert_eq!(report.sources[0].unexpected, ["encoder.surprise.weight"]);
    assert!(report.sources[0].not_used.contains(&format!("{MAE}.head.layer.weight")));
    assert!(!report.sources[0].not_used.contains(&"in_adapter.weight".to_owned()));
    Ok(())
}

#[test]
fn any_missing_tensor_is_named() -> TestResult {
    let tensors = table(&open_tiny("encodec_24khz.th")?);
    for name in tensors.keys().filter(|name| !name.contains("_codebook.")) {
        let mut without = tensors.clone();
        without.remove(name);
        let error = convert_codec(&checkpoint(&without)?).unwrap_err().to_string();
        // A whole missing layer shows as what follows it, so the message names some tensor of the same half.
        let half = name.split('.').next().unwrap_or_default();
        assert!(error.contains(half) && error.contains("tensor"), "{name}: {error}");
    }
    let mut tensors = table(&open_tiny("weights.pt")?);
    tensors.remove("in_adapter.bias");
    let error = convert(&checkpoint(&tensors)?, None, &Hints::default()).unwrap_err();
    let path = tiny("altered.safetensors");
    assert_eq!(
        error.to_string(),
        format!(
            "tensor in_adapter.bias is missing, so the checkpoint is incomplete: {}",
            path.display()
        )
    );
    Ok(())
}

#[test]
fn any_misshapen_tensor_is_refused() -> TestResult {
    let tensors = table(&open_tiny("weights.pt")?);
    let needed = |name: &str| {
        !name.starts_with(&format!("{MAE}.decoder"))
            && !name.starts_with(&format!("{MAE}.head"))
            && !name.contains("codebook")
    };
    for name in tensors.keys().filter(|name| needed(name)) {
        let mut altered = tensors.clone();
        let (shape, values) = altered.get_mut(name).unwrap();
        // One more along the last axis, or a vector where a scalar should be.
        match shape.last_mut() {
            Some(last) => *last += 1,
            None => shape.push(2),
        }
        values.resize(shape.iter().product(), 0.5);
        assert!(convert(&checkpoint(&altered)?, None, &Hints::default()).is_err(), "{name}");
    }
    Ok(())
}

#[test]
fn a_weight_that_is_no_number_is_named_with_its_place() -> TestResult {
    let mut tensors = table(&open_tiny("weights.pt")?);
    let (shape, values) = tensors.get_mut("out_adapter.weight").unwrap();
    let width = shape[1];
    values[2 * width + 5] = f32::NAN;
    let error = convert(&checkpoint(&tensors)?, None, &Hints::default()).unwrap_err();
    assert!(
        error.to_string().starts_with("tensor out_adapter.weight holds NaN at index [2, 5]"),
        "{error}"
    );
    Ok(())
}

#[test]
fn integers_are_no_weights() -> TestResult {
    let checkpoint = Checkpoint::open(&fixture("zip-protocol-2.pt"))?;
    let (_, tensor) = checkpoint.get("i64").unwrap();
    assert_eq!((tensor.element(), tensor.values()), (ElementType::I64, None));
    Ok(())
}

#[test]
fn version_2_is_recognized_and_refused_by_name() -> TestResult {
    let tensors = table(&open_tiny("weights.pt")?);
    for (old, new) in [
        ("wav_encoder.model.", "wav_encoder.encoder."),
        ("visible_encoder.final_norm", "visible_encoder.post_net"),
        ("positional_encoder.scale", "masker.positional_encoder.scale"),
    ] {
        let altered = checkpoint(&renamed(&tensors, |name| name.replace(old, new)))?;
        let error = convert(&altered, None, &Hints::default()).unwrap_err();
        assert!(error.to_string().contains("EnCodecMAE v2"), "{error}");
    }
    Ok(())
}

#[test]
fn files_given_for_each_other_are_told_apart() -> TestResult {
    let (autoencoder, codec) = (open_tiny("weights.pt")?, open_tiny("encodec_24khz.th")?);
    let error = convert(&codec, None, &Hints::default()).unwrap_err().to_string();
    assert!(error.contains("give it as the codec"), "{error}");
    let error = convert_codec(&autoencoder).unwrap_err().to_string();
    assert!(error.contains("give it as the autoencoder"), "{error}");
    let mae = renamed(&table(&autoencoder), |name| name.replace("encoder.encodecmae_model.", ""));
    let mae = mae.into_iter().filter(|(name, _)| !name.starts_with("denoiser")).collect();
    let error = convert(&checkpoint(&mae)?, None, &Hints::default()).unwrap_err().to_string();
    assert!(error.contains("EnCodecMAE v1 alone"), "{error}");
    Ok(())
}

/// What `make.py` wrote, in row-major order.
fn expected(name: &str) -> (Vec<usize>, Vec<f32>) {
    let count = |range: std::ops::Range<u8>| range.map(f32::from).collect::<Vec<f32>>();
    match name {
        "f32" | "alias" => (vec![2, 3, 4], count(0..24)),
        "f64" | "f16" | "bf16" => (vec![2, 3], count(0..6)),
        "transposed" => (vec![6, 4], (0..24_u8).map(|i| f32::from(6 * (i % 4) + i / 4)).collect()),
        "permuted" => {
            let at = |i: u8| 12 * (i / 3 % 2) + 4 * (i % 3) + i / 6;
            (vec![4, 2, 3], (0..24).map(|i| f32::from(at(i))).collect())
        }
        "strided" => (vec![8], (0..8_u8).map(|i| f32::from(1 + 3 * i)).collect()),
        "tail" => (vec![4], count(20..24)),
        "parameter" => (vec![4], count(0..4)),
        "scalar" => (vec![], vec![7.5]),
        "empty" => (vec![0, 3], vec![]),
        _ => unreachable!("{name}"),
    }
}

#[test]
fn every_container_and_protocol_gives_the_same_tensors() -> TestResult {
    let floats = [
        "f32",
        "f64",
        "f16",
        "bf16",
        "transposed",
        "permuted",
        "strided",
        "tail",
        "alias",
        "parameter",
        "scalar",
        "empty",
    ];
    let mut files = vec![("bare.pt".to_owned(), Format::TorchZip)];
    for protocol in 2..=5 {
        files.push((format!("zip-protocol-{protocol}.pt"), Format::TorchZip));
        files.push((format!("legacy-protocol-{protocol}.pt"), Format::TorchLegacy));
    }
    for (file, format) in files {
        let checkpoint = Checkpoint::open(&fixture(&file))?;
        assert_eq!(checkpoint.format(), format);
        for name in floats {
            let (_, tensor) = checkpoint.get(name).ok_or(format!("{file}: no {name}"))?;
            let (shape, values) = expected(name);
            assert_eq!(tensor.shape(), shape, "{file}: {name}");
            assert_eq!(tensor.values().as_deref(), Some(&*values), "{file}: {name}");
        }
        let (_, f32) = checkpoint.get("f32").unwrap();
        let (_, alias) = checkpoint.get("alias").unwrap();
        let (_, tail) = checkpoint.get("tail").unwrap();
        assert!(f32.is_same_view(alias) && !f32.is_same_view(tail), "{file}");
        let skipped: Vec<_> = checkpoint.skipped().collect();
        assert_eq!(skipped, [("not_a_tensor", "argparse.Namespace")], "{file}");
    }
    Ok(())
}

#[test]
fn views_on_a_storage_and_dictionaries_of_pairs_are_read_as_old_writers_meant_them() -> TestResult {
    let checkpoint = Checkpoint::open(&fixture("legacy-views.pt"))?;
    let values = |name| checkpoint.get(name).and_then(|(_, tensor)| tensor.values());
    assert_eq!(values("head").as_deref(), Some(&[0.0, 1.0][..]));
    assert_eq!(values("tail").as_deref(), Some(&[3.0, 4.0, 5.0][..]));
    Ok(())
}

#[test]
fn a_pickled_module_is_named_as_such() {
    let error = Checkpoint::open(&fixture("whole-module.pt")).unwrap_err();
    assert!(
        matches!(&error, CheckpointError::NoTensors { found, .. } if found == "torch.nn.modules.linear.Linear"),
        "{error}"
    );
}

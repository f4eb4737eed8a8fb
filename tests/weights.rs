//! The golden checkpoints in every published format.

use std::path::{Path, PathBuf};

use pecmae::weights::canonical::{convert, convert_codec};
use pecmae::weights::{Checkpoint, CheckpointError, Hints, Weights};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn golden(name: &str) -> PathBuf {
    let folder = std::env::var_os("PECMAE_GOLDEN_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny"),
        PathBuf::from,
    );
    folder.join(name)
}

fn open(name: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::open(&golden(name))
}

#[test]
fn every_published_codec_format_gives_the_same_tensors() -> TestResult {
    let original = convert_codec(&open("encodec_24khz.th")?)?.weights;
    let hugging_face = convert_codec(&open("encodec_hf/model.safetensors")?)?.weights;
    assert_same(&original, &hugging_face)
}

#[test]
fn the_autoencoder_takes_its_codec_from_either_format() -> TestResult {
    let autoencoder = open("weights.pt")?;
    let hints = Hints::default();
    let original = convert(&autoencoder, Some(&open("encodec_24khz.th")?), &hints)?;
    let hugging_face = convert(&autoencoder, Some(&open("encodec_hf/model.safetensors")?), &hints)?;
    assert_eq!(original.report.codec_difference, None);
    assert_same(&original.weights, &hugging_face.weights)
}

#[track_caller]
fn assert_same(a: &Weights, b: &Weights) -> TestResult {
    assert!(a.names().eq(b.names()), "names differ");
    for name in a.names() {
        let shape = a.shape(name).ok_or("no shape")?;
        let (a, b) = (a.root().values(name, shape)?, b.root().values(name, shape)?);
        assert!(a == b, "{name} differs");
    }
    Ok(())
}

//! The differentiable networks against the numbers of the reference implementation, on every device that this program has.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Result, Tensor};

use super::autoencoder_network::Network;
use super::frames::FrameNetwork;
use super::seanet::{SeanetDecoder, SeanetEncoder};
use super::tests::autoencoder_settings;
use super::{AutoencoderSettings, Parameters, SeanetSizes, StackSizes};
use crate::weights::canonical::{Converted, convert};
use crate::weights::{Checkpoint, Hints};

/// In single precision; the reference itself is.
const TOLERANCE: f32 = 1e-4;
/// Samples of the golden signal: an item of that length is whole.
const N_SAMPLES: i64 = 48_000;

fn devices() -> Vec<Device> {
    #[cfg(feature = "cuda")]
    return vec![Device::Cpu, super::cuda::open().expect("an NVIDIA GPU")];
    #[cfg(not(feature = "cuda"))]
    vec![Device::Cpu]
}

#[test]
fn differentiable_networks_match_the_golden_cases() -> Result<()> {
    let folder = std::env::var_os("PECMAE_GOLDEN_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiny"),
        PathBuf::from,
    );
    let open = |name: &str| Checkpoint::open(&folder.join(name)).unwrap();
    let codec = open("encodec_24khz.th");
    let converted = convert(&open("weights.pt"), Some(&codec), &Hints::default());
    let Converted { weights, settings, .. } = converted.unwrap();
    let config = std::fs::read_to_string(folder.join("config.json")).unwrap();
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    let size = |name: &str| config[name].as_u64().unwrap() as usize;
    let stack = |n_heads: usize, layers: &str| StackSizes {
        n_features: size("dim"),
        n_heads,
        feed_forward: size("ff"),
        n_layers: size(layers),
    };
    for device in devices() {
        let golden = candle_core::safetensors::load(folder.join("io.safetensors"), &device)?;
        let lengths = golden["wav_lens"].to_dtype(DType::I64)?.to_vec1::<i64>()?;
        let whole = lengths.iter().position(|n| *n == N_SAMPLES).unwrap();
        let item = |name: &str| golden[name].narrow(0, whole, 1);
        let near = |name: &str, found: &Tensor, wanted: &Tensor| -> Result<()> {
            let worst = (found - wanted)?.abs()?.max_all()?.to_scalar::<f32>()?;
            println!("{device:?} {name}: largest difference {worst:e}");
            assert!(worst <= TOLERANCE, "{device:?} {name}: off by {worst:e}");
            Ok(())
        };
        let mut parameters = Parameters::of_weights(&weights, &device)?;
        let sizes = SeanetSizes {
            n_filters: size("n_filters"),
            strides: vec![2, 4, 5, 8],
            latent: size("codec_dim"),
            n_lstm_layers: 2,
        };
        let n_latents = sizes.latent;
        let codec = SeanetEncoder::new(&mut parameters, &sizes)?;
        let latents = item("codec_latents")?;
        near("latents", &codec.forward(&item("wav")?)?, &latents)?;
        let decoder = SeanetDecoder::new(&mut parameters, &sizes)?;
        near("decoded", &decoder.forward(&latents)?, &item("decoded")?)?;
        let encoder = stack(settings.encoder_heads, "mae_layers");
        let encoder = FrameNetwork::new(&mut parameters, &encoder, n_latents)?;
        let frames = item("encodecmae_frames")?;
        near("frames", &encoder.encode(&encoder.embed(&latents)?)?, &frames)?;
        let autoencoder = AutoencoderSettings {
            summarizer: stack(settings.heads, "enc_layers"),
            denoiser: stack(settings.heads, "den_layers"),
            ..autoencoder_settings()
        };
        let network = Network::new(&mut parameters, &autoencoder, n_latents)?;
        near("z", &network.z(&frames)?, &item("z")?)?;
        let (z, sigma) = (golden["z"].narrow(0, 0, 1)?, Tensor::new(&[[[0.7_f32]]], &device)?);
        let v = network.v(&z, &sigma, &golden["noise"])?;
        near("v", &v, &golden["v_at_sigma_0.7"])?;
    }
    Ok(())
}

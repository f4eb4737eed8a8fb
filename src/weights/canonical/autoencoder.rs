//! Whole checkpoints.

use super::super::Weights;
use super::super::checkpoint::Checkpoint;
use super::super::hints::{Hints, Settings};
use super::kind::Kind;
use super::report::{Report, Role, SourceReport, codec_difference};
use super::seanet::{self, Naming};
use super::source::{Axis, Source, Tensors};
use super::{CanonicalError, quantizer, transformer};
use crate::job::CancelToken;

/// What stands before every tensor of EnCodecMAE in an autoencoder.
const MAE: &str = "encoder.encodecmae_model";

/// A converted autoencoder.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The canonical tensors.
    pub weights: Weights,
    /// What no tensor states.
    pub settings: Settings,
    /// What was left over.
    pub report: Report,
}

/// Converts an autoencoder and, if given, the codec that it was trained on.
///
/// The codec's encoder is the autoencoder's own copy. Decoder and codebooks come from the codec; without one there is no codec
/// decoder, and the codebooks are those that the autoencoder keeps for its training targets.
///
/// # Errors
/// A checkpoint is of another network, or a tensor is missing, misshapen or not finite, or what no tensor states is not known.
pub fn convert(
    autoencoder: &Checkpoint,
    codec: Option<&Checkpoint>,
    hints: &Hints,
) -> Result<Converted, CanonicalError> {
    convert_until(autoencoder, codec, hints, &CancelToken::new())
}

/// The same, stopped between two tensors if somebody asks.
///
/// # Errors
/// As [`convert`], and [`CanonicalError::Cancelled`].
pub fn convert_until(
    autoencoder: &Checkpoint,
    codec: Option<&Checkpoint>,
    hints: &Hints,
    cancel: &CancelToken,
) -> Result<Converted, CanonicalError> {
    expect_kind(autoencoder, Role::Autoencoder)?;
    let source = Source::new(autoencoder, cancel);
    let mut tensors = Tensors::new();
    let naming = Naming::original(&format!("{MAE}.wav_encoder.model.model."));
    let sizes = seanet::encoder(&source, &naming, &mut tensors)?;
    let feature = projections(&source, sizes.latent, &mut tensors)?;
    let settings = hints.settle(autoencoder.path(), feature)?;
    let mut stack = |prefix: &str, heads, canonical| {
        transformer::stack(&source, prefix, feature, heads, canonical, &mut tensors)
    };
    stack(&format!("{MAE}.visible_encoder"), settings.encoder_heads, "encoder.transformer")?;
    stack("encoder.encoder", settings.heads, "summarizer.transformer")?;
    stack("denoiser", settings.heads, "decoder.transformer")?;

    let own_codebooks = format!("{MAE}.target_encoder.model.vq.layers");
    let has_codebooks = autoencoder.any_below(&own_codebooks);
    if codec.is_none() || has_codebooks {
        let names = (own_codebooks.as_str(), "_codebook.embed");
        quantizer::codebooks(&source, names, sizes.latent, &mut tensors)?;
    }
    let mut sources = vec![source.report(Role::Autoencoder)];
    let mut difference = None;
    if let Some(codec) = codec {
        let (of_codec, report) = codec_tensors(codec, cancel)?;
        same_sizes(&tensors, &of_codec, codec)?;
        difference = codec_difference(&tensors, &of_codec);
        sources.push(report);
        for (name, tensor) in of_codec {
            if name.starts_with("codec.encoder.") {
                continue;
            }
            tensors.insert(name, tensor);
        }
    }
    let report = Report { sources, codec_difference: difference };
    Ok(Converted { weights: weights_of(tensors), settings, report })
}

/// Converts a codec alone, in either naming.
///
/// # Errors
/// As [`convert`].
pub fn convert_codec(codec: &Checkpoint) -> Result<(Weights, SourceReport), CanonicalError> {
    let (tensors, report) = codec_tensors(codec, &CancelToken::new())?;
    Ok((weights_of(tensors), report))
}

fn expect_kind(checkpoint: &Checkpoint, role: Role) -> Result<Kind, CanonicalError> {
    match (role, Kind::of(checkpoint)) {
        (Role::Autoencoder, kind @ Kind::Autoencoder) => Ok(kind),
        (Role::Codec, kind @ (Kind::CodecOriginal | Kind::CodecHuggingFace)) => Ok(kind),
        (expected, found) => {
            Err(CanonicalError::Kind { expected, found, path: checkpoint.path().to_owned() })
        }
    }
}

/// The affine maps and single vectors around the stacks; gives the feature width.
fn projections(
    source: &Source<'_>,
    latent: usize,
    tensors: &mut Tensors,
) -> Result<usize, CanonicalError> {
    let mut affine = |name: &str, weight: [Axis; 2], canonical: &str| {
        let taken = source.take(&format!("{name}.weight"), weight)?;
        let [outputs, _] = taken.shape;
        let bias = source.take(&format!("{name}.bias"), [Axis::Is(outputs)])?;
        tensors.insert(
            format!("{canonical}.weight"),
            (taken.shape.to_vec(), taken.values.into_owned()),
        );
        tensors.insert(format!("{canonical}.bias"), (vec![outputs], bias.values.into_owned()));
        Ok::<_, CanonicalError>(outputs)
    };
    let (latent, project) = (Axis::Is(latent), format!("{MAE}.feat_projector"));
    let feature = affine(&project, [Axis::Any, latent], "encoder.project")?;
    let wide = Axis::Is(feature);
    affine("in_adapter", [wide, latent], "decoder.project_in")?;
    affine("out_adapter", [latent, wide], "decoder.project_out")?;
    affine("time_embedding.0", [wide, Axis::Is(1)], "decoder.time_up")?;
    affine("time_embedding.2", [wide, wide], "decoder.time_down")?;

    let cls = source.take("encoder.cls_tokens.weight", [Axis::Is(1), wide])?;
    tensors.insert("summarizer.cls_token".to_owned(), (vec![feature], cls.values.into_owned()));
    for (name, canonical) in [
        (format!("{MAE}.positional_encoder.scale"), "encoder.position_scale"),
        ("encoder.pos_encoder.scale".to_owned(), "summarizer.position_scale"),
    ] {
        let scale = source.take(&name, [])?;
        tensors.insert(canonical.to_owned(), (Vec::new(), scale.values.into_owned()));
    }
    Ok(feature)
}

fn codec_tensors(
    codec: &Checkpoint,
    cancel: &CancelToken,
) -> Result<(Tensors, SourceReport), CanonicalError> {
    let kind = expect_kind(codec, Role::Codec)?;
    let source = Source::new(codec, cancel);
    let (naming, layers, codebooks): (fn(&str) -> Naming, _, _) = match kind {
        Kind::CodecHuggingFace => {
            (Naming::hugging_face, "layers", ("quantizer.layers", "codebook.embed"))
        }
        _ => (Naming::original, "model", ("quantizer.vq.layers", "_codebook.embed")),
    };
    let mut tensors = Tensors::new();
    let encoder = seanet::encoder(&source, &naming(&format!("encoder.{layers}.")), &mut tensors)?;
    let naming = naming(&format!("decoder.{layers}."));
    let decoder = seanet::decoder(&source, &naming, encoder.latent, &mut tensors)?;
    if decoder != encoder {
        return Err(CanonicalError::Hop {
            encoder: encoder.hop,
            decoder: decoder.hop,
            path: codec.path().to_owned(),
        });
    }
    quantizer::codebooks(&source, codebooks, encoder.latent, &mut tensors)?;
    Ok((tensors, source.report(Role::Codec)))
}

/// Checks that the codec's encoder has the sizes of the autoencoder's copy.
fn same_sizes(own: &Tensors, of_codec: &Tensors, codec: &Checkpoint) -> Result<(), CanonicalError> {
    for (name, (shape, _)) in own.iter().filter(|(name, _)| name.starts_with("codec.encoder.")) {
        let found = of_codec.get(name).map_or(&[][..], |(shape, _)| shape);
        if found != shape {
            return Err(CanonicalError::OtherCodec {
                name: name.clone(),
                expected: shape.clone(),
                found: found.to_vec(),
                path: codec.path().to_owned(),
            });
        }
    }
    Ok(())
}

fn weights_of(tensors: Tensors) -> Weights {
    Weights::from_memory(tensors.into_iter().map(|(name, (shape, values))| (name, shape, values)))
}

//! `models info`: what a model is and where it came from.

use serde_json::json;

use super::super::exit::Failure;
use super::super::quantity::bytes;
use super::super::terminal::Terminal;
use crate::models::{Library, StackArchitecture};
use crate::studio::models::{ModelInfo, choose};

pub(super) fn run(name: Option<&str>, terminal: &Terminal) -> Result<(), Failure> {
    let info = ModelInfo::of(&choose(&Library::of_user()?, name)?.model);
    terminal.event("result", json!(info));
    lines(&info).into_iter().for_each(|line| terminal.answer(line));
    terminal.done_silently("models info", json!({}));
    Ok(())
}

fn lines(info: &ModelInfo) -> Vec<String> {
    let manifest = &info.manifest;
    let architecture = &manifest.architecture;
    let codec = &architecture.codec;
    let segment = architecture.segment_samples as f64 / f64::from(architecture.sample_rate_hz);
    let strides: Vec<_> = codec.strides.iter().map(ToString::to_string).collect();
    let stack = |stack: &StackArchitecture| {
        let StackArchitecture { n_layers, n_heads, feed_forward } = stack;
        format!("{n_layers} layers, {n_heads} heads, feed-forward {feed_forward}")
    };
    let sound = if codec.has_decoder { "yes" } else { "no, imported without --codec" };
    let mut facts = vec![
        ("name", manifest.name.clone()),
        ("folder", info.path.clone()),
        ("fingerprint", manifest.fingerprint.to_string()),
        ("license", manifest.license.clone()),
        (
            "weights",
            format!("{}, {}, {}", info.n_weights, manifest.dtype, bytes(info.n_bytes as u64)),
        ),
        ("segment", format!("{segment} s at {} Hz", architecture.sample_rate_hz)),
        ("width of z", architecture.feature.to_string()),
        ("makes sound", sound.to_owned()),
        (
            "codec",
            format!(
                "{} latents, strides {}, {} codebooks",
                codec.latent,
                strides.join(" · "),
                codec.n_codebooks
            ),
        ),
        ("encoder", stack(&architecture.encoder)),
        ("summarizer", stack(&architecture.summarizer)),
        ("decoder", stack(&architecture.decoder)),
        ("made by", manifest.made_by.clone()),
    ];
    let sources = manifest.sources.iter().map(|source| {
        let size = bytes(source.bytes);
        (
            "source",
            format!("{} ({}, {size}), SHA-256 {}", source.file, source.format, source.sha256),
        )
    });
    facts.extend(sources);
    facts.extend(info.remarks().into_iter().map(|remark| ("remark", remark)));
    facts.into_iter().map(|(name, fact)| format!("{name:<12} {fact}")).collect()
}

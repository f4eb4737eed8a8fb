//! The residual vector quantizer's codebooks, stacked.

use super::CanonicalError;
use super::source::{Axis, Source, Tensors};

/// Takes `prefix.0.suffix`, `prefix.1.suffix`, … as one tensor `[n_codebooks, n_bins, latent]`.
pub(super) fn codebooks(
    source: &Source<'_>,
    (prefix, suffix): (&str, &str),
    latent: usize,
    tensors: &mut Tensors,
) -> Result<(), CanonicalError> {
    let n_codebooks = source.n_numbered(&format!("{prefix}.")).max(1);
    let (mut stacked, mut bins) = (Vec::new(), Axis::Any);
    for codebook in 0..n_codebooks {
        let embed =
            source.take(&format!("{prefix}.{codebook}.{suffix}"), [bins, Axis::Is(latent)])?;
        bins = Axis::Is(embed.shape[0]);
        stacked.extend_from_slice(&embed.values);
    }
    let shape = vec![n_codebooks, stacked.len() / (n_codebooks * latent), latent];
    tensors.insert("codec.quantizer.codebooks".to_owned(), (shape, stacked));
    Ok(())
}

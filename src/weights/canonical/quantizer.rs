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
    let name = |codebook: usize| format!("{prefix}.{codebook}.{suffix}");
    let mut stacked = Vec::new();
    let (mut n_codebooks, mut n_bins) = (0, None);
    while n_codebooks == 0 || source.checkpoint.any_below(&format!("{prefix}.{n_codebooks}.")) {
        let bins = n_bins.map_or(Axis::Any, Axis::Is);
        let embed = source.take(&name(n_codebooks), [bins, Axis::Is(latent)])?;
        n_bins = Some(embed.shape[0]);
        stacked.extend_from_slice(&embed.values);
        n_codebooks += 1;
    }
    let shape = vec![n_codebooks, n_bins.unwrap_or(0), latent];
    tensors.insert("codec.quantizer.codebooks".to_owned(), (shape, stacked));
    Ok(())
}

//! EnCodecMAE, frozen: codec latents → frame embeddings.

//! EnCodec (SEANet): PCM ⇄ codec latents.

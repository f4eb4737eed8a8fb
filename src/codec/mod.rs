//! EnCodec (SEANet): PCM ⇄ codec latents, and latents → codes.
//!
//! The signal flows channels-last, `[batch, frame, channel]`, at ever lower rates down to the latents and back.
//! Source: Défossez et al. 2022, "High Fidelity Neural Audio Compression" (2210.13438), 24 kHz model.

mod decoder;
mod encoder;
mod layers;
mod quantizer;

pub use decoder::CodecDecoder;
pub use encoder::CodecEncoder;
pub use quantizer::Quantizer;

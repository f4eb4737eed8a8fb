//! EnCodecMAE, frozen: codec latents → frame embeddings.

mod frame_encoder;

pub use frame_encoder::FrameEncoder;

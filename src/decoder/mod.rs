//! V-diffusion: z → codec latents.

mod denoiser;
mod sampler;
mod schedule;

pub use denoiser::Denoiser;
pub use sampler::{Sampler, SamplerConfig, Solver, solve};
pub use schedule::NoiseLevel;

//! V-diffusion: z → codec latents.

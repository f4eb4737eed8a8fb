//! The two halves of the frozen stack, put together: audio → z, and z → audio.

mod embedder;
mod renderer;

pub use embedder::Embedder;
pub use renderer::Renderer;

//! Why a figure was not drawn.

use plotters::drawing::DrawingAreaErrorKind;

/// Why a figure was not drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// What draws refused.
    #[error("the figure cannot be drawn ({0})")]
    Draw(String),
    /// The image cannot be written down.
    #[error("the figure cannot be encoded as PNG ({0})")]
    Png(#[from] png::EncodingError),
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Draw(error.to_string())
    }
}

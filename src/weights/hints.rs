//! What no tensor of a checkpoint states: numbers of attention heads and the length of a segment.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What the user says about a checkpoint; `None` where the files beside it, or the published values, decide.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hints {
    /// Attention heads of EnCodecMAE.
    pub encoder_heads: Option<usize>,
    /// Attention heads of summarizer and denoiser.
    pub heads: Option<usize>,
    /// Length of a segment, in seconds.
    pub segment_seconds: Option<f64>,
}

/// The same, decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Attention heads of EnCodecMAE; divides the feature width.
    pub encoder_heads: usize,
    /// Attention heads of summarizer and denoiser; divides the feature width.
    pub heads: usize,
    /// Length of a segment, in seconds; positive and finite.
    pub segment_seconds: f64,
}

/// Why a checkpoint's settings could not be decided.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HintError {
    /// Nothing states the number of heads.
    #[error("the number of attention heads is in no tensor and width {feature} is not the published 768; give {option}: {}", path.display())]
    Unknown {
        /// The option that states it.
        option: &'static str,
        /// The feature width.
        feature: usize,
        /// The checkpoint.
        path: PathBuf,
    },
    /// A number of heads that does not divide the width.
    #[error("{found} attention heads do not divide width {feature}; give another {option}: {}", path.display())]
    Heads {
        /// The option that states it.
        option: &'static str,
        /// The number of heads.
        found: usize,
        /// The feature width.
        feature: usize,
        /// The checkpoint.
        path: PathBuf,
    },
    /// A segment length that no audio has.
    #[error("a segment of {found} s, expected more than 0 and at most {limit} s; give another --segment-seconds: {}", path.display())]
    Segment {
        /// The length, in seconds.
        found: f64,
        /// The longest segment, in seconds.
        limit: f64,
        /// The checkpoint.
        path: PathBuf,
    },
}

/// Feature width of the published models, for which the heads are known.
const PUBLISHED_FEATURE: usize = 768;

/// Heads of the published EnCodecMAE, and of the published summarizer and denoiser.
const PUBLISHED_HEADS: (usize, usize) = (12, 8);

/// Segment length of the published 4 s autoencoder, in seconds.
const PUBLISHED_SEGMENT_SECONDS: f64 = 4.0;

/// The longest segment, in seconds: attention over it must still fit in memory.
const MAX_SEGMENT_SECONDS: f64 = 600.0;

/// `config.json` beside a checkpoint; other keys may be there.
#[derive(Debug, Default, Deserialize)]
struct Config {
    mae_heads: Option<usize>,
    heads: Option<usize>,
    segment_seconds: Option<f64>,
}

impl Hints {
    /// Decides: what the user says, else `config.json` or `config.gin` beside `checkpoint`, else the published values.
    ///
    /// # Errors
    /// The number of heads is stated nowhere or does not divide `feature`, or the segment length is not in range.
    pub fn settle(&self, checkpoint: &Path, feature: usize) -> Result<Settings, HintError> {
        let config = config_beside(checkpoint);
        let published = (feature == PUBLISHED_FEATURE).then_some(PUBLISHED_HEADS);
        let heads = |option, said: Option<usize>, published| {
            let path = || checkpoint.to_owned();
            let found: usize = said.or(published).ok_or_else(|| HintError::Unknown {
                option,
                feature,
                path: path(),
            })?;
            if found == 0 || !feature.is_multiple_of(found) {
                return Err(HintError::Heads { option, found, feature, path: path() });
            }
            Ok(found)
        };
        let encoder_heads = self.encoder_heads.or(config.mae_heads);
        let encoder_heads = heads("--encoder-heads", encoder_heads, published.map(|(mae, _)| mae))?;
        let heads = heads("--heads", self.heads.or(config.heads), published.map(|(_, rest)| rest))?;
        let segment_seconds = self
            .segment_seconds
            .or(config.segment_seconds)
            .or_else(|| segment_in_gin(checkpoint))
            .unwrap_or(PUBLISHED_SEGMENT_SECONDS);
        if !(segment_seconds > 0.0 && segment_seconds <= MAX_SEGMENT_SECONDS) {
            return Err(HintError::Segment {
                found: segment_seconds,
                limit: MAX_SEGMENT_SECONDS,
                path: checkpoint.to_owned(),
            });
        }
        Ok(Settings { encoder_heads, heads, segment_seconds })
    }
}

/// Another program's `config.json` may lie there, so one that does not parse says nothing.
fn config_beside(checkpoint: &Path) -> Config {
    std::fs::read(checkpoint.with_file_name("config.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// `MAX_AUDIO_DURATION = 10` in the gin file that the authors publish beside their weights.
fn segment_in_gin(checkpoint: &Path) -> Option<f64> {
    let text = std::fs::read_to_string(checkpoint.with_file_name("config.gin")).ok()?;
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        let value = value.split('#').next().unwrap_or_default();
        (name.trim() == "MAX_AUDIO_DURATION").then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[(&str, &str)]) -> std::io::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text)?;
        }
        Ok(folder)
    }

    #[test]
    fn published_width_means_published_heads() {
        let settings = Hints::default().settle(Path::new("nowhere/weights.pt"), 768).unwrap();
        assert_eq!(settings, Settings { encoder_heads: 12, heads: 8, segment_seconds: 4.0 });
    }

    #[test]
    fn files_beside_the_checkpoint_speak_and_the_user_overrules_them() -> std::io::Result<()> {
        let folder = folder_with(&[
            ("config.json", r#"{"mae_heads": 4, "heads": 2, "dim": 32}"#),
            ("config.gin", "MAX_LR=0.1\nMAX_AUDIO_DURATION = 10 # seconds\n"),
        ])?;
        let checkpoint = folder.path().join("weights.pt");
        let settings = Hints::default().settle(&checkpoint, 32).unwrap();
        assert_eq!(settings, Settings { encoder_heads: 4, heads: 2, segment_seconds: 10.0 });

        let hints = Hints { encoder_heads: Some(8), heads: None, segment_seconds: Some(2.5) };
        let settings = hints.settle(&checkpoint, 32).unwrap();
        assert_eq!(settings, Settings { encoder_heads: 8, heads: 2, segment_seconds: 2.5 });
        Ok(())
    }

    #[test]
    fn unknown_and_impossible_heads_name_the_option() {
        let path = Path::new("nowhere/w.pt");
        let error = Hints::default().settle(path, 32).unwrap_err();
        assert!(error.to_string().contains("give --encoder-heads"), "{error}");
        let hints = Hints { encoder_heads: Some(4), heads: Some(5), segment_seconds: None };
        let error = hints.settle(path, 32).unwrap_err();
        assert_eq!(
            error.to_string(),
            "5 attention heads do not divide width 32; give another --heads: nowhere/w.pt"
        );
    }
}

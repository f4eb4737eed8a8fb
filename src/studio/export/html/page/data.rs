//! What the run learned from, and how.

use std::path::{Path, PathBuf};

use maud::{Markup, html};

use super::Page;
use super::blocks::{count, facts, folded, table, text};

impl Page<'_> {
    pub(super) fn data(&self) -> Markup {
        let status = &self.status;
        let splits = ["train", "validation", "test"].iter().enumerate();
        let rows: Vec<_> = splits
            .map(|(i, split)| {
                let [tracks, segments] = [&status.n_tracks, &status.n_segments].map(|n| n[i]);
                vec![text(split), text(&tracks.to_string()), text(&segments.to_string())]
            })
            .collect();
        let embeddings = self.results.trained.classifier.embeddings();
        let classes = self.results.trained.classifier.labels().join(", ");
        let source = file_name(&self.settings.data.source);
        html! {
            (facts(&[
                ("Source", text(&source.display().to_string())),
                ("Classes", text(&classes)),
                ("Model of the vectors", text(&self.settings.embedding.model)),
                ("Arithmetic", text(&embeddings.precision)),
                ("Audio", text(&format!("{} Hz, mono", embeddings.sample_rate_hz))),
                ("Last, shorter segment", text(&embeddings.tail)),
                ("Features of a vector", text(&embeddings.dim.to_string())),
            ]))
            (table("Splits", &["split", "tracks", "segments"], &rows))
            (self.left_out())
            (folded("Every setting, as run.toml has it", &html! { pre tabindex="0" { (self.toml()) } }))
        }
    }

    fn left_out(&self) -> Markup {
        if self.skipped.is_empty() {
            return html! { p { "No file was left out." } };
        }
        let row = |file: &crate::runs::SkippedFile| {
            vec![text(&file_name(&file.path).display().to_string()), text(&file.reason)]
        };
        let rows: Vec<_> = self.skipped.iter().map(row).collect();
        let title = format!("{} left out", count(rows.len(), "file"));
        folded(&title, &table("Files that were left out", &["file", "reason"], &rows))
    }

    /// The settings, with names in place of paths, which are nobody's business but their owner's.
    fn toml(&self) -> String {
        let mut settings = self.settings.clone();
        settings.data.source = file_name(&settings.data.source);
        settings.data.audio = settings.data.audio.as_deref().map(file_name);
        settings.prototypes.file = settings.prototypes.file.as_deref().map(file_name);
        toml::to_string_pretty(&settings).unwrap_or_default()
    }
}

fn file_name(path: &Path) -> PathBuf {
    path.file_name().map_or_else(|| path.to_owned(), PathBuf::from)
}

//! Files and segments.

use super::{LABEL_SEPARATOR, Sounds, with_verdicts};
use crate::exports::{Cells, Sheet};
use crate::studio::export::exhibit::Exhibit;

impl Exhibit {
    /// One row a track.
    pub(in crate::studio::export) fn files(&self) -> Sheet {
        let examples = &self.training.examples;
        let tracks = || examples.tracks.iter();
        let rows = || self.rows_of_track.iter();
        let sheet = Sheet::new()
            .integer("file_id", "number of the file: its row here and in logits", 0..tracks().len())
            .text("path", "path below the source folder", tracks().map(|track| track.id.clone()))
            .text("sha256", "SHA-256 of the audio file", tracks().map(|t| t.content.to_string()));
        let sheet = self
            .with_source(sheet, ["start_s", "end_s"])
            .integer("n_segments", "number of its segments", rows().map(ExactSizeIterator::len))
            .real(
                "duration_s",
                "where its last segment ends, in seconds",
                rows().map(|rows| examples.places[rows.end - 1].end_s),
            );
        with_verdicts(sheet, &self.track_verdicts, "mean over its segments of the ").flag(
            "correct",
            "whether the predicted labels are the true ones",
            (0..tracks().len()).map(|i| self.is_correct(i)),
        )
    }

    /// What the source says of each track; the ends of the labeled part are called differently by different readers.
    pub(super) fn with_source(&self, sheet: Sheet, [start, end]: [&str; 2]) -> Sheet {
        let tracks = || self.training.examples.tracks.iter();
        sheet
            .text(
                "label",
                "true label; several are separated by semicolons",
                (0..tracks().len()).map(|i| self.labels_of(i).join(LABEL_SEPARATOR)),
            )
            .with(
                "split",
                "train, validation or test; nothing if it is in none",
                Cells::Text(tracks().map(|t| t.split.map(|split| split.to_string())).collect()),
            )
            .with(
                "group",
                "what must not be torn apart between splits",
                Cells::Text(tracks().map(|track| track.group.clone()).collect()),
            )
            .with(
                start,
                "where the labeled part begins, in seconds; nothing for the beginning",
                Cells::Real(tracks().map(|track| track.start_s).collect()),
            )
            .with(
                end,
                "where the labeled part ends, in seconds; nothing for the end",
                Cells::Real(tracks().map(|track| track.end_s).collect()),
            )
    }

    /// One row a segment.
    pub(in crate::studio::export) fn segments(&self, sounds: &Sounds) -> Sheet {
        let examples = &self.training.examples;
        let places = || examples.places.iter();
        let seconds = examples.embeddings.segment_samples as f64
            / f64::from(examples.embeddings.sample_rate_hz);
        let track = |i: usize| &examples.tracks[i];
        let of = || examples.track_of_segment.iter().copied();
        let point =
            |axis: usize| self.map.points.iter().map(move |point| f64::from(point.at[axis]));
        let sheet = Sheet::new()
            .integer(
                "segment_id",
                "number of the segment: its row here, in embeddings and in similarity",
                0..places().len(),
            )
            .integer("file_id", "the file that it is of", of())
            .integer("segment", "its number in the file", places().map(|p| p.segment as usize))
            .real("start_s", "where it begins in the file, in seconds", places().map(|p| p.start_s))
            .real("end_s", "where its audio ends, in seconds", places().map(|p| p.end_s))
            .real(
                "pad_s",
                "seconds of padding at its end",
                places().map(|p| (seconds - p.true_length_s).max(0.0)),
            )
            .text(
                "label",
                "true label of its file",
                of().map(|i| self.labels_of(i).join(LABEL_SEPARATOR)),
            )
            .with(
                "split",
                "train, validation or test",
                Cells::Text(of().map(|i| track(i).split.map(|split| split.to_string())).collect()),
            );
        with_verdicts(sheet, &self.verdicts, "")
            .real("x", "first principal component of z, for a picture", point(0))
            .real("y", "second principal component of z", point(1))
            .with(
                "audio",
                "its sound in this folder, if it was exported",
                Cells::Text(sounds.segments.clone()),
            )
    }
}

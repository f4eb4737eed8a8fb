//! Journal and earlier tables → the new tables, the report, and no journal.

use std::path::Path;
use std::sync::Arc;

use super::compute::Outcome;
use super::earlier::Earlier;
use super::source::ListedTrack;
use super::{EmbedError, EmbedJob, Skipped};
use crate::embeddings::{
    Journal, JournalHeader, Source, Track, assemble_frames, assemble_segments,
};
use crate::studio::skipped;

/// The tracks of the new table, in order.
pub(super) fn sources(tracks: &[ListedTrack], outcomes: &[Outcome]) -> Vec<Source> {
    let source = |(listed, outcome): (&ListedTrack, &Outcome)| match *outcome {
        Outcome::Done(content, origin) => {
            let (id, label) = (listed.id.clone(), listed.label.clone());
            let path = listed.path.to_string_lossy().into_owned();
            Some(Source { track: Arc::new(Track { id, path, content, label }), origin })
        }
        Outcome::Pending | Outcome::Skipped => None,
    };
    tracks.iter().zip(outcomes).filter_map(source).collect()
}

/// Writes the tables, frames first: as long as the journal is there, the run is not over. Returns the number
/// of rows of z.
pub(super) fn write_tables(
    job: &EmbedJob,
    header: &JournalHeader,
    journal: &mut Journal,
    earlier: &Earlier,
    sources: &[Source],
) -> Result<u64, EmbedError> {
    if let (Some(settings), Some(output)) = (&header.frames, &job.frames) {
        let (earlier, metadata) = (earlier.frames.as_ref(), header.metadata(settings));
        assemble_frames(sources, journal, earlier, &output.path, &metadata)?;
    }
    let (earlier, metadata) = (earlier.segments.as_ref(), header.metadata(&header.segments));
    Ok(assemble_segments(sources, journal, earlier, &job.table, &metadata)?)
}

/// Writes the list of skipped files, or removes an old one.
pub(super) fn write_report(table: &Path, skipped: &mut [Skipped]) -> Result<(), EmbedError> {
    let path = skipped::report_path(table);
    skipped::write_report(&path, skipped).map_err(|source| EmbedError::Report { source, path })
}

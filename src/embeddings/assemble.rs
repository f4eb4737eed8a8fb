//! Journal and earlier table → the new table, track by track, in constant memory.

use std::path::Path;
use std::sync::Arc;

use super::head::Head;
use super::journal::{Journal, JournalError};
use super::read::Table;
use super::row::{FramePlace, Place, SegmentPlace, Track};
use super::{Metadata, TableError, TableWriter};

/// A track of the new table, named and labeled as it is now, and where its rows are.
#[derive(Debug, Clone)]
pub struct Source {
    /// The track as the new table names it.
    pub track: Arc<Track>,
    /// Where its rows are.
    pub origin: Origin,
}

/// Where the rows of a track are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In the journal.
    Journal,
    /// In the table that the new one replaces.
    Table,
}

/// Why a table cannot be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssembleError {
    /// The new table cannot be written, or the earlier one not be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Writes the table of z from its sources, which come in the order of their track ids;
/// returns its number of rows.
///
/// # Errors
/// Reading or writing fails; what lay at `path` is then untouched.
pub fn assemble_segments(
    sources: &[Source],
    journal: &mut Journal,
    earlier: Option<&Table<SegmentPlace>>,
    path: &Path,
    metadata: &Metadata,
) -> Result<u64, AssembleError> {
    assemble(sources, earlier, path, metadata, |track, writer| {
        for at in journal.segments_of(&track.id)? {
            let segment = journal.read_segment(at)?;
            writer.push(track, segment.place, &segment.z)?;
        }
        Ok(())
    })
}

/// Writes the table of frame embeddings; as [`assemble_segments`] otherwise.
///
/// # Errors
/// As there.
pub fn assemble_frames(
    sources: &[Source],
    journal: &mut Journal,
    earlier: Option<&Table<FramePlace>>,
    path: &Path,
    metadata: &Metadata,
) -> Result<u64, AssembleError> {
    assemble(sources, earlier, path, metadata, |track, writer| {
        for at in journal.segments_of(&track.id)? {
            let segment = journal.read_segment(at)?;
            let Some(block) = journal.read_frames(&segment)? else { continue };
            let embeddings = block.embeddings.chunks_exact(metadata.settings.dim);
            for (&place, embedding) in block.places.iter().zip(embeddings) {
                writer.push(track, place, embedding)?;
            }
        }
        Ok(())
    })
}

fn assemble<P: Place>(
    sources: &[Source],
    earlier: Option<&Table<P>>,
    path: &Path,
    metadata: &Metadata,
    mut copy_from_journal: impl FnMut(&Arc<Track>, &mut TableWriter<P>) -> Result<(), AssembleError>,
) -> Result<u64, AssembleError> {
    let mut writer = TableWriter::create(path, metadata)?;
    let mut earlier = earlier.map(Head::new).transpose()?;
    for Source { track, origin } in sources {
        match (origin, &mut earlier) {
            (Origin::Table, Some(head)) => copy_from_table(head, track, &mut writer)?,
            _ => copy_from_journal(track, &mut writer)?,
        }
    }
    Ok(writer.finish()?)
}

fn copy_from_table<P: Place>(
    head: &mut Head<P>,
    track: &Arc<Track>,
    writer: &mut TableWriter<P>,
) -> Result<(), TableError> {
    head.skip_to(&track.id)?;
    while let Some(row) = head.take_if_at(&track.id)? {
        writer.push(track, row.place, &row.vector)?;
    }
    Ok(())
}

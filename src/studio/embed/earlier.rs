//! The tables that a run finds in place, and what of them still counts.

use std::collections::HashMap;
use std::path::Path;

use super::source::ListedTrack;
use super::{EmbedError, EmbedJob};
use crate::embeddings::{
    FramePlace, JournalHeader, OtherSettings, Place, SegmentPlace, Table, TableError,
};
use crate::files::Sha256Digest;

/// The tables that the run will replace.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    pub(super) segments: Option<Table<SegmentPlace>>,
    pub(super) frames: Option<Table<FramePlace>>,
    /// Tracks whose rows are all there, and what they were made from.
    pub(super) complete: HashMap<String, Sha256Digest>,
    /// Tracks of the table of z.
    pub(super) ids: Vec<String>,
}

impl Earlier {
    /// Opens what is there; nothing if the run is to start afresh.
    pub(super) fn open(job: &EmbedJob, header: &JournalHeader) -> Result<Self, EmbedError> {
        let mut earlier = Self::default();
        if job.restart {
            return Ok(earlier);
        }
        if let Some(table) = open_if_there::<SegmentPlace>(&job.table)? {
            check_settings(&table, header)?;
            earlier.complete = contents(&table)?;
            earlier.ids = earlier.complete.keys().cloned().collect();
            earlier.segments = Some(table);
        }
        let Some(frames) = &job.frames else { return Ok(earlier) };
        match open_if_there::<FramePlace>(&frames.path)? {
            Some(table) => {
                check_settings(&table, header)?;
                let with_frames = contents(&table)?;
                earlier.complete.retain(|id, content| with_frames.get(id) == Some(content));
                earlier.frames = Some(table);
            }
            None => earlier.complete.clear(),
        }
        Ok(earlier)
    }

    /// How many of the table's tracks the source no longer has.
    ///
    /// # Errors
    /// All of them are gone: that is another source, not a changed one.
    pub(super) fn n_vanished(
        &self,
        tracks: &[ListedTrack],
        job: &EmbedJob,
    ) -> Result<usize, EmbedError> {
        let is_listed = |id: &&String| tracks.binary_search_by(|track| track.id.cmp(id)).is_ok();
        let n_present = self.ids.iter().filter(is_listed).count();
        if n_present == 0 && !self.ids.is_empty() {
            let (source, table) = (job.source.clone(), job.table.clone());
            return Err(EmbedError::OtherSource {
                n_tracks: self.ids.len(),
                source_path: source,
                table,
            });
        }
        Ok(self.ids.len() - n_present)
    }
}

fn open_if_there<P: Place>(path: &Path) -> Result<Option<Table<P>>, TableError> {
    match Table::open(path) {
        Ok(table) => Ok(Some(table)),
        Err(TableError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn check_settings<P: Place>(table: &Table<P>, header: &JournalHeader) -> Result<(), OtherSettings> {
    let ours =
        if P::KIND == FramePlace::KIND { header.frames.as_ref() } else { Some(&header.segments) };
    ours.map_or(Ok(()), |ours| {
        OtherSettings::check(&header.metadata(ours), table.metadata(), table.path())
    })
}

fn contents<P: Place>(table: &Table<P>) -> Result<HashMap<String, Sha256Digest>, TableError> {
    Ok(table.tracks()?.iter().map(|track| (track.id.clone(), track.content)).collect())
}

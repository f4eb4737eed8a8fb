//! The place that a reader of a sorted table has come to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::TableError;
use super::read::{Rows, Table};
use super::row::{Place, Row, Track};

/// A table's next row, and those after it.
pub(super) struct Head<P> {
    path: PathBuf,
    row: Option<Row<P>>,
    rows: Rows<P>,
}

impl<P: Place> Head<P> {
    pub(super) fn new(table: &Table<P>) -> Result<Self, TableError> {
        let mut rows = table.rows()?;
        let row = rows.next().transpose()?;
        Ok(Self { path: table.path().to_owned(), row, rows })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn track(&self) -> Option<&Arc<Track>> {
        self.row.as_ref().map(|row| &row.track)
    }

    pub(super) fn track_id(&self) -> Option<&str> {
        self.track().map(|track| track.id.as_str())
    }

    /// Takes the next row if it is one of that track's.
    pub(super) fn take_if_at(&mut self, track_id: &str) -> Result<Option<Row<P>>, TableError> {
        if self.track_id() == Some(track_id) { self.take() } else { Ok(None) }
    }

    /// Leaves out all rows of tracks that come before this one.
    pub(super) fn skip_to(&mut self, track_id: &str) -> Result<(), TableError> {
        while self.track_id().is_some_and(|at| at < track_id) {
            self.take()?;
        }
        Ok(())
    }

    fn take(&mut self) -> Result<Option<Row<P>>, TableError> {
        let next = self.rows.next().transpose()?;
        Ok(std::mem::replace(&mut self.row, next))
    }
}

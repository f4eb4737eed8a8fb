//! Rows → a table, whole or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::row::{Place, Row, Track};
use super::schema::{ROWS_PER_STEP, batch, list_size, properties, schema};
use super::seal::SealedFile;
use super::{Metadata, TableError};

/// A table under construction; it appears with [`TableWriter::finish`], equal in every byte for equal rows.
#[derive(Debug)]
pub struct TableWriter<P: Place> {
    path: PathBuf,
    schema: SchemaRef,
    list_size: i32,
    dim: usize,
    file: ArrowWriter<SealedFile>,
    tracks: Vec<Arc<Track>>,
    places: Vec<P>,
    vectors: Vec<f32>, // [row, feature]
    last: Option<(Arc<Track>, P)>,
    n_rows: u64,
}

impl<P: Place> TableWriter<P> {
    /// Starts the table that will replace `path`.
    ///
    /// # Errors
    /// The file cannot be created beside `path`.
    pub fn create(path: &Path, metadata: &Metadata) -> Result<Self, TableError> {
        let dim = metadata.settings.dim;
        let list_size = list_size(dim, path)?;
        let schema = schema::<P>(list_size);
        let file = SealedFile::create(path).map_err(TableError::writing(path))?;
        let file = ArrowWriter::try_new(file, schema.clone(), Some(properties::<P>(metadata)));
        let file = file.map_err(writing(path))?;
        let (tracks, places, vectors) = (Vec::new(), Vec::new(), Vec::new());
        let path = path.to_owned();
        Ok(Self {
            path,
            schema,
            list_size,
            dim,
            file,
            tracks,
            places,
            vectors,
            last: None,
            n_rows: 0,
        })
    }

    /// Adds a row: `vector` is `[feature]`. Rows come by track, then by place.
    ///
    /// # Errors
    /// The row is out of order or of another width, or the disk is full.
    pub fn push(&mut self, track: &Arc<Track>, place: P, vector: &[f32]) -> Result<(), TableError> {
        if vector.len() != self.dim {
            let reason = format!("a vector of {} features, expected {}", vector.len(), self.dim);
            return Err(TableError::damaged(&self.path, reason));
        }
        if let Some((last, at)) = &self.last
            && (&last.id, at.rank()) >= (&track.id, place.rank())
        {
            let reason = format!("rows out of order: {} after {}", track.id, last.id);
            return Err(TableError::damaged(&self.path, reason));
        }
        self.last = Some((track.clone(), place));
        self.tracks.push(track.clone());
        self.places.push(place);
        self.vectors.extend_from_slice(vector);
        self.n_rows += 1;
        if self.places.len() == ROWS_PER_STEP { self.write_step() } else { Ok(()) }
    }

    /// As [`TableWriter::push`], for a row as tables give it.
    ///
    /// # Errors
    /// As there.
    pub fn push_row(&mut self, row: &Row<P>) -> Result<(), TableError> {
        self.push(&row.track, row.place, &row.vector)
    }

    /// Puts the finished table in place; returns its number of rows.
    ///
    /// # Errors
    /// Writing, syncing or renaming fails; what lay at the path is then untouched.
    pub fn finish(mut self) -> Result<u64, TableError> {
        self.write_step()?;
        self.file.flush().map_err(writing(&self.path))?;
        self.file.sync().map_err(TableError::writing(&self.path))?;
        let seal = self.file.inner_mut().end_rows();
        self.file.append_key_value_metadata(seal);
        let file = self.file.into_inner().map_err(writing(&self.path))?;
        file.commit().map_err(TableError::writing(&self.path))?;
        Ok(self.n_rows)
    }

    fn write_step(&mut self) -> Result<(), TableError> {
        let vectors = std::mem::take(&mut self.vectors);
        let batch = batch(&self.schema, &self.tracks, &self.places, vectors, self.list_size)
            .map_err(|error| TableError::damaged(&self.path, error))?;
        self.tracks.clear();
        self.places.clear();
        self.file.write(&batch).map_err(writing(&self.path))
    }
}

/// Disks fail, the format does not: whatever the writer reports is an error of writing.
fn writing(path: &Path) -> impl Fn(ParquetError) -> TableError {
    move |error| TableError::writing(path)(std::io::Error::other(error))
}

//! A table → rows, in constant memory or all at once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::cast::AsArray as _;
use arrow_array::types::Float32Type;
use arrow_array::{Array as _, RecordBatch, StringArray};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::row::{Place, Row, Track};
use super::schema::{ROWS_PER_STEP, list_size, schema};
use super::seal::Seal;
use super::{Metadata, TableError};
use crate::files::Sha256Digest;

/// A table on disk whose metadata and columns have been checked; rows are read when asked for.
#[derive(Debug, Clone)]
pub struct Table<P> {
    path: PathBuf,
    metadata: Metadata,
    n_rows: usize,
    seal: Seal,
    rows_checked: Arc<AtomicBool>,
    place: std::marker::PhantomData<P>,
}

/// A whole table in memory.
#[derive(Debug, Clone)]
pub struct LoadedTable<P> {
    /// The tracks, in the order of their ids.
    pub tracks: Vec<Arc<Track>>,
    /// For each row, which of the tracks it belongs to: `[row]`.
    pub track_of_row: Vec<usize>,
    /// For each row, where in the track: `[row]`.
    pub places: Vec<P>,
    /// The vectors, row-major: `[row, feature]`.
    pub vectors: Vec<f32>,
    /// Features of a vector.
    pub dim: usize,
}

/// The kind of a table (`segments`, `frames`) and what it says about itself; no row is read.
///
/// # Errors
/// As [`Table::open`].
pub fn read_metadata(path: &Path) -> Result<(Metadata, String), TableError> {
    let (reader, _) = parquet_reader(path)?;
    Metadata::from_key_values(reader.metadata().file_metadata().key_value_metadata(), path)
}

impl<P: Place> Table<P> {
    /// Opens a table and checks everything but the rows themselves.
    ///
    /// # Errors
    /// The file cannot be read, is no table of this kind, or lacks a column.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let (reader, seal) = parquet_reader(path)?;
        let pairs = reader.metadata().file_metadata().key_value_metadata();
        let (metadata, kind) = Metadata::from_key_values(pairs, path)?;
        if kind != P::KIND {
            let expected = P::KIND.to_owned();
            return Err(TableError::Kind { expected, found: kind, path: path.to_owned() });
        }
        let wanted = schema::<P>(list_size(metadata.settings.dim, path)?);
        if reader.schema().fields() != wanted.fields() {
            return Err(TableError::damaged(path, "its columns are not those of its metadata"));
        }
        let n_rows = usize::try_from(reader.metadata().file_metadata().num_rows());
        let n_rows = n_rows.map_err(|error| TableError::damaged(path, error))?;
        let (path, rows_checked) = (path.to_owned(), Arc::default());
        Ok(Self { path, metadata, n_rows, seal, rows_checked, place: std::marker::PhantomData })
    }

    /// What the table says about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Where the table lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rows by track, then by place, in constant memory.
    ///
    /// # Errors
    /// The file cannot be opened again; the iterator's items fail where the file is damaged.
    pub fn rows(&self) -> Result<Rows<P>, TableError> {
        let reader = self.checked_reader()?.with_batch_size(ROWS_PER_STEP).build();
        let reader = reader.map_err(|error| TableError::damaged(&self.path, error))?;
        let rows = Vec::new().into_iter();
        Ok(Rows {
            path: self.path.clone(),
            dim: self.metadata.settings.dim,
            reader,
            rows,
            track: None,
        })
    }

    /// The tracks in order, without their rows.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn tracks(&self) -> Result<Vec<Arc<Track>>, TableError> {
        let damaged = |error: &dyn std::fmt::Display| TableError::damaged(&self.path, error);
        let builder = self.checked_reader()?;
        let without_vectors = ProjectionMask::columns(
            builder.parquet_schema(),
            ["track_id", "path", "content_sha256", "label"],
        );
        let builder = builder.with_projection(without_vectors).with_batch_size(8 * ROWS_PER_STEP);
        let mut tracks: Vec<Arc<Track>> = Vec::new();
        for batch in builder.build().map_err(|error| damaged(&error))? {
            let batch = batch.map_err(|error| damaged(&error))?;
            let columns =
                TrackColumns::of(&batch).ok_or_else(|| damaged(&"a column is missing"))?;
            for row in 0..batch.num_rows() {
                if tracks.last().is_none_or(|last| !columns.is_at(last, row)) {
                    let track = columns.track(row);
                    tracks.push(track.ok_or_else(|| damaged(&"a digest is malformed"))?);
                }
            }
        }
        Ok(tracks)
    }

    /// The whole table as columns and one matrix.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn load(&self) -> Result<LoadedTable<P>, TableError> {
        let dim = self.metadata.settings.dim;
        let mut table = LoadedTable {
            tracks: Vec::<Arc<Track>>::new(),
            track_of_row: Vec::with_capacity(self.n_rows),
            places: Vec::with_capacity(self.n_rows),
            vectors: Vec::with_capacity(self.n_rows * dim),
            dim,
        };
        for row in self.rows()? {
            let row = row?;
            if table.tracks.last().is_none_or(|last| !Arc::ptr_eq(last, &row.track)) {
                table.tracks.push(row.track);
            }
            table.track_of_row.push(table.tracks.len() - 1);
            table.places.push(row.place);
            table.vectors.extend_from_slice(&row.vector);
        }
        Ok(table)
    }
}

impl<P> Table<P> {
    /// The reader of a file whose every byte is as it was written; only the first call reads them all.
    fn checked_reader(&self) -> Result<ParquetRecordBatchReaderBuilder<File>, TableError> {
        let io = TableError::reading(&self.path);
        if !self.rows_checked.load(Ordering::Relaxed) {
            let file = File::open(&self.path).map_err(&io)?;
            if !self.seal.fits_rows(file).map_err(&io)? {
                let reason = "its rows do not match their checksum";
                return Err(TableError::damaged(&self.path, reason));
            }
            self.rows_checked.store(true, Ordering::Relaxed);
        }
        Ok(parquet_reader(&self.path)?.0)
    }
}

/// Rows of a table, one after the other; rows of one track share it.
pub struct Rows<P> {
    path: PathBuf,
    dim: usize,
    reader: ParquetRecordBatchReader,
    rows: std::vec::IntoIter<Row<P>>,
    track: Option<Arc<Track>>,
}

impl<P: Place> Iterator for Rows<P> {
    type Item = Result<Row<P>, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(Ok(row));
            }
            let rows = match self.reader.next()? {
                Ok(batch) => rows_of(&batch, self.dim, &mut self.track),
                Err(error) => return Some(Err(TableError::damaged(&self.path, error))),
            };
            match rows {
                Some(rows) => self.rows = rows.into_iter(),
                None => return Some(Err(TableError::damaged(&self.path, "a column is malformed"))),
            }
        }
    }
}

fn parquet_reader(
    path: &Path,
) -> Result<(ParquetRecordBatchReaderBuilder<File>, Seal), TableError> {
    let io = TableError::reading(path);
    let mut file = File::open(path).map_err(&io)?;
    let seal = Seal::of_tail(&mut file).map_err(&io)?;
    let seal = seal.map_err(|reason| TableError::damaged(path, reason))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file);
    Ok((reader.map_err(|error| TableError::damaged(path, error))?, seal))
}

/// `track` is that of the row before, so that equal tracks become one.
fn rows_of<P: Place>(
    batch: &RecordBatch,
    dim: usize,
    track: &mut Option<Arc<Track>>,
) -> Option<Vec<Row<P>>> {
    let columns = TrackColumns::of(batch)?;
    let places = P::from_columns(batch)?;
    let lists = batch.column_by_name(P::VECTOR)?.as_fixed_size_list_opt()?;
    let values = lists.values().as_primitive_opt::<Float32Type>()?.values();
    let vectors = values.chunks_exact(dim);
    if vectors.len() != places.len() {
        return None;
    }
    let mut rows = Vec::with_capacity(places.len());
    for (i, (place, vector)) in places.into_iter().zip(vectors).enumerate() {
        let track = match track {
            Some(before) if columns.is_at(before, i) => before.clone(),
            _ => track.insert(columns.track(i)?).clone(),
        };
        rows.push(Row { track, place, vector: vector.to_vec() });
    }
    Some(rows)
}

/// The columns that name a track.
struct TrackColumns<'a> {
    id: &'a StringArray,
    path: &'a StringArray,
    content: &'a StringArray,
    label: &'a StringArray,
}

impl<'a> TrackColumns<'a> {
    fn of(batch: &'a RecordBatch) -> Option<Self> {
        let text = |name| batch.column_by_name(name)?.as_string_opt::<i32>();
        let (id, path) = (text("track_id")?, text("path")?);
        Some(Self { id, path, content: text("content_sha256")?, label: text("label")? })
    }

    fn is_at(&self, track: &Track, row: usize) -> bool {
        self.id.value(row) == track.id
    }

    fn track(&self, row: usize) -> Option<Arc<Track>> {
        let label = self.label.is_valid(row).then(|| self.label.value(row).to_owned());
        Some(Arc::new(Track {
            id: self.id.value(row).to_owned(),
            path: self.path.value(row).to_owned(),
            content: digest_of_hex(self.content.value(row))?,
            label,
        }))
    }
}

fn digest_of_hex(hex: &str) -> Option<Sha256Digest> {
    let mut digest = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in digest.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(Sha256Digest(digest))
}

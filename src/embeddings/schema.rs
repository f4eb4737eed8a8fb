//! Columns and encodings of the Parquet file; nothing in them depends on the day or the machine.

use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::row::{Place, Track};
use super::{Metadata, TableError};

/// Rows handed to the encoder of pages at a time. Pages end at such steps, so rows are always handed over in
/// the same steps: files of equal rows are equal in every byte.
pub(super) const ROWS_PER_STEP: usize = 1024;
/// Rows that a reader has to take up at once.
const ROWS_PER_GROUP: usize = 8 * ROWS_PER_STEP;

/// `track_id, path, content_sha256, <place>, label, <vector>`.
pub(super) fn schema<P: Place>(dim: i32) -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let mut fields =
        vec![text("track_id", false), text("path", false), text("content_sha256", false)];
    fields.extend(P::fields());
    fields.push(text("label", true));
    fields.push(Field::new(P::VECTOR, DataType::FixedSizeList(element(), dim), false));
    Arc::new(Schema::new(fields))
}

/// The name that the Parquet format gives to what lists hold.
fn element() -> FieldRef {
    Arc::new(Field::new("element", DataType::Float32, false))
}

/// How columns are stored: vectors as they are, since they do not compress, everything else small.
pub(super) fn properties<P: Place>(metadata: &Metadata) -> WriterProperties {
    let vector =
        ColumnPath::from(vec![P::VECTOR.to_owned(), "list".to_owned(), "element".to_owned()]);
    WriterProperties::builder()
        .set_created_by(concat!("pecmae version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![metadata.to_key_value(P::KIND)]))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_compression(vector.clone(), Compression::UNCOMPRESSED)
        .set_column_dictionary_enabled(vector.clone(), false)
        .set_column_statistics_enabled(vector, EnabledStatistics::None)
        .build()
}

/// Rows side by side → columns.
pub(super) fn batch<P: Place>(
    schema: &SchemaRef,
    tracks: &[Arc<Track>],
    places: &[P],
    vectors: Vec<f32>,
    dim: i32,
) -> Result<RecordBatch, ArrowError> {
    let text = |value: fn(&Track) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(tracks.iter().map(|track| value(track))))
    };
    let digests = tracks.iter().map(|track| track.content.to_string());
    let labels = tracks.iter().map(|track| track.label.as_deref());
    let mut columns = vec![text(|track| &track.id), text(|track| &track.path)];
    columns.push(Arc::new(StringArray::from_iter_values(digests)));
    columns.extend(P::columns(places));
    columns.push(Arc::new(StringArray::from_iter(labels)));
    let values = Arc::new(Float32Array::from(vectors));
    columns.push(Arc::new(FixedSizeListArray::try_new(element(), dim, values, None)?));
    RecordBatch::try_new(schema.clone(), columns)
}

/// The width of a vector as the file format counts it.
pub(super) fn list_size(dim: usize, path: &std::path::Path) -> Result<i32, TableError> {
    match i32::try_from(dim) {
        Ok(size) if size > 0 => Ok(size),
        _ => Err(TableError::damaged(path, format!("vectors of {dim} features"))),
    }
}

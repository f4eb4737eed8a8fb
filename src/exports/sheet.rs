//! A small table with a meaning for every column → CSV, Parquet, and a dictionary of its columns.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use serde_json::{Map, Value, json};

/// A small table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it says, with its unit.
    pub about: String,
    /// One entry a row.
    pub cells: Cells,
}

/// The entries of a column; `None` where there is nothing to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Words.
    Text(Vec<Option<String>>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Numbers.
    Real(Vec<Option<f64>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

/// Why a sheet cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// Columns of different lengths.
    #[error("the columns of a table do not fit together ({0})")]
    Arrow(#[from] ArrowError),
    /// The encoder refuses.
    #[error("a table cannot be encoded ({0})")]
    Parquet(#[from] ParquetError),
    /// The encoder refuses.
    #[error("a table cannot be encoded ({0})")]
    Csv(#[from] csv::Error),
}

impl Sheet {
    /// A table without columns.
    pub fn new() -> Self {
        Self::default()
    }

    /// The table with one more column, at the right.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, about: impl Into<String>, cells: Cells) -> Self {
        self.columns.push(Column { name: name.into(), about: about.into(), cells });
        self
    }

    /// With a column of words.
    #[must_use]
    pub fn text(
        self,
        name: impl Into<String>,
        about: impl Into<String>,
        cells: impl IntoIterator<Item = String>,
    ) -> Self {
        self.with(name, about, Cells::Text(cells.into_iter().map(Some).collect()))
    }

    /// With a column of numbers.
    #[must_use]
    pub fn real(
        self,
        name: impl Into<String>,
        about: impl Into<String>,
        cells: impl IntoIterator<Item = f64>,
    ) -> Self {
        self.with(name, about, Cells::Real(cells.into_iter().map(Some).collect()))
    }

    /// With a column of whole numbers.
    #[must_use]
    pub fn integer(
        self,
        name: impl Into<String>,
        about: impl Into<String>,
        cells: impl IntoIterator<Item = usize>,
    ) -> Self {
        let cells = cells.into_iter().map(|n| i64::try_from(n).ok());
        self.with(name, about, Cells::Integer(cells.collect()))
    }

    /// With a column of yes and no.
    #[must_use]
    pub fn flag(
        self,
        name: impl Into<String>,
        about: impl Into<String>,
        cells: impl IntoIterator<Item = bool>,
    ) -> Self {
        self.with(name, about, Cells::Flag(cells.into_iter().map(Some).collect()))
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }

    /// The columns, from left to right.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What there is to know before reading it: rows, and for each column its type and meaning.
    pub fn dictionary(&self) -> Value {
        let entry = |column: &Column| {
            let entry = json!({ "type": column.cells.kind(), "about": column.about });
            (column.name.clone(), entry)
        };
        let columns: Map<_, _> = self.columns.iter().map(entry).collect();
        json!({ "rows": self.n_rows(), "columns": columns })
    }

    /// CSV with a header; numbers in their shortest form that reads back to the same bits.
    ///
    /// # Errors
    /// Columns of different lengths.
    pub fn csv(&self) -> Result<Vec<u8>, SheetError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|column| column.name.as_str()))?;
        for row in 0..self.n_rows() {
            writer.write_record(self.columns.iter().map(|column| column.cells.text(row)))?;
        }
        writer.into_inner().map_err(|error| SheetError::Csv(error.into_error().into()))
    }

    /// Parquet.
    ///
    /// # Errors
    /// Columns of different lengths.
    pub fn parquet(&self) -> Result<Vec<u8>, SheetError> {
        let field = |column: &Column| Field::new(&column.name, column.cells.data_type(), true);
        let schema = Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()));
        let columns = self.columns.iter().map(|column| column.cells.array()).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns)?;
        let properties = WriterProperties::builder()
            .set_created_by(concat!("pecmae version ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
        writer.write(&batch)?;
        Ok(writer.into_inner()?)
    }
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Integer(cells) => cells.len(),
            Self::Real(cells) => cells.len(),
            Self::Flag(cells) => cells.len(),
        }
    }

    /// The type, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "integer",
            Self::Real(_) => "real",
            Self::Flag(_) => "boolean",
        }
    }

    /// An entry as CSV has it; nothing for `None` and for a row beyond the end.
    pub fn text(&self, row: usize) -> String {
        fn of<T: ToString>(cells: &[Option<T>], row: usize) -> String {
            cells.get(row).and_then(Option::as_ref).map(T::to_string).unwrap_or_default()
        }
        match self {
            Self::Text(cells) => of(cells, row),
            Self::Integer(cells) => of(cells, row),
            Self::Real(cells) => of(cells, row),
            Self::Flag(cells) => of(cells, row),
        }
    }

    fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => DataType::Utf8,
            Self::Integer(_) => DataType::Int64,
            Self::Real(_) => DataType::Float64,
            Self::Flag(_) => DataType::Boolean,
        }
    }

    fn array(&self) -> ArrayRef {
        match self {
            Self::Text(cells) => {
                Arc::new(StringArray::from_iter(cells.iter().map(Option::as_deref)))
            }
            Self::Integer(cells) => Arc::new(Int64Array::from_iter(cells.iter().copied())),
            Self::Real(cells) => Arc::new(Float64Array::from_iter(cells.iter().copied())),
            Self::Flag(cells) => Arc::new(BooleanArray::from_iter(cells.iter().copied())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Float64Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn sheet() -> Sheet {
        Sheet::new()
            .text("name", "What it is called", ["a, \"b\"".to_owned(), "č\n".to_owned()])
            .integer("n", "How many", [3, 4])
            .with("share", "Share of all", Cells::Real(vec![Some(0.1 + 0.2), None]))
            .flag("is_on", "Whether it counts", [true, false])
    }

    #[test]
    fn csv_and_parquet_hold_the_same_cells_to_the_last_bit() {
        let csv = sheet().csv().unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows[0], vec!["a, \"b\"", "3", "0.30000000000000004", "true"]);
        assert_eq!(rows[1], vec!["č\n", "4", "", "false"]);

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, sheet().parquet().unwrap()).unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let batch = reader.next().unwrap().unwrap();
        assert_eq!(batch.column_by_name("name").unwrap().as_string::<i32>().value(1), "č\n");
        let shares = batch.column_by_name("share").unwrap().as_primitive::<Float64Type>();
        assert_eq!(shares.iter().collect::<Vec<_>>(), [Some(0.1 + 0.2), None]);
        assert!(!batch.column_by_name("is_on").unwrap().as_boolean().value(1));
        assert_eq!(sheet().parquet().unwrap(), sheet().parquet().unwrap());
    }

    #[test]
    fn the_dictionary_says_what_every_column_is() {
        let found = sheet().dictionary();
        assert_eq!(found["rows"], 2);
        assert_eq!(found["columns"]["share"], json!({ "type": "real", "about": "Share of all" }));
        let names: Vec<_> = found["columns"].as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 4);
    }

    #[test]
    fn columns_that_do_not_fit_together_are_refused() {
        let uneven = sheet().integer("m", "Too few", [1]);
        assert!(matches!(uneven.parquet(), Err(SheetError::Arrow(_))));
    }
}

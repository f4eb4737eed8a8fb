//! The table of z vectors, one row a segment, that everything downstream reads; frame embeddings likewise.
//!
//! A table is a Parquet file sorted by track, then by place. Equal rows and settings make equal bytes, so a
//! table assembled after a crash, or merged from shards, is the one that a single run would have written.

mod assemble;
mod error;
mod head;
mod journal;
mod merge;
mod metadata;
mod read;
mod row;
mod schema;
mod seal;
mod settings;
mod shard;
mod write;

pub use assemble::{AssembleError, Origin, Source, assemble_frames, assemble_segments};
pub use error::{OtherSettings, TableError};
pub use journal::{
    FrameBlock, Journal, JournalError, JournalHeader, Recovery, SYNC_EVERY, SegmentRecord,
};
pub use merge::{MergeSummary, merge};
pub use metadata::Metadata;
pub use read::{LoadedTable, Rows, Table, read_metadata};
pub use row::{FramePlace, Place, Row, SegmentPlace, Track};
pub use settings::{FrameSettings, Settings};
pub use shard::{Shard, ShardError};
pub use write::TableWriter;

//! Tables of parts → the table of the whole, row by row, in constant memory.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::head::Head;
use super::read::{Table, read_metadata};
use super::row::{FramePlace, Place, Row, SegmentPlace, Track};
use super::{Metadata, Shard, TableError, TableWriter};
use crate::job::CancelToken;

/// What a merge did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeSummary {
    /// Tracks in the merged table.
    pub n_tracks: usize,
    /// Rows in the merged table.
    pub n_rows: u64,
    /// Shards that the inputs' own metadata speak of and that none of them is.
    pub missing: Vec<Shard>,
}

/// Merges tables of one kind (segments or frames) and of equal settings into the table that one run
/// over all their tracks would have written, byte for byte.
///
/// A track that several inputs hold with equal rows is taken once.
///
/// # Errors
/// An input is damaged, settings differ, a shard comes twice, a track has other content or rows in two inputs, or the merge is
/// cancelled; what lay at `output` is then untouched.
pub fn merge(
    inputs: &[PathBuf],
    output: &Path,
    cancel: &CancelToken,
) -> Result<MergeSummary, TableError> {
    let first = inputs.first().ok_or(TableError::NoInput)?;
    let (_, kind) = read_metadata(first)?;
    if kind == FramePlace::KIND {
        merge_kind::<FramePlace>(inputs, output, cancel)
    } else {
        merge_kind::<SegmentPlace>(inputs, output, cancel)
    }
}

fn merge_kind<P: Place>(
    inputs: &[PathBuf],
    output: &Path,
    cancel: &CancelToken,
) -> Result<MergeSummary, TableError> {
    let tables: Vec<_> =
        inputs.iter().map(|path| Table::<P>::open(path)).collect::<Result<_, _>>()?;
    check_repetition(&tables)?;
    let metadata = common_metadata(&tables)?;
    let mut n_tracks = 0;
    let go_on = |n_tracks| match cancel.is_cancelled() {
        true => Err(TableError::Cancelled { n_tracks }),
        false => Ok(()),
    };
    let mut writer = TableWriter::create(output, &metadata)?;
    let mut heads = Vec::with_capacity(tables.len());
    for table in &tables {
        go_on(n_tracks)?; // a head reads its whole table once, for the checksum
        heads.push(Head::new(table)?);
    }
    while let Some(id) = heads.iter().filter_map(Head::track_id).min().map(str::to_owned) {
        let holders = heads.iter_mut().filter(|head| head.track_id() == Some(&id)).collect();
        merge_track(holders, &mut writer, &|| go_on(n_tracks))?;
        n_tracks += 1;
    }
    Ok(MergeSummary { n_tracks, n_rows: writer.finish()?, missing: missing_shards(&tables) })
}

/// Equal settings are demanded; the first name in the alphabet stands for models of several names.
fn common_metadata<P: Place>(tables: &[Table<P>]) -> Result<Metadata, TableError> {
    let first = tables.first().ok_or(TableError::NoInput)?;
    let settings = &first.metadata().settings;
    for other in tables {
        let theirs = &other.metadata().settings;
        let difference = first.metadata().differences(other.metadata());
        if !difference.is_empty() {
            return Err(TableError::Mixed {
                difference,
                fingerprints: Box::new([settings, theirs].map(|s| s.fingerprint().to_string())),
                first: first.path().to_owned(),
                second: other.path().to_owned(),
            });
        }
    }
    let model =
        tables.iter().map(|table| &table.metadata().model).min().cloned().unwrap_or_default();
    Ok(Metadata { model, settings: settings.clone(), shard: None })
}

/// A shard that comes twice stands in the place of another: the merged table would lack that one.
fn check_repetition<P: Place>(tables: &[Table<P>]) -> Result<(), TableError> {
    let same_file = |a: &Path, b: &Path| match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    for (i, second) in tables.iter().enumerate() {
        let shard = second.metadata().shard;
        let repeats = |first: &&Table<P>| {
            let same_shard = shard.is_some() && first.metadata().shard == shard;
            same_shard || same_file(first.path(), second.path())
        };
        if let Some(first) = tables[..i].iter().find(repeats) {
            let (first, second) = (first.path().to_owned(), second.path().to_owned());
            return Err(TableError::Repeated { shard, first, second });
        }
    }
    Ok(())
}

fn missing_shards<P: Place>(tables: &[Table<P>]) -> Vec<Shard> {
    let present: BTreeSet<_> = tables.iter().filter_map(|table| table.metadata().shard).collect();
    let whole: BTreeSet<_> = present.iter().flat_map(|shard| shard.siblings()).collect();
    whole.difference(&present).copied().collect()
}

/// Writes the track that all of `holders` are at, once.
fn merge_track<P: Place>(
    mut holders: Vec<&mut Head<P>>,
    writer: &mut TableWriter<P>,
    go_on: &dyn Fn() -> Result<(), TableError>,
) -> Result<(), TableError> {
    let Some(track) = common_track(&holders)? else { return Ok(()) };
    loop {
        go_on()?;
        let mut rows = Vec::with_capacity(holders.len());
        for head in &mut holders {
            rows.push(head.take_if_at(&track.id)?);
        }
        let mut others = rows.iter().zip(&holders).skip(1);
        if let Some((_, other)) = others.find(|(row, _)| !equal(rows[0].as_ref(), row.as_ref())) {
            return Err(conflict(&track, "embeddings", holders[0], other));
        }
        let Some(row) = &rows[0] else { return Ok(()) };
        writer.push(&track, row.place, &row.vector)?;
    }
}

/// Where a file lay may differ between machines; then the first path in the alphabet stands.
fn common_track<P: Place>(holders: &[&mut Head<P>]) -> Result<Option<Arc<Track>>, TableError> {
    let tracks = || holders.iter().filter_map(|head| head.track());
    let Some(first) = tracks().next() else { return Ok(None) };
    for (track, head) in tracks().zip(holders) {
        if track.content != first.content {
            return Err(conflict(first, "content", holders[0], head));
        }
        if track.label != first.label {
            return Err(conflict(first, "label", holders[0], head));
        }
    }
    let path = tracks().map(|track| &track.path).min().unwrap_or(&first.path);
    Ok(Some(Arc::new(Track { path: path.clone(), ..Track::clone(first) })))
}

fn equal<P: Place>(a: Option<&Row<P>>, b: Option<&Row<P>>) -> bool {
    let bits = |row: &Row<P>| row.vector.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    match (a, b) {
        (Some(a), Some(b)) => a.place == b.place && bits(a) == bits(b),
        (None, None) => true,
        _ => false,
    }
}

fn conflict<P: Place>(
    track: &Track,
    difference: &'static str,
    a: &Head<P>,
    b: &Head<P>,
) -> TableError {
    let (first, second) = (a.path().to_owned(), b.path().to_owned());
    TableError::Conflict { track: track.id.clone(), difference, first, second }
}

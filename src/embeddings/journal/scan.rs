//! What a journal still holds after its writer died.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};

use super::record::{FRAME, MAX_PAYLOAD, Record, TrackRecord};
use crate::files::Sha256Digest;

/// A finished track.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    pub(super) content: Sha256Digest,
    /// Offset of its track record.
    pub(super) at: u64,
}

/// Everything of use in a journal.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) header: Option<Vec<u8>>,
    pub(super) finished: HashMap<String, Finished>,
    /// Where the last whole record ends.
    pub(super) end: u64,
    /// Where no record can begin any more: at or after `end`.
    pub(super) stopped_at: u64,
    /// Records before `end` that do not match their checksum.
    pub(super) n_damaged: usize,
}

/// Reads all records from `start` to the end, in constant memory but for the index.
///
/// A record whose checksum is wrong is stepped over, since its length may still lead to the next one;
/// everything after the last whole record is the torn tail of an interrupted write.
pub(super) fn scan(file: &File, start: u64) -> io::Result<Scan> {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    reader.seek(SeekFrom::Start(start))?;
    let length = file.metadata()?.len();
    let mut scan = Scan { end: start, ..Scan::default() };
    let mut loose = LooseEnds::default();
    let (mut at, mut n_bad) = (start, 0);
    let mut payload = Vec::new();
    while let Some((n_bytes, crc)) = read_frame(&mut reader, length.saturating_sub(at))? {
        payload.resize(n_bytes as usize, 0);
        reader.read_exact(&mut payload)?;
        let whole = crc32fast::hash(&payload) == crc;
        match whole.then(|| Record::from_payload(&payload)).flatten() {
            Some(record) => {
                loose.settle(record, at, &mut scan);
                scan.n_damaged += std::mem::take(&mut n_bad);
                scan.end = at + FRAME + n_bytes;
            }
            None => n_bad += 1,
        }
        at += FRAME + n_bytes;
    }
    scan.stopped_at = at;
    Ok(scan)
}

/// The payload's length and checksum; `None` where no whole record can follow.
fn read_frame(reader: &mut impl Read, remaining: u64) -> io::Result<Option<(u64, u32)>> {
    if remaining < FRAME {
        return Ok(None);
    }
    let mut frame = [0; FRAME as usize];
    reader.read_exact(&mut frame)?;
    let [n_bytes, crc] = [0, 4].map(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| frame[i + j])));
    // Zeros, as a power cut leaves them, would pass for an empty record with the right checksum.
    let plausible = 1..=MAX_PAYLOAD.min(remaining - FRAME);
    Ok(plausible.contains(&u64::from(n_bytes)).then_some((u64::from(n_bytes), crc)))
}

/// Offsets of records that no track record has claimed yet.
#[derive(Debug, Default)]
struct LooseEnds(HashSet<u64>);

impl LooseEnds {
    /// A record counts only if everything that it names is whole.
    fn settle(&mut self, record: Record, at: u64, scan: &mut Scan) {
        match record {
            Record::Header(json) => scan.header = Some(json),
            Record::Frames(_) => _ = self.0.insert(at),
            Record::Segment(segment) => {
                if segment.frames_at.is_none_or(|frames| self.0.remove(&frames)) {
                    self.0.insert(at);
                }
            }
            Record::Track(TrackRecord { id, content, segments_at }) => {
                let n_whole = segments_at.iter().filter(|segment| self.0.remove(segment)).count();
                if n_whole == segments_at.len() {
                    scan.finished.insert(id, Finished { content, at });
                } else {
                    scan.finished.remove(&id);
                }
            }
        }
    }
}

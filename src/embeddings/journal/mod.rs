//! The journal beside a table under construction: what is finished stays finished, whatever happens.
//!
//! Append-only. The vectors of a segment are written as soon as they are known, so memory does not grow with
//! the length of a track, and count once the record of their finished track follows. A process may die
//! between any two bytes; only a power cut can lose what was not yet synced, which [`SYNC_EVERY`] bounds.

mod record;
mod scan;

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Metadata, OtherSettings, SegmentPlace, Settings, Shard};
use crate::files::Sha256Digest;
use record::{FRAME, Record, TrackRecord};
pub use record::{FrameBlock, SegmentRecord};
use scan::Finished;

/// The first bytes of a journal.
const MAGIC: &[u8; 8] = b"PECMAEJ1";

/// At most this much time passes between a finished track and its sync to the disk, as long as tracks finish.
pub const SYNC_EVERY: Duration = Duration::from_secs(5);

/// What a journal's vectors are made by; another run may go on only with the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHeader {
    /// The user's name for the model, for messages; it decides nothing.
    #[serde(default)]
    pub model: String,
    /// What decides z.
    pub segments: Settings,
    /// What decides the frame embeddings, where they are wanted.
    pub frames: Option<Settings>,
    /// The part of the data set.
    pub shard: Option<Shard>,
}

impl JournalHeader {
    /// What a table of vectors of these `settings` says about itself.
    pub fn metadata(&self, settings: &Settings) -> Metadata {
        Metadata { model: self.model.clone(), settings: settings.clone(), shard: self.shard }
    }
}

/// What a journal left by an earlier run still held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Finished tracks.
    pub n_tracks: usize,
    /// Records whose checksum is wrong; their tracks are computed again.
    pub n_damaged: usize,
    /// Bytes of an interrupted write, cut off.
    pub torn_bytes: u64,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The system refuses.
    #[error("cannot {verb} the journal ({source}): {}", path.display())]
    Io {
        /// As in `open`, `write`.
        verb: &'static str,
        /// What the system said.
        source: io::Error,
        /// The journal.
        path: PathBuf,
    },
    /// Another process holds it.
    #[error("another run is writing this table; wait for it or choose another -o: {}", path.display())]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("not a journal of embeddings; move it away or choose another -o: {}", path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// What cannot be stepped over.
    #[error("the journal is damaged ({reason}); --restart computes everything again: {}", path.display())]
    Damaged {
        /// What does not fit.
        reason: String,
        /// The journal.
        path: PathBuf,
    },
    /// Begun with other weights or settings.
    #[error(transparent)]
    OtherSettings(#[from] OtherSettings),
}

/// A journal, locked for this process.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    end: u64,
    finished: HashMap<String, Finished>,
    recovery: Recovery,
    last_sync: Instant,
}

impl Journal {
    /// Opens the journal at `path`, or begins it; with `restart`, whatever it holds is dropped.
    ///
    /// # Errors
    /// Another run holds it, it was begun with another header, or it is no journal.
    pub fn open(path: &Path, header: &JournalHeader, restart: bool) -> Result<Self, JournalError> {
        let file = open_locked(path)?;
        let (finished, recovery, last_sync) = (HashMap::new(), Recovery::default(), Instant::now());
        let mut journal =
            Self { path: path.to_owned(), file, end: 0, finished, recovery, last_sync };
        let unborn = journal.is_unborn()?;
        if restart || unborn {
            journal.begin(header)?;
        } else {
            journal.recover(header)?;
        }
        Ok(journal)
    }

    /// What an earlier run left.
    pub fn recovery(&self) -> Recovery {
        self.recovery
    }

    /// The finished tracks and the digests of the files they were made from.
    pub fn finished(&self) -> impl Iterator<Item = (&str, Sha256Digest)> {
        self.finished.iter().map(|(id, track)| (id.as_str(), track.content))
    }

    /// Adds the z of a segment (`[feature]`) and the frame embeddings; returns what
    /// [`Journal::finish_track`] wants to know.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn append_segment(
        &mut self,
        place: SegmentPlace,
        z: Vec<f32>,
        frames: Option<FrameBlock>,
    ) -> Result<u64, JournalError> {
        let frames_at = frames.map(|block| self.append(&Record::Frames(block))).transpose()?;
        self.append(&Record::Segment(SegmentRecord { place, z, frames_at }))
    }

    /// Declares a track finished; `segments_at` are its segments in order.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn finish_track(
        &mut self,
        id: &str,
        content: Sha256Digest,
        segments_at: Vec<u64>,
    ) -> Result<(), JournalError> {
        let at =
            self.append(&Record::Track(TrackRecord { id: id.to_owned(), content, segments_at }))?;
        self.finished.insert(id.to_owned(), Finished { content, at });
        if self.last_sync.elapsed() >= SYNC_EVERY { self.sync() } else { Ok(()) }
    }

    /// Where the segments of a finished track are, in order.
    ///
    /// # Errors
    /// The track is not finished, or the file has changed since it was opened.
    pub fn segments_of(&mut self, id: &str) -> Result<Vec<u64>, JournalError> {
        let at = self.finished.get(id).map(|track| track.at);
        match at.map(|at| self.read(at)).transpose()? {
            Some(Record::Track(track)) => Ok(track.segments_at),
            _ => Err(self.damaged(&format!("no record of track {id}"))),
        }
    }

    /// The segment at an offset of [`Journal::segments_of`].
    ///
    /// # Errors
    /// The file has changed since it was opened.
    pub fn read_segment(&mut self, at: u64) -> Result<SegmentRecord, JournalError> {
        match self.read(at)? {
            Record::Segment(segment) => Ok(segment),
            _ => Err(self.damaged(&format!("no segment at byte {at}"))),
        }
    }

    /// The frame embeddings of a segment; none if the run did not want any.
    ///
    /// # Errors
    /// The file has changed since it was opened.
    pub fn read_frames(
        &mut self,
        segment: &SegmentRecord,
    ) -> Result<Option<FrameBlock>, JournalError> {
        match segment.frames_at.map(|at| self.read(at)).transpose()? {
            None => Ok(None),
            Some(Record::Frames(block)) => Ok(Some(block)),
            Some(_) => Err(self.damaged("no frames where a segment has them")),
        }
    }

    /// Makes everything so far survive a power cut.
    ///
    /// # Errors
    /// The disk is full or gone.
    pub fn sync(&mut self) -> Result<(), JournalError> {
        self.last_sync = Instant::now();
        self.file.sync_data().map_err(self.io("sync"))
    }

    /// Removes the journal: its table is in place.
    ///
    /// # Errors
    /// The folder does not let it.
    pub fn remove(self) -> Result<(), JournalError> {
        std::fs::remove_file(&self.path).map_err(self.io("remove"))
    }

    /// A file that has no header yet; its writer died at the very start.
    fn is_unborn(&mut self) -> Result<bool, JournalError> {
        let mut head = Vec::new();
        self.file.rewind().map_err(self.io("read"))?;
        let mut limited = (&self.file).take(MAGIC.len() as u64);
        limited.read_to_end(&mut head).map_err(self.io("read"))?;
        if !MAGIC.starts_with(&head) {
            return Err(JournalError::NotAJournal { path: self.path.clone() });
        }
        Ok(head.len() < MAGIC.len())
    }

    fn begin(&mut self, header: &JournalHeader) -> Result<(), JournalError> {
        self.file.set_len(0).map_err(self.io("write"))?;
        self.write_at(0, MAGIC)?;
        let json = serde_json::to_vec(header).expect("plain data has a JSON form");
        self.append(&Record::Header(json))?;
        self.sync()
    }

    fn recover(&mut self, header: &JournalHeader) -> Result<(), JournalError> {
        let scan = scan::scan(&self.file, MAGIC.len() as u64).map_err(self.io("read"))?;
        let length = self.file.metadata().map_err(self.io("read"))?.len();
        let Some(json) = scan.header else {
            // Without even one record, the write of the header itself was interrupted.
            let torn = scan.stopped_at == MAGIC.len() as u64;
            return if torn { self.begin(header) } else { Err(self.damaged("its header")) };
        };
        let found: JournalHeader =
            serde_json::from_slice(&json).map_err(|error| self.damaged(&error.to_string()))?;
        check_header(header, &found, &self.path)?;
        self.file.set_len(scan.end).map_err(self.io("write"))?;
        self.end = scan.end;
        self.finished = scan.finished;
        self.recovery = Recovery {
            n_tracks: self.finished.len(),
            n_damaged: scan.n_damaged,
            torn_bytes: length - scan.end,
        };
        Ok(())
    }

    /// Writes a record at the end in one go; returns its offset.
    fn append(&mut self, record: &Record) -> Result<u64, JournalError> {
        let at = self.end;
        self.write_at(at, &record.to_bytes())?;
        Ok(at)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> Result<(), JournalError> {
        self.file.seek(SeekFrom::Start(at)).map_err(self.io("write"))?;
        self.file.write_all(bytes).map_err(self.io("write"))?;
        self.end = at + bytes.len() as u64;
        Ok(())
    }

    fn read(&mut self, at: u64) -> Result<Record, JournalError> {
        let mut frame = [0; FRAME as usize];
        self.file.seek(SeekFrom::Start(at)).map_err(self.io("read"))?;
        self.file.read_exact(&mut frame).map_err(self.io("read"))?;
        let [n_bytes, crc] = [0, 4].map(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| frame[i + j])));
        let mut payload = vec![0; n_bytes as usize];
        self.file.read_exact(&mut payload).map_err(self.io("read"))?;
        let whole = crc32fast::hash(&payload) == crc;
        let record = whole.then(|| Record::from_payload(&payload)).flatten();
        record.ok_or_else(|| self.damaged(&format!("the record at byte {at}")))
    }

    fn io(&self, verb: &'static str) -> impl Fn(io::Error) -> JournalError + use<> {
        let path = self.path.clone();
        move |source| JournalError::Io { verb, source, path: path.clone() }
    }

    fn damaged(&self, reason: &str) -> JournalError {
        JournalError::Damaged { reason: reason.to_owned(), path: self.path.clone() }
    }
}

/// The file behind `path`, locked until it is closed, and still the one behind `path`.
fn open_locked(path: &Path) -> Result<File, JournalError> {
    let io = |verb| move |source| JournalError::Io { verb, source, path: path.to_owned() };
    loop {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(io("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::Locked { path: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock")(source)),
        }
        // A run that just ended may have removed the file between the opening and the lock.
        if is_at(&file, path).map_err(io("open"))? {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(found) => Ok((found.dev(), found.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

fn check_header(
    ours: &JournalHeader,
    found: &JournalHeader,
    path: &Path,
) -> Result<(), OtherSettings> {
    let check = |a: &Settings, b: &Settings| {
        OtherSettings::check(&ours.metadata(a), &found.metadata(b), path)
    };
    check(&ours.segments, &found.segments)?;
    match (&ours.frames, &found.frames) {
        (None, None) => Ok(()),
        (Some(a), Some(b)) => check(a, b),
        (a, b) => {
            let [expected, found] = [a, b].map(|settings| match settings {
                Some(settings) => settings.fingerprint().to_string(),
                None => "of no frames".to_owned(),
            });
            let [ours, theirs] =
                [a, b].map(|settings| if settings.is_some() { "yes" } else { "no" });
            let difference = format!("frame embeddings {ours} ≠ {theirs}");
            Err(OtherSettings { expected, found, difference, path: path.to_owned() })
        }
    }
}

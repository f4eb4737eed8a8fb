//! A folder of made-up tracks, an encoder that makes numbers up, and a run over them.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pecmae::audio::{Segment, SegmentPlan, TailPolicy};
use pecmae::embeddings::{Rows, SegmentPlace, Shard, Table};
use pecmae::files::Sha256Digest;
use pecmae::job::CancelToken;
use pecmae::studio::embed::{
    BoxError, EmbedError, EmbedJob, EmbedSummary, Encoded, EncoderIdentity, Event, FrameRequest,
    FramesOutput, SegmentEncoder, Segments, embed, open_audio,
};

pub(crate) const RATE_HZ: u32 = 24;
pub(crate) const SEGMENT: usize = 96;
pub(crate) const HOP: usize = 8;
pub(crate) const DIM: usize = 6;
pub(crate) const FRAME_DIM: usize = 3;

/// Values that any change of a segment changes.
fn noise<const N: usize>(segment: &Segment, salt: &str) -> Vec<f32> {
    let samples = segment.samples.iter().flat_map(|sample| sample.to_le_bytes());
    let bytes: Vec<u8> = samples.chain(salt.bytes()).collect();
    let digest = Sha256Digest::of(&bytes).0;
    digest[..4 * N].as_chunks().0.iter().map(|b| i32::from_le_bytes(*b) as f32 / 1e9).collect()
}

pub(crate) fn z_of(segment: &Segment) -> Vec<f32> {
    noise::<DIM>(segment, "z")
}

pub(crate) fn embedding_of(segment: &Segment, frame: usize, layer: Option<usize>) -> Vec<f32> {
    noise::<FRAME_DIM>(segment, &format!("{frame} {layer:?}"))
}

/// Counts the segments that it is given; a segment that starts with silence has no finite z.
#[derive(Debug)]
struct FakeEncoder {
    precision: String,
    n_batch: usize,
    n_computed: Arc<AtomicUsize>,
}

impl SegmentEncoder for FakeEncoder {
    fn identity(&self) -> EncoderIdentity {
        let (name, fingerprint) = ("fake".to_owned(), "fa4e".to_owned());
        EncoderIdentity { name, fingerprint, precision: self.precision.clone(), more: [].into() }
    }

    fn dim(&self) -> usize {
        DIM
    }

    fn frame_dim(&self, request: FrameRequest) -> Result<usize, BoxError> {
        match request.layer {
            Some(99) => Err("no layer 99".into()),
            _ => Ok(FRAME_DIM),
        }
    }

    fn encode(
        &self,
        batch: &[Segment],
        frames: Option<FrameRequest>,
    ) -> Result<Vec<Encoded>, BoxError> {
        assert!((1..=self.n_batch).contains(&batch.len()));
        self.n_computed.fetch_add(batch.len(), Ordering::Relaxed);
        let encode = |segment: &Segment| {
            let n_frames = SEGMENT / HOP;
            let embedding =
                |layer| (0..n_frames).flat_map(move |i| embedding_of(segment, i, layer));
            let frames = frames.map(|request| embedding(request.layer).collect());
            let is_silent = segment.samples[0] == 0.0;
            let z = if is_silent { vec![f32::NAN; DIM] } else { z_of(segment) };
            Encoded { z, frames }
        };
        Ok(batch.iter().map(encode).collect())
    }
}

/// Every byte of a file is a sample. Files that begin with certain words are broken in certain ways.
fn open(path: &Path) -> Result<Segments, BoxError> {
    let bytes = fs::read(path)?;
    if bytes.starts_with(b"unopenable") {
        return Err("not a sound".into());
    }
    let silent = bytes.starts_with(b"endless");
    let torn = bytes.starts_with(b"torn").then_some(Err(BoxError::from("cut off")));
    let segments = bytes.chunks(SEGMENT).enumerate().map(move |(index, bytes)| {
        let mut samples: Vec<_> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        samples.resize(SEGMENT, 0.0);
        if silent {
            samples.fill(0.0);
        }
        let (start_sample, true_samples) = ((index * SEGMENT) as u64, bytes.len());
        Ok(Segment { index, start_sample, samples, true_samples, visible_samples: SEGMENT })
    });
    Ok(Box::new(segments.chain(torn).collect::<Vec<_>>().into_iter()))
}

/// A source, a job over it, and the encoder.
#[derive(Debug, Clone)]
pub(crate) struct Bench {
    folder: Arc<tempfile::TempDir>,
    job: EmbedJob,
    precision: String,
    n_computed: Arc<AtomicUsize>,
}

impl Bench {
    /// A source of tracks of so many samples.
    pub(crate) fn new(tracks: &[(&str, usize)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let (source, table) = (folder.path().join("source"), folder.path().join("table.parquet"));
        fs::create_dir(&source).unwrap();
        let plan = SegmentPlan {
            sample_rate_hz: RATE_HZ,
            segment_samples: SEGMENT,
            hop_samples: HOP,
            tail: TailPolicy::Published,
        };
        let job = EmbedJob::new(&source, &table, plan);
        let bench = Self { folder, job, precision: "f32".to_owned(), n_computed: Arc::default() };
        tracks.iter().for_each(|(id, n_samples)| bench.write(id, *n_samples, ""));
        bench
    }

    /// A few tracks of several classes and lengths.
    pub(crate) fn library() -> Self {
        Self::new(&[
            ("a.wav", 1),
            ("jazz/b.wav", 4 * SEGMENT),
            ("jazz/c.wav", 7),
            ("rock/a.wav", 2 * SEGMENT + 30),
            ("rock/deep/d.wav", SEGMENT),
            ("zz.wav", SEGMENT + 1),
        ])
    }

    pub(crate) fn with_frames(mut self, layer: Option<usize>) -> Self {
        let path = self.job.default_frames_path();
        self.job.frames = Some(FramesOutput { request: FrameRequest { layer }, path });
        self
    }

    pub(crate) fn with_source(mut self, source: &Path) -> Self {
        self.job.source = source.to_owned();
        self
    }

    pub(crate) fn with_table(mut self, name: &str) -> Self {
        self.job.table = self.folder().join(name);
        self
    }

    pub(crate) fn with_precision(mut self, precision: &str) -> Self {
        self.precision = precision.to_owned();
        self
    }

    pub(crate) fn with_restart(mut self) -> Self {
        self.job.restart = true;
        self
    }

    pub(crate) fn with_counts(mut self, n_batch: usize, n_decoders: usize, n_queue: usize) -> Self {
        let [n_batch, n_decoders, n_queue] =
            [n_batch, n_decoders, n_queue].map(|n| NonZeroUsize::new(n).unwrap());
        self.job = EmbedJob { n_batch, n_decoders, n_queue, ..self.job };
        self
    }

    pub(crate) fn with_shard(mut self, shard: Shard, name: &str) -> Self {
        self.job.shard = Some(shard);
        self.job.table = self.folder().join(format!("{name}.parquet"));
        let frames = self.job.default_frames_path();
        self.job.frames.iter_mut().for_each(|output| output.path = frames.clone());
        self
    }

    pub(crate) fn embed(&self) -> Result<EmbedSummary, EmbedError> {
        self.embed_telling(&mut |_| (), &CancelToken::new())
    }

    pub(crate) fn embed_telling(
        &self,
        tell: &mut dyn FnMut(Event),
        cancel: &CancelToken,
    ) -> Result<EmbedSummary, EmbedError> {
        embed(&self.job, &self.encoder(), &open, tell, cancel)
    }

    /// Runs over files that are what their names say.
    pub(crate) fn embed_audio(&self) -> Result<EmbedSummary, EmbedError> {
        let open = open_audio(self.job.plan.clone());
        embed(&self.job, &self.encoder(), &open, &mut |_| (), &CancelToken::new())
    }

    fn encoder(&self) -> FakeEncoder {
        let (precision, n_batch) = (self.precision.clone(), self.job.n_batch.get());
        FakeEncoder { precision, n_batch, n_computed: self.n_computed.clone() }
    }

    /// Runs until so many tracks are done, in batches of one, and gives up there.
    pub(crate) fn embed_until_n_done(&self, n_tracks: usize) -> EmbedError {
        let (cancel, mut n_done) = (CancelToken::new(), 0);
        let mut tell = |event| {
            n_done += usize::from(matches!(event, Event::TrackDone { .. }));
            if n_done == n_tracks {
                cancel.cancel();
            }
        };
        let bench = self.clone().with_counts(1, 1, 1);
        bench.embed_telling(&mut tell, &cancel).unwrap_err()
    }

    /// What a run over the same source writes where nothing is.
    pub(crate) fn tables_of_a_fresh_run(&self) -> Vec<Option<Vec<u8>>> {
        let mut fresh = self.clone();
        fresh.n_computed = Arc::default();
        fresh.job.table = self.folder().join("fresh.parquet");
        let frames = fresh.job.default_frames_path();
        fresh.job.frames.iter_mut().for_each(|output| output.path = frames.clone());
        fresh.remove_tables();
        fresh.embed().unwrap();
        let tables = fresh.tables();
        fresh.remove_tables();
        tables
    }

    pub(crate) fn tables(&self) -> Vec<Option<Vec<u8>>> {
        [self.table(), self.frames()].map(|path| fs::read(path).ok()).into()
    }

    pub(crate) fn rows(&self) -> Rows<SegmentPlace> {
        Table::open(&self.table()).unwrap().rows().unwrap()
    }

    pub(crate) fn remove_tables(&self) {
        for path in [self.table(), self.frames()] {
            let _ = fs::remove_file(path);
        }
    }

    pub(crate) fn segments_of(&self, id: &str) -> Vec<Segment> {
        open(&self.source().join(id)).unwrap().map(Result::unwrap).collect()
    }

    /// Writes a track whose samples its name and `salt` decide.
    pub(crate) fn write(&self, id: &str, n_samples: usize, salt: &str) {
        let seed =
            id.bytes().chain(salt.bytes()).fold(1_u32, |h, b| h.wrapping_mul(31) + u32::from(b));
        let sample = |i: usize| (seed.wrapping_mul(2 * i as u32 + 1) >> 9) as u8 | 1;
        self.write_bytes(id, &(0..n_samples).map(sample).collect::<Vec<_>>());
    }

    pub(crate) fn write_bytes(&self, id: &str, bytes: &[u8]) {
        let path = self.source().join(id);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Files beside the source, by name.
    pub(crate) fn litter(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name != "source").collect();
        names.sort();
        names
    }

    pub(crate) fn n_tracks(&self) -> usize {
        pecmae::studio::embed::list_tracks(&self.job.source).unwrap().tracks.len()
    }

    pub(crate) fn n_computed(&self) -> usize {
        self.n_computed.load(Ordering::Relaxed)
    }

    pub(crate) fn forget_count(&self) {
        self.n_computed.store(0, Ordering::Relaxed);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.folder().join("source")
    }

    pub(crate) fn table(&self) -> PathBuf {
        self.job.table.clone()
    }

    pub(crate) fn frames(&self) -> PathBuf {
        self.job.default_frames_path()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.job.journal_path()
    }

    pub(crate) fn report(&self) -> PathBuf {
        let name = format!("{}.skipped.csv", self.table().file_name().unwrap().to_str().unwrap());
        self.table().with_file_name(name)
    }
}

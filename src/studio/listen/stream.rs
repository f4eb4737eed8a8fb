//! A thread that decodes, and batches of segments across files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use ndarray::Array2;

use super::ListenError;
use crate::audio::Segment;
use crate::embeddings::SegmentPlace;
use crate::job::CancelToken;
use crate::studio::embed::{OpenSegments, SegmentEncoder};

/// Segments computed together.
const BATCH: usize = 8;
/// Segments that may wait for the encoder.
const QUEUE: usize = 16;
/// How long a cancellation may go unnoticed while the decoder is at work.
const PATIENCE: Duration = Duration::from_millis(100);

/// The segments of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// `[segment, feature]`
    pub z: Array2<f32>,
    /// `[segment]`: where in the file.
    pub places: Vec<SegmentPlace>,
    /// `[segment]`: whether there is nothing to hear; never, where the audio is not at hand.
    pub silent: Vec<bool>,
}

impl Heard {
    /// Whether there is nothing to hear in any segment.
    pub fn is_silent(&self) -> bool {
        self.silent.iter().all(|silent| *silent)
    }
}

/// What comes of listening.
#[derive(Debug, Clone, PartialEq)]
pub enum Hearing {
    /// So many more segments are computed.
    Segments(usize),
    /// This one of the files is done, or cannot be used for this reason.
    File(usize, Result<Heard, String>),
}

/// Files on their way to their z.
pub(super) struct Stream<'a> {
    pub(super) encoder: &'a dyn SegmentEncoder,
    pub(super) open: &'a OpenSegments<'a>,
    pub(super) rate_hz: u32,
    pub(super) paths: &'a [PathBuf],
    pub(super) cancel: &'a CancelToken,
}

/// What the decoding thread has to say about a file, named by its index.
enum Message {
    Segment(usize, Segment),
    /// There is no further segment, or the file cannot be used.
    End(usize, Result<(), String>),
}

/// A file whose segments are under way.
#[derive(Default)]
struct OpenFile {
    values: Vec<f32>,
    places: Vec<SegmentPlace>,
    silent: Vec<bool>,
    n_waiting: usize,
    end: Option<Result<(), String>>,
}

impl Stream<'_> {
    pub(super) fn run(&self, on_event: &mut dyn FnMut(Hearing)) -> Result<(), ListenError> {
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(QUEUE);
            scope.spawn(move || self.decode(&sender));
            // The receiver goes with this call, which stops the decoder should the computation fail.
            self.compute(receiver, on_event)
        })
    }

    /// The work of the decoding thread: ends when nobody listens any more.
    fn decode(&self, messages: &SyncSender<Message>) {
        for (file, path) in self.paths.iter().enumerate() {
            let mut end = Ok(());
            match (self.open)(path) {
                Err(error) => end = Err(error.to_string()),
                Ok(segments) => {
                    for segment in segments {
                        match segment {
                            Ok(segment) => {
                                if messages.send(Message::Segment(file, segment)).is_err() {
                                    return;
                                }
                            }
                            Err(error) => {
                                end = Err(error.to_string());
                                break;
                            }
                        }
                    }
                }
            }
            if messages.send(Message::End(file, end)).is_err() {
                return;
            }
        }
    }

    fn compute(
        &self,
        messages: Receiver<Message>,
        on_event: &mut dyn FnMut(Hearing),
    ) -> Result<(), ListenError> {
        let mut waiting: Vec<(usize, Segment)> = Vec::new();
        let mut open: BTreeMap<usize, OpenFile> = BTreeMap::new();
        let mut n_done = 0;
        loop {
            if self.cancel.is_cancelled() {
                return Err(ListenError::Cancelled { n_done, n_files: self.paths.len() });
            }
            let message = messages.recv_timeout(PATIENCE);
            let is_over = matches!(message, Err(RecvTimeoutError::Disconnected));
            match message {
                Ok(Message::Segment(file, segment)) => {
                    open.entry(file).or_default().n_waiting += 1;
                    waiting.push((file, segment));
                }
                Ok(Message::End(file, end)) => open.entry(file).or_default().end = Some(end),
                Err(_) => {}
            }
            if is_over || waiting.len() >= BATCH {
                self.compute_batch(&mut waiting, &mut open, on_event)?;
            }
            // In the order of the files, whichever is finished first.
            while let Some(entry) = open.first_entry() {
                if entry.get().n_waiting > 0 || entry.get().end.is_none() {
                    break;
                }
                let (file, heard) = entry.remove_entry();
                n_done += 1;
                on_event(Hearing::File(file, self.finish(heard)?));
            }
            if is_over {
                return Ok(());
            }
        }
    }

    fn compute_batch(
        &self,
        waiting: &mut Vec<(usize, Segment)>,
        open: &mut BTreeMap<usize, OpenFile>,
        on_event: &mut dyn FnMut(Hearing),
    ) -> Result<(), ListenError> {
        let (files, segments): (Vec<_>, Vec<_>) = waiting.drain(..).unzip();
        if segments.is_empty() {
            return Ok(());
        }
        let encoded = self.encoder.encode(&segments, None).map_err(ListenError::Encoder)?;
        if encoded.len() != segments.len() {
            let (found, expected) = (encoded.len(), segments.len());
            let error = format!("{found} answers for a batch of {expected} segments");
            return Err(ListenError::Encoder(error.into()));
        }
        on_event(Hearing::Segments(segments.len()));
        for ((file, segment), encoded) in files.into_iter().zip(&segments).zip(encoded) {
            let open = open.entry(file).or_default();
            open.n_waiting -= 1;
            open.places.push(SegmentPlace::of(segment, self.rate_hz));
            open.silent.push(segment.is_silent());
            open.values.extend(encoded.z);
        }
        Ok(())
    }

    /// The z of a file, or why it cannot be used.
    fn finish(&self, file: OpenFile) -> Result<Result<Heard, String>, ListenError> {
        let OpenFile { values, places, silent, end, .. } = file;
        if let Some(Err(reason)) = end {
            return Ok(Err(reason));
        }
        if places.is_empty() {
            return Ok(Err("it holds no audio".to_owned()));
        }
        if !values.iter().all(|value| value.is_finite()) {
            self.encoder.check()?;
            return Ok(Err("the model's answer is not finite".to_owned()));
        }
        let z = Array2::from_shape_vec((places.len(), self.encoder.dim()), values);
        let z = z.map_err(|error| format!("the model's answer has another length ({error})"));
        Ok(z.map(|z| Heard { z, places, silent }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::embed::{BoxError, Encoded, EncoderIdentity, FrameRequest, Segments};
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::Mutex;

    /// z is the segment's first sample; remembers how large its batches were.
    #[derive(Default)]
    struct First(Mutex<Vec<usize>>);

    impl SegmentEncoder for First {
        fn identity(&self) -> EncoderIdentity {
            let (name, fingerprint, precision) = ("first".into(), "1".into(), "f32".into());
            EncoderIdentity { name, fingerprint, precision, more: [].into() }
        }

        fn dim(&self) -> usize {
            1
        }

        fn frame_dim(&self, _: FrameRequest) -> Result<usize, BoxError> {
            Ok(1)
        }

        fn encode(
            &self,
            batch: &[Segment],
            _: Option<FrameRequest>,
        ) -> Result<Vec<Encoded>, BoxError> {
            self.0.lock().unwrap().push(batch.len());
            let z = |segment: &Segment| Encoded { z: vec![segment.samples[0]], frames: None };
            Ok(batch.iter().map(z).collect())
        }
    }

    /// The file `3` has three segments, `x2` breaks after two, `0` is empty.
    fn open(path: &Path) -> Result<Segments, BoxError> {
        let name = path.to_str().unwrap().to_owned();
        let breaks = name.starts_with('x');
        let n: usize = name.trim_start_matches('x').parse()?;
        let segment = |index: usize| Segment {
            index,
            start_sample: 4 * index as u64,
            samples: vec![index as f32; 4],
            true_samples: 4,
            visible_samples: 4,
        };
        let broken = breaks.then(|| Err(BoxError::from("broken")));
        Ok(Box::new((0..n).map(move |index| Ok(segment(index))).chain(broken)))
    }

    proptest! {
        #[test]
        fn every_file_is_heard_in_order_and_batches_are_full(files in prop::collection::vec((0_usize..20, any::<bool>()), 1..12)) {
            let name = |(n, breaks): &(usize, bool)| PathBuf::from(format!("{}{n}", if *breaks { "x" } else { "" }));
            let paths: Vec<_> = files.iter().map(name).collect();
            let (encoder, cancel) = (First::default(), CancelToken::new());
            let stream = Stream { encoder: &encoder, open: &open, rate_hz: 2, paths: &paths, cancel: &cancel };
            let (mut heard, mut n_segments) = (Vec::new(), 0);
            let mut listen = |event| match event {
                Hearing::Segments(n) => n_segments += n,
                Hearing::File(file, found) => heard.push((file, found)),
            };
            stream.run(&mut listen).unwrap();
            prop_assert_eq!(heard.len(), files.len());
            for (i, ((n, breaks), (file, found))) in files.iter().zip(heard).enumerate() {
                prop_assert_eq!(i, file);
                match found {
                    Ok(found) => {
                        prop_assert!(!breaks && *n > 0);
                        prop_assert_eq!(found.z.column(0).to_vec(), (0..*n).map(|i| i as f32).collect::<Vec<_>>());
                        prop_assert_eq!(found.places[n - 1].start_s, 2.0 * (n - 1) as f64);
                    }
                    Err(reason) if *breaks => prop_assert_eq!(reason, "broken"),
                    Err(reason) => prop_assert!(*n == 0 && reason == "it holds no audio"),
                }
            }
            let batches = encoder.0.into_inner().unwrap();
            prop_assert_eq!(batches.iter().sum::<usize>(), n_segments);
            let full = batches.len().saturating_sub(1);
            prop_assert!(batches.iter().take(full).all(|n| *n == BATCH), "{:?}", batches);
        }
    }

    #[test]
    fn a_cancelled_stream_says_how_far_it_came() {
        let paths: Vec<_> = ["8", "8", "8"].map(PathBuf::from).to_vec();
        let (encoder, cancel) = (First::default(), CancelToken::new());
        let stream =
            Stream { encoder: &encoder, open: &open, rate_hz: 2, paths: &paths, cancel: &cancel };
        let mut stop = |event| {
            if matches!(event, Hearing::File(..)) {
                cancel.cancel();
            }
        };
        let error = stream.run(&mut stop).unwrap_err();
        assert_eq!(error.to_string(), "stopped after 1 of 3 files");
    }
}

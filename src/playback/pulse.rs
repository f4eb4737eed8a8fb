//! A PulseAudio server, or PipeWire in its place, over its socket.

use std::collections::VecDeque;
use std::error::Error;
use std::ffi::CString;
use std::pin::{Pin, pin};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use pulseaudio::protocol::{
    ChannelMap, DEFAULT_SINK, PlaybackLatency, PlaybackStreamParams, SampleFormat, SampleSpec,
    SinkInfo, stream::BufferAttr, stream::StreamFlags,
};
use pulseaudio::{Client, ClientError, PlaybackSource, PlaybackStream};

use super::device::{BUFFER_S, DEVICE_RATE_HZ, OutputDevice};
use super::{DeviceError, Output};

/// How much sound waits on this side of the socket at the most, in samples: the server asks for it as its own buffer runs down.
const N_WAITING: usize = DEVICE_RATE_HZ as usize / 100;
/// How often the server is asked how far it is.
const TIMING: Duration = Duration::from_millis(100);
/// How long a server may take or give no sample before it is given up.
pub(super) const STALL: Duration = Duration::from_secs(3);

/// How far the server is.
struct Question {
    answer: Timing,
    asked: Instant,
    /// How many samples were written, if all of them are with the server.
    n_written: Option<u64>,
}

type Timing = Pin<Box<dyn Future<Output = Result<PlaybackLatency, ClientError>> + Send>>;

/// A stream to a device of the server.
pub(super) struct Pulse {
    name: String,
    stream: PlaybackStream,
    queue: Arc<Queue>,
    is_resting: bool,
    n_written: u64,
    /// How many of these were written before the stream last went on.
    n_before: u64,
    /// How many more samples were written than the server counts, as it forgets those that it is told to throw away.
    n_uncounted: i64,
    /// A question on its way.
    question: Option<Question>,
    /// The sample heard at a moment, by the last answer since the stream went on.
    heard: Option<(f64, Instant)>,
}

impl Pulse {
    /// Connects to the server that the environment names, and to the device of this name there, or to its default one.
    ///
    /// # Errors
    /// If there is none, or it has no such device.
    pub(super) fn open(sink: Option<&str>) -> Result<Self, DeviceError> {
        let sink = sink.map(CString::new).transpose();
        let sink = sink.map_err(|error| DeviceError::new(error.to_string()))?;
        let client = Client::from_env(c"PECMAE Studio").map_err(error)?;
        let queue = Arc::<Queue>::default();
        let bytes = |secs: f64| (secs * f64::from(DEVICE_RATE_HZ)) as u32 * size_of::<f32>() as u32;
        let params = PlaybackStreamParams {
            sample_spec: SampleSpec {
                format: SampleFormat::Float32Le,
                channels: 1,
                sample_rate: DEVICE_RATE_HZ,
            },
            channel_map: ChannelMap::mono(),
            sink_name: Some(sink.unwrap_or_else(|| CString::from(DEFAULT_SINK))),
            buffer_attr: BufferAttr {
                target_length: bytes(BUFFER_S),
                minimum_request_length: bytes(BUFFER_S / 6.0),
                ..BufferAttr::default()
            },
            flags: StreamFlags {
                start_corked: true,
                adjust_latency: true,
                ..StreamFlags::default()
            },
            ..PlaybackStreamParams::default()
        };
        let source = Source { queue: Arc::clone(&queue) };
        let stream = block_on(client.create_playback_stream(params, source)).map_err(error)?;
        let sink = block_on(client.sink_info(stream.sink())).map_err(error)?;
        let description = sink.description.unwrap_or(sink.name);
        Ok(Self {
            name: format!("{} (PulseAudio)", description.to_string_lossy()),
            stream,
            queue,
            is_resting: true,
            n_written: 0,
            n_before: 0,
            n_uncounted: 0,
            question: None,
            heard: None,
        })
    }

    /// Asks how far the server is where it is time to, and takes its answer where there is one.
    fn follow(&mut self) -> Result<(), DeviceError> {
        let now = Instant::now();
        if self.question.is_none() && self.heard.is_none_or(|(_, asked)| now - asked > TIMING) {
            let stream = self.stream.clone();
            let answer = Box::pin(async move { stream.timing_info().await });
            let n_written = self.is_resting.then_some(self.n_written);
            self.question = Some(Question { answer, asked: now, n_written });
        }
        if let Some(mut question) = self.question.take() {
            // A new question leaves with the first look for its answer.
            match question.answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(timing) => {
                    self.take(&timing.map_err(error)?, question.asked, question.n_written);
                }
                Poll::Pending if now - question.asked > STALL => return Err(silence()),
                Poll::Pending => self.question = Some(question),
            }
        }
        Ok(())
    }

    fn take(&mut self, timing: &PlaybackLatency, asked: Instant, n_written: Option<u64>) {
        let samples = |bytes: i64| bytes / size_of::<f32>() as i64;
        if let Some(n_written) = n_written {
            self.n_uncounted = n_written as i64 - samples(timing.write_offset);
        } else if timing.playing && !self.is_resting {
            let n_read = samples(timing.read_offset) + self.n_uncounted;
            let n_ahead = timing.sink_usec as f64 * 1e-6 * f64::from(DEVICE_RATE_HZ);
            self.heard = Some((n_read as f64 - n_ahead, asked));
        }
    }
}

/// The devices of the server that the environment names.
///
/// # Errors
/// If there is none.
pub(super) fn sinks() -> Result<Vec<OutputDevice>, DeviceError> {
    let client = Client::from_env(c"PECMAE Studio").map_err(error)?;
    let sinks = block_on(client.list_sinks()).map_err(error)?;
    let device = |sink: SinkInfo| {
        let description = sink.description.as_ref().unwrap_or(&sink.name);
        OutputDevice {
            description: description.to_string_lossy().into_owned(),
            name: sink.name.to_string_lossy().into_owned(),
        }
    };
    Ok(sinks.into_iter().map(device).collect())
}

impl Output for Pulse {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn sample_rate_hz(&self) -> u32 {
        DEVICE_RATE_HZ
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError> {
        if self.is_resting {
            send(self.stream.uncork())?;
            (self.is_resting, self.n_before) = (false, self.n_written);
        }
        let start = Instant::now();
        let queue = Arc::clone(&self.queue);
        loop {
            self.follow()?;
            let line = queue.lock();
            let wait = Duration::from_millis(10);
            let (mut line, _) = queue
                .room
                .wait_timeout_while(line, wait, |line| line.is_full() && !line.is_closed)
                .unwrap_or_else(PoisonError::into_inner);
            if line.is_closed {
                return Err(DeviceError::new("the sound server closed the connection"));
            }
            if !line.is_full() {
                line.samples.extend(samples);
                self.n_written += samples.len() as u64;
                if let Some(server) = line.server.take() {
                    server.wake();
                }
                return Ok(());
            }
            if start.elapsed() > STALL {
                return Err(silence());
            }
        }
    }

    fn latency_s(&self) -> f64 {
        let secs = |n_samples: f64| n_samples / f64::from(DEVICE_RATE_HZ);
        match self.heard {
            Some((heard, at)) => {
                (secs(self.n_written as f64 - heard) - at.elapsed().as_secs_f64()).max(0.0)
            }
            None => secs((self.n_written - self.n_before) as f64),
        }
    }

    fn rest(&mut self) -> Result<(), DeviceError> {
        if !self.is_resting {
            let mut line = self.queue.lock();
            self.n_written -= line.samples.len() as u64;
            line.samples.clear();
            drop(line);
            send(self.stream.cork())?;
            send(self.stream.flush())?;
            (self.is_resting, self.question, self.heard) = (true, None, None);
        }
        self.follow()
    }
}

/// Samples on their way to the thread that talks to the server.
#[derive(Default)]
struct Queue {
    line: Mutex<Line>,
    room: Condvar,
}

#[derive(Default)]
struct Line {
    samples: VecDeque<f32>,
    /// The server's thread, while it waits for samples.
    server: Option<Waker>,
    is_closed: bool,
}

impl Line {
    fn is_full(&self) -> bool {
        self.samples.len() >= N_WAITING
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end of the queue that the server draws from. It is dropped with the connection.
struct Source {
    queue: Arc<Queue>,
}

impl PlaybackSource for Source {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &mut [u8]) -> Poll<usize> {
        let mut line = self.queue.lock();
        let n = line.samples.len().min(bytes.len() / size_of::<f32>());
        if n == 0 {
            line.server = Some(context.waker().clone());
            return Poll::Pending;
        }
        for (bytes, sample) in bytes.chunks_exact_mut(size_of::<f32>()).zip(line.samples.drain(..n))
        {
            bytes.copy_from_slice(&sample.to_le_bytes());
        }
        self.queue.room.notify_all();
        Poll::Ready(n * size_of::<f32>())
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.queue.lock().is_closed = true;
        self.queue.room.notify_all();
    }
}

/// Sends a request without waiting for the answer: a server that is gone is noticed by the next question.
fn send(request: impl Future<Output = Result<(), ClientError>>) -> Result<(), DeviceError> {
    match pin!(request).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.map_err(error),
        Poll::Pending => Ok(()),
    }
}

pub(super) fn silence() -> DeviceError {
    DeviceError::new("the sound server does not answer")
}

/// With all of its causes, as the client's own messages leave out what the system said.
pub(super) fn error(error: ClientError) -> DeviceError {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let reason = causes.fold(error.to_string(), |reason, cause| format!("{reason}: {cause}"));
    DeviceError { reason }
}

//! The microphone of a PulseAudio server, or of PipeWire in its place.

use std::ffi::CString;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use futures::executor::block_on;
use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, DEFAULT_SOURCE, RecordStreamParams, SampleFormat, SampleSpec,
};
use pulseaudio::{Client, RecordStream};

use super::device::DEVICE_RATE_HZ;
use super::pulse::{STALL, error, silence};
use super::{DeviceError, Input};

/// How much sound the server sends at once, in s: a level that is seen to follow a voice.
const FRAGMENT_S: f64 = 0.04;
/// The longest wait for it.
const WAIT: Duration = Duration::from_millis(100);

/// A stream from the server's default device.
pub(super) struct PulseInput {
    name: String,
    samples: Receiver<Vec<f32>>,
    /// When there were some.
    heard: Instant,
    /// It flows as long as this is held.
    _stream: RecordStream,
}

impl PulseInput {
    /// Connects to the server that the environment names.
    ///
    /// # Errors
    /// If there is none, or it has no device that hears.
    pub(super) fn open() -> Result<Self, DeviceError> {
        let client = Client::from_env(c"PECMAE Studio").map_err(error)?;
        let source = block_on(client.source_info_by_name(CString::from(DEFAULT_SOURCE)));
        let source = source.map_err(error)?;
        let fragment = (FRAGMENT_S * f64::from(DEVICE_RATE_HZ)) as u32 * size_of::<f32>() as u32;
        let params = RecordStreamParams {
            sample_spec: SampleSpec {
                format: SampleFormat::Float32Le,
                channels: 1,
                sample_rate: DEVICE_RATE_HZ,
            },
            channel_map: ChannelMap::mono(),
            source_index: Some(source.index),
            buffer_attr: BufferAttr { fragment_size: fragment, ..BufferAttr::default() },
            flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
            ..RecordStreamParams::default()
        };
        let (sender, samples) = channel();
        // It is dropped with the connection, which the other end notices.
        let take = move |bytes: &[u8]| {
            let (samples, _) = bytes.as_chunks::<4>();
            let samples = samples.iter().map(|bytes| f32::from_le_bytes(*bytes));
            let _ = sender.send(samples.collect::<Vec<f32>>());
        };
        let stream = block_on(client.create_record_stream(params, take)).map_err(error)?;
        let description = source.description.unwrap_or(source.name);
        Ok(Self {
            name: format!("{} (PulseAudio)", description.to_string_lossy()),
            samples,
            heard: Instant::now(),
            _stream: stream,
        })
    }
}

impl Input for PulseInput {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn sample_rate_hz(&self) -> u32 {
        DEVICE_RATE_HZ
    }

    fn read(&mut self) -> Result<Vec<f32>, DeviceError> {
        match self.samples.recv_timeout(WAIT) {
            Ok(mut samples) => {
                samples.extend(self.samples.try_iter().flatten());
                self.heard = Instant::now();
                Ok(samples)
            }
            Err(RecvTimeoutError::Timeout) if self.heard.elapsed() < STALL => Ok(Vec::new()),
            Err(RecvTimeoutError::Timeout) => Err(silence()),
            Err(RecvTimeoutError::Disconnected) => {
                Err(DeviceError::new("the sound server closed the connection"))
            }
        }
    }
}

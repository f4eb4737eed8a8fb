//! An output that nobody hears.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{DeviceError, Output};

/// Keeps all samples that it is given.
#[derive(Debug)]
pub struct Recording {
    samples: Arc<Mutex<Vec<f32>>>,
    sample_rate_hz: u32,
    speed: f64,
    /// When there is room for the next sample.
    due: Instant,
}

impl Recording {
    /// At a positive rate; `speed` times as fast as a device would take them, or without any wait if it is infinite.
    pub fn new(sample_rate_hz: u32, speed: f64) -> Self {
        Self { samples: Arc::default(), sample_rate_hz, speed, due: Instant::now() }
    }

    /// What was written so far, `[sample]`; the same list as long as the output lives.
    pub fn samples(&self) -> Arc<Mutex<Vec<f32>>> {
        Arc::clone(&self.samples)
    }
}

impl Output for Recording {
    fn name(&self) -> String {
        "recording".to_owned()
    }

    fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    fn write(&mut self, samples: &[f32]) -> Result<(), DeviceError> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(samples);
        let secs = samples.len() as f64 / (f64::from(self.sample_rate_hz) * self.speed);
        self.due = self.due.max(Instant::now()) + Duration::from_secs_f64(secs);
        thread::sleep(self.due.saturating_duration_since(Instant::now()));
        Ok(())
    }

    fn latency_s(&self) -> f64 {
        0.0
    }

    fn rest(&mut self) -> Result<(), DeviceError> {
        Ok(())
    }
}

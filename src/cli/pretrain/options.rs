//! Options that the stages share.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::super::number::{real, within};
use crate::pretraining::{Falling, Schedule};
use crate::studio::pretrain::{DeviceKind, Pace, Preset};
use crate::weights::Precision;

/// Sizes and schedules.
#[derive(Debug, Args)]
pub(super) struct PresetArg {
    /// Sizes and schedules that go together: nano, for two cores and some hours, or base, the published ones; one for all stages
    #[arg(long, value_name = "NAME", default_value = "nano")]
    pub(super) preset: Preset,
}

/// How long and how fast.
#[derive(Debug, Args)]
pub(super) struct LengthArgs {
    /// Steps in all [default: the preset's]
    #[arg(long, value_name = "N", value_parser = within(1..=100_000_000_u64), allow_negative_numbers = true)]
    steps: Option<u64>,
    /// Crops a step [default: the preset's]
    #[arg(long, value_name = "N", value_parser = within(1..=4096_usize), allow_negative_numbers = true)]
    batch: Option<usize>,
    /// Highest learning rate [default: the preset's]
    #[arg(long, value_name = "X", value_parser = real(1e-9..=1.0), allow_negative_numbers = true)]
    rate: Option<f64>,
    /// What parameters, crops and noise follow from
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Where and how often.
#[derive(Debug, Args)]
pub(super) struct PaceArgs {
    /// Steps from one measurement to the next
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = within(1..=1_000_000_u64), allow_negative_numbers = true)]
    measure_every: u64,
    /// Seconds between checkpoints: what a crash may cost
    #[arg(long, value_name = "SECONDS", default_value_t = 120.0, value_parser = real(0.0..=1e6), allow_negative_numbers = true)]
    checkpoint_every: f64,
    /// What computes: cpu, or cuda where the program was built with it
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: DeviceKind,
    /// Forget what there is of this stage and begin anew
    #[arg(long)]
    restart: bool,
}

impl LengthArgs {
    /// Replaces what was given.
    pub(super) fn apply(&self, schedule: &mut Schedule, n_crops: &mut usize, seed: &mut u64) {
        if let Some(n_steps) = self.steps {
            // A short run must not spend itself on its warm-up.
            *schedule =
                Schedule { n_steps, n_warm_up: schedule.n_warm_up.min(n_steps / 10), ..*schedule };
        }
        schedule.peak = self.rate.unwrap_or(schedule.peak);
        *n_crops = self.batch.unwrap_or(*n_crops);
        *seed = self.seed;
    }
}

impl PaceArgs {
    pub(super) fn pace(&self, work: &Path) -> Pace {
        Pace {
            work: work.to_owned(),
            measure_every: self.measure_every,
            checkpoint_every: Duration::from_secs_f64(self.checkpoint_every),
            device: self.device,
            restart: self.restart,
        }
    }
}

/// An element type by its name.
pub(super) fn precision(text: &str) -> Result<Precision, String> {
    match text {
        "f32" => Ok(Precision::F32),
        "f16" => Ok(Precision::F16),
        "bf16" => Ok(Precision::Bf16),
        _ => Err("expected f32, f16 or bf16".to_owned()),
    }
}

/// Two positive numbers, as in `20,2`.
pub(super) fn falling(text: &str) -> Result<Falling, String> {
    let number = |text: &str| {
        text.parse().ok().filter(|value: &f64| (1e-6..=1e6).contains(value)).ok_or_else(|| {
            format!("expected two numbers between 1e-6 and 1e6, as in 20,2, found {text:?}")
        })
    };
    let (first, last) = text.split_once(',').unwrap_or((text, text));
    Ok(Falling { first: number(first)?, last: number(last)? })
}

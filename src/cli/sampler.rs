//! The options of the sampler.

use std::num::NonZeroUsize;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::number::{count, not_negative, within};
use crate::decoder::{SamplerConfig, Solver};
use crate::models::ModelFolder;

/// How latents are sampled.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sampler options")]
pub(super) struct SamplerArgs {
    /// multistep (second order) or ddim (first order, as the paper's authors ran)
    #[arg(long, value_name = "NAME", default_value = "multistep", value_parser = solver())]
    solver: Solver,
    /// Steps from noise to sound
    #[arg(long, value_name = "N", default_value = "20", value_parser = count(10_000), allow_negative_numbers = true)]
    steps: NonZeroUsize,
    /// How strongly z steers, 0 or more; 0 halves the work
    #[arg(long, value_name = "G", default_value_t = 1.0, value_parser = not_negative, allow_negative_numbers = true)]
    guidance: f64,
    /// Further steps that move a sound to where the model hears z in it [default: 0 as published; 4 for models trained by this program]
    #[arg(long, value_name = "N", value_parser = within(0_u64..=1000), allow_negative_numbers = true)]
    refine: Option<u64>,
    /// Seed of the noise; item or segment i has seed S + i
    #[arg(long, value_name = "S", default_value_t = 0, value_parser = within(0..=u64::MAX), allow_negative_numbers = true)]
    pub(super) seed: u64,
}

impl SamplerArgs {
    pub(super) fn config(&self, model: &ModelFolder) -> SamplerConfig {
        SamplerConfig {
            solver: self.solver,
            n_steps: self.steps.get(),
            guidance: self.guidance,
            refinement: self.refine.map_or(model.sampler().refinement, |n| n as usize),
        }
    }
}

fn solver() -> impl clap::builder::TypedValueParser<Value = Solver> {
    PossibleValuesParser::new(["multistep", "ddim"]).try_map(|text| text.parse::<Solver>())
}

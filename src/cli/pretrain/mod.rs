//! `pretrain`: a folder of music → a model of one's own.

mod options;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use self::options::{LengthArgs, PaceArgs, PresetArg};
use self::watch::Watch;
use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::models::announce;
use super::number::{real, within};
use super::quantity::count;
use super::terminal::{Terminal, text};
use crate::models::{Library, ModelFolder};
use crate::pretraining::{Falling, SeanetSizes};
use crate::studio::pretrain::{
    self, CodecDecoderJob, CodecJob, InstallJob, PretrainSummary, StageJob,
};
use crate::weights::Precision;

/// The stages, in their order.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// First: audio ⇄ latents, and the codebooks that the encoder learns to guess
    Codec(CodecArgs),
    /// If wanted, any time later: the way from latents to audio once more, better; latents stay as they are
    CodecDecoder(CodecDecoderArgs),
    /// Second: latents → frame embeddings, by guessing what is masked
    Encoder(StageArgs),
    /// Third: frame embeddings → z, and z → latents
    Autoencoder(AutoencoderArgs),
    /// Put the stages together as a model; also of a third stage that is still under way
    Install(InstallArgs),
}

/// Arguments of `pretrain codec`.
#[derive(Debug, Args)]
pub(super) struct CodecArgs {
    /// A folder of audio: at least two dozen files, better thousands
    #[arg(value_name = "MUSIC")]
    music: PathBuf,
    /// The folder to work in, for all stages; what a stopped stage left is gone on with
    #[arg(short, long, value_name = "WORK")]
    output: PathBuf,
    #[command(flatten)]
    preset: PresetArg,
    #[command(flatten)]
    length: LengthArgs,
    /// Channels at the rate of the samples
    #[arg(long, value_name = "N", value_parser = within(1..=256_usize), allow_negative_numbers = true)]
    filters: Option<usize>,
    /// Channels of the latents
    #[arg(long, value_name = "N", value_parser = within(1..=1024_usize), allow_negative_numbers = true)]
    latents: Option<usize>,
    /// Samples that each stage of the codec sums up, first stage first; their product is the hop [default: the preset's]
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = within(1..=64_usize), allow_negative_numbers = true)]
    strides: Option<Vec<usize>>,
    /// Weight of the waveform's distance beside that of the spectra, at the first step and at the last [default: the preset's]
    #[arg(long, value_name = "FIRST,LAST", value_parser = options::falling, allow_negative_numbers = true)]
    waveform_weight: Option<Falling>,
    /// Weight of the error of mel spectra that are told from the latents, beside the distance of the spectra [default: the preset's]
    #[arg(long, value_name = "X", value_parser = real(0.0..=1e6), allow_negative_numbers = true)]
    mel_weight: Option<f64>,
    /// Start from the codec of a model, which also gives the sizes, not from chance
    #[arg(long, value_name = "NAME|PATH", conflicts_with_all = ["filters", "latents", "strides"])]
    from: Option<String>,
    #[command(flatten)]
    pace: PaceArgs,
}

/// Arguments of `pretrain codec-decoder`.
#[derive(Debug, Args)]
pub(super) struct CodecDecoderArgs {
    /// The folder that `pretrain codec` worked in
    #[arg(value_name = "WORK")]
    work: PathBuf,
    #[command(flatten)]
    preset: PresetArg,
    #[command(flatten)]
    length: LengthArgs,
    /// Weight of the waveform's distance beside that of the spectra, at the first step and at the last [default: the preset's]
    #[arg(long, value_name = "FIRST,LAST", value_parser = options::falling, allow_negative_numbers = true)]
    waveform_weight: Option<Falling>,
    /// Standard deviation of the noise on latents, whose own is 1 [default: the preset's]
    #[arg(long, value_name = "X", value_parser = real(0.0..=10.0), allow_negative_numbers = true)]
    latent_noise: Option<f64>,
    #[command(flatten)]
    pace: PaceArgs,
}

/// Arguments of the later stages.
#[derive(Debug, Args)]
pub(super) struct StageArgs {
    /// The folder that `pretrain codec` worked in
    #[arg(value_name = "WORK")]
    work: PathBuf,
    #[command(flatten)]
    preset: PresetArg,
    #[command(flatten)]
    length: LengthArgs,
    /// Crops of 4 s whose latents are kept on disk and learned from; little music needs fewer [default: as many as WORK has, or else 9000 for nano, 200000 for base]
    #[arg(long, value_name = "N", value_parser = within(1..=10_000_000_usize), allow_negative_numbers = true)]
    crops: Option<usize>,
    /// Start from this stage of a model of the same sizes, not from chance
    #[arg(long, value_name = "NAME|PATH")]
    from: Option<String>,
    #[command(flatten)]
    pace: PaceArgs,
}

/// Arguments of `pretrain autoencoder`.
#[derive(Debug, Args)]
pub(super) struct AutoencoderArgs {
    #[command(flatten)]
    stage: StageArgs,
    /// With --from: begin the summarizer anew, because the encoder is another one than the model's
    #[arg(long, requires = "from")]
    new_summarizer: bool,
}

/// Arguments of `pretrain install`.
#[derive(Debug, Args)]
pub(super) struct InstallArgs {
    /// The folder that the stages worked in
    #[arg(value_name = "WORK")]
    work: PathBuf,
    /// The new model's name
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Element type of the weights: f32, f16 or bf16
    #[arg(long, value_name = "TYPE", default_value = "f16", value_parser = options::precision)]
    dtype: Precision,
    /// License of the weights
    #[arg(long, value_name = "TEXT")]
    license: Option<String>,
    /// Replace a model of that name
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(verb: &Verb, global: &Global, terminal: &Arc<Terminal>) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    global.start_threads()?;
    let mut watch = Watch::new(terminal);
    let mut tell = |event| watch.tell(event);
    let (command, summary) = match verb {
        Verb::Codec(args) => {
            let mut settings = args.preset.preset.codec();
            let SeanetSizes { n_filters, strides, latent, n_lstm_layers } = settings.sizes.clone();
            settings = settings.with_sizes(SeanetSizes {
                n_filters: args.filters.unwrap_or(n_filters),
                strides: args.strides.clone().unwrap_or(strides),
                latent: args.latents.unwrap_or(latent),
                n_lstm_layers,
            });
            settings.waveform_weight = args.waveform_weight.unwrap_or(settings.waveform_weight);
            settings.mel_weight = args.mel_weight.unwrap_or(settings.mel_weight);
            let from = from(args.from.as_deref())?;
            args.length.apply(&mut settings.schedule, &mut settings.n_crops, &mut settings.seed);
            let job = CodecJob {
                music: args.music.clone(),
                settings,
                from,
                codebooks: args.preset.preset.codebooks(),
                pace: args.pace.pace(&args.output),
            };
            ("pretrain codec", pretrain::codec(&job, &mut tell, &cancel)?)
        }
        Verb::CodecDecoder(args) => {
            let mut settings = args.preset.preset.codec_decoder();
            settings.waveform_weight = args.waveform_weight.unwrap_or(settings.waveform_weight);
            settings.latent_noise = args.latent_noise.unwrap_or(settings.latent_noise);
            args.length.apply(&mut settings.schedule, &mut settings.n_crops, &mut settings.seed);
            let job = CodecDecoderJob { settings, pace: args.pace.pace(&args.work) };
            ("pretrain codec-decoder", pretrain::codec_decoder(&job, &mut tell, &cancel)?)
        }
        Verb::Encoder(args) => {
            let mut settings = args.preset.preset.encoder();
            args.length.apply(&mut settings.schedule, &mut settings.n_crops, &mut settings.seed);
            let job = args.job(settings)?;
            ("pretrain encoder", pretrain::encoder(&job, &mut tell, &cancel)?)
        }
        Verb::Autoencoder(AutoencoderArgs { stage: args, new_summarizer }) => {
            let mut settings = args.preset.preset.autoencoder();
            settings.new_summarizer = *new_summarizer;
            args.length.apply(&mut settings.schedule, &mut settings.n_crops, &mut settings.seed);
            let job = args.job(settings)?;
            ("pretrain autoencoder", pretrain::autoencoder(&job, &mut tell, &cancel)?)
        }
        Verb::Install(args) => {
            let job = InstallJob {
                work: args.work.clone(),
                name: args.name.clone(),
                precision: args.dtype,
                license: args.license.clone(),
                replace: args.replace,
            };
            let model = pretrain::install(&Library::of_user()?, &job, &cancel)?;
            announce("pretrain install", &model, terminal);
            return Ok(());
        }
    };
    drop(watch);
    finish(command, &summary, terminal);
    Ok(())
}

/// The model to start from, if one is named.
fn from(name: Option<&str>) -> Result<Option<ModelFolder>, Failure> {
    name.map(|name| Ok(Library::of_user()?.open(name)?)).transpose()
}

impl StageArgs {
    fn job<S>(&self, settings: S) -> Result<StageJob<S>, Failure> {
        Ok(StageJob {
            settings,
            from: from(self.from.as_deref())?,
            crops: self.preset.preset.crops(),
            n_crops: self.crops,
            pace: self.pace.pace(&self.work),
        })
    }
}

fn finish(command: &str, summary: &PretrainSummary, terminal: &Terminal) {
    let PretrainSummary { n_steps, last, was_finished, weights } = summary;
    let mut line = count(*n_steps, "step");
    if *was_finished {
        line += ", finished before";
    }
    if let Some(last) = last {
        line += &format!(", loss on what is held out {:.4}", last.held_out_loss);
    }
    line += &format!(" → {}", weights.display());
    let fields = json!({
        "steps": n_steps, "measured": last, "was_finished": was_finished, "weights": text(weights),
    });
    terminal.done(command, fields, line);
}

//! `export html`: a run as a page.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::super::args::Global;
use super::super::evaluate::split;
use super::super::exit::Failure;
use super::super::interrupt::cancel_on_interrupt;
use super::super::number::within;
use super::super::quantity::{bytes, count};
use super::super::run_arg::{RunArg, RunModelArg};
use super::super::sonify_run::show;
use super::super::terminal::{Terminal, text};
use super::common::ForceArg;
use crate::dataset::Split;
use crate::models::Library;
use crate::studio::export::html::{HtmlEvent, HtmlJob, PageAudio, export_html};

/// The quality of Vorbis: about 100 kbit/s of one channel at 24 kHz or less.
const VORBIS_QUALITY: f32 = 0.5;

/// Arguments of `export html`.
#[derive(Debug, Args)]
pub(in super::super) struct HtmlArgs {
    #[command(flatten)]
    run: RunArg,
    /// The file to make; an export that is there is replaced [default: NAME.html]
    #[arg(short, long, value_name = "FILE.html")]
    output: Option<PathBuf>,
    /// What is measured: train, validation or test [default: test, or validation where no track is in that]
    #[arg(long, value_name = "SPLIT", value_parser = split())]
    split: Option<Split>,
    /// How sounds are stored in the page
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = AudioArg::Flac)]
    audio: AudioArg,
    /// Sounds of each prototype, as far as there are so many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = within(1..=100_usize), allow_negative_numbers = true)]
    takes: usize,
    /// Right predictions, and as many wrong ones, that are explained
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = within(0..=100_usize), allow_negative_numbers = true)]
    examples: usize,
    /// Leave sounds that are missing out, and do not hear again those that were not heard
    #[arg(long)]
    no_sonify: bool,
    #[command(flatten)]
    model: RunModelArg,
    /// Do not train and measure simple models beside it
    #[arg(long)]
    no_baselines: bool,
    /// The license of the data, as far as you know it [default: shown as unknown]
    #[arg(long, value_name = "TEXT")]
    data_license: Option<String>,
    #[command(flatten)]
    force: ForceArg,
}

/// How sounds are stored in the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AudioArg {
    /// Every sample
    Flac,
    /// Ogg Vorbis: nearly the same in about a third of the space
    Vorbis,
    /// No sounds
    None,
}

impl HtmlArgs {
    fn job(&self, output: PathBuf, global: &Global) -> Result<HtmlJob, Failure> {
        Ok(HtmlJob {
            output,
            split: self.split,
            audio: match self.audio {
                AudioArg::Flac => Some(PageAudio::Flac),
                AudioArg::Vorbis => Some(PageAudio::Vorbis(VORBIS_QUALITY)),
                AudioArg::None => None,
            },
            n_takes: self.takes,
            n_cases: self.examples,
            sonify: (!self.no_sonify).then_some(global.precision),
            library: Library::of_user()?,
            model: self.model.model.clone(),
            baselines: !self.no_baselines,
            data_license: self.data_license.clone(),
            force: self.force.force,
        })
    }
}

pub(super) fn run(
    args: &HtmlArgs,
    global: &Global,
    terminal: &Arc<Terminal>,
) -> Result<(), Failure> {
    let cancel = cancel_on_interrupt(terminal);
    let run = args.run.open()?;
    let output = args.output.clone();
    let output = output.unwrap_or_else(|| format!("{}.html", run.name()).into());
    let job = args.job(output.clone(), global)?;
    terminal.event("start", json!({ "command": "export html", "run": text(run.path()) }));
    let mut meter = None;
    let mut tell = |event| match event {
        HtmlEvent::Sonify(event) => {
            show(event, meter.get_or_insert_with(|| terminal.meter("export html")));
        }
        HtmlEvent::Baselines => {
            terminal.note("measuring simple models beside it (--no-baselines leaves them out)");
        }
        HtmlEvent::Warning(warning) => terminal.warn(warning),
    };
    let done = export_html(&run, &job, &mut tell, &cancel);
    drop(meter);
    let page = done?;
    if !page.silent.is_empty() && job.audio.is_some() {
        let n_silent = count(page.silent.len() as u64, "prototype");
        terminal.warn(format_args!("{n_silent} without a sound: {}", page.silent.join(", ")));
    }
    let fields = json!({
        "run": text(run.path()), "output": text(&output), "bytes": page.n_bytes,
        "audio_bytes": page.n_audio_bytes, "sounds": page.n_sounds, "silent": page.silent,
        "explained": page.n_cases, "on": page.on,
    });
    let (size, of_sound) = (bytes(page.n_bytes), bytes(page.n_audio_bytes));
    let (sounds, output) = (count(page.n_sounds as u64, "sound"), output.display());
    let line = format!("{size}, {of_sound} of it {sounds}, on the {} → {output}", page.on);
    terminal.done("export html", fields, line);
    Ok(())
}

//! `--model`: which model a verb works with.

use clap::Args;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;
use crate::models::{Library, ModelFolder};
use crate::studio::models::{Chosen, choose};
use crate::tensor::{Kernel, Precision};

/// The choice of a model.
#[derive(Debug, Args)]
pub(super) struct ModelArg {
    /// An installed model or the path of a model folder; may be left out if only one is installed
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
}

impl ModelArg {
    /// Opens the model; says so where nobody named it, and where its arithmetic is not what the option suggests.
    pub(super) fn open(
        &self,
        global: &Global,
        terminal: &Terminal,
    ) -> Result<ModelFolder, Failure> {
        let library = Library::of_user()?;
        let Chosen { model, is_guess } = choose(&library, self.model.as_deref())?;
        if is_guess {
            terminal.note(format_args!("using model {}, the only one installed", model.name()));
        }
        let is_reduced = global.precision == Precision::Bf16;
        if is_reduced && Kernel::best(global.precision) == Kernel::best(Precision::F32) {
            terminal.note("this processor has no tiles for bf16; computing in f32, which is slower and more accurate");
        }
        Ok(model)
    }
}

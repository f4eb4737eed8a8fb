//! `--model`: which model a verb works with.

use clap::Args;

use super::args::Global;
use super::exit::Failure;
use super::terminal::Terminal;
use crate::models::{Library, ModelFolder};
use crate::studio::models::{Chosen, choose};
use crate::tensor::Kernel;

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
        let (asked, found) = (global.precision, Kernel::best(global.precision).precision());
        if asked != found {
            terminal.note(format_args!(
                "this processor has no {asked} instructions; computing in {found}, which is slower and more exact"
            ));
        }
        Ok(model)
    }
}

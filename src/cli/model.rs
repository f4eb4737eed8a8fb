//! `--model`: which model a verb works with, and how its work begins.

use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::Args;

use super::args::Global;
use super::exit::Failure;
use super::interrupt::cancel_on_interrupt;
use super::number::within;
use super::terminal::Terminal;
use crate::job::CancelToken;
use crate::models::{BUILT_IN, Library, ModelFolder};
use crate::studio::models::{Chosen, choose};
use crate::tensor::Kernel;

/// The choice of a model.
#[derive(Debug, Args)]
pub(super) struct ModelArg {
    /// An installed model, nano, or the path of a model folder [default: the only one installed; nano, which is built in, if none is]
    #[arg(long, value_name = "NAME|PATH")]
    model: Option<String>,
}

/// How much a verb computes at once, unless somebody chooses.
#[derive(Debug, Args)]
pub(super) struct BatchArg<const DEFAULT: usize> {
    /// Segments computed together
    #[arg(long = "batch", value_name = "N", default_value_t = DEFAULT, value_parser = within(1..=1024_usize), allow_negative_numbers = true)]
    n: usize,
}

impl<const DEFAULT: usize> BatchArg<DEFAULT> {
    pub(super) fn n_batch(&self) -> NonZeroUsize {
        NonZeroUsize::new(self.n).unwrap_or(NonZeroUsize::MIN)
    }
}

/// One line on what to expect of the model that is part of the program.
pub(super) fn say_if_built_in(is_built_in: bool, terminal: &Terminal) {
    if is_built_in {
        terminal.note(format_args!(
            "using model {BUILT_IN}, a small demonstration encoder that is built in and has heard synthetic music only"
        ));
    }
}

impl ModelArg {
    /// What the user named.
    pub(super) fn name(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What every verb with a model begins with: interrupts are heard from now on, the threads start, the model is opened.
    pub(super) fn begin(
        &self,
        global: &Global,
        terminal: &Arc<Terminal>,
    ) -> Result<(ModelFolder, CancelToken), Failure> {
        let cancel = cancel_on_interrupt(terminal);
        global.start_threads()?;
        Ok((self.open(global, terminal)?, cancel))
    }

    /// Opens the model; says so where nobody named it, and where its arithmetic is not what the option suggests.
    pub(super) fn open(
        &self,
        global: &Global,
        terminal: &Terminal,
    ) -> Result<ModelFolder, Failure> {
        let library = Library::of_user()?;
        let Chosen { model, is_guess } = choose(&library, self.model.as_deref())?;
        say_if_built_in(model.is_built_in(), terminal);
        if is_guess && !model.is_built_in() {
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

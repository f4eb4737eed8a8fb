//! The process's arguments → what is asked for, or one line on what is wrong with them.

use std::error::Error as _;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Arguments;
use super::exit::Code;
use super::terminal::print_error_event;

/// Parses the arguments; on anything but a command, what there is to say has been said and the code is returned.
pub(super) fn parse() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| {
        let value = of_value(&error);
        if error.use_stderr() && wants_json() {
            let message = value.clone().unwrap_or_else(|| first_sentence(&error));
            print_error_event(&message, Code::Usage);
        }
        // A closed stream is no reason to fail in another way.
        let _ = match value {
            Some(message) => writeln_stderr(&message),
            None => error.print(),
        };
        ExitCode::from(error.exit_code() as u8)
    })
}

/// Whether JSON lines are wanted, as far as it can be known without parsed arguments.
pub(super) fn wants_json() -> bool {
    std::env::args_os().any(|argument| argument == "--json")
}

/// The sentence on a value that an option does not take.
fn of_value(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (argument, value) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let option = argument.split([' ', '=', '[']).next().filter(|name| name.starts_with('-'));
    let expected = match (error.kind(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::ValueValidation, _) => error.source()?.to_string(),
        (ErrorKind::InvalidValue, Some(ContextValue::Strings(values))) if !value.is_empty() => {
            format!("expected one of {}", values.join(", "))
        }
        _ => return None,
    };
    let found = format!(", found {value:?}");
    let expected = expected.strip_suffix(&found).unwrap_or(&expected);
    Some(format!("{} cannot be {value:?}: {expected}", option.unwrap_or(argument)))
}

fn writeln_stderr(message: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "error: {message}; --help says more")
}

/// The first paragraph of what clap says, on one line.
fn first_sentence(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "no command is given; --help lists them".to_owned();
    }
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.trim_start_matches("error: ").split_whitespace().collect();
    words.join(" ")
}

//! A fault of the program itself: one line that can be reported, and exit code 1.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// What a thread says that only waited for the one that panicked.
const ECHO: &str = "a scoped thread panicked";

/// Runs the program; a panic that ends it is told in one line and becomes an exit code.
///
/// The stack is unwound, so temporary files go.
pub(super) fn guard(program: impl FnOnce() -> ExitCode) -> ExitCode {
    match guarded(program) {
        Ok(code) => code,
        Err(fault) => {
            if super::usage::wants_json() {
                super::terminal::print_error_event(&fault, super::exit::Code::Internal);
            }
            // A closed standard error is no reason to panic again.
            let _ = writeln!(std::io::stderr(), "{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Nothing is told of a panic that somebody catches, as the audio decoder does for damaged files.
fn guarded<T>(program: impl FnOnce() -> T) -> Result<T, String> {
    let last = Arc::new(Mutex::new(String::new()));
    let heard = last.clone();
    set_hook(Box::new(move |info| {
        if info.payload_as_str() != Some(ECHO) {
            *heard.lock().unwrap_or_else(PoisonError::into_inner) = line(info);
        }
    }));
    let done = catch_unwind(AssertUnwindSafe(program));
    done.map_err(|_| last.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

fn line(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("no message").replace('\n', " ");
    let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
    let (version, place) = (env!("CARGO_PKG_VERSION"), place.unwrap_or_default());
    format!(
        "error: a fault in pecmae {version}{place} ({message}); please report this line and the command that led to it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hook is one for the whole process, so a process of its own tries it.
    #[test]
    fn a_panic_in_any_thread_becomes_one_line_unless_it_is_caught() -> std::io::Result<()> {
        const CHILD: &str = "PECMAE_TEST_PANIC";
        if std::env::var_os(CHILD).is_none() {
            let mut child = std::process::Command::new(std::env::current_exe()?);
            let name = "a_panic_in_any_thread_becomes_one_line_unless_it_is_caught";
            let output = child.args([name, "--nocapture"]).env(CHILD, "1").output()?;
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && stderr.is_empty(), "{stderr}");
            return Ok(());
        }
        let fault = guarded(|| {
            let _ = catch_unwind(|| panic!("caught"));
            std::thread::scope(|scope| drop(scope.spawn(|| panic!("first\nand second line"))));
        })
        .expect_err("the panic ends the program");
        assert!(fault.starts_with("error: a fault in pecmae "), "{fault}");
        assert!(
            fault.contains("panic.rs:") && fault.contains("(first and second line)"),
            "{fault}"
        );
        assert_eq!(guarded(|| drop(catch_unwind(|| panic!("caught")))), Ok(()));
        Ok(())
    }
}

//! A fault of the program itself: one line that can be reported, and exit code 1.

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::process::ExitCode;
use std::sync::Once;

/// Runs the program; a panic anywhere in it is told once and becomes an exit code.
///
/// The stack is unwound, so temporary files go.
pub(super) fn guard(program: impl FnOnce() -> ExitCode) -> ExitCode {
    let first = Once::new();
    // A panicking thread makes those that wait for it panic as well.
    set_hook(Box::new(move |info| first.call_once(|| tell(info))));
    catch_unwind(AssertUnwindSafe(program)).unwrap_or(ExitCode::FAILURE)
}

fn tell(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message").replace('\n', " ");
    let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
    let place = place.unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    // A closed standard error is no reason to panic again.
    let _ = writeln!(
        std::io::stderr(),
        "error: a fault in pecmae {version}{place} ({message}); please report this line and the command that led to it"
    );
}

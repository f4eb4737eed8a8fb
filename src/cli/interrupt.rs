//! Ctrl-C and SIGTERM: the first one asks, the second one insists.

use std::sync::Arc;

use super::exit::Code;
use super::terminal::Terminal;
use crate::job::CancelToken;

/// A token that the first interrupt cancels; the second one ends the process at once.
pub(super) fn cancel_on_interrupt(terminal: &Arc<Terminal>) -> CancelToken {
    let token = CancelToken::new();
    let (asked, terminal) = (token.clone(), terminal.clone());
    let handler = move || {
        if asked.is_cancelled() {
            std::process::exit(Code::Interrupted as i32);
        }
        asked.cancel();
        terminal.note("stopping at the next safe point; interrupt again to stop at once");
    };
    // Fails where the parent switched a signal off, as nohup does, and meant it; interrupts then end the process, which
    // loses no finished work either.
    let _ = ctrlc::try_set_handler(handler);
    token
}

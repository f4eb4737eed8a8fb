//! How a long computation is watched and stopped and whom it gives way to; never what it computes.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A wish to stop, shared between whoever asks and whoever works. Clones are the same token.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop at its next safe point.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The same, as the answer that callbacks give.
    pub fn control_flow(&self) -> ControlFlow<()> {
        if self.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Lets the calling thread, and those that it starts from now on, give way to threads that somebody waits for at a window. Where
/// the system knows no such thing for threads, all stay equal.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: takes a number. On Linux it concerns the calling thread alone, and adding to it is allowed to everybody.
    let _ = unsafe { libc::nice(NICENESS) };
}

/// At a full processor, a thread of this niceness gets about a tenth of what one of none gets: a window stays smooth, and work goes on
/// beside other programs.
#[cfg(target_os = "linux")]
const NICENESS: libc::c_int = 10;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Of the calling thread.
    fn niceness() -> libc::c_int {
        // SAFETY: takes numbers; 0 is the calling thread.
        unsafe { libc::getpriority(libc::PRIO_PROCESS, 0) }
    }

    #[test]
    fn who_gives_way_does_so_with_all_that_it_starts_and_nobody_else() {
        let before = niceness();
        let after = std::thread::spawn(|| {
            give_way();
            let started = std::thread::spawn(niceness).join().unwrap();
            (niceness(), started)
        });
        let wanted = (before + NICENESS).min(19);
        assert_eq!(after.join().unwrap(), (wanted, wanted));
        assert_eq!(niceness(), before);
    }
}

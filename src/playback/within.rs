//! A wait that ends, for servers that may not answer.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What is found in time, on a thread of that name; `None` if nothing is. What never answers keeps that thread waiting.
///
/// # Errors
/// The system has no thread left.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    name: &str,
    find: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (found, wait) = mpsc::channel();
    let search = move || {
        // Nobody waits for what comes too late.
        let _ = found.send(find());
    };
    thread::Builder::new().name(name.to_owned()).spawn(search)?;
    Ok(wait.recv_timeout(limit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_time_is_found_and_what_hangs_is_not_waited_for() -> io::Result<()> {
        let (hold, held) = mpsc::channel::<()>();
        assert_eq!(within(Duration::from_secs(60), "quick", || 7)?, Some(7));
        assert_eq!(within(Duration::from_millis(20), "slow", move || held.recv().is_ok())?, None);
        drop(hold);
        Ok(())
    }
}

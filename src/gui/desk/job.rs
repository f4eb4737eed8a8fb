//! What takes long, and how it tells of itself.

use std::sync::mpsc::Sender;
use std::thread;

use super::{Ask, Told, Voice};
use crate::job::CancelToken;

/// Something that takes long.
#[derive(Debug, Clone)]
pub(in crate::gui) struct Job {
    /// Its number.
    pub(in crate::gui) id: u64,
    /// Which kind of work it is.
    pub(in crate::gui) kind: JobKind,
    /// What it does, in words.
    pub(in crate::gui) title: String,
    /// Stops it.
    pub(in crate::gui) cancel: CancelToken,
}

/// Which kind of work a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum JobKind {
    /// Hears a file.
    Listen,
    /// Renders prototypes.
    Sonify,
    /// Sends a sound through the model and back.
    Reconstruct,
    /// Records.
    Record,
    /// Looks at labeled audio.
    Check,
    /// Learns prototypes.
    Learn,
}

/// A job's own thread, and its ways to the window and to the desk.
pub(super) struct Worker {
    pub(super) job: Job,
    pub(super) voice: Voice,
    pub(super) back: Sender<Ask>,
}

impl Worker {
    /// Starts a thread, if there is one left; that it ends is told whatever becomes of its work.
    ///
    /// The desk gets what its work comes to only then: what the desk starts next begins later.
    pub(super) fn start(self, work: impl FnOnce(&Self) -> Option<Ask> + Send + 'static) -> bool {
        let (id, voice) = (self.job.id, self.voice.clone());
        voice.tell(Told::Begun(self.job.clone()));
        let started = thread::Builder::new().name("job".to_owned()).spawn(move || {
            let answer = work(&self);
            self.voice.tell(Told::Ended(self.job.id));
            // The desk ends only with the window.
            let _ = answer.map(|answer| self.back.send(answer));
        });
        if let Err(error) = &started {
            voice.fail("start a job", error);
            voice.tell(Told::Ended(id));
        }
        started.is_ok()
    }

    /// Says how far it is, from 0 to 1 and in words.
    pub(super) fn progress(&self, fraction: f32, words: String) {
        self.voice.tell(Told::Progress { job: self.job.id, fraction, words });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_work_comes_to_is_known_to_the_desk_once_the_window_knows_that_it_ended() {
        let ((told, window), (back, desk)) = (channel(), channel());
        let voice = Voice { told, wake: Arc::new(|| ()) };
        let title = "be done at once".to_owned();
        let job = Job { id: 7, kind: JobKind::Listen, title, cancel: CancelToken::new() };
        assert!(Worker { job, voice, back }.start(|_| Some(Ask::Rendered("a".into()))));
        assert!(matches!(desk.recv(), Ok(Ask::Rendered(path)) if path.as_os_str() == "a"));
        let told: Vec<_> = window.try_iter().collect();
        assert!(matches!(told[..], [Told::Begun(_), Told::Ended(7)]), "{told:?}");
        assert!(desk.recv().is_err(), "the job's way to the desk is still open");
    }
}

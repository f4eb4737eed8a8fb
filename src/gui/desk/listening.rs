//! Hearing files, on a worker.

use std::path::{Path, PathBuf};

use super::job::Worker;
use super::{Ask, Listened};
use crate::job::CancelToken;
use crate::studio::explain::hear_file;
use crate::studio::listen::Listener;

/// Files that are to be heard, one at a time: a hundred of them take no more memory than one.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The last of them comes first, because it is the one that somebody looks at.
    waiting: Vec<PathBuf>,
    now: Option<Now>,
}

/// A file that is being heard.
#[derive(Debug)]
struct Now {
    path: PathBuf,
    cancel: CancelToken,
    is_wanted: bool,
}

impl Queue {
    /// To be heard next, unless it is being heard.
    pub(super) fn add(&mut self, path: PathBuf) {
        if self.now.as_ref().is_some_and(|now| now.is_wanted && now.path == path) {
            return;
        }
        self.waiting.retain(|waiting| *waiting != path);
        self.waiting.push(path);
    }

    /// To be heard next if it is to be heard at all.
    pub(super) fn prefer(&mut self, path: &Path) {
        if self.waiting.iter().any(|waiting| waiting == path) {
            self.add(path.to_owned());
        }
    }

    /// Not to be heard any more.
    pub(super) fn forget(&mut self, path: &Path) {
        self.waiting.retain(|waiting| waiting != path);
        if let Some(now) = self.now.as_mut().filter(|now| now.path == path) {
            now.is_wanted = false;
            now.cancel.cancel();
        }
    }

    /// Those that waited, which are not to be heard any more.
    pub(super) fn take(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.waiting)
    }

    /// Nothing is to be heard any more.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        if let Some(now) = &mut self.now {
            now.is_wanted = false;
            now.cancel.cancel();
        }
    }

    /// What is to be heard now, if nothing is being heard.
    pub(super) fn next(&mut self) -> Option<PathBuf> {
        if self.now.is_some() { None } else { self.waiting.pop() }
    }

    /// It is being heard.
    pub(super) fn begin(&mut self, path: PathBuf, cancel: CancelToken) {
        self.now = Some(Now { path, cancel, is_wanted: true });
    }

    /// It is being heard no longer; whether anybody still wants to know of it.
    pub(super) fn end(&mut self) -> bool {
        self.now.take().is_some_and(|now| now.is_wanted)
    }
}

/// Hears a file; the desk explains what was heard.
pub(super) fn hear(path: PathBuf, listener: &Listener, worker: &Worker) -> Ask {
    let mut tell = |n_done: usize, n: usize| {
        let words = format!("segment {n_done} of {n}");
        worker.progress(n_done as f32 / n.max(1) as f32, words);
    };
    let listened = match hear_file(&path, listener, &mut tell, &worker.job.cancel) {
        Ok(heard) => Listened::Heard(Box::new(heard)),
        Err(_) if worker.job.cancel.is_cancelled() => Listened::Stopped,
        Err(error) => Listened::Failed(error.to_string()),
    };
    Ask::Heard(path, listened)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(names: &[&str]) -> Queue {
        let mut queue = Queue::default();
        names.iter().for_each(|name| queue.add(name.into()));
        queue
    }

    /// Hears the next one, and says whether its answer is wanted after `meanwhile`.
    fn turn(queue: &mut Queue, meanwhile: impl FnOnce(&mut Queue)) -> (Option<PathBuf>, bool) {
        let next = queue.next();
        let cancel = CancelToken::new();
        if let Some(path) = &next {
            queue.begin(path.clone(), cancel.clone());
            assert_eq!(queue.next(), None, "two are heard at once");
        }
        meanwhile(queue);
        let is_wanted = queue.end();
        assert_eq!(is_wanted, next.is_some() && !cancel.is_cancelled());
        (next, is_wanted)
    }

    #[test]
    fn the_one_asked_for_last_is_heard_first_and_each_of_them_once() {
        let mut queue = queue(&["a", "b", "a", "c"]);
        queue.prefer(Path::new("b"));
        queue.prefer(Path::new("never asked for"));
        let heard_again = |queue: &mut Queue| queue.add("b".into());
        assert_eq!(turn(&mut queue, heard_again), (Some("b".into()), true));
        assert_eq!(turn(&mut queue, |_| ()), (Some("c".into()), true));
        assert_eq!(turn(&mut queue, |_| ()), (Some("a".into()), true));
        assert_eq!(turn(&mut queue, |_| ()), (None, false));
    }

    #[test]
    fn what_is_forgotten_is_not_heard_and_stopped_where_it_is_being_heard() {
        let mut queue = queue(&["a", "b", "c"]);
        queue.forget(Path::new("b"));
        let forget = |queue: &mut Queue| queue.forget(Path::new("c"));
        assert_eq!(turn(&mut queue, forget), (Some("c".into()), false));
        // Asked for anew while the outdated answer is on its way.
        let renew = |queue: &mut Queue| {
            queue.clear();
            queue.add("a".into());
        };
        assert_eq!(turn(&mut queue, renew), (Some("a".into()), false));
        assert_eq!(turn(&mut queue, |_| ()), (Some("a".into()), true));
        assert_eq!(turn(&mut queue, |_| ()), (None, false));
    }
}

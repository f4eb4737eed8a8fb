//! Hearing a file, on a worker.

use std::path::PathBuf;

use super::job::Worker;
use super::{Ask, Told};
use crate::studio::explain::hear_file;
use crate::studio::listen::Listener;

/// Hears a file and gives what was heard to the desk, which explains it.
pub(super) fn hear(path: PathBuf, listener: &Listener, worker: &Worker) {
    let mut tell = |n_done: usize, n: usize| {
        let words = format!("segment {n_done} of {n}");
        worker.progress(n_done as f32 / n.max(1) as f32, words);
    };
    let heard = hear_file(&path, listener, &mut tell, &worker.job.cancel);
    let heard = heard.map(Box::new).map_err(|error| error.to_string());
    match worker.job.cancel.is_cancelled() {
        true => worker.voice.tell(Told::Unfinished(path)),
        // The desk ends only with the window.
        false => drop(worker.back.send(Ask::Heard(path, heard))),
    }
}

//! Recording, on a worker.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::job::Worker;
use super::{Told, name_of};
use crate::gui::words::clock;
use crate::playback::{Heard, Microphone, record};

/// The longest recording.
const LONGEST: Duration = Duration::from_secs(600);

/// Records into a new file of a folder until the job is stopped, and tells of the file.
pub(super) fn record_into(folder: &Path, microphone: &Microphone, worker: &Worker) {
    match recorded(folder, microphone, worker) {
        Ok(path) => worker.voice.tell(Told::Recorded(path)),
        Err(reason) => worker.voice.fail("record", reason),
    }
}

fn recorded(folder: &Path, microphone: &Microphone, worker: &Worker) -> Result<PathBuf, String> {
    let mut input = microphone.open().map_err(|error| error.to_string())?;
    let path = free(folder).map_err(|error| {
        format!("{error}, check the folder and the free space: {}", folder.display())
    })?;
    let mut tell = |heard: Heard| {
        let share = heard.seconds / LONGEST.as_secs_f64();
        worker.progress(share as f32, clock(heard.seconds));
        worker.voice.tell(Told::Recording(heard));
    };
    let done = record(&mut *input, &path, LONGEST, &mut tell, &worker.job.cancel);
    let done = done.map_err(|error| error.to_string())?;
    if let Some(reason) = done.lost {
        let reason = format!(
            "{} is gone ({reason}), {} ends there, after {}",
            input.name(),
            name_of(&path),
            clock(done.seconds)
        );
        worker.voice.fail("go on recording", reason);
    }
    Ok(path)
}

/// A name that no file of the folder has, which is made where it is missing.
fn free(folder: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let numbered = |number: u32| folder.join(format!("recording-{number}.wav"));
    (1..=u32::MAX)
        .map(numbered)
        .find(|path| !path.exists())
        .ok_or_else(|| std::io::Error::other("every number is taken"))
}

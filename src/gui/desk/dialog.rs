//! The desktop's own dialogs.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rfd::FileDialog;

use super::{Told, Voice};

/// Nobody sees a dialog and closes it in less: one that is over sooner was never there. The dialog itself does not say so.
const TOO_SOON: Duration = Duration::from_millis(250);

/// What somebody is to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gui) enum Choice {
    /// A run's folder.
    Run,
    /// A folder of labeled audio.
    Data,
    /// Audio files to look at.
    Audio,
}

/// Shows a dialog, which waits for a hand as long as it takes.
pub(super) fn choose(choice: Choice, voice: &Voice) {
    let teller = voice.clone();
    let shown = thread::Builder::new().name("dialog".to_owned()).spawn(move || {
        let pick = || match choice {
            Choice::Run | Choice::Data => FileDialog::new().pick_folder().map(|path| vec![path]),
            Choice::Audio => FileDialog::new().pick_files(),
        };
        if let Some(told) = outcome(choice, pick) {
            teller.tell(told);
        }
    });
    if let Err(error) = shown {
        voice.fail("show a dialog", error);
    }
}

/// What there is to tell of a dialog: nothing if somebody closed it.
fn outcome(choice: Choice, pick: impl FnOnce() -> Option<Vec<PathBuf>>) -> Option<Told> {
    let began = Instant::now();
    match pick() {
        Some(paths) => Some(Told::Chosen(choice, paths)),
        None if began.elapsed() < TOO_SOON => Some(Told::NoDialog),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_that_was_never_there_is_told_of_and_one_that_was_closed_is_not() {
        assert!(matches!(outcome(Choice::Run, || None), Some(Told::NoDialog)));
        let closed = || {
            thread::sleep(TOO_SOON + Duration::from_millis(20));
            None
        };
        assert!(outcome(Choice::Run, closed).is_none());
        let chosen = outcome(Choice::Audio, || Some(vec![PathBuf::from("a.wav")]));
        assert!(matches!(chosen, Some(Told::Chosen(Choice::Audio, paths)) if paths.len() == 1));
    }
}

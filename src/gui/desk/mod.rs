//! Where the work is done: a thread that holds the open run, and threads for what takes long.
//!
//! ```text
//! window ── Ask ──▶ Bench ── Told ──▶ window               milliseconds: views, edits, figures
//!                     │  ▲
//!                starts  Ask::Heard, Ask::Rendered
//!                     ▼  │
//!                   Worker ── Told::Progress ──▶ window    seconds and minutes: hearing files, rendering, training
//! ```

mod bench;
mod dialog;
mod job;
mod learning;
mod listening;
mod recording;
mod rendering;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use self::bench::Bench;
pub(super) use self::dialog::Choice;
pub(super) use self::job::{Job, JobKind};
pub(super) use self::learning::{Checked, Lesson, News};
use super::export::Content;
use crate::dataset::Split;
use crate::job::give_way;
use crate::models::Library;
use crate::playback::{Heard, Microphone, OutputDevice, Speakers};
use crate::runs::RunSummary;
use crate::studio::edit::{Edited, Request};
use crate::studio::explain::{Asking, Explanation, HeardFile};
use crate::studio::session::{Measured, RunView, SegmentMap};

/// What the window asks for.
#[derive(Debug)]
pub(super) enum Ask {
    /// Open a run.
    Open(PathBuf),
    /// Change it.
    Edit(Request),
    /// Measure a split of it.
    Measure(Split),
    /// Put its segments on a plane.
    Map,
    /// Listen to a file.
    Hear(PathBuf),
    /// Explain a file that was heard.
    Explain(PathBuf, Asking),
    /// Forget a file that was heard.
    Forget(PathBuf),
    /// Render prototypes: those of the names, or all that are enabled.
    Render {
        /// Names of prototypes; none for all.
        only: Vec<String>,
        /// Sounds of each.
        n_takes: NonZeroUsize,
    },
    /// Send a part of a file through the run's model and back.
    Reconstruct(Part),
    /// Look at a folder or list of labeled audio.
    Check(PathBuf),
    /// Learn something.
    Learn(Lesson),
    /// Let somebody choose files or a folder.
    Choose(Choice),
    /// A worker has listened.
    Heard(PathBuf, Listened),
    /// A worker has rendered, for the run in this folder.
    Rendered(PathBuf),
    /// List sound devices.
    Devices,
    /// Look for a microphone.
    Microphone,
    /// Record.
    Record,
    /// Write a file.
    Save(PathBuf, Content),
    /// List the runs of a folder, and those opened lately.
    List(PathBuf),
}

/// What came of listening to a file.
#[derive(Debug)]
pub(super) enum Listened {
    /// It was heard.
    Heard(Box<HeardFile>),
    /// It cannot be used.
    Failed(String),
    /// It was stopped.
    Stopped,
}

/// What the window is told.
#[derive(Debug)]
pub(super) enum Told {
    /// A run is open.
    Opened(Arc<RunView>),
    /// A run cannot be opened; the one before stays.
    Unopened(PathBuf, String),
    /// The open run is known better than before.
    View(Arc<RunView>),
    /// Sounds of the open run have come or changed.
    Rendered(Arc<RunView>),
    /// An edit was made.
    Edited(Box<Edited>),
    /// An edit was not made, or what it did is not known to the end.
    Unedited(String),
    /// A split was measured; `None` if no track is in it.
    Measured(Split, Option<Arc<Measured>>),
    /// Segments and prototypes on a plane.
    Map(Arc<SegmentMap>),
    /// A file was heard, or asked about again.
    Explained(PathBuf, Box<Explanation>),
    /// A file cannot be used.
    Unheard(PathBuf, String),
    /// Somebody stopped listening to a file.
    Unfinished(PathBuf),
    /// A part of a file has come back from the model, and its sound lies there.
    Reconstructed(Part, PathBuf),
    /// What labeled audio will be read as; or why it is none.
    Checked(PathBuf, Result<Box<Checked>, String>),
    /// Of a job that learns.
    Learning(News),
    /// Sound devices that can be chosen.
    Devices(Vec<OutputDevice>),
    /// The name of the microphone; or why there is none.
    Microphone(Result<String, String>),
    /// How far a recording is.
    Recording(Heard),
    /// A recording was written.
    Recorded(PathBuf),
    /// A file was written.
    Saved(PathBuf),
    /// Runs to choose from.
    Runs(Vec<RunSummary>),
    /// A job has begun.
    Begun(Job),
    /// How far a job is.
    Progress {
        /// Its number.
        job: u64,
        /// From 0 to 1.
        fraction: f32,
        /// In words.
        words: String,
    },
    /// A job has ended.
    Ended(u64),
    /// Something was chosen.
    Chosen(Choice, Vec<PathBuf>),
    /// The desktop has no dialog to choose by.
    NoDialog,
    /// Something went wrong.
    Failed {
        /// What was wanted, as in `open`.
        what: String,
        /// Why it was not done, in one sentence.
        reason: String,
    },
}

/// A part of a file, in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// The file.
    pub(super) path: PathBuf,
    /// Where it begins.
    pub(super) start_s: f64,
    /// Where it ends.
    pub(super) end_s: f64,
}

/// The window's end of the desk.
#[derive(Debug)]
pub(super) struct Desk {
    asks: Sender<Ask>,
    told: Receiver<Told>,
}

/// Wakes the window, from any thread.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

impl Desk {
    /// Starts the thread; `wake` is called whenever there is something to be told.
    pub(super) fn start(
        library: Option<Library>,
        devices: (Speakers, Microphone),
        wake: Wake,
    ) -> Self {
        let (asks, asked) = channel();
        let (teller, told) = channel();
        let voice = Voice { told: teller, wake };
        let back = asks.clone();
        thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                // So does whoever works for it.
                give_way();
                let mut bench = Bench::new(library, devices, voice, back);
                for ask in asked {
                    bench.answer(ask);
                }
            })
            .map_or_else(|_| (), drop);
        Self { asks, told }
    }

    /// Asks for something; the answer comes by [`Desk::told`].
    pub(super) fn ask(&self, ask: Ask) {
        // The desk ends only with the window.
        let _ = self.asks.send(ask);
    }

    /// A way to ask from elsewhere.
    pub(super) fn asks(&self) -> Sender<Ask> {
        self.asks.clone()
    }

    /// What there is to be told, without waiting.
    pub(super) fn told(&self) -> impl Iterator<Item = Told> + '_ {
        self.told.try_iter()
    }
}

/// Tells the window.
#[derive(Clone)]
struct Voice {
    told: Sender<Told>,
    wake: Wake,
}

impl Voice {
    fn tell(&self, told: Told) {
        let _ = self.told.send(told);
        (self.wake)();
    }

    fn fail(&self, what: &str, reason: impl ToString) {
        self.tell(Told::Failed { what: what.to_owned(), reason: reason.to_string() });
    }
}

/// A file's name without its folders.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

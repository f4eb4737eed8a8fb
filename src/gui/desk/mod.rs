//! Where the work is done: a thread that holds the open run, and threads for what takes long.
//!
//! ```text
//! window ── Ask ──▶ desk thread ── Told ──▶ window           milliseconds: views, edits, figures
//!                     │      ▲
//!                   starts  Ask::Heard, Ask::Rendered
//!                     ▼      │
//!                   job threads ── Told::Progress ──▶ window  seconds and minutes: hearing files, rendering prototypes
//! ```

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rfd::FileDialog;

use crate::dataset::Split;
use crate::decoder::SamplerConfig;
use crate::job::CancelToken;
use crate::models::Library;
use crate::runs::RunFolder;
use crate::studio::edit::{Edited, Request};
use crate::studio::explain::{Asking, Explanation, HeardFile, hear_file};
use crate::studio::listen::Listener;
use crate::studio::model_of_run;
use crate::studio::session::{Measured, RunView, SegmentMap, Session, SessionError};
use crate::studio::sonify_run::{SonifyRunEvent, SonifyRunJob, sonify_run};
use crate::tensor::Precision;

/// Sounds rendered together: few, so that a cancellation is heeded soon.
const SOUNDS_PER_BATCH: NonZeroUsize = NonZeroUsize::new(4).unwrap();

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
    /// Let somebody choose a run's folder.
    ChooseRun,
    /// Let somebody choose audio files.
    ChooseAudio,
    /// A job thread has listened.
    Heard(PathBuf, Result<Box<HeardFile>, String>),
    /// A job thread has rendered, for the run in this folder.
    Rendered(PathBuf),
}

/// What the window is told.
#[derive(Debug)]
pub(super) enum Told {
    /// A run is open, or known better than before.
    View(Arc<RunView>),
    /// An edit was made.
    Edited(Box<Edited>),
    /// A split was measured; `None` if no track is in it.
    Measured(Split, Option<Arc<Measured>>),
    /// Segments and prototypes on a plane.
    Map(Arc<SegmentMap>),
    /// A file was heard, or asked about again.
    Explained(PathBuf, Box<Explanation>),
    /// A file cannot be used.
    Unheard(PathBuf, String),
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
    /// A run's folder was chosen.
    ChosenRun(PathBuf),
    /// Audio files were chosen.
    ChosenAudio(Vec<PathBuf>),
    /// Something went wrong.
    Failed {
        /// What was wanted, as in `open`.
        what: String,
        /// Why it was not done, in one sentence.
        reason: String,
    },
}

/// Something that takes long.
#[derive(Debug, Clone)]
pub(super) struct Job {
    /// Its number.
    pub(super) id: u64,
    /// What it does.
    pub(super) title: String,
    /// Stops it.
    pub(super) cancel: CancelToken,
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
    pub(super) fn start(library: Option<Library>, wake: Wake) -> Self {
        let (asks, asked) = channel();
        let (teller, told) = channel();
        let voice = Voice { told: teller, wake };
        let back = asks.clone();
        thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                let mut desk = Bench::new(library, voice, back);
                for ask in asked {
                    desk.answer(ask);
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

/// The desk thread's end.
struct Bench {
    library: Option<Library>,
    voice: Voice,
    back: Sender<Ask>,
    session: Option<Session>,
    listener: Option<Arc<Listener>>,
    heard: BTreeMap<PathBuf, (Box<HeardFile>, Asking)>,
    n_jobs: u64,
}

impl Bench {
    fn new(library: Option<Library>, voice: Voice, back: Sender<Ask>) -> Self {
        let (session, listener, heard) = (None, None, BTreeMap::new());
        Self { library, voice, back, session, listener, heard, n_jobs: 0 }
    }

    fn answer(&mut self, ask: Ask) {
        let (what, done) = match ask {
            Ask::Open(path) => ("open", self.open(&path)),
            Ask::Edit(request) => ("edit", self.edit(&request)),
            Ask::Measure(split) => ("evaluate", self.measure(split)),
            Ask::Map => ("map", self.map()),
            Ask::Hear(path) => ("listen", self.hear(path)),
            Ask::Explain(path, asking) => ("explain", self.explain(path, asking)),
            Ask::Forget(path) => {
                self.heard.remove(&path);
                return;
            }
            Ask::Render { only, n_takes } => ("sonify", self.render(only, n_takes)),
            Ask::ChooseRun => {
                return self.choose(|dialog| Some(Told::ChosenRun(dialog.pick_folder()?)));
            }
            Ask::ChooseAudio => {
                return self.choose(|dialog| Some(Told::ChosenAudio(dialog.pick_files()?)));
            }
            Ask::Heard(path, Ok(heard)) => {
                let asking = Asking { n_nearest: 1, ..Asking::default() };
                self.heard.insert(path.clone(), (heard, asking.clone()));
                ("explain", self.explain(path, asking))
            }
            Ask::Heard(path, Err(reason)) => {
                self.voice.tell(Told::Unheard(path, reason));
                return;
            }
            Ask::Rendered(path) => ("open", self.rendered(&path)),
        };
        if let Err(error) = done {
            self.voice.fail(what, error);
        }
    }

    fn open(&mut self, path: &Path) -> Result<(), SessionError> {
        let session = Session::open(path)?;
        self.voice.tell(Told::View(Arc::new(session.view()?)));
        // Another run may want another model, and judges what was heard in other ways.
        (self.listener, self.session) = (None, Some(session));
        self.heard.clear();
        self.measure(Split::Validation)
    }

    /// Tells the figures first; what needs a look at all examples follows.
    fn edit(&mut self, request: &Request) -> Result<(), SessionError> {
        let Some(session) = &mut self.session else { return Ok(()) };
        let edited = session.edit(request)?;
        self.voice.tell(Told::Edited(Box::new(edited)));
        session.look_anew()?;
        self.voice.tell(Told::View(Arc::new(session.view()?)));
        self.measure(Split::Validation)?;
        let heard: Vec<_> =
            self.heard.iter().map(|(path, (_, asking))| (path.clone(), asking.clone())).collect();
        heard.into_iter().try_for_each(|(path, asking)| self.explain(path, asking))
    }

    fn measure(&mut self, split: Split) -> Result<(), SessionError> {
        let Some(session) = &self.session else { return Ok(()) };
        let measured = session.measure(split)?.map(Arc::new);
        self.voice.tell(Told::Measured(split, measured));
        Ok(())
    }

    fn map(&mut self) -> Result<(), SessionError> {
        let Some(session) = &self.session else { return Ok(()) };
        self.voice.tell(Told::Map(Arc::new(session.map()?)));
        Ok(())
    }

    fn explain(&mut self, path: PathBuf, asking: Asking) -> Result<(), SessionError> {
        let Some(session) = &self.session else { return Ok(()) };
        let Some((heard, asked)) = self.heard.get_mut(&path) else { return Ok(()) };
        let found = session.explain(heard, &asking)?;
        *asked = asking;
        self.voice.tell(Told::Explained(path, Box::new(found)));
        Ok(())
    }

    fn hear(&mut self, path: PathBuf) -> Result<(), SessionError> {
        let (Some(session), Some(library)) = (&self.session, &self.library) else {
            return Ok(());
        };
        let listener = match &self.listener {
            Some(listener) => Arc::clone(listener),
            None => Arc::clone(self.listener.insert(Arc::new(session.listener(library)?))),
        };
        let title = format!("listen to {}", name_of(&path));
        self.start(title, move |bench| {
            let mut tell = |n_done: usize, n: usize| {
                let words = format!("segment {n_done} of {n}");
                bench.progress(n_done as f32 / n.max(1) as f32, words);
            };
            let heard = hear_file(&path, &listener, &mut tell, &bench.job.cancel);
            let heard = heard.map(Box::new).map_err(|error| error.to_string());
            if bench.job.cancel.is_cancelled() {
                return;
            }
            let _ = bench.back.send(Ask::Heard(path, heard));
        });
        Ok(())
    }

    fn render(&mut self, only: Vec<String>, n_takes: NonZeroUsize) -> Result<(), SessionError> {
        let (Some(session), Some(library)) = (&self.session, self.library.clone()) else {
            return Ok(());
        };
        let run = session.run().clone();
        let title = match &only[..] {
            [] => "sonify prototypes".to_owned(),
            [name] => format!("sonify {name}"),
            names => format!("sonify {} prototypes", names.len()),
        };
        self.start(title, move |bench| {
            if let Err(error) = rendered(&run, &library, only, n_takes, bench) {
                bench.voice.fail("sonify", error);
            }
            let _ = bench.back.send(Ask::Rendered(run.path().to_owned()));
        });
        Ok(())
    }

    /// Sounds have come, unless another run is open by now.
    fn rendered(&mut self, path: &Path) -> Result<(), SessionError> {
        match &self.session {
            Some(session) if session.run().path() == path => {
                self.voice.tell(Told::View(Arc::new(session.view()?)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Shows the desktop's own dialog, which waits for a hand as long as it takes.
    fn choose(&self, choose: impl FnOnce(FileDialog) -> Option<Told> + Send + 'static) {
        let voice = self.voice.clone();
        let shown = thread::Builder::new().name("dialog".to_owned()).spawn(move || {
            if let Some(chosen) = choose(FileDialog::new()) {
                voice.tell(chosen);
            }
        });
        if let Err(error) = shown {
            self.voice.fail("show a dialog", error);
        }
    }

    fn start(&mut self, title: String, work: impl FnOnce(&JobBench) + Send + 'static) {
        self.n_jobs += 1;
        let job = Job { id: self.n_jobs, title, cancel: CancelToken::new() };
        let bench =
            JobBench { job: job.clone(), voice: self.voice.clone(), back: self.back.clone() };
        self.voice.tell(Told::Begun(job));
        let started = thread::Builder::new().name("job".to_owned()).spawn(move || {
            work(&bench);
            bench.voice.tell(Told::Ended(bench.job.id));
        });
        if let Err(error) = started {
            self.voice.fail("start a job", error);
            self.voice.tell(Told::Ended(self.n_jobs));
        }
    }
}

/// A job thread's end.
struct JobBench {
    job: Job,
    voice: Voice,
    back: Sender<Ask>,
}

impl JobBench {
    fn progress(&self, fraction: f32, words: String) {
        self.voice.tell(Told::Progress { job: self.job.id, fraction, words });
    }
}

fn rendered(
    run: &RunFolder,
    library: &Library,
    only: Vec<String>,
    n_takes: NonZeroUsize,
    bench: &JobBench,
) -> Result<(), String> {
    let settings = run.settings().map_err(|error| error.to_string())?.embedding;
    let model = model_of_run(library, None, &settings.model, &settings.model_fingerprint)
        .map_err(|error| error.to_string())?;
    let job = SonifyRunJob {
        only,
        n_takes,
        seed: 0,
        sampler: SamplerConfig::default(),
        n_batch: SOUNDS_PER_BATCH,
        check: true,
    };
    let mut tell = |event| match event {
        SonifyRunEvent::Render(progress) => {
            let words = format!("sound {} of {}", progress.n_done, progress.n_items);
            bench.progress(0.9 * progress.fraction() as f32, words);
        }
        SonifyRunEvent::Check { n_done, n_items } => {
            let fraction = n_done as f32 / n_items.max(1) as f32;
            bench.progress(0.9 + 0.1 * fraction, format!("hear sound {n_done} of {n_items}"));
        }
    };
    let cancel = &bench.job.cancel;
    match sonify_run(run, &job, &model, Precision::F32, &mut tell, cancel) {
        Err(_) if cancel.is_cancelled() => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(_) => Ok(()),
    }
}

/// A file's name without its folders.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

//! The desk thread's end: the open run, and who works for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use tempfile::TempDir;

use super::job::Worker;
use super::listening::{Queue, hear};
use super::recording::record_into;
use super::rendering::{reconstruct, render};
use super::{Ask, Job, JobKind, Listened, Part, Told, Voice, dialog, learning, name_of};
use crate::dataset::Split;
use crate::files::write_atomic;
use crate::gui::export::{self, Content};
use crate::job::CancelToken;
use crate::models::Library;
use crate::playback::{Microphone, Speakers};
use crate::studio::edit::Request;
use crate::studio::explain::{Asking, HeardFile};
use crate::studio::listen::Listener;
use crate::studio::recent;
use crate::studio::session::{Session, SessionError};

/// What is asked about a file of which nothing is known.
const FIRST_QUESTION: Asking =
    Asking { why: None, against: None, view: None, n_nearest: 1, segments: None };

/// The desk thread's end.
pub(super) struct Bench {
    library: Option<Library>,
    speakers: Speakers,
    microphone: Microphone,
    voice: Voice,
    back: Sender<Ask>,
    session: Option<Session>,
    listener: Option<Arc<Listener>>,
    queue: Queue,
    heard: BTreeMap<PathBuf, (Box<HeardFile>, Asking)>,
    /// Where sounds lie that no run keeps; made with the first of them, gone with the window.
    scratch: Option<TempDir>,
    n_jobs: u64,
}

impl Bench {
    pub(super) fn new(
        library: Option<Library>,
        (speakers, microphone): (Speakers, Microphone),
        voice: Voice,
        back: Sender<Ask>,
    ) -> Self {
        Self {
            library,
            speakers,
            microphone,
            voice,
            back,
            session: None,
            listener: None,
            queue: Queue::default(),
            heard: BTreeMap::new(),
            scratch: None,
            n_jobs: 0,
        }
    }

    pub(super) fn answer(&mut self, ask: Ask) {
        let (what, done) = match ask {
            Ask::Open(path) => return self.open(path),
            Ask::Edit(request) => {
                if let Err(error) = self.edit(&request) {
                    self.voice.tell(Told::Unedited(error.to_string()));
                }
                return;
            }
            Ask::Measure(split) => ("evaluate", self.measure(split)),
            Ask::Map => ("map", self.map()),
            Ask::Hear(path) => ("explain", self.hear(path)),
            Ask::Explain(path, asking) => {
                self.queue.prefer(&path);
                ("explain", self.explain(path, asking))
            }
            Ask::Forget(path) => {
                self.queue.forget(&path);
                return drop(self.heard.remove(&path));
            }
            Ask::Render { only, n_takes } => {
                let (Some(session), Some(library)) = (&self.session, self.library.clone()) else {
                    return;
                };
                let run = session.run().clone();
                let title = match &only[..] {
                    [] => "sonify prototypes".to_owned(),
                    [name] => format!("sonify {name}"),
                    names => format!("sonify {} prototypes", names.len()),
                };
                let work =
                    move |worker: &Worker| Some(render(&run, &library, only, n_takes, worker));
                return drop(self.start(JobKind::Sonify, title, work));
            }
            Ask::Reconstruct(part) => return self.reconstruct(part),
            Ask::Check(source) => {
                let (title, library) =
                    (format!("look at {}", name_of(&source)), self.library.clone());
                let work = move |worker: &Worker| {
                    learning::check(source, library.as_ref(), worker);
                    None
                };
                return drop(self.start(JobKind::Check, title, work));
            }
            Ask::Learn(lesson) => {
                let Some(library) = self.library.clone() else { return };
                let title = lesson.title();
                let work = move |worker: &Worker| {
                    learning::learn(lesson, &library, worker);
                    None
                };
                return drop(self.start(JobKind::Learn, title, work));
            }
            Ask::Choose(choice) => return dialog::choose(choice, &self.voice),
            Ask::List(root) => return self.list(&root),
            Ask::Devices => return self.devices(),
            Ask::Microphone => return self.look_for_microphone(),
            Ask::Record => {
                let Some(library) = &self.library else { return };
                let (folder, microphone) = (library.recordings(), self.microphone.clone());
                let work = move |worker: &Worker| {
                    record_into(&folder, &microphone, worker);
                    None
                };
                return drop(self.start(JobKind::Record, "record".to_owned(), work));
            }
            Ask::Save(path, content) => return self.save(path, content),
            Ask::Heard(path, listened) => ("explain", self.listened(path, listened)),
            Ask::Rendered(path) => ("open", self.rendered(&path)),
        };
        if let Err(error) = done {
            self.voice.fail(what, error);
        }
    }

    /// The run that was open before stays if the other one cannot be opened.
    fn open(&mut self, path: PathBuf) {
        let opened = Session::open(&path).and_then(|session| Ok((session.view()?, session)));
        let (view, session) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.voice.tell(Told::Unopened(path, error.to_string())),
        };
        // Before anybody sees it, and may close the window again.
        if let Some(library) = &self.library
            && let Err(error) = recent::remember(library, &path)
        {
            self.voice.fail("remember that the run was opened", error);
        }
        self.voice.tell(Told::Opened(Arc::new(view)));
        self.queue.clear();
        // Another model hears other z; the same one need not listen again.
        if self.session.as_ref().is_none_or(|before| !before.hears_like(&session)) {
            self.listener = None;
            self.heard.clear();
        }
        self.session = Some(session);
        if let Err(error) = self.measure(Split::Validation) {
            self.voice.fail("evaluate", error);
        }
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

    /// Has a file heard, unless it was; then it is explained by the run that is open.
    fn hear(&mut self, path: PathBuf) -> Result<(), SessionError> {
        if self.heard.contains_key(&path) {
            return self.explain(path, FIRST_QUESTION);
        }
        self.queue.add(path);
        self.listen_on();
        Ok(())
    }

    /// Goes on with the queue, where nobody is listening.
    fn listen_on(&mut self) {
        while let Some(path) = self.queue.next() {
            let listener = match self.listener() {
                None => {
                    let reason = "there is no folder to look for models in".to_owned();
                    self.voice.tell(Told::Unheard(path, reason));
                    continue;
                }
                Some(Ok(listener)) => listener,
                Some(Err(error)) => {
                    self.voice.tell(Told::Unheard(path, error.to_string()));
                    continue;
                }
            };
            let (title, file) = (format!("listen to {}", name_of(&path)), path.clone());
            let work = move |worker: &Worker| Some(hear(file, &listener, worker));
            match self.start(JobKind::Listen, title, work) {
                Some(cancel) => self.queue.begin(path, cancel),
                None => self.voice.tell(Told::Unfinished(path)),
            }
        }
    }

    /// The ears of the open run; none without one, or where no models are.
    fn listener(&mut self) -> Option<Result<Arc<Listener>, SessionError>> {
        let (session, library) = (self.session.as_ref()?, self.library.as_ref()?);
        Some(match &self.listener {
            Some(listener) => Ok(Arc::clone(listener)),
            None => session
                .listener(library)
                .map(|listener| Arc::clone(self.listener.insert(Arc::new(listener)))),
        })
    }

    fn listened(&mut self, path: PathBuf, listened: Listened) -> Result<(), SessionError> {
        let is_wanted = self.queue.end();
        let mut done = Ok(());
        match listened {
            _ if !is_wanted => {}
            Listened::Heard(heard) => {
                self.heard.insert(path.clone(), (heard, FIRST_QUESTION));
                done = self.explain(path, FIRST_QUESTION);
            }
            Listened::Failed(reason) => self.voice.tell(Told::Unheard(path, reason)),
            // Whoever stops one does not want to stop a hundred of them one by one.
            Listened::Stopped => {
                let all = std::iter::once(path).chain(self.queue.take());
                all.for_each(|path| self.voice.tell(Told::Unfinished(path)));
            }
        }
        self.listen_on();
        done
    }

    fn reconstruct(&mut self, part: Part) {
        let (Some(session), Some(library)) = (&self.session, self.library.clone()) else { return };
        let run = session.run().clone();
        let folder = match &self.scratch {
            Some(folder) => folder.path().to_owned(),
            None => match tempfile::tempdir() {
                Ok(folder) => self.scratch.insert(folder).path().to_owned(),
                Err(error) => return self.voice.fail("make a folder for sounds", error),
            },
        };
        let output = folder.join(format!("{}.wav", self.n_jobs));
        let title = format!("send {} through the model", name_of(&part.path));
        self.start(JobKind::Reconstruct, title, move |worker| {
            reconstruct(&run, &library, &part, output, worker);
            None
        });
    }

    /// Sounds have come, unless another run is open by now.
    fn rendered(&mut self, path: &Path) -> Result<(), SessionError> {
        match &self.session {
            Some(session) if session.run().path() == path => {
                self.voice.tell(Told::Rendered(Arc::new(session.view()?)));
            }
            _ => {}
        }
        Ok(())
    }

    fn list(&self, root: &Path) {
        match recent::runs(self.library.as_ref(), root) {
            Ok(runs) => self.voice.tell(Told::Runs(runs)),
            Err(error) => self.voice.fail("list the runs", error),
        }
    }

    /// A server that does not answer keeps a thread waiting, and nothing else.
    fn devices(&self) {
        let (voice, speakers) = (self.voice.clone(), self.speakers.clone());
        let list = move || voice.tell(Told::Devices(speakers.list()));
        if let Err(error) = thread::Builder::new().name("devices".to_owned()).spawn(list) {
            self.voice.fail("list sound devices", error);
        }
    }

    /// It is let go of at once. Like [`Bench::devices`], it may wait for a server.
    fn look_for_microphone(&self) {
        let (voice, microphone) = (self.voice.clone(), self.microphone.clone());
        let has_folder = self.library.is_some();
        let look = move || {
            let found = match has_folder {
                true => microphone.open().map(|input| input.name()).map_err(|e| e.to_string()),
                false => Err("there is no folder to keep recordings in".to_owned()),
            };
            voice.tell(Told::Microphone(found));
        };
        if let Err(error) = thread::Builder::new().name("microphone".to_owned()).spawn(look) {
            self.voice.fail("look for a microphone", error);
        }
    }

    fn save(&self, path: PathBuf, content: Content) {
        let written = export::bytes(content).and_then(|bytes| {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            write_atomic(&path, &bytes)
        });
        match written {
            Ok(()) => self.voice.tell(Told::Saved(path)),
            Err(error) => {
                let reason =
                    format!("{error}, check the folder and the free space: {}", path.display());
                self.voice.fail("save what is shown", reason);
            }
        }
    }

    /// Starts a job; what stops it, or nothing where it cannot be started, which is told.
    fn start(
        &mut self,
        kind: JobKind,
        title: String,
        work: impl FnOnce(&Worker) -> Option<Ask> + Send + 'static,
    ) -> Option<CancelToken> {
        self.n_jobs += 1;
        let cancel = CancelToken::new();
        let job = Job { id: self.n_jobs, kind, title, cancel: cancel.clone() };
        let worker = Worker { job, voice: self.voice.clone(), back: self.back.clone() };
        worker.start(work).then_some(cancel)
    }
}

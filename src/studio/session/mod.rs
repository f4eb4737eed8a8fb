//! A run that is open: everything that a window shows of it, as values, and the changes that somebody makes to it.
//!
//! ```text
//! run folder ─▶ Session ─ view ─▶ RunView          prototypes, sounds, edits, figures
//!                  │ ── measure ─▶ Measured        a split: every track, confusions, calibration
//!                  │ ── map ─────▶ SegmentMap      segments and prototypes on a plane
//!                  │ ── explain ─▶ Explanation     what was heard in a file, by the edits in force
//!                  └ ◀─ edit ─── Request           and what it does to validation, before the rest is looked at anew
//! ```
//!
//! A session lives on one thread; what it hands out is shared and never changes.

mod error;
mod map;
mod measured;
mod view;

use std::path::Path;
use std::sync::Arc;

pub use error::SessionError;
pub use map::{MapPoint, MapPrototype, SegmentMap};
pub use measured::{Measured, TrackVerdict};
pub use view::{EditEntry, PrototypeView, RunView, Take};

use super::edit::{Edited, Editor, How, Request};
use super::explain::{Asking, Explanation, HeardFile, explain_heard};
use super::listen::{ListenSettings, Listener};
use super::prototypes::{self, PrototypesJob, PrototypesReport};
use super::sonify_run::sounds_of;
use super::trained::{Trained, Training};
use crate::dataset::Split;
use crate::explanation::PURITY_AT;
use crate::models::Library;
use crate::runs::RunFolder;

/// Training segments that are named as nearest.
const N_NEAREST: usize = PURITY_AT;

/// A run that is open.
#[derive(Debug)]
pub struct Session {
    editor: Editor,
    trained: Trained,
    training: Training,
    report: PrototypesReport,
}

impl Session {
    /// Opens a run: reads its examples and looks at them by its classifier, edits included.
    ///
    /// # Errors
    /// The run has no classifier yet, has lost its copy of the z, or is damaged.
    pub fn open(path: &Path) -> Result<Self, SessionError> {
        let editor = Editor::open(RunFolder::open(path)?)?;
        let trained = Trained::open(path)?;
        let training = trained.training_of(Arc::clone(editor.examples()), N_NEAREST)?;
        let report = report(&trained, &training)?;
        Ok(Self { editor, trained, training, report })
    }

    /// The run's folder.
    pub fn run(&self) -> &RunFolder {
        self.editor.run()
    }

    /// Everything about the run that does not depend on a split or a file.
    ///
    /// # Errors
    /// The record of its sounds or its history is damaged.
    pub fn view(&self) -> Result<RunView, SessionError> {
        let sounds = sounds_of(self.run(), self.editor.classifier())?;
        let history = self.run().history()?;
        Ok(RunView::of(&self.editor, &self.trained, &self.report, &sounds, history))
    }

    /// Makes an edit and measures what it does to validation. What else is known of the run stays as it was until
    /// [`Session::look_anew`].
    ///
    /// # Errors
    /// As [`Editor::make`]; nothing has changed then.
    pub fn edit(&mut self, request: &Request) -> Result<Edited, SessionError> {
        Ok(self.editor.make(request, &How::default())?)
    }

    /// Looks at the examples by the classifier as it now is.
    ///
    /// # Errors
    /// The classifier cannot be asked.
    pub fn look_anew(&mut self) -> Result<(), SessionError> {
        self.trained.classifier = self.editor.classifier().clone();
        self.training = self.trained.training_of(Arc::clone(self.editor.examples()), N_NEAREST)?;
        self.report = report(&self.trained, &self.training)?;
        Ok(())
    }

    /// Measures every track of a split.
    ///
    /// # Errors
    /// The classifier cannot be asked.
    pub fn measure(&self, split: Split) -> Result<Option<Measured>, SessionError> {
        Measured::of(self.editor.classifier(), self.editor.examples(), split)
    }

    /// Segments and prototypes on a plane.
    ///
    /// # Errors
    /// The classifier cannot be asked.
    pub fn map(&self) -> Result<SegmentMap, SessionError> {
        SegmentMap::of(self.editor.classifier(), self.editor.examples())
    }

    /// Whether what is heard for one of the two serves the other as well: their z are made by the same model in the same way.
    pub fn hears_like(&self, other: &Self) -> bool {
        self.editor.classifier().embeddings() == other.editor.classifier().embeddings()
    }

    /// Opens the model that the run's z were made with.
    ///
    /// # Errors
    /// It is not installed.
    pub fn listener(&self, library: &Library) -> Result<Listener, SessionError> {
        let (known_as, settings) = (self.trained.model.as_deref(), ListenSettings::default());
        Ok(Listener::open(library, self.editor.classifier(), known_as, &settings)?)
    }

    /// Why a file that was heard is called what it is called, by the edits in force.
    ///
    /// # Errors
    /// A class is unknown, or two that are to be told apart are the same.
    pub fn explain(&self, heard: &HeardFile, asking: &Asking) -> Result<Explanation, SessionError> {
        Ok(explain_heard(heard, asking, self.editor.classifier(), Some(&self.training))?)
    }
}

fn report(trained: &Trained, training: &Training) -> Result<PrototypesReport, SessionError> {
    let job = PrototypesJob { n_nearest: N_NEAREST, model: false, seed: 0 };
    Ok(prototypes::report_of(trained, training, &job)?)
}

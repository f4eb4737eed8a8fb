//! Everything that views show.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::Context;

use super::desk::{Job, JobKind, Part, Wake};
use super::evaluate::EvaluateState;
use super::export::{Content, Picture};
use super::home::HomeState;
use super::inspect::InspectState;
use super::map::MapState;
use super::prototypes::PrototypesState;
use super::shelf::{Shelf, SoundKey};
use super::train::TrainState;
use super::wish::{Sounding, View};
use crate::playback::{OutputDevice, Player, Speakers};
use crate::runs::RunSummary;
use crate::studio::edit::{Edited, Request};
use crate::studio::session::{Measured, RunView, SegmentMap};

/// Problems that are kept.
const N_PROBLEMS: usize = 200;

/// Everything that views show.
pub(super) struct State {
    /// Where runs live.
    pub(super) runs: PathBuf,
    /// The runs there, and those that were opened lately.
    pub(super) known_runs: Vec<RunSummary>,
    /// The run that is being opened.
    pub(super) opening: Option<PathBuf>,
    /// The open run.
    pub(super) run: Option<Arc<RunView>>,
    /// Its validation split.
    pub(super) validation: Option<Arc<Measured>>,
    /// Its test split, where somebody asked for it.
    pub(super) test: Option<Arc<Measured>>,
    /// Its segments on a plane.
    pub(super) segment_map: Option<Arc<SegmentMap>>,
    /// Whether they are being laid out.
    pub(super) is_mapping: bool,
    /// What an edit did, until the run is looked at anew.
    pub(super) edited: Option<Box<Edited>>,
    /// Whether an edit is under way.
    pub(super) is_editing: bool,
    /// Where one is.
    pub(super) view: View,
    /// The selected prototype.
    pub(super) selected: Option<String>,
    /// What is playing, or was last.
    pub(super) playing: Option<Sounding>,
    /// What is to be played as soon as it is read; whether from where the last one is.
    pub(super) pending: Option<(Sounding, bool)>,
    /// Parts of files that came back from the model, and where their sounds lie.
    pub(super) reconstructions: Vec<(Part, PathBuf)>,
    /// Whether sounds are brought to one loudness.
    pub(super) match_loudness: bool,
    /// Whether pointing at a card plays it.
    pub(super) hover_play: bool,
    /// Whether the list of keys is shown.
    pub(super) shows_keys: bool,
    /// What takes long.
    pub(super) jobs: Vec<Underway>,
    /// What went wrong, newest last.
    pub(super) problems: Vec<Problem>,
    /// Problems that were seen.
    pub(super) n_seen: usize,
    /// What was done, to be read once.
    pub(super) notice: Option<String>,
    /// Files to be written.
    pub(super) saves: Vec<(PathBuf, Content)>,
    /// A part of the window to be saved.
    pub(super) picture: Option<Picture>,
    /// Whether the desktop turned out to have no dialogs.
    pub(super) lacks_dialogs: bool,
    /// Sounds in memory.
    pub(super) shelf: Shelf,
    /// Where sounds may be heard.
    pub(super) speakers: Speakers,
    /// Plays them.
    pub(super) player: Player,
    /// The sound device that was chosen; `None` for the desktop's own.
    pub(super) device: Option<String>,
    /// Those that can be chosen.
    pub(super) devices: Vec<OutputDevice>,
    /// Where models live; without it nothing can be heard or rendered anew.
    pub(super) models: Option<PathBuf>,
    /// Of the first view.
    pub(super) home: HomeState,
    /// Of the view of prototypes.
    pub(super) prototypes: PrototypesState,
    /// Of the view of files.
    pub(super) inspect: InspectState,
    /// Of the map.
    pub(super) map: MapState,
    /// Of the figures.
    pub(super) evaluate: EvaluateState,
    /// Of what is learned.
    pub(super) train: TrainState,
}

/// Something that takes long, and how far it is.
pub(super) struct Underway {
    /// What it is.
    pub(super) job: Job,
    /// From 0 to 1.
    pub(super) fraction: f32,
    /// In words.
    pub(super) words: String,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What was wanted.
    pub(super) what: String,
    /// Why it was not done.
    pub(super) reason: String,
}

impl State {
    /// With nothing open.
    pub(super) fn new(
        context: &Context,
        runs: PathBuf,
        models: Option<PathBuf>,
        (speakers, device): (Speakers, Option<String>),
        wake: &Wake,
    ) -> Self {
        Self {
            runs,
            known_runs: Vec::new(),
            opening: None,
            run: None,
            validation: None,
            test: None,
            segment_map: None,
            is_mapping: false,
            edited: None,
            is_editing: false,
            view: View::Home,
            selected: None,
            playing: None,
            pending: None,
            reconstructions: Vec::new(),
            match_loudness: true,
            hover_play: false,
            shows_keys: false,
            jobs: Vec::new(),
            problems: Vec::new(),
            n_seen: 0,
            notice: None,
            saves: Vec::new(),
            picture: None,
            lacks_dialogs: false,
            shelf: Shelf::new(context, wake),
            player: speakers.player(device.clone()),
            speakers,
            device,
            devices: Vec::new(),
            models,
            home: HomeState::default(),
            prototypes: PrototypesState::default(),
            inspect: InspectState::default(),
            map: MapState::default(),
            evaluate: EvaluateState::default(),
            train: TrainState::default(),
        }
    }

    /// Chooses a sound device, or looks for the same one again; what was heard stops.
    pub(super) fn hear_on(&mut self, device: Option<String>) {
        let volume_db = self.player.state().volume_db;
        self.player = self.speakers.player(device.clone());
        self.player.set_volume_db(volume_db);
        self.device = device;
    }

    /// Where a sound is, from 0 to 1, if it is the one in the player.
    pub(super) fn playhead(&self, key: &SoundKey) -> Option<f32> {
        self.playing.as_ref().filter(|playing| playing.key == *key)?;
        let now = self.player.state();
        (now.duration_s > 0.0).then(|| (now.position_s / now.duration_s) as f32)
    }

    /// Whether a job of that kind is under way.
    pub(super) fn is_busy_with(&self, kind: JobKind) -> bool {
        self.jobs.iter().any(|underway| underway.job.kind == kind)
    }

    /// Whether an edit can be made now: one at a time, in an open run, and only what there is to undo can be undone.
    pub(super) fn can_make(&self, request: &Request) -> bool {
        let is_free = !self.is_editing && self.opening.is_none();
        let Some(run) = self.run.as_ref().filter(|_| is_free) else { return false };
        match request {
            Request::Undo => run.undo.is_some(),
            Request::Redo => run.redo.is_some(),
            _ => true,
        }
    }

    /// The sound of a part of a file that came back from the model.
    pub(super) fn reconstruction(&self, part: &Part) -> Option<&PathBuf> {
        self.reconstructions.iter().find(|(of, _)| of == part).map(|(_, path)| path)
    }

    pub(super) fn note_problem(&mut self, what: &str, reason: impl Into<String>) {
        let problem = Problem { what: what.to_owned(), reason: reason.into() };
        if self.problems.last() != Some(&problem) {
            self.problems.push(problem);
        }
        if self.problems.len() > N_PROBLEMS {
            self.problems.remove(0);
            self.n_seen = self.n_seen.saturating_sub(1);
        }
    }
}

//! The window's state, and how wishes come true.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Context, Panel, Ui};

use super::desk::{Ask, Desk, Job, Told, Wake, name_of};
use super::evaluate::EvaluateState;
use super::inspect::InspectState;
use super::map::MapState;
use super::prototypes::PrototypesState;
use super::shelf::{Found, Shelf};
use super::wish::{Sounding, View, Wish};
use super::{
    Opening, evaluate, home, inspect, keys, map, player_bar, problems, prototypes, rail, theme,
    top_bar,
};
use crate::dataset::Split;
use crate::playback::{Cue, Player};
use crate::runs::{RunSummary, list_runs};
use crate::studio::edit::{Edited, Request};
use crate::studio::session::{Measured, RunView, SegmentMap};

/// Problems that are kept.
const N_PROBLEMS: usize = 200;

/// The window.
pub struct Studio {
    desk: Desk,
    state: State,
}

/// Everything that views show.
pub(super) struct State {
    /// Where runs live.
    pub(super) runs: PathBuf,
    /// The runs there.
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
    is_mapping: bool,
    /// What the last edit did.
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
    pending: Option<(Sounding, bool)>,
    /// Whether sounds are brought to one loudness.
    pub(super) match_loudness: bool,
    /// Whether pointing at a card plays it.
    pub(super) hover_play: bool,
    /// Whether the list of keys is shown.
    pub(super) shows_keys: bool,
    /// What takes long.
    pub(super) jobs: Vec<(Job, f32, String)>,
    /// What went wrong, newest last.
    pub(super) problems: Vec<Problem>,
    /// Problems that were seen.
    pub(super) n_seen: usize,
    /// Sounds in memory.
    pub(super) shelf: Shelf,
    /// Plays them.
    pub(super) player: Player,
    /// Of the view of prototypes.
    pub(super) prototypes: PrototypesState,
    /// Of the view of files.
    pub(super) inspect: InspectState,
    /// Of the map.
    pub(super) map: MapState,
    /// Of the figures.
    pub(super) evaluate: EvaluateState,
    /// Whether models can be had.
    pub(super) has_library: bool,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// What was wanted.
    pub(super) what: String,
    /// Why it was not done.
    pub(super) reason: String,
}

impl Studio {
    /// Opens what it is to open with.
    pub fn new(context: &Context, opening: Opening, player: Player) -> Self {
        theme::install(context);
        let repaint = context.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let has_library = opening.library.is_some();
        let desk = Desk::start(opening.library, Arc::clone(&wake));
        let mut state = State {
            known_runs: list_runs(&opening.runs).unwrap_or_default(),
            runs: opening.runs,
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
            match_loudness: true,
            hover_play: false,
            shows_keys: false,
            jobs: Vec::new(),
            problems: Vec::new(),
            n_seen: 0,
            shelf: Shelf::new(context, &wake),
            player,
            prototypes: PrototypesState::default(),
            inspect: InspectState::default(),
            map: MapState::default(),
            evaluate: EvaluateState::default(),
            has_library,
        };
        if let Some(run) = opening.run {
            fulfil(&mut state, &desk, Wish::Open(run));
        }
        for path in opening.audio {
            fulfil(&mut state, &desk, Wish::Inspect(path));
        }
        Self { desk, state }
    }
}

impl eframe::App for Studio {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let Self { desk, state } = self;
        let mut wishes = Vec::new();
        desk.told().for_each(|told| hear(state, told, &mut wishes));
        state.shelf.receive();
        start_pending(state);
        keys::read(ui.ctx(), state, &mut wishes);
        let dropped = ui.ctx().input(|input| input.raw.dropped_files.clone());
        let paths = dropped.into_iter().map(|file| file.path().to_owned());
        wishes.extend(paths.map(|path| match path.join("run.toml").is_file() {
            true => Wish::Open(path),
            false => Wish::Inspect(path),
        }));

        Panel::left("rail").exact_size(168.0).resizable(false).show(ui, |ui| {
            rail::show(ui, state, &mut wishes);
        });
        Panel::bottom("player").exact_size(76.0).resizable(false).show(ui, |ui| {
            player_bar::show(ui, state, &mut wishes);
        });
        if state.run.is_some() {
            Panel::top("top").exact_size(48.0).resizable(false).show(ui, |ui| {
                top_bar::show(ui, state, &mut wishes);
            });
        }
        match state.view {
            View::Home => home::show(ui, state, &mut wishes),
            View::Prototypes => prototypes::show(ui, state, &mut wishes),
            View::Inspect => inspect::show(ui, state, &mut wishes),
            View::Map => map::show(ui, state, &mut wishes),
            View::Evaluate => evaluate::show(ui, state, &mut wishes),
            View::Problems => problems::show(ui, state),
        }
        keys::show_list(ui.ctx(), state);

        wishes.into_iter().for_each(|wish| fulfil(state, desk, wish));
        if state.view == View::Map && state.segment_map.is_none() && !state.is_mapping {
            state.is_mapping = true;
            desk.ask(Ask::Map);
        }
        if state.player.state().is_playing {
            ui.ctx().request_repaint();
        }
    }
}

/// Takes in what the desk tells.
fn hear(state: &mut State, told: Told, wishes: &mut Vec<Wish>) {
    match told {
        Told::View(view) => {
            let is_new = state.opening.take().is_some();
            if is_new {
                state.selected = view.prototypes.first().map(|p| p.row.name.clone());
                if state.view == View::Home {
                    state.view = View::Prototypes;
                }
                wishes.extend(state.inspect.waiting());
            }
            let is_there = |name: &String| view.find(name).is_some();
            if state.selected.as_ref().is_some_and(|name| !is_there(name)) {
                state.selected = view.prototypes.first().map(|p| p.row.name.clone());
            }
            (state.run, state.is_editing) = (Some(view), false);
        }
        Told::Edited(edited) => {
            // What is not measured anew is out of date.
            (state.edited, state.test, state.segment_map) = (Some(edited), None, None);
            state.evaluate.renew();
        }
        Told::Measured(Split::Test, measured) => state.test = measured,
        Told::Measured(_, measured) => state.validation = measured,
        Told::Map(map) => {
            (state.segment_map, state.is_mapping) = (Some(map), false);
            state.map.renew();
        }
        Told::Explained(path, explanation) => state.inspect.explained(&path, *explanation),
        Told::ChosenRun(path) => wishes.push(Wish::Open(path)),
        Told::ChosenAudio(paths) => wishes.extend(paths.into_iter().map(Wish::Inspect)),
        Told::Unheard(path, reason) => {
            state.inspect.failed(&path, &reason);
            note_problem(state, &format!("listen to {}", name_of(&path)), reason);
        }
        Told::Begun(job) => state.jobs.push((job, 0.0, String::new())),
        Told::Progress { job, fraction, words } => {
            if let Some(known) = state.jobs.iter_mut().find(|(known, ..)| known.id == job) {
                (known.1, known.2) = (fraction, words);
            }
        }
        Told::Ended(job) => state.jobs.retain(|(known, ..)| known.id != job),
        Told::Failed { what, reason } => {
            (state.opening, state.is_editing) = (None, false);
            note_problem(state, &what, reason);
        }
    }
}

fn note_problem(state: &mut State, what: &str, reason: String) {
    let problem = Problem { what: what.to_owned(), reason };
    if state.problems.last() != Some(&problem) {
        state.problems.push(problem);
    }
    if state.problems.len() > N_PROBLEMS {
        state.problems.remove(0);
        state.n_seen = state.n_seen.saturating_sub(1);
    }
}

fn fulfil(state: &mut State, desk: &Desk, wish: Wish) {
    match wish {
        Wish::Go(view) => state.view = view,
        Wish::Open(path) => {
            state.opening = Some(path.clone());
            (state.run, state.validation, state.edited) = (None, None, None);
            (state.test, state.segment_map, state.map) = (None, None, MapState::default());
            state.evaluate.renew();
            state.is_mapping = false;
            state.player.stop();
            state.shelf.clear();
            desk.ask(Ask::Open(path));
        }
        Wish::Select(name) => {
            state.prototypes.look_at(&name);
            state.selected = Some(name);
        }
        Wish::Play(sounding) => {
            state.pending = Some((sounding, false));
            start_pending(state);
        }
        Wish::Flip(sounding) => {
            state.pending = Some((sounding, true));
            start_pending(state);
        }
        Wish::TogglePlay => toggle(state),
        Wish::Silence => {
            state.pending = None;
            state.player.stop();
        }
        Wish::Edit(request) => {
            state.is_editing = true;
            if let Request::Rename { from, to } = &request
                && state.selected.as_ref() == Some(from)
            {
                state.selected = Some(to.clone());
            }
            desk.ask(Ask::Edit(request));
        }
        Wish::Measure(split) => desk.ask(Ask::Measure(split)),
        Wish::Render { only, n_takes } => desk.ask(Ask::Render { only, n_takes }),
        Wish::Inspect(path) => {
            state.view = View::Inspect;
            state.inspect.add(&path);
            if state.run.is_some() {
                desk.ask(Ask::Hear(path));
            }
        }
        Wish::Ask(path, asking) => desk.ask(Ask::Explain(path, asking)),
        Wish::Forget(path) => {
            state.inspect.forget(&path);
            desk.ask(Ask::Forget(path));
        }
        Wish::ChooseRun => desk.ask(Ask::ChooseRun),
        Wish::ChooseAudio => desk.ask(Ask::ChooseAudio),
        Wish::Cancel(job) => {
            let wanted = state.jobs.iter().filter(|(known, ..)| known.id == job);
            wanted.for_each(|(job, ..)| job.cancel.cancel());
        }
    }
}

/// Plays what was asked for, once it is read.
fn start_pending(state: &mut State) {
    let Some((sounding, is_flip)) = &state.pending else { return };
    match state.shelf.get(&sounding.key) {
        Found::Coming => {}
        Found::Missing(reason) => {
            let title = sounding.title.clone();
            state.pending = None;
            note_problem(state, &format!("play {title}"), reason.to_string());
        }
        Found::Here(shelved) => {
            let gain_db = match state.match_loudness {
                true => sounding.gain_db.unwrap_or(0.0),
                false => 0.0,
            };
            let cue = Cue {
                sound: Arc::clone(&shelved.sound),
                start_s: sounding.at_s,
                range_s: None,
                is_looped: state.player.state().is_looped,
                gain_db,
            };
            match is_flip {
                true => state.player.flip(&cue),
                false => state.player.play(&cue),
            }
            state.playing = state.pending.take().map(|(sounding, _)| sounding);
        }
    }
}

/// Pauses, goes on, or begins anew what was played last.
fn toggle(state: &mut State) {
    let now = state.player.state();
    match &state.playing {
        _ if now.is_playing => state.player.pause(),
        Some(_) if now.position_s > 0.0 && now.position_s < now.duration_s => state.player.resume(),
        Some(last) => state.pending = Some((Sounding { at_s: 0.0, ..last.clone() }, false)),
        None => {
            let run = state.run.as_ref();
            let selected = state.selected.as_ref().and_then(|name| run?.find(name));
            state.pending = selected.and_then(prototypes::sounding).map(|sound| (sound, false));
        }
    }
    start_pending(state);
}

impl State {
    /// Where a sound is, from 0 to 1, if it is the one in the player.
    pub(super) fn playhead(&self, key: &super::shelf::SoundKey) -> Option<f32> {
        self.playing.as_ref().filter(|playing| playing.key == *key)?;
        let now = self.player.state();
        (now.duration_s > 0.0).then(|| (now.position_s / now.duration_s) as f32)
    }
}

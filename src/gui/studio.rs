//! The window: what there is to hear of, to paint and to fulfil, frame by frame.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui::{Panel, Ui, Visuals};
use eframe::{CreationContext, Storage};

use super::desk::{Ask, Desk, Wake};
use super::fulfil::{fulfil, start_pending};
use super::hear::hear;
use super::kept::Kept;
use super::state::State;
use super::wish::{View, Wish};
use super::{
    Opening, banner, evaluate, export, home, inspect, keys, map, player_bar, problems, prototypes,
    rail, settings, theme, top_bar, train,
};
use crate::playback::{Microphone, Speakers};

/// How long a window that is closed waits for what is under way.
const FAREWELL: Duration = Duration::from_secs(3);

/// The window.
pub struct Studio {
    desk: Desk,
    state: State,
    /// What it is to open with, until there is a window to be seen.
    first: Vec<Wish>,
}

impl Studio {
    /// Opens what it is to open with, as it was left the last time.
    pub fn new(
        created: &CreationContext<'_>,
        opening: Opening,
        devices: (Speakers, Microphone),
    ) -> Self {
        let context = &created.egui_ctx;
        theme::install(context);
        let repaint = context.clone();
        let wake: Wake = Arc::new(move || repaint.request_repaint());
        let models = opening.library.as_ref().map(|library| library.root().to_owned());
        let speakers = devices.0.clone();
        let desk = Desk::start(opening.library, devices, Arc::clone(&wake));
        let kept = Kept::read(created.storage);
        let heard_on = (speakers, kept.device.clone());
        let mut state = State::new(context, opening.runs, models, heard_on, &wake);
        kept.apply(&mut state);
        state.opening.clone_from(&opening.run);
        let run = opening.run.into_iter().map(Wish::Open);
        let audio = opening.audio.into_iter().map(Wish::Inspect);
        let first = std::iter::once(Wish::List).chain(run).chain(audio).collect();
        Self { desk, state, first }
    }
}

impl eframe::App for Studio {
    fn save(&mut self, storage: &mut dyn Storage) {
        Kept::of(&self.state).write(storage);
    }

    /// What is under way is stopped, so that it leaves no half of anything: a recording becomes its file, a training its checkpoint.
    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        let closed = Instant::now();
        loop {
            self.desk.told().for_each(|told| hear(&mut self.state, told, &mut Vec::new()));
            self.state.jobs.iter().for_each(|underway| underway.job.cancel.cancel());
            if self.state.jobs.is_empty() || closed.elapsed() > FAREWELL {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn clear_color(&self, visuals: &Visuals) -> [f32; 4] {
        visuals.window_fill.to_normalized_gamma_f32()
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let Self { desk, state, first } = self;
        let mut wishes = Vec::new();
        // Reading a run takes all processors; the window is not to come later for it.
        if ui.ctx().cumulative_frame_nr() > 0 {
            wishes.append(first);
        }
        if !first.is_empty() {
            ui.ctx().request_repaint();
        }
        desk.told().for_each(|told| hear(state, told, &mut wishes));
        state.shelf.receive();
        start_pending(state);
        keys::read(ui.ctx(), state, &mut wishes);
        let dropped = ui.ctx().input(|input| input.raw.dropped_files.clone());
        wishes.extend(dropped.into_iter().map(|file| {
            let path = file.path().to_owned();
            match (path.join("run.toml").is_file(), path.is_dir()) {
                (true, _) => Wish::Open(path),
                (false, true) => Wish::Check(path),
                (false, false) => Wish::Inspect(path),
            }
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
        banner::show(ui, state);
        match state.view {
            View::Home => home::show(ui, state, &mut wishes),
            View::Prototypes => prototypes::show(ui, state, &mut wishes),
            View::Inspect => inspect::show(ui, state, &mut wishes),
            View::Map => map::show(ui, state, &mut wishes),
            View::Evaluate => evaluate::show(ui, state, &mut wishes),
            View::Train => train::show(ui, state, &mut wishes),
            View::Problems => problems::show(ui, state),
            View::Settings => settings::show(ui, state, &mut wishes),
        }
        keys::show_list(ui.ctx(), state);

        export::save(ui.ctx(), state, desk);
        wishes.into_iter().for_each(|wish| fulfil(state, desk, wish));
        let wants_map = state.view == View::Map && state.run.is_some() && state.opening.is_none();
        if wants_map && state.segment_map.is_none() && !state.is_mapping {
            state.is_mapping = true;
            desk.ask(Ask::Map);
        }
        if state.view == View::Inspect && state.inspect.recorder.wants_microphone() {
            desk.ask(Ask::Microphone);
        }
        if state.player.state().is_playing {
            ui.ctx().request_repaint();
        }
    }
}

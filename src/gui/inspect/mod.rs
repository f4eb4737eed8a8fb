//! Why a file is called what it is called: its sound, its segments, and the sum of what prototypes contribute.

mod files;
mod listen;
mod record;
mod timeline;
mod why;

use std::ops::Range;
use std::path::{Path, PathBuf};

use eframe::egui::{CentralPanel, Context, Key, Modifiers, Panel, RichText, ScrollArea, Ui};

use super::desk::{Choice, name_of};
use super::path_field::path_field;
use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette};
use super::wish::Wish;
use crate::studio::explain::{Asking, Explanation, ViewKind};

/// A file that somebody wants to know about.
#[derive(Debug)]
pub(super) struct File {
    /// The file.
    pub(super) path: PathBuf,
    /// What is known of it.
    pub(super) state: FileState,
}

/// What is known of a file.
#[derive(Debug)]
pub(super) enum FileState {
    /// It is being listened to, or will be once a run is open.
    Waiting,
    /// It was heard.
    Explained(Box<Explanation>),
    /// It cannot be used, for this reason.
    Failed(String),
    /// Somebody stopped listening to it.
    Stopped,
}

/// What the view remembers.
#[derive(Debug, Default)]
pub(super) struct InspectState {
    /// Files, in the order in which they came.
    files: Vec<File>,
    /// Which of them is looked at.
    current: usize,
    /// Which of its segments are selected; `None` for all.
    selection: Option<Range<usize>>,
    /// Where a selection began.
    anchor: usize,
    /// What is asked.
    why: Option<String>,
    against: Option<String>,
    view: Option<ViewKind>,
    /// Whether the least certain files stand first.
    by_doubt: bool,
    /// What is heard of a segment.
    side: listen::Side,
    /// The path that is being written.
    written: String,
    /// What is recorded.
    pub(super) recorder: record::Recorder,
}

impl InspectState {
    /// Takes in a file, or turns to it; whether it is known, so that nothing need be heard again.
    pub(super) fn add(&mut self, path: &Path) -> bool {
        let there = self.files.iter().position(|file| file.path == path);
        self.current = there.unwrap_or(self.files.len());
        self.turn();
        let Some(file) = self.files.get_mut(self.current) else {
            self.files.push(File { path: path.to_owned(), state: FileState::Waiting });
            return false;
        };
        let is_unknown = matches!(file.state, FileState::Failed(_) | FileState::Stopped);
        if is_unknown {
            file.state = FileState::Waiting;
        }
        !is_unknown
    }

    /// Leaves behind what belonged to another file.
    fn turn(&mut self) {
        (self.selection, self.why, self.against) = (None, None, None);
        self.side = listen::Side::Segment;
    }

    /// Wishes for the files that wait for a run, or were heard by the ears of another one; what is
    /// wished for first is heard at once, and then the last.
    pub(super) fn waiting(&mut self) -> Vec<Wish> {
        self.files.iter_mut().for_each(|file| file.state = FileState::Waiting);
        let current = self.files.get(self.current).map(|file| file.path.clone());
        let others = self.files.iter().map(|file| file.path.clone());
        let others: Vec<_> = others.filter(|path| Some(path) != current.as_ref()).collect();
        current.into_iter().chain(others.into_iter().rev()).map(Wish::Hear).collect()
    }

    pub(super) fn explained(&mut self, path: &Path, explanation: Explanation) {
        self.know(path, FileState::Explained(Box::new(explanation)));
    }

    pub(super) fn failed(&mut self, path: &Path, reason: &str) {
        self.know(path, FileState::Failed(reason.to_owned()));
    }

    pub(super) fn stopped(&mut self, path: &Path) {
        self.know(path, FileState::Stopped);
    }

    fn know(&mut self, path: &Path, state: FileState) {
        if let Some(file) = self.files.iter_mut().find(|file| file.path == path) {
            file.state = state;
        }
    }

    pub(super) fn forget(&mut self, path: &Path) {
        let Some(place) = self.files.iter().position(|file| file.path == path) else { return };
        self.files.remove(place);
        if self.current > place || self.current == self.files.len() {
            self.current = self.current.saturating_sub(1);
        }
        self.turn();
    }

    /// What is asked about the file that is looked at.
    pub(super) fn asking(&self) -> Asking {
        Asking {
            why: self.why.clone(),
            against: self.against.clone(),
            view: self.view,
            n_nearest: 1,
            segments: self.selection.clone(),
        }
    }
}

/// Keys of this view.
pub(super) fn keys(context: &Context, state: &mut State, wishes: &mut Vec<Wish>) {
    if context.input_mut(|input| input.consume_key(Modifiers::NONE, Key::B)) {
        wishes.extend(listen::flipped(state).map(Wish::Flip));
    }
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    Panel::bottom("record").exact_size(48.0).resizable(false).show(ui, |ui| {
        record::show(ui, state, wishes);
    });
    if state.inspect.files.is_empty() {
        return nothing(ui, state, wishes);
    }
    if state.inspect.files.len() > 1 {
        Panel::left("files").default_size(220.0).size_range(160.0..=420.0).show(ui, |ui| {
            files::show(ui, state, wishes);
        });
    }
    CentralPanel::default().show(ui, |ui| {
        let current = state.inspect.current.min(state.inspect.files.len() - 1);
        // The explanation is large, and painting it wants the rest of the state.
        let file = &mut state.inspect.files[current];
        let path = file.path.clone();
        let found = std::mem::replace(&mut file.state, FileState::Waiting);
        match &found {
            FileState::Explained(found) => {
                ScrollArea::vertical().id_salt(("file", &path)).auto_shrink(false).show(ui, |ui| {
                    header(ui, &path, found, wishes);
                    timeline::show(ui, state, &path, found, wishes);
                    ui.add_space(GROUP_GAP);
                    why::show(ui, state, &path, found, wishes);
                });
            }
            FileState::Waiting => waiting(ui, state, &path),
            FileState::Failed(reason) => unknown(ui, &path, Some(reason), wishes),
            FileState::Stopped => unknown(ui, &path, None, wishes),
        }
        if let Some(file) = state.inspect.files.get_mut(current) {
            file.state = found;
        }
    });
}

fn nothing(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    CentralPanel::default().show(ui, |ui| {
        ui.add_space(GROUP_GAP);
        ui.heading("Why is a file called what it is called?");
        ui.add_space(GAP);
        ui.label(
            "Drop audio files here to hear which prototypes speak for them, second by second.",
        );
        ui.add_space(GAP);
        let words = ["Audio", "Look at this file"];
        path_field(ui, &mut state.inspect.written, words, Choice::Audio, Wish::Inspect, wishes);
        ui.add_space(GAP);
        ui.label(RichText::new("On the command line: pecmae gui RUN AUDIO …").color(palette.faint));
    });
}

fn waiting(ui: &mut Ui, state: &State, path: &Path) {
    ui.add_space(GROUP_GAP);
    ui.heading(name_of(path));
    ui.add_space(GAP);
    ui.horizontal(|ui| match (&state.run, &state.opening) {
        (_, Some(run)) => {
            ui.spinner();
            ui.label(format!("Opening {}", name_of(run)));
        }
        (Some(_), None) => {
            ui.spinner();
            ui.label("Listening");
        }
        (None, None) => {
            ui.label("Open a run to hear what it makes of this file.");
        }
    });
}

/// Why nothing is known of a file, or that it was stopped.
fn unknown(ui: &mut Ui, path: &Path, reason: Option<&str>, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.add_space(GROUP_GAP);
    ui.heading(name_of(path));
    ui.add_space(GAP);
    match reason {
        Some(reason) => {
            ui.label(RichText::new("This file cannot be used.").strong().color(palette.negative));
            ui.label(reason);
        }
        None => {
            ui.label("Listening to it was stopped.");
        }
    }
    ui.add_space(GAP);
    ui.horizontal(|ui| {
        if ui.button("Try again").clicked() {
            wishes.push(Wish::Inspect(path.to_owned()));
        }
        if ui.button("Remove from the list").clicked() {
            wishes.push(Wish::Forget(path.to_owned()));
        }
    });
}

fn header(ui: &mut Ui, path: &Path, found: &Explanation, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.add_space(GAP);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(name_of(path)).heading()).on_hover_text(&found.path);
        let verdict = &found.track.verdict;
        let called = match &verdict.labels[..] {
            [] => "none of the classes".to_owned(),
            labels => labels.join(", "),
        };
        ui.label(RichText::new(called).heading().color(palette.accent));
        let hint = "Where one label is given, softmax(logits / temperature), with the temperature that the classifier was trained with: a small difference of logits may decide";
        ui.label(format!("{:.0} %", verdict.confidence * 100.0)).on_hover_text(hint);
        if verdict.familiarity.is_some_and(|reading| reading.low) {
            let hint = "Its best similarity is lower than that of nearly all training audio: this may be none of the classes";
            ui.label(RichText::new("unfamiliar").color(palette.warning)).on_hover_text(hint);
        }
        if found.audio.silent {
            let hint = "Nothing in it is louder than −80 dB of full scale: what it is called means nothing";
            ui.label(RichText::new("silent").color(palette.warning)).on_hover_text(hint);
        }
        if ui.button("Close file").clicked() {
            wishes.push(Wish::Forget(path.to_owned()));
        }
    });
    let audio = &found.audio;
    let n = found.segments.len();
    let text = format!(
        "{:.1} s, {n} {}, {} at {} kHz, {}",
        audio.seconds,
        if n == 1 { "segment" } else { "segments" },
        audio.codec,
        f64::from(audio.sample_rate_hz) / 1000.0,
        match audio.n_channels {
            1 => "mono".to_owned(),
            2 => "stereo".to_owned(),
            n => format!("{n} channels"),
        }
    );
    ui.label(RichText::new(text).color(palette.faint));
}

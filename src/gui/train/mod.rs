//! A new run: what a folder will be read as, what to learn, and how it goes.

mod data;
mod live;

use std::path::{Path, PathBuf};

use eframe::egui::{
    CentralPanel, ComboBox, CornerRadius, DragValue, Frame, Grid, Margin, RichText, ScrollArea,
    Stroke, TextEdit, Ui,
};

use self::live::Live;
use super::desk::{Checked, Choice, JobKind, Lesson, News};
use super::path_field::path_field;
use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette, RADIUS};
use super::wish::Wish;
use crate::runs::{PrototypeSettings, check_name};

/// Width of what stands alone.
const WIDTH: f32 = 880.0;
/// Sources that can be read, and what they are.
const LAYOUTS: [(&str, &str); 4] = [
    ("jazz/song.flac", "a folder of audio for each class; splits are drawn"),
    ("train/jazz/song.flac", "the same in folders train, validation and test"),
    ("list.csv", "paths and classes in columns, with a split or a group where there is one"),
    (
        "gtzan, nsynth, …",
        "as they are published: GTZAN, Medley-solos-DB, NSynth, Hugging Face audiofolder",
    ),
];
/// Prototypes of a class that can be asked for here.
const MOST_PER_CLASS: usize = 100;

/// What a source was found to be, or why it cannot be learned from.
type Found = Result<Box<Checked>, String>;

/// What the view remembers.
#[derive(Default)]
pub(super) struct TrainState {
    /// The path that is being written.
    path: String,
    /// The source that is looked at, and what it was found to be.
    source: Option<(PathBuf, Option<Found>)>,
    /// What is to be learned from it.
    plan: Plan,
    /// What is being learned, or was last.
    live: Option<Live>,
}

/// What is to be learned.
struct Plan {
    /// Of the run; empty for one made of the source's name.
    name: String,
    /// Of the model, where there are several.
    model: Option<String>,
    per_class: usize,
}

impl Default for Plan {
    fn default() -> Self {
        let per_class = PrototypeSettings::default().per_class;
        Self { name: String::new(), model: None, per_class }
    }
}

impl TrainState {
    /// Turns to a source.
    pub(super) fn look_at(&mut self, path: &Path) {
        self.path = path.display().to_string();
        (self.source, self.plan) = (Some((path.to_owned(), None)), Plan::default());
    }

    /// A source was looked at.
    pub(super) fn checked(&mut self, path: PathBuf, found: Result<Box<Checked>, String>) {
        if let Some((source, known)) = &mut self.source
            && *source == path
        {
            *known = Some(found);
        }
    }

    /// Something is to be learned.
    pub(super) fn begin(&mut self, lesson: &Lesson) {
        self.live = Some(Live::new(lesson));
    }

    /// News of what is learned.
    pub(super) fn learn(&mut self, news: News, wishes: &mut Vec<Wish>) {
        if matches!(news, News::Done(_) | News::Stopped(_) | News::Failed(_)) {
            wishes.push(Wish::List);
        }
        if let Some(live) = &mut self.live {
            live.learn(news);
        }
    }
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    CentralPanel::default().show(ui, |ui| {
        ScrollArea::vertical().id_salt("train").auto_shrink(false).show(ui, |ui| {
            ui.add_space(GROUP_GAP);
            ui.heading("Learn prototypes of your own audio");
            ui.label(
                RichText::new("A folder with one folder of audio for each class, or a CSV list of files and classes.")
                    .color(palette.faint),
            );
            ui.add_space(GAP);
            let words = ["Labeled audio", "Look at it"];
            path_field(ui, &mut state.train.path, words, Choice::Data, Wish::Check, wishes);
            ui.add_space(GAP);
            // What happens is looked at before what might.
            if let Some(live) = &state.train.live {
                live.show(ui, state, wishes);
                ui.add_space(GROUP_GAP);
                ui.separator();
                ui.add_space(GAP);
            }
            source(ui, state, wishes);
            ui.add_space(GROUP_GAP);
        });
    });
}

fn source(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    let Some((path, found)) = state.train.source.take() else {
        if state.train.live.is_none() {
            invitation(ui, palette);
        }
        return;
    };
    match &found {
        None if state.is_busy_with(JobKind::Check) => {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label("Opening every file");
            });
        }
        None => {
            ui.label(RichText::new("It was not looked at to the end.").color(palette.faint));
        }
        Some(Err(reason)) => {
            ui.label(RichText::new(reason).color(palette.negative));
        }
        Some(Ok(checked)) => {
            data::show(ui, &checked.report);
            ui.add_space(GROUP_GAP);
            plan(ui, state, &path, checked, wishes);
        }
    }
    state.train.source = Some((path, found));
}

/// What can be learned from, while there is nothing.
fn invitation(ui: &mut Ui, palette: Palette) {
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(CornerRadius::same(RADIUS))
        .stroke(Stroke::new(1.0, palette.line))
        .inner_margin(Margin::same(20));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width().min(WIDTH));
        ui.label(RichText::new("Drop it here, anywhere on the window").heading());
        ui.add_space(GAP);
        Grid::new("layouts").num_columns(2).spacing([GROUP_GAP, 6.0]).show(ui, |ui| {
            for (layout, what) in LAYOUTS {
                ui.label(RichText::new(layout).monospace());
                ui.label(RichText::new(what).color(palette.faint));
                ui.end_row();
            }
        });
        ui.add_space(GAP);
        ui.label(
            "It is looked at first, file by file: classes, splits, what cannot be read, what is there twice. Nothing is learned before you say so.",
        );
    });
}

fn plan(ui: &mut Ui, state: &mut State, source: &Path, checked: &Checked, wishes: &mut Vec<Wish>) {
    if checked.report.unusable.is_some() {
        return;
    }
    let palette = Palette::of(ui.ctx());
    let is_busy = state.is_busy_with(JobKind::Learn);
    let runs = state.runs.clone();
    let plan = &mut state.train.plan;
    ui.horizontal(|ui| {
        let label = ui.label("Name of the run");
        let field = TextEdit::singleline(&mut plan.name)
            .hint_text("that of the folder")
            .desired_width(180.0);
        ui.add(field).labelled_by(label.id);
        let label = ui.label("Prototypes of a class");
        let number = DragValue::new(&mut plan.per_class).range(1..=MOST_PER_CLASS);
        ui.add(number).labelled_by(label.id);
        if checked.models.len() > 1 {
            let label = ui.label("Model");
            let chosen = plan.model.clone().unwrap_or_else(|| "choose".to_owned());
            ComboBox::from_id_salt("model")
                .selected_text(chosen)
                .show_ui(ui, |ui| {
                    for model in &checked.models {
                        ui.selectable_value(&mut plan.model, Some(model.clone()), model);
                    }
                })
                .response
                .labelled_by(label.id);
        }
    });
    let name = plan.name.trim().to_owned();
    let place = runs.join(&name);
    let refusal = match check_name(&name) {
        _ if name.is_empty() => None,
        Err(error) => Some(error.to_string()),
        Ok(()) if state.known_runs.iter().any(|run| run.folder.path() == place) => {
            Some(format!("there is a run called {name} already"))
        }
        Ok(()) => None,
    };
    let lacks_model = checked.models.len() > 1 && plan.model.is_none();
    let lesson = Lesson::Train {
        source: source.to_owned(),
        name: (!name.is_empty()).then_some(name),
        model: plan.model.clone(),
        per_class: plan.per_class,
        runs,
    };
    ui.horizontal(|ui| {
        let is_ready = !is_busy && refusal.is_none() && !lacks_model;
        let button = eframe::egui::Button::new(RichText::new("Train").strong());
        let button = ui.add_enabled(is_ready, button.min_size(eframe::egui::vec2(96.0, 32.0)));
        let button = button
            .on_disabled_hover_text("Something is being learned, or something is missing above");
        if button.clicked() {
            wishes.push(Wish::Learn(lesson.clone()));
        }
        if ui.button("Copy as command").on_hover_text("The same on the command line").clicked() {
            ui.ctx().copy_text(live::command(&lesson));
        }
        if let Some(refusal) = refusal {
            ui.label(RichText::new(refusal).color(palette.negative));
        }
    });
}

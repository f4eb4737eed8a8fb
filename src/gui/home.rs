//! Runs to open, and ways to make one.

use eframe::egui::{
    Button, CentralPanel, CornerRadius, Frame, Grid, Margin, RichText, ScrollArea, Stroke, Ui, vec2,
};

use super::desk::{Choice, JobKind, Lesson, name_of};
use super::path_field::path_field;
use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette, RADIUS};
use super::wish::{View, Wish};
use crate::runs::{self, RunSummary};
use crate::studio::demo::DemoSet;

/// The widest that a card is.
const WIDTH: f32 = 860.0;

/// What the view remembers.
#[derive(Debug, Default)]
pub(super) struct HomeState {
    /// The path that is being written.
    path: String,
    /// Why the run that was asked for last is not open.
    pub(super) refusal: Option<String>,
}

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    CentralPanel::default().show(ui, |ui| {
        ui.add_space(GROUP_GAP);
        ui.label(RichText::new("Hear what your classifier has learned").size(26.0).strong());
        let text = "Open a run to listen to its prototypes, or drop a run folder, labeled audio or a sound here.";
        ui.label(RichText::new(text).color(palette.faint));
        ui.add_space(GROUP_GAP);
        if let Some(path) = &state.opening {
            ui.horizontal(|ui| {
                ui.spinner();
                ui.label(format!("Opening {}", name_of(path)));
            });
            return;
        }
        beginnings(ui, state, wishes);
        ui.add_space(GROUP_GAP);
        let words = ["Another run", "Open this folder"];
        path_field(ui, &mut state.home.path, words, Choice::Run, Wish::Open, wishes);
        if let Some(reason) = &state.home.refusal {
            ui.label(RichText::new(reason).color(palette.negative));
        }
        ui.add_space(GROUP_GAP);
        ui.horizontal(|ui| {
            ui.heading("Runs");
            let text = format!("opened lately, and in {}", state.runs.display());
            ui.label(RichText::new(text).color(palette.faint));
        });
        ui.add_space(GAP);
        if state.known_runs.is_empty() {
            let text = "There is no run yet; the demonstration makes one in about three minutes.";
            ui.label(RichText::new(text).color(palette.faint));
            return;
        }
        let is_learning = state.is_busy_with(JobKind::Learn);
        ScrollArea::vertical().id_salt("runs").auto_shrink(false).show(ui, |ui| {
            for run in &state.known_runs {
                entry(ui, run, is_learning, palette, wishes);
            }
        });
    });
}

/// Ways to a first run.
fn beginnings(ui: &mut Ui, state: &State, wishes: &mut Vec<Wish>) {
    let is_free = state.models.is_some() && !state.is_busy_with(JobKind::Learn);
    ui.horizontal(|ui| {
        let demo = Button::new(RichText::new("Make the demonstration").strong());
        let demo = ui.add_enabled(is_free, demo.min_size(vec2(0.0, 36.0)));
        let hint = "Learns ten instruments from clips that are part of the program, then turns prototypes into sound; what is there already is gone on with";
        if demo.on_hover_text(hint).clicked() {
            let runs = state.runs.clone();
            wishes.push(Wish::Learn(Lesson::Demo { set: DemoSet::Instruments, runs }));
        }
        let new = Button::new(RichText::new("New run of your own audio …").strong());
        let hint = "Looks at a folder of labeled audio, then learns from it";
        if ui.add(new.min_size(vec2(0.0, 36.0))).on_hover_text(hint).clicked() {
            wishes.push(Wish::Go(View::Train));
        }
    });
}

fn entry(
    ui: &mut Ui,
    run: &RunSummary,
    is_learning: bool,
    palette: Palette,
    wishes: &mut Vec<Wish>,
) {
    let frame = Frame::new()
        .fill(palette.raised)
        .corner_radius(CornerRadius::same(RADIUS))
        .stroke(Stroke::new(1.0, palette.line))
        .inner_margin(Margin::same(12));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width().min(WIDTH));
        ui.horizontal(|ui| {
            ui.label(RichText::new(run.folder.name()).heading());
            let open = ui.add_enabled(run.has_model, Button::new("Open"));
            let open = open.on_disabled_hover_text("It has no classifier yet; go on with it");
            if open.clicked() {
                wishes.push(Wish::Open(run.folder.path().to_owned()));
            }
            let is_stopped = run.status.as_ref().is_ok_and(|status| {
                matches!(status.state, runs::State::Interrupted | runs::State::Running)
            });
            if is_stopped {
                let button = ui.add_enabled(!is_learning, Button::new("Go on with training"));
                let button = button.on_hover_text(
                    "From its last checkpoint, to the very numbers of a run that was never stopped",
                );
                if button.on_disabled_hover_text("Something is being learned").clicked() {
                    wishes.push(Wish::Learn(Lesson::Resume(run.folder.path().to_owned())));
                }
            }
            let path = run.folder.path().display().to_string();
            ui.label(RichText::new(path).small().color(palette.faint));
        });
        let status = match &run.status {
            Ok(status) => status,
            Err(reason) => {
                ui.label(RichText::new(reason).color(palette.negative));
                return;
            }
        };
        Grid::new(("facts", run.folder.path())).num_columns(4).spacing([GROUP_GAP, 2.0]).show(
            ui,
            |ui| {
                let accuracy = status
                    .validation_accuracy
                    .map_or("not measured".to_owned(), |accuracy| format!("{accuracy:.3}"));
                for (i, (name, value)) in [
                    ("Accuracy on validation", accuracy),
                    ("Classes", status.labels.join(", ")),
                    ("Prototypes", status.n_prototypes.to_string()),
                    ("State", state_of(status.state, is_learning)),
                ]
                .into_iter()
                .enumerate()
                {
                    ui.label(RichText::new(name).color(palette.faint));
                    ui.label(value);
                    if i % 2 == 1 {
                        ui.end_row();
                    }
                }
            },
        );
    });
    ui.add_space(GAP);
}

/// In words; a run that says that it is running, and is not, was killed.
fn state_of(state: runs::State, is_learning: bool) -> String {
    match state {
        runs::State::Running if !is_learning => "not finished".to_owned(),
        state => state.to_string(),
    }
}

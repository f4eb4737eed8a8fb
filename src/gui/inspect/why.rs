//! The sum that makes a score, term by term.

use std::path::Path;

use eframe::egui::{ComboBox, Grid, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};

use super::listen;
use crate::gui::paint::signed_bar;
use crate::gui::prototypes;
use crate::gui::state::State;
use crate::gui::theme::{GAP, GROUP_GAP, Palette};
use crate::gui::wish::{View, Wish};
use crate::gui::words::command as command_of;
use crate::studio::explain::{Answer, Explanation, ViewKind};

/// Terms that are shown one by one.
const N_TERMS: usize = 12;

pub(super) fn show(
    ui: &mut Ui,
    state: &mut State,
    path: &Path,
    found: &Explanation,
    wishes: &mut Vec<Wish>,
) {
    let Some(answer) = found.answers.first() else { return };
    question(ui, state, path, found, answer, wishes);
    ui.add_space(GAP);
    listen::show(ui, state, path, found, answer, wishes);
    ui.add_space(GAP);
    sum(ui, state, answer, wishes);
}

fn question(
    ui: &mut Ui,
    state: &mut State,
    path: &Path,
    found: &Explanation,
    answer: &Answer,
    wishes: &mut Vec<Wish>,
) {
    let before = state.inspect.asking();
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(RichText::new("Why").strong());
        let mut why = answer.class.clone();
        ComboBox::from_id_salt("why")
            .selected_text(&why)
            .show_ui(ui, |ui| {
                for class in &found.classes {
                    ui.selectable_value(&mut why, class.label.clone(), &class.label);
                }
            })
            .response
            .labelled_by(label.id);
        if why != answer.class {
            state.inspect.why = Some(why.clone());
            // What is left to compare with must be another class.
            state.inspect.against = state.inspect.against.take().filter(|other| *other != why);
        }
        let label = ui.label(RichText::new("rather than").strong());
        let mut against = answer.against.clone();
        ComboBox::from_id_salt("against")
            .selected_text(against.as_deref().unwrap_or("nothing"))
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut against, None, "nothing");
                for class in found.classes.iter().filter(|class| class.label != why) {
                    ui.selectable_value(&mut against, Some(class.label.clone()), &class.label);
                }
            })
            .response
            .labelled_by(label.id);
        if against != answer.against {
            state.inspect.why = Some(why);
            state.inspect.against = against;
        }
        ui.add_space(GROUP_GAP);
        for (view, title, hint) in [
            (ViewKind::Centered, "From what is usual", "Similarities are measured from their mean over training audio: more telling about this file"),
            (ViewKind::Absolute, "From zero", "Similarities as they are: the sum begins at the bias"),
        ] {
            let is_known = found.knows_training || view == ViewKind::Absolute;
            let button = eframe::egui::Button::selectable(answer.view == view, title);
            if ui.add_enabled(is_known, button).on_hover_text(hint).clicked() {
                state.inspect.view = Some(view);
            }
        }
    });
    if ui.button("Copy as command").on_hover_text("The same on the command line").clicked() {
        ui.ctx().copy_text(command(state, path, answer));
    }
    if state.inspect.asking() != before {
        wishes.push(Wish::Ask(path.to_owned(), state.inspect.asking()));
    }
}

/// What says the same on the command line.
fn command(state: &State, path: &Path, answer: &Answer) -> String {
    let run = state.run.as_ref().map(|run| run.path.display().to_string()).unwrap_or_default();
    let view = match answer.view {
        ViewKind::Absolute => "absolute",
        ViewKind::Centered => "centered",
    };
    let mut words = vec!["explain".to_owned(), run, path.display().to_string()];
    words.extend(["--why".to_owned(), answer.class.clone()]);
    words.extend(answer.against.iter().flat_map(|other| ["--vs".to_owned(), other.clone()]));
    words.extend(["--view".to_owned(), view.to_owned()]);
    command_of(words)
}

fn sum(ui: &mut Ui, state: &State, answer: &Answer, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    let colors = [palette.positive, palette.negative, palette.faint];
    let terms = &answer.contributions;
    let shown = &terms[..terms.len().min(N_TERMS)];
    let rest: f64 = terms[shown.len()..].iter().map(|term| term.contribution).sum();
    let largest = shown.iter().map(|term| term.contribution.abs()).fold(rest.abs(), f64::max);
    let bar = |ui: &mut Ui, value: f64, label: String| {
        let (rect, response) = ui.allocate_exact_size(vec2(180.0, 12.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
        let rect = Rect::from_center_size(rect.center(), vec2(rect.width(), 9.0));
        signed_bar(ui.painter(), rect, value as f32, largest as f32, colors);
    };
    Grid::new("sum").num_columns(7).spacing([GROUP_GAP, 4.0]).striped(true).show(ui, |ui| {
        for (title, hint) in [
            ("", ""),
            ("prototype", ""),
            ("how similar", "exp(-distance) between the segment and the prototype, from 0 to 1; in brackets what is usual"),
            ("how much it counts", "Its weight for the class, or the difference of two weights"),
            ("contributes", "Weight times similarity, less what is usual where that is chosen"),
            ("", ""),
        ] {
            ui.label(RichText::new(title).color(palette.faint)).on_hover_text(hint);
        }
        ui.end_row();
        let start = match answer.view {
            ViewKind::Absolute => "bias",
            ViewKind::Centered => "average training audio",
        };
        ui.label("");
        ui.label(start);
        ui.label("");
        ui.label("");
        ui.monospace(format!("{:+.3}", answer.start));
        ui.label("");
        ui.end_row();
        for term in shown {
            let run = state.run.as_ref();
            let known = run.and_then(|run| run.find(&term.prototype));
            let sound = known.and_then(prototypes::sounding);
            let play = ui.add_enabled(sound.is_some(), eframe::egui::Button::new("Play"));
            let label = format!("Play {}", term.prototype);
            play.widget_info(|| WidgetInfo::labeled(Role::Button, sound.is_some(), &label));
            if play.on_hover_text(&label).clicked() {
                wishes.extend(sound.map(Wish::Play));
            }
            if ui.link(&term.prototype).on_hover_text("Look at it").clicked() {
                wishes.push(Wish::Select(term.prototype.clone()));
                wishes.push(Wish::Go(View::Prototypes));
            }
            let usual = term.usual.map_or(String::new(), |usual| format!(" ({usual:.3})"));
            ui.monospace(format!("{:.3}{usual}", term.similarity));
            ui.monospace(format!("{:+.2}", term.weight));
            ui.monospace(format!("{:+.3}", term.contribution));
            bar(ui, term.contribution, format!("{} contributes {:+.3}", term.prototype, term.contribution));
            ui.end_row();
        }
        if terms.len() > shown.len() {
            ui.label("");
            ui.label(format!("{} others", terms.len() - shown.len()));
            ui.label("");
            ui.label("");
            ui.monospace(format!("{rest:+.3}"));
            bar(ui, rest, format!("all others contribute {rest:+.3}"));
            ui.end_row();
        }
        let what = match &answer.against {
            Some(_) => "difference of logits",
            None => "logit",
        };
        ui.label("");
        ui.label(RichText::new(what).strong());
        ui.label("");
        ui.label("");
        ui.label(RichText::new(format!("{:+.3}", answer.total.logit)).monospace().strong());
        ui.label("");
        ui.end_row();
    });
    let text = format!(
        "The sum is {:.4}, the classifier says {:.4}.",
        answer.total.sum, answer.total.logit
    );
    ui.label(RichText::new(text).color(palette.faint));
}

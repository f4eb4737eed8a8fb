//! What is being learned, and how it goes.

use std::path::PathBuf;

use eframe::egui::{ProgressBar, RichText, Ui};
use egui_plot::{Corner, Legend, Line, Plot};

use crate::gui::desk::{JobKind, Lesson, News};
use crate::gui::evaluate::still;
use crate::gui::state::State;
use crate::gui::theme::{GAP, Palette};
use crate::gui::wish::{View, Wish};
use crate::gui::words::{capital, command as command_of};
use crate::studio::train::{DataFacts, Progress};

/// Height of a diagram.
const HEIGHT: f32 = 190.0;
/// Points of a curve at most; where there are more, every second one goes.
const N_POINTS: usize = 2000;

/// What is being learned, or was last.
pub(super) struct Live {
    lesson: Lesson,
    facts: Option<DataFacts>,
    warnings: Vec<String>,
    /// Step and loss, now and then.
    losses: Vec<[f64; 2]>,
    /// Step and loss on validation, at each evaluation.
    validation: Vec<[f64; 2]>,
    /// Step and class-balanced accuracy of segments on validation.
    accuracy: Vec<[f64; 2]>,
    last: Option<Progress>,
    outcome: Option<Outcome>,
}

/// How it ended.
enum Outcome {
    Done(PathBuf),
    Stopped(String),
    Failed(String),
}

impl Live {
    pub(super) fn new(lesson: &Lesson) -> Self {
        Self {
            lesson: lesson.clone(),
            facts: None,
            warnings: Vec::new(),
            losses: Vec::new(),
            validation: Vec::new(),
            accuracy: Vec::new(),
            last: None,
            outcome: None,
        }
    }

    pub(super) fn learn(&mut self, news: News) {
        match news {
            News::Warning(warning) => self.warnings.push(warning),
            News::Data(facts) => self.facts = Some(facts),
            News::Before(rows) => {
                for row in rows {
                    let step = row.step as f64;
                    push(&mut self.losses, [step, row.loss]);
                    let found = row.validation_loss.map(|loss| [step, loss]);
                    found.into_iter().for_each(|point| push(&mut self.validation, point));
                    let found = row.validation_balanced_accuracy.map(|share| [step, share]);
                    found.into_iter().for_each(|point| push(&mut self.accuracy, point));
                }
            }
            News::Progress(progress) => {
                let step = progress.step as f64;
                push(&mut self.losses, [step, progress.losses.total]);
                // The last evaluation is told until there is another.
                let before = self.validation.last().map(|[_, loss]| *loss);
                if let Some(found) = progress.evaluation.filter(|it| Some(it.loss) != before) {
                    push(&mut self.validation, [step, found.loss]);
                    push(&mut self.accuracy, [step, found.balanced_accuracy]);
                }
                self.last = Some(progress);
            }
            News::Done(run) => self.outcome = Some(Outcome::Done(run)),
            News::Stopped(reason) => self.outcome = Some(Outcome::Stopped(reason)),
            News::Failed(reason) => self.outcome = Some(Outcome::Failed(reason)),
        }
    }

    pub(super) fn show(&self, ui: &mut Ui, state: &State, wishes: &mut Vec<Wish>) {
        let palette = Palette::of(ui.ctx());
        ui.horizontal(|ui| {
            ui.heading(capital(&self.lesson.title()));
            if ui.button("Copy as command").on_hover_text("The same on the command line").clicked()
            {
                ui.ctx().copy_text(command(&self.lesson));
            }
        });
        for warning in &self.warnings {
            ui.label(RichText::new(warning).color(palette.warning));
        }
        if let Some(facts) = &self.facts {
            let [train, validation, test] = facts.n_tracks;
            let text = format!(
                "{} classes; tracks: train {train}, validation {validation}, test {test}; {} steps, {:.0} times each segment",
                facts.labels.len(),
                facts.n_steps,
                facts.n_epochs
            );
            ui.label(RichText::new(text).color(palette.faint));
        }
        self.progress(ui, state, wishes);
        self.end(ui, wishes);
        if self.losses.len() > 1 {
            self.curves(ui, palette);
        }
    }

    fn progress(&self, ui: &mut Ui, state: &State, wishes: &mut Vec<Wish>) {
        let job = state.jobs.iter().find(|known| known.job.kind == JobKind::Learn);
        let Some(underway) = job.filter(|_| self.outcome.is_none()) else { return };
        ui.add_space(GAP);
        ui.horizontal(|ui| {
            let bar = ProgressBar::new(underway.fraction).desired_width(320.0).desired_height(10.0);
            ui.add(bar);
            ui.label(&underway.words);
            if ui.button("Stop").on_hover_text("What is learned so far is kept").clicked() {
                wishes.push(Wish::Cancel(underway.job.id));
            }
        });
    }

    fn end(&self, ui: &mut Ui, wishes: &mut Vec<Wish>) {
        let palette = Palette::of(ui.ctx());
        match &self.outcome {
            None => {}
            Some(Outcome::Done(run)) => {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("It is learned.").strong().color(palette.positive));
                    if ui.button(RichText::new("Open the run").strong()).clicked() {
                        wishes.push(Wish::Open(run.clone()));
                        wishes.push(Wish::Go(View::Prototypes));
                    }
                });
            }
            Some(Outcome::Stopped(reason)) => {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("Stopped").strong().color(palette.warning));
                    if ui.button("To the runs, to go on").clicked() {
                        wishes.push(Wish::Go(View::Home));
                    }
                });
                ui.label(RichText::new(reason).color(palette.faint));
            }
            Some(Outcome::Failed(reason)) => {
                let text = RichText::new("It could not be learned.").strong();
                ui.label(text.color(palette.negative));
                ui.label(reason);
            }
        }
    }

    fn curves(&self, ui: &mut Ui, palette: Palette) {
        ui.add_space(GAP);
        let width = (ui.available_width() - 16.0) / 2.0;
        ui.horizontal(|ui| {
            let plot = still(Plot::new("live losses")).width(width).height(HEIGHT).include_y(0.0);
            plot.legend(Legend::default()).x_axis_label("step").y_axis_label("loss").show(
                ui,
                |plot| {
                    plot.line(Line::new("training", self.losses.clone()).color(palette.accent));
                    let line = Line::new("validation", self.validation.clone());
                    plot.line(line.color(palette.negative));
                },
            );
            let plot = still(Plot::new("live accuracy")).width(width).height(HEIGHT);
            let plot = plot
                .include_y(0.0)
                .include_y(1.0)
                .legend(Legend::default().position(Corner::RightBottom));
            plot.x_axis_label("step").y_axis_label("accuracy").show(ui, |plot| {
                let line = Line::new("validation segments, class-balanced", self.accuracy.clone());
                plot.line(line.color(palette.negative));
            });
        });
        if let Some(last) = &self.last {
            let on_validation = last.evaluation.map_or("not measured yet".to_owned(), |found| {
                format!("{:.3}, accuracy {:.3}", found.loss, found.balanced_accuracy)
            });
            let text = format!(
                "Step {} of {}: loss {:.3}, on validation {on_validation}; steps a second: {:.0}",
                last.step, last.n_steps, last.losses.total, last.steps_per_second
            );
            ui.label(RichText::new(text).color(palette.faint));
        }
    }
}

/// Keeps a curve short enough to be painted at any length.
fn push(curve: &mut Vec<[f64; 2]>, point: [f64; 2]) {
    curve.push(point);
    if curve.len() > N_POINTS {
        let mut is_kept = false;
        curve.retain(|_| {
            is_kept = !is_kept;
            is_kept
        });
    }
}

/// What does the same on the command line.
pub(super) fn command(lesson: &Lesson) -> String {
    let words = match lesson {
        Lesson::Train { source, name, model, per_class, runs } => {
            let mut words = vec!["train".to_owned(), source.display().to_string()];
            words.extend(["--prototypes-per-class".to_owned(), per_class.to_string()]);
            for (option, value) in [("--name", name), ("--model", model)] {
                words.extend(value.iter().flat_map(|value| [option.to_owned(), value.clone()]));
            }
            words.extend(["--runs".to_owned(), runs.display().to_string()]);
            words
        }
        Lesson::Resume(run) => {
            vec!["train".to_owned(), "--resume".to_owned(), run.display().to_string()]
        }
        Lesson::Demo { set, runs } => {
            let runs = runs.display().to_string();
            vec!["demo".to_owned(), set.to_string(), "--runs".to_owned(), runs]
        }
    };
    command_of(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::HistoryRow;
    use crate::training::{Evaluation, Losses};

    #[test]
    fn a_curve_stays_short_and_keeps_its_ends() {
        let mut curve = Vec::new();
        (0..100_000).for_each(|i| push(&mut curve, [f64::from(i), 0.0]));
        assert!(curve.len() <= N_POINTS && curve.len() >= N_POINTS / 2);
        assert_eq!(curve[0][0], 0.0);
        assert!(curve.last().unwrap()[0] > 99_000.0);
        assert!(curve.is_sorted_by(|a, b| a[0] < b[0]));
    }

    #[test]
    fn a_run_that_is_gone_on_with_shows_what_came_before() {
        let mut live = Live::new(&Lesson::Resume("run".into()));
        let row = |step: usize, validation: Option<f64>| HistoryRow {
            step,
            learning_rate: 0.1,
            loss: 2.0,
            class_loss: 1.0,
            prototype_loss: 1.0,
            diversity: 0.0,
            validation_loss: validation,
            validation_class_loss: validation,
            validation_prototype_loss: validation,
            validation_balanced_accuracy: validation.map(|_| 0.5),
        };
        live.learn(News::Before(vec![row(10, None), row(20, Some(3.0))]));
        let evaluation = Evaluation {
            loss: 3.0,
            class_loss: 2.0,
            prototype_loss: 1.0,
            diversity: 0.0,
            balanced_accuracy: 0.5,
        };
        let progress = |step, evaluation| Progress {
            step,
            n_steps: 100,
            losses: Losses { total: 1.5, class: 1.0, prototype: 0.5, diversity: 0.0 },
            evaluation: Some(evaluation),
            best: None,
            steps_per_second: 1.0,
            remaining: std::time::Duration::from_secs(1),
        };
        live.learn(News::Progress(progress(25, evaluation)));
        live.learn(News::Progress(progress(30, Evaluation { loss: 2.5, ..evaluation })));
        assert_eq!(live.losses, [[10.0, 2.0], [20.0, 2.0], [25.0, 1.5], [30.0, 1.5]]);
        assert_eq!(live.validation, [[20.0, 3.0], [30.0, 2.5]]);
        assert_eq!(live.accuracy, [[20.0, 0.5], [30.0, 0.5]]);
    }

    #[test]
    fn a_lesson_is_a_command_also_where_paths_hold_spaces() {
        let lesson = Lesson::Train {
            source: "my music".into(),
            name: Some("mine".to_owned()),
            model: None,
            per_class: 3,
            runs: "runs".into(),
        };
        let wanted = "pecmae train 'my music' --prototypes-per-class 3 --name mine --runs runs";
        assert_eq!(command(&lesson), wanted);
    }
}

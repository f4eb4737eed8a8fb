//! A run as a window shows it.

use std::path::PathBuf;

use crate::classifier::Objective;
use crate::evaluation::Accuracy;
use crate::runs::{HistoryRow, Revision, Step};
use crate::studio::edit::Editor;
use crate::studio::prototypes::{PrototypeRow, PrototypesReport};
use crate::studio::sonify_run::{Check, Sound};
use crate::studio::trained::Trained;

/// Everything about a run that depends on no split and no file.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub path: PathBuf,
    /// Where what somebody saves of it lies; it need not exist yet.
    pub exports: PathBuf,
    /// What its user calls the model that made its z.
    pub model: String,
    /// The classes, in the order of weights.
    pub classes: Vec<String>,
    /// Whether a track may have several labels.
    pub multi_label: bool,
    /// Segments of training that shares are of.
    pub n_segments: usize,
    /// Tracks of validation that costs are measured on.
    pub n_validation: usize,
    /// What the classifier reaches there now.
    pub validation: Option<Accuracy>,
    /// Its class-balanced accuracy there before the first edit in force; `None` without edits.
    pub trained_validation: Option<f64>,
    /// The prototypes, in the order of the classifier.
    pub prototypes: Vec<PrototypeView>,
    /// Classes whose prototypes are all disabled: nothing speaks for them but their bias.
    pub silenced: Vec<String>,
    /// How its training went.
    pub history: Vec<HistoryRow>,
    /// What was done, oldest first.
    pub edits: Vec<EditEntry>,
    /// What an undo would take back.
    pub undo: Option<String>,
    /// What a redo would do again.
    pub redo: Option<String>,
}

/// One prototype.
#[derive(Debug, Clone)]
pub struct PrototypeView {
    /// What it is good for.
    pub row: PrototypeRow,
    /// Its class, as an index.
    pub class: usize,
    /// Whether an edit in force made it or changed its name.
    pub is_edited: bool,
    /// Its sounds that count, by take.
    pub takes: Vec<Take>,
}

/// One sound of a prototype.
#[derive(Debug, Clone)]
pub struct Take {
    /// Its number.
    pub take: usize,
    /// The seed of its noise.
    pub seed: u64,
    /// The WAV file.
    pub path: PathBuf,
    /// What brings it to −23 LUFS, in dB, or as near to it as full scale allows; `None` where it is too quiet to measure.
    pub gain_db: Option<f32>,
    /// What the model hears in it, where that was looked at.
    pub check: Option<Check>,
}

/// One line of the log of edits.
#[derive(Debug, Clone)]
pub struct EditEntry {
    /// What was done, in words.
    pub what: String,
    /// When.
    pub time: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// Class-balanced accuracy of validation before and after.
    pub validation: Option<Revision>,
    /// Whether it is in force.
    pub is_in_force: bool,
}

impl RunView {
    pub(super) fn of(
        editor: &Editor,
        trained: &Trained,
        report: &PrototypesReport,
        sounds: &[(PathBuf, Sound)],
        history: Vec<HistoryRow>,
    ) -> Self {
        let (classifier, original) = (editor.classifier(), editor.trained());
        let prototype = |(m, row): (usize, &PrototypeRow)| {
            let known = original.info().iter().find(|info| info.name == row.name);
            let of_it = sounds.iter().filter(|(_, sound)| sound.row == m);
            PrototypeView {
                class: classifier.info()[m].label,
                is_edited: known.is_none_or(|info| info.enabled != row.enabled),
                takes: of_it.map(|(path, sound)| Take::of(path, sound)).collect(),
                row: row.clone(),
            }
        };
        let log = editor.log();
        let in_force = log.in_force();
        let named = |line: usize| match &log.lines()[line].step {
            Step::Edit { edit } => edit.to_string(),
            Step::Undo => "undo".to_owned(),
            Step::Redo => "redo".to_owned(),
        };
        let entry = |(number, line): (usize, &crate::runs::EditLine)| EditEntry {
            what: named(number),
            time: line.time.clone(),
            reason: line.reason.clone(),
            validation: line.validation,
            is_in_force: in_force.contains(&number),
        };
        let speaks =
            |class: usize| classifier.info().iter().any(|info| info.label == class && info.enabled);
        let classes = classifier.labels().iter().enumerate();
        let silenced = classes.filter(|(class, _)| !speaks(*class));
        let first = in_force.first().and_then(|line| log.lines()[*line].validation);
        Self {
            name: editor.run().name(),
            path: editor.run().path().to_owned(),
            exports: editor.run().exports_path(),
            model: trained.model.clone().unwrap_or_default(),
            classes: classifier.labels().to_vec(),
            multi_label: matches!(classifier.objective(), Objective::Sigmoid { .. }),
            n_segments: report.n_segments,
            n_validation: report.n_validation,
            validation: report.validation,
            trained_validation: first.map(|revision| revision.before),
            prototypes: report.prototypes.iter().enumerate().map(prototype).collect(),
            silenced: silenced.map(|(_, class)| class.clone()).collect(),
            history,
            edits: log.lines().iter().enumerate().map(entry).collect(),
            undo: in_force.last().map(|line| named(*line)),
            redo: log.undone().map(named),
        }
    }

    /// The prototype of a name.
    pub fn find(&self, name: &str) -> Option<&PrototypeView> {
        self.prototypes.iter().find(|prototype| prototype.row.name == name)
    }
}

impl Take {
    fn of(path: &std::path::Path, sound: &Sound) -> Self {
        Self {
            take: sound.take,
            seed: sound.made.seed,
            path: path.to_owned(),
            gain_db: sound.gain_db,
            check: sound.check.clone(),
        }
    }
}

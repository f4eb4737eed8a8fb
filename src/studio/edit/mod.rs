//! Changing what a run has learned, prototype by prototype, with its effect in sight.
//!
//! Examples and the mean similarities of their tracks stay in memory, so an edit costs what it changes in the last layer, or
//! distances to a prototype that is new: milliseconds, and no audio is opened.

mod error;
mod measure;
mod refit;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

pub use error::EditRunError;
pub use measure::Effect;

use self::measure::Measure;
use self::refit::refit;
use crate::classifier::Classifier;
use crate::dataset::Split;
use crate::examples::{ExampleTrack, Examples};
use crate::runs::{Edit, EditLine, EditLog, RunFolder, Step, timestamp};

/// A wish for an edit, in the user's terms.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// See [`Edit::Disable`].
    Disable(Vec<String>),
    /// See [`Edit::Enable`].
    Enable(Vec<String>),
    /// See [`Edit::Rename`].
    Rename {
        /// Its name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// See [`Edit::Merge`].
    Merge {
        /// The prototypes.
        names: Vec<String>,
        /// Name of the new one; `None` for one made of theirs, as in `jazz/0+2`.
        into: Option<String>,
    },
    /// See [`Edit::Promote`].
    Promote {
        /// A training track, by its id or path, which may be relative.
        track: String,
        /// A moment in the segment, in seconds.
        at_s: f64,
        /// The class; `None` for the track's only one.
        label: Option<String>,
        /// Name of the new prototype; `None` for the class's next number.
        name: Option<String>,
    },
    /// See [`Edit::Refit`].
    Refit,
    /// Takes back the last edit in force.
    Undo,
    /// Takes back the last undoing.
    Redo,
}

/// An edit that was made, or tried.
#[derive(Debug, Clone)]
pub struct Edited {
    /// What was done, in words.
    pub what: String,
    /// Edits now in force.
    pub n_in_force: usize,
    /// Classes that had an enabled prototype before and have none now: nothing speaks for them but their bias.
    pub silenced: Vec<String>,
    /// What it does to validation; `None` without a validation split.
    pub validation: Option<Effect>,
    /// What it does to test; only where that was asked for.
    pub test: Option<Effect>,
    /// Time to apply it and to measure again.
    pub elapsed: Duration,
}

/// How an edit is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct How {
    /// Why, for the log.
    pub reason: Option<String>,
    /// Measures on test, too: whoever edits by that tunes on it.
    pub show_test: bool,
    /// Only says what it would do.
    pub dry_run: bool,
}

/// A run under edit.
#[derive(Debug)]
pub struct Editor {
    run: RunFolder,
    examples: Arc<Examples>,
    trained: Classifier,
    log: EditLog,
    classifier: Classifier,
    validation: Option<Measure>,
    test: Option<Measure>,
}

impl Editor {
    /// Loads a run's examples and measures the classifier as it is.
    ///
    /// # Errors
    /// The run has no classifier yet, or a file of it is damaged.
    pub fn open(run: RunFolder) -> Result<Self, EditRunError> {
        let trained = run.trained_classifier()?;
        let log = run.edit_log()?;
        let classifier = log.replay(trained.clone())?;
        let examples = Arc::new(run.examples()?);
        let validation = Measure::new(&classifier, &examples, Split::Validation)?;
        Ok(Self { run, examples, trained, log, classifier, validation, test: None })
    }

    /// The run.
    pub fn run(&self) -> &RunFolder {
        &self.run
    }

    /// What it learned from, and what it is measured on.
    pub fn examples(&self) -> &Arc<Examples> {
        &self.examples
    }

    /// The classifier before all edits.
    pub fn trained(&self) -> &Classifier {
        &self.trained
    }

    /// The classifier with the edits in force.
    pub fn classifier(&self) -> &Classifier {
        &self.classifier
    }

    /// What was done so far.
    pub fn log(&self) -> &EditLog {
        &self.log
    }

    /// Makes an edit, measures what it does, and writes it to the log.
    ///
    /// # Errors
    /// The edit does not fit the classifier, there is nothing to undo, or the log cannot be written.
    pub fn make(&mut self, request: &Request, how: &How) -> Result<Edited, EditRunError> {
        if how.show_test && self.test.is_none() {
            self.test = Measure::new(&self.classifier, &self.examples, Split::Test)?;
        }
        let began = Instant::now();
        let (step, what, after) = self.step(request)?;
        let changed = |measure: &Option<Measure>| {
            let measure = measure.as_ref();
            measure.map(|found| found.after(&self.classifier, &after)).transpose()
        };
        let validation = changed(&self.validation)?;
        let test = if how.show_test { changed(&self.test)? } else { None };
        let edited = Edited {
            what,
            silenced: silenced(&self.classifier, &after),
            n_in_force: match step {
                Step::Undo => self.log.in_force().len() - 1,
                Step::Edit { .. } | Step::Redo => self.log.in_force().len() + 1,
            },
            validation: validation.as_ref().map(|(_, effect)| effect.clone()),
            test: test.as_ref().map(|(_, effect)| effect.clone()),
            elapsed: began.elapsed(),
        };
        if how.dry_run {
            return Ok(edited);
        }
        self.log.append(EditLine {
            schema: EditLine::SCHEMA,
            time: timestamp(SystemTime::now()),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            model: self.trained.fingerprint().to_string(),
            step,
            reason: how.reason.clone(),
            validation: edited.validation.as_ref().map(Effect::revision),
            test: edited.test.as_ref().map(Effect::revision),
        })?;
        self.classifier = after;
        self.validation = validation.map(|(measure, _)| measure);
        // What was not measured now is out of date.
        self.test = test.map(|(measure, _)| measure);
        Ok(edited)
    }

    /// The line to write, what it says in words, and the classifier after it.
    fn step(&self, request: &Request) -> Result<(Step, String, Classifier), EditRunError> {
        let edit = match request {
            Request::Undo => {
                let line = self.log.in_force().pop().ok_or(EditRunError::NothingToUndo)?;
                let after = self.replayed(Step::Undo)?;
                return Ok((Step::Undo, format!("undo {}", self.described(line)), after));
            }
            Request::Redo => {
                let line = self.log.undone().ok_or(EditRunError::NothingToRedo)?;
                let after = self.replayed(Step::Redo)?;
                return Ok((Step::Redo, format!("redo {}", self.described(line)), after));
            }
            Request::Disable(names) => Edit::Disable { names: names.clone() },
            Request::Enable(names) => Edit::Enable { names: names.clone() },
            Request::Rename { from, to } => Edit::Rename { from: from.clone(), to: to.clone() },
            Request::Merge { names, into } => {
                let into = into.clone().unwrap_or_else(|| merged_name(names));
                Edit::Merge { names: names.clone(), into }
            }
            Request::Promote { track, at_s, label, name } => {
                self.promotion(track, *at_s, label.as_deref(), name.as_deref())?
            }
            Request::Refit => {
                let non_negative = self.run.settings()?.training.non_negative;
                refit(&self.classifier, &self.examples, non_negative)?
            }
        };
        self.check_name(&edit)?;
        let after = edit.apply(&self.classifier)?;
        let what = edit.to_string();
        Ok((Step::Edit { edit }, what, after))
    }

    /// Refuses a new name that reads as another class, or as a prototype of another class.
    fn check_name(&self, edit: &Edit) -> Result<(), EditRunError> {
        let labels = self.classifier.labels();
        let class_of = |prototype: &String| {
            let info = self.classifier.info().iter().find(|info| info.name == *prototype);
            info.map(|info| labels[info.label].as_str())
        };
        let (name, own) = match edit {
            Edit::Rename { from, to } => (to, class_of(from)),
            Edit::Merge { names, into } => (into, names.first().and_then(class_of)),
            Edit::Promote { name, label, .. } => (name, Some(label.as_str())),
            Edit::Disable { .. } | Edit::Enable { .. } | Edit::Refit { .. } => return Ok(()),
        };
        if labels.contains(name) {
            return Err(EditRunError::NameOfClass { name: name.clone() });
        }
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
        match (name.rsplit_once('/'), own) {
            (Some((class, number)), Some(own))
                if class != own && is_number(number) && labels.iter().any(|l| l == class) =>
            {
                let (name, class, own) = (name.clone(), class.to_owned(), own.to_owned());
                Err(EditRunError::NameOfOther { name, class, own })
            }
            _ => Ok(()),
        }
    }

    /// The classifier after an undo or a redo.
    fn replayed(&self, step: Step) -> Result<Classifier, EditRunError> {
        let edits = match step {
            Step::Undo => {
                let mut edits = self.log.edits();
                edits.pop();
                edits
            }
            Step::Edit { .. } | Step::Redo => {
                let undone = self.log.undone().map(|line| &self.log.lines()[line].step);
                let again = undone.and_then(|step| match step {
                    Step::Edit { edit } => Some(edit),
                    Step::Undo | Step::Redo => None,
                });
                self.log.edits().into_iter().chain(again).collect()
            }
        };
        let apply = |classifier: Classifier, edit: &Edit| edit.apply(&classifier);
        Ok(edits.into_iter().try_fold(self.trained.clone(), apply)?)
    }

    fn described(&self, line: usize) -> String {
        match &self.log.lines()[line].step {
            Step::Edit { edit } => edit.to_string(),
            Step::Undo | Step::Redo => String::new(),
        }
    }

    /// The segment of a training track that holds a moment.
    fn promotion(
        &self,
        track: &str,
        at_s: f64,
        label: Option<&str>,
        name: Option<&str>,
    ) -> Result<Edit, EditRunError> {
        let examples = &self.examples;
        let meant = self.tracks_called(track);
        let is_meant = |row: &usize| meant.contains(&examples.track_of_segment[*row]);
        let rows: Vec<_> = (0..examples.n_segments()).filter(is_meant).collect();
        let holds = |row: &&usize| {
            let place = &examples.places[**row];
            (place.start_s..place.end_s).contains(&at_s)
        };
        let Some(&first) = rows.first() else {
            return Err(EditRunError::NoTrack { found: track.to_owned() });
        };
        let Some(&row) = rows.iter().find(holds) else {
            let last = rows.last().map_or(0.0, |row| examples.places[*row].end_s);
            return Err(EditRunError::NoSegment { track: track.to_owned(), at_s, last_s: last });
        };
        let known = &examples.tracks[examples.track_of_segment[first]];
        if known.split != Some(Split::Train) {
            let split = known.split.map_or_else(|| "no".to_owned(), |split| split.to_string());
            return Err(EditRunError::NotTraining { track: known.id.clone(), split });
        }
        let label = match (label, &known.labels[..]) {
            (Some(label), _) => label.to_owned(),
            (None, [only]) => examples.labels[*only as usize].clone(),
            (None, _) => return Err(EditRunError::WhichClass { track: known.id.clone() }),
        };
        Ok(Edit::Promote {
            name: name.map_or_else(|| self.next_name(&label), str::to_owned),
            label,
            track: known.id.clone(),
            start_s: examples.places[row].start_s,
            z: examples.z.row(row).iter().map(|x| f64::from(*x)).collect(),
        })
    }

    /// The parts of the track of this id; or else of this path, from here or from the root.
    fn tracks_called(&self, name: &str) -> BTreeSet<usize> {
        let tracks = || self.examples.tracks.iter().enumerate();
        let of = |is_meant: &dyn Fn(&ExampleTrack) -> bool| -> BTreeSet<usize> {
            tracks().filter(|(_, track)| is_meant(track)).map(|(i, _)| i).collect()
        };
        let by_name = of(&|track| track.id == name || track.path == name);
        if !by_name.is_empty() {
            return by_name;
        }
        // Whatever leads there: steps up, links.
        match std::fs::canonicalize(name) {
            Ok(real) => of(&|track| {
                Path::new(&track.path) == real
                    || std::fs::canonicalize(&track.path).is_ok_and(|found| found == real)
            }),
            Err(_) => BTreeSet::new(),
        }
    }

    /// `class/number` with the first number that is free.
    fn next_name(&self, label: &str) -> String {
        let is_free = |name: &String| self.classifier.info().iter().all(|info| info.name != *name);
        let labels = self.classifier.labels();
        let is_own = |label_of: usize| labels.get(label_of).is_some_and(|known| known == label);
        let n = self.classifier.info().iter().filter(|info| is_own(info.label)).count();
        let mut names = (n..).map(|number| format!("{label}/{number}"));
        names.find(is_free).unwrap_or_else(|| label.to_owned())
    }
}

/// The classes whose last prototype goes by an edit.
fn silenced(before: &Classifier, after: &Classifier) -> Vec<String> {
    let speaks = |classifier: &Classifier, class: usize| {
        classifier.info().iter().any(|info| info.enabled && info.label == class)
    };
    let classes = after.labels().iter().enumerate();
    let silent = classes.filter(|(class, _)| speaks(before, *class) && !speaks(after, *class));
    silent.map(|(_, label)| label.clone()).collect()
}

/// `jazz/0+2` for `jazz/0` and `jazz/2`, `a + b` for names of another kind.
fn merged_name(names: &[String]) -> String {
    let parts: Vec<_> = names.iter().filter_map(|name| name.rsplit_once('/')).collect();
    match parts.first() {
        Some((class, _)) if parts.len() == names.len() && parts.iter().all(|(c, _)| c == class) => {
            let numbers: Vec<_> = parts.iter().map(|(_, number)| *number).collect();
            format!("{class}/{}", numbers.join("+"))
        }
        _ => names.join(" + "),
    }
}

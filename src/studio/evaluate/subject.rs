//! What a run is evaluated on: its own tracks, or another source with the same classes.

use std::collections::BTreeSet;
use std::path::Path;

use super::{EvaluateError, EvaluateEvent};
use crate::classifier::Classifier;
use crate::dataset::{GroupBy, Split};
use crate::examples::{ExampleTrack, Examples, Part};
use crate::job::CancelToken;
use crate::runs::{DataSettings, RunFolder, SkippedFile};
use crate::studio::train::{Embeddings, Source, TrainEvent};

/// Splits that a run is trained or chosen on.
const LEARNED: [Split; 2] = [Split::Train, Split::Validation];

/// The examples to be scored.
pub(super) struct Subject {
    pub(super) examples: Examples,
    pub(super) part: Part,
    pub(super) split: Option<Split>,
    /// The folder's name below `evaluation/`.
    pub(super) name: String,
    /// What to call it in a report.
    pub(super) title: String,
    pub(super) skipped: Vec<SkippedFile>,
    /// Groups of these tracks that the run was trained or chosen on.
    pub(super) known_groups: Vec<String>,
}

impl Subject {
    /// Of the run itself.
    pub(super) fn of_run(
        examples: Examples,
        split: Split,
        run: &RunFolder,
    ) -> Result<Self, EvaluateError> {
        let part = examples.part(split);
        if part.rows.is_empty() {
            let hint = "choose another --split, or evaluate on other --data";
            return Err(EvaluateError::EmptySplit { split, hint, path: run.path().to_owned() });
        }
        Ok(Self::of_part(examples, part, split))
    }

    /// Of segments that are there.
    pub(super) fn of_part(examples: Examples, part: Part, split: Split) -> Self {
        let (name, title) = (split.to_string(), format!("{split} split"));
        let learned: &[Split] = match split {
            Split::Train => &[],
            Split::Validation => &[Split::Train],
            Split::Test => &LEARNED,
        };
        let known_groups = known_groups(&examples, &part, &examples, learned);
        let skipped = Vec::new();
        Self { examples, part, split: Some(split), name, title, skipped, known_groups }
    }

    /// Of another source, embedded in the run's way.
    pub(super) fn of_source(
        (settings, embeddings, split): (&DataSettings, &Embeddings, Option<Split>),
        classifier: &Classifier,
        known: &Examples,
        on_event: &mut dyn FnMut(EvaluateEvent),
        cancel: &CancelToken,
    ) -> Result<Self, EvaluateError> {
        let path = settings.source.as_path();
        let source = Source::read_unsplit(settings)?;
        check_labels(classifier.labels(), source.labels(), path)?;
        let mut tell = |event| match event {
            TrainEvent::Embed(event) => on_event(EvaluateEvent::Embed(event)),
            TrainEvent::Warning(warning) => on_event(EvaluateEvent::Warning(warning)),
            _ => {}
        };
        let joined = source.embed_and_join(embeddings, &mut tell, cancel)?;
        let examples = joined.examples;
        if examples.embeddings != *classifier.embeddings() {
            let difference = classifier.embeddings().differences(&examples.embeddings);
            return Err(EvaluateError::Embeddings { difference, path: path.to_owned() });
        }
        let rows = match split {
            Some(split) => examples.rows_of(split),
            None => (0..examples.n_segments()).collect(),
        };
        if let (Some(split), true) = (split, rows.is_empty()) {
            let hint = "the source states none; leave out --split to evaluate on all of it";
            return Err(EvaluateError::EmptySplit { split, hint, path: path.to_owned() });
        }
        let part = examples.select(rows);
        warn_of_known(&examples, &part, known, on_event);
        let mut name = format!("data-{}", source.base_name());
        let mut title = path.display().to_string();
        if let Some(split) = split {
            name += &format!("-{split}");
            title += &format!(", {split} split");
        }
        let skipped = joined.skipped;
        // A folder of the same name is another folder; an artist of the same name is the same one.
        let is_same = examples.grouped_by == known.grouped_by
            && known.grouped_by.as_deref().is_some_and(|by| by != GroupBy::Folder.to_string());
        let learned = if is_same { &LEARNED[..] } else { &[] };
        let known_groups = known_groups(&examples, &part, known, learned);
        Ok(Self { examples, part, split, name, title, skipped, known_groups })
    }
}

/// Groups of the part that hold tracks of these splits of the run, sorted.
fn known_groups(
    examples: &Examples,
    part: &Part,
    run: &Examples,
    learned: &[Split],
) -> Vec<String> {
    let is_learned =
        |track: &&ExampleTrack| track.split.is_some_and(|split| learned.contains(&split));
    let known: BTreeSet<_> =
        run.tracks.iter().filter(is_learned).filter_map(|track| track.group.as_ref()).collect();
    let here = part.tracks.iter().filter_map(|track| examples.tracks[*track].group.as_ref());
    let shared: BTreeSet<_> = here.filter(|group| known.contains(group)).cloned().collect();
    shared.into_iter().collect()
}

/// Refuses classes that are not the run's.
fn check_labels(run: &[String], data: &[String], path: &Path) -> Result<(), EvaluateError> {
    let only = |ours: &[String], theirs: &[String]| {
        let only: Vec<_> = ours.iter().filter(|label| !theirs.contains(label)).cloned().collect();
        only.join(", ")
    };
    let sides = [("the run", only(run, data)), ("the data", only(data, run))];
    let sides = sides.into_iter().filter(|(_, labels)| !labels.is_empty());
    let sides: Vec<_> = sides.map(|(side, labels)| format!("only {side} has {labels}")).collect();
    match sides.is_empty() {
        true => Ok(()),
        false => Err(EvaluateError::Labels { difference: sides.join("; "), path: path.to_owned() }),
    }
}

/// Says how many tracks the run has learned from, by the bytes of their files.
fn warn_of_known(
    examples: &Examples,
    part: &Part,
    known: &Examples,
    on_event: &mut dyn FnMut(EvaluateEvent),
) {
    let learned: BTreeSet<_> = known
        .tracks
        .iter()
        .filter(|track| track.split.is_some_and(|split| split != Split::Test))
        .map(|track| track.content)
        .collect();
    let mut tracks = part.tracks.clone();
    tracks.dedup();
    let n_known = tracks.iter().filter(|i| learned.contains(&examples.tracks[**i].content)).count();
    if n_known > 0 {
        let n = tracks.len();
        on_event(EvaluateEvent::Warning(format!(
            "leak: the run was trained or chosen on {n_known} of these {n} tracks, so it does better here than elsewhere"
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_classes_are_named_by_the_side_that_has_them() {
        let labels = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let check = |run: &[&str], data: &[&str]| {
            check_labels(&labels(run), &labels(data), Path::new("d")).map_err(|e| e.to_string())
        };
        assert_eq!(check(&["a", "b"], &["a", "b"]), Ok(()));
        let error = check(&["a", "b"], &["a", "c", "d"]).unwrap_err();
        assert!(error.contains("only the run has b; only the data has c, d"), "{error}");
        let error = check(&["a", "b"], &["a"]).unwrap_err();
        assert!(error.starts_with("the classes differ: only the run has b; evaluate"), "{error}");
    }
}

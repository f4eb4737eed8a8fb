//! What there is to say about a source, as plain data.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use serde::Serialize;

use super::{CheckJob, Facts, NearTracks};
use crate::dataset::{Assignment, Dataset, Ignored, Layout, Problem, Split, SplitOrigin};

/// Fewer tracks than this are too few for a class.
const FEW_TRACKS: usize = 3;

/// What a source will be read as.
#[derive(Debug, Clone, Serialize)]
pub struct DataReport {
    /// How it was read.
    pub layout: Layout,
    /// The folder that ids are below.
    pub root: PathBuf,
    /// Whether a track may have several labels.
    pub multi_label: bool,
    /// The classes, in the order of their numbers.
    pub classes: Vec<ClassCount>,
    /// Tracks that can be used.
    pub n_tracks: usize,
    /// Audio files that the source names.
    pub n_files: usize,
    /// Seconds of audio in the usable files, if all was decoded.
    pub seconds: Option<f64>,
    /// Rates and channels, the most frequent first.
    pub audio: Vec<AudioKind>,
    /// Where the splits come from.
    pub split_origin: SplitOrigin,
    /// Seed of what is drawn.
    pub seed: u64,
    /// Tracks of each split.
    pub splits: SplitCount,
    /// What tracks are grouped by.
    pub grouped_by: Option<String>,
    /// Number of groups, a track without one counting as its own.
    pub n_groups: usize,
    /// Files with equal bytes.
    pub same_content: Vec<SameContent>,
    /// Near-duplicates across splits, if there is a table.
    pub near: Option<NearTracks>,
    /// Ids of the tracks that can be used.
    pub tracks: Vec<String>,
    /// What is no track and was not meant to be one.
    pub ignored: Vec<Ignored>,
    /// What was meant to be a track and cannot be used.
    pub problems: Vec<Problem>,
    /// How the source was understood where it left a choice.
    pub notes: Vec<String>,
    /// What is probably not as it was meant.
    pub warnings: Vec<String>,
    /// Why nothing can be learned from it, if so.
    pub unusable: Option<String>,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Its name.
    pub label: String,
    /// Its tracks.
    pub n_tracks: usize,
    /// Its tracks by split.
    pub splits: SplitCount,
}

/// Tracks by split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SplitCount {
    /// Those that train.
    pub train: usize,
    /// Those that validate.
    pub validation: usize,
    /// Those that test.
    pub test: usize,
    /// Those that are used in none.
    pub none: usize,
}

/// Files of one rate and number of channels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AudioKind {
    /// Their rate, in Hz.
    pub sample_rate_hz: u32,
    /// Their channels.
    pub n_channels: usize,
    /// How many they are.
    pub n_files: usize,
}

/// Files with equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SameContent {
    /// Ids of the tracks.
    pub ids: Vec<String>,
    /// Whether they are in different splits.
    pub leaks: bool,
    /// Whether they have different labels.
    pub contradicts: bool,
}

impl SplitCount {
    fn add(&mut self, split: Option<Split>) {
        *match split {
            Some(Split::Train) => &mut self.train,
            Some(Split::Validation) => &mut self.validation,
            Some(Split::Test) => &mut self.test,
            None => &mut self.none,
        } += 1;
    }
}

impl DataReport {
    /// What `--strict` counts.
    pub fn n_findings(&self) -> usize {
        self.problems.len() + self.warnings.len()
    }

    pub(super) fn new(
        job: &CheckJob,
        dataset: Dataset,
        n_files: usize,
        facts: &HashMap<PathBuf, Facts>,
        assignment: &Assignment,
        near: Option<NearTracks>,
        refusal: Option<String>,
    ) -> Self {
        let name = |label: &String| ClassCount {
            label: label.clone(),
            n_tracks: 0,
            splits: SplitCount::default(),
        };
        let mut classes: Vec<ClassCount> = dataset.labels.iter().map(name).collect();
        let mut splits = SplitCount::default();
        for (track, split) in dataset.tracks.iter().zip(&assignment.of_track) {
            splits.add(*split);
            for label in &track.labels {
                classes[*label as usize].n_tracks += 1;
                classes[*label as usize].splits.add(*split);
            }
        }
        let groups =
            dataset.tracks.iter().map(|t| (t.group.is_some(), t.group.as_ref().unwrap_or(&t.id)));
        let n_groups = groups.collect::<BTreeSet<_>>().len();
        let same_content = same_content(&dataset, facts, assignment);
        let unusable = refusal
            .or_else(|| dataset.tracks.is_empty().then(|| "no track can be used".to_owned()));
        let mut report = Self {
            layout: dataset.layout,
            root: dataset.root,
            multi_label: dataset.multi_label,
            classes,
            n_tracks: dataset.tracks.len(),
            n_files,
            seconds: facts.values().map(|facts| facts.seconds).sum(),
            audio: audio_kinds(facts),
            split_origin: assignment.origin,
            seed: job.plan.seed,
            splits,
            grouped_by: dataset.grouped_by,
            n_groups,
            same_content,
            near,
            tracks: dataset.tracks.into_iter().map(|track| track.id).collect(),
            ignored: dataset.ignored,
            problems: dataset.problems,
            notes: dataset.notes,
            warnings: dataset.warnings,
            unusable,
        };
        let suspicions = report.suspicions();
        report.warnings.extend(assignment.warnings.iter().cloned().chain(suspicions));
        report
    }

    /// What looks odd in the numbers.
    fn suspicions(&self) -> Vec<String> {
        let mut found = Vec::new();
        if let [only] = self.classes.as_slice() {
            found.push(format!(
                "there is one class only, {:?}; nothing can be told apart",
                only.label
            ));
        }
        let few = self.classes.iter().filter(|class| class.n_tracks < FEW_TRACKS);
        let few: Vec<_> =
            few.map(|class| format!("{:?} {}", class.label, class.n_tracks)).collect();
        if !few.is_empty() {
            found.push(format!(
                "classes with fewer than {FEW_TRACKS} usable tracks: {}",
                few.join(", ")
            ));
        }
        if self.grouped_by.is_none() && self.split_origin != SplitOrigin::Given && self.n_tracks > 0
        {
            found.push(
                "grouped by nothing: tracks of one artist may fall in train and test (--group-by)"
                    .to_owned(),
            );
        }
        for same in &self.same_content {
            let ids = same.ids.join(", ");
            found.push(match (same.leaks, same.contradicts) {
                (true, true) => format!("leak and contradiction: the same bytes in several splits, with different labels: {ids}"),
                (true, false) => format!("leak: the same bytes in several splits: {ids}"),
                (false, true) => format!("the same bytes with different labels: {ids}"),
                (false, false) => format!("the same bytes: {ids}"),
            });
        }
        if let Some(near) = &self.near {
            if near.n_pairs > 0 {
                let (n, cosine) = (near.n_pairs, near.threshold);
                found.push(format!("leak: {n} pairs of tracks in different splits are nearly the same (cosine of mean z at least {cosine})"));
            }
            if near.n_not_in_table > 0 {
                found.push(format!("{} tracks are not in the table", near.n_not_in_table));
            }
        }
        found
    }
}

fn audio_kinds(facts: &HashMap<PathBuf, Facts>) -> Vec<AudioKind> {
    let mut n_files: BTreeMap<(u32, usize), usize> = BTreeMap::new();
    for Facts { info, .. } in facts.values() {
        *n_files.entry((info.sample_rate_hz, info.n_channels)).or_default() += 1;
    }
    let kind =
        |((sample_rate_hz, n_channels), n_files)| AudioKind { sample_rate_hz, n_channels, n_files };
    let mut kinds: Vec<_> = n_files.into_iter().map(kind).collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.n_files));
    kinds
}

/// Different files with equal bytes; parts of one file are not such.
fn same_content(
    dataset: &Dataset,
    facts: &HashMap<PathBuf, Facts>,
    assignment: &Assignment,
) -> Vec<SameContent> {
    let mut same: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (i, track) in dataset.tracks.iter().enumerate() {
        if let Some(content) = facts.get(&track.path).and_then(|facts| facts.content) {
            same.entry(content).or_default().push(i);
        }
    }
    let mut found = Vec::new();
    for tracks in same.into_values() {
        let ids: BTreeSet<&String> = tracks.iter().map(|i| &dataset.tracks[*i].id).collect();
        let splits: BTreeSet<_> = tracks.iter().filter_map(|i| assignment.of_track[*i]).collect();
        let labels: BTreeSet<_> = tracks.iter().map(|i| &dataset.tracks[*i].labels).collect();
        if ids.len() > 1 {
            let (leaks, contradicts) = (splits.len() > 1, labels.len() > 1);
            found.push(SameContent { ids: ids.into_iter().cloned().collect(), leaks, contradicts });
        }
    }
    found.sort_by(|a, b| a.ids.cmp(&b.ids));
    found
}

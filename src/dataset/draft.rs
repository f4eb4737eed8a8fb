//! Tracks while they are being collected, and the freezing of their labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::files::{AudioFile, Found};
use super::{Dataset, DatasetError, Ignored, Layout, Problem, Split, TrackEntry};

/// A track whose labels are still words.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) path: PathBuf,
    pub(super) labels: Vec<String>,
    pub(super) split: Option<Split>,
    pub(super) fold: Option<u32>,
    pub(super) group: Option<String>,
    pub(super) start_s: Option<f64>,
    pub(super) end_s: Option<f64>,
    /// The list and the line that it comes from.
    pub(super) row: Option<(PathBuf, u64)>,
}

impl Draft {
    /// A whole file.
    pub(super) fn of_file(file: &AudioFile, label: String, split: Option<Split>) -> Self {
        let AudioFile { id, path } = file.clone();
        let (labels, fold, group) = (vec![label], None, None);
        let (start_s, end_s, row) = (None, None, None);
        Self { id, path, labels, split, fold, group, start_s, end_s, row }
    }

    /// Drafts with equal keys are the same part of the same file.
    fn key(&self) -> (String, u64, u64) {
        let bits = |s: Option<f64>, default: f64| s.unwrap_or(default).to_bits();
        (self.id.clone(), bits(self.start_s, 0.0), bits(self.end_s, f64::INFINITY))
    }

    /// What two rows about one part must agree on.
    fn said(&self) -> (&[String], Option<Split>, Option<u32>) {
        (&self.labels, self.split, self.fold)
    }

    /// What the source says about it, in words.
    fn claim(&self) -> String {
        let split = self.split.map_or_else(String::new, |split| format!(" in {split}"));
        let fold = self.fold.map_or_else(String::new, |fold| format!(" in fold {fold}"));
        let row = self.row.as_ref().map_or_else(String::new, |(list, line)| {
            let list = list.file_name().unwrap_or(list.as_os_str()).display();
            format!(" ({list}, line {line})")
        });
        format!("{:?}{split}{fold}{row}", self.labels.join("|"))
    }
}

/// Everything that reading a source brings together.
#[derive(Debug)]
pub(super) struct Drafts {
    pub(super) layout: Layout,
    pub(super) root: PathBuf,
    pub(super) tracks: Vec<Draft>,
    pub(super) grouped_by: Option<String>,
    pub(super) ignored: Vec<Ignored>,
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Drafts {
    pub(super) fn new(layout: Layout, root: &Path) -> Self {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let (tracks, grouped_by) = (Vec::new(), None);
        let (ignored, problems, notes, warnings) = (vec![], vec![], vec![], vec![]);
        Self { layout, root, tracks, grouped_by, ignored, problems, notes, warnings }
    }

    /// Keeps what the walk passed over, and the files of other kinds save the lists that were `used`.
    pub(super) fn take_rest(&mut self, found: Found, used: &[PathBuf]) {
        self.ignored.extend(found.ignored);
        self.problems.extend(found.problems);
        let others = found.others.into_iter().filter(|path| !used.contains(path));
        let reason = || "not an audio file".to_owned();
        self.ignored.extend(others.map(|path| Ignored { path, reason: reason() }));
    }

    /// What a file cannot be used for.
    pub(super) fn refuse(&mut self, path: &Path, reason: impl Into<String>) {
        self.problems.push(Problem { path: path.to_owned(), line: None, reason: reason.into() });
    }

    /// Settles contradictions, sorts, and freezes the labels.
    pub(super) fn finish(mut self, n_found: usize, source: &Path) -> Result<Dataset, DatasetError> {
        let drafts = self.without_contradictions();
        if drafts.is_empty() && self.problems.is_empty() {
            return Err(DatasetError::NoLabels { n_found, path: source.to_owned() });
        }
        let names: BTreeSet<&String> = drafts.iter().flat_map(|draft| &draft.labels).collect();
        let index: BTreeMap<&String, u32> = names.iter().copied().zip(0..).collect();
        let entry = |draft: &Draft| {
            let mut labels: Vec<u32> = draft.labels.iter().map(|label| index[label]).collect();
            labels.sort_unstable();
            labels.dedup();
            let Draft { id, path, split, fold, group, start_s, end_s, .. } = draft.clone();
            TrackEntry { id, path, labels, split, fold, group, start_s, end_s }
        };
        let mut tracks: Vec<_> = drafts.iter().map(entry).collect();
        let start = |track: &TrackEntry| track.start_s.unwrap_or(0.0);
        tracks.sort_by(|a, b| a.id.cmp(&b.id).then(start(a).total_cmp(&start(b))));
        self.ignored.sort();
        self.problems.sort();
        let labels: Vec<String> = names.into_iter().cloned().collect();
        self.warnings.extend(look_alikes(&labels));
        let Self { layout, root, grouped_by, ignored, problems, notes, warnings, .. } = self;
        Ok(Dataset {
            layout,
            root,
            multi_label: tracks.iter().any(|track| track.labels.len() > 1),
            labels,
            tracks,
            grouped_by,
            ignored,
            problems,
            notes,
            warnings,
        })
    }

    /// Drops repetitions; of two rows that disagree neither can be the truth.
    fn without_contradictions(&mut self) -> Vec<Draft> {
        let mut same: BTreeMap<_, Vec<Draft>> = BTreeMap::new();
        for draft in std::mem::take(&mut self.tracks) {
            same.entry(draft.key()).or_default().push(draft);
        }
        let mut kept = Vec::with_capacity(same.len());
        for mut drafts in same.into_values() {
            let first = drafts.remove(0);
            let other = drafts.iter().find(|draft| draft.said() != first.said());
            if let Some(other) = other {
                let (a, b) = (first.claim(), other.claim());
                let reason = format!("is listed as {a} and as {b}; leave one of them");
                self.refuse(&first.path, reason);
                continue;
            }
            let reason = || "listed twice".to_owned();
            self.ignored
                .extend(drafts.into_iter().map(|d| Ignored { path: d.path, reason: reason() }));
            kept.push(first);
        }
        kept
    }
}

/// Labels that differ in case or in spaces, hyphens and underscores only.
fn look_alikes(labels: &[String]) -> Vec<String> {
    let mut seen: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for label in labels {
        let plain = label.to_lowercase().replace([' ', '-', '_'], "");
        seen.entry(plain).or_default().push(label);
    }
    let alike = seen.into_values().filter(|labels| labels.len() > 1);
    alike
        .map(|labels| {
            format!("{labels:?} are read as different classes; rename one if they are the same")
        })
        .collect()
}

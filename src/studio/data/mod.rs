//! A source of labeled audio → what it will be read as, and what is wrong with it. Writes nothing.

mod error;
mod near;
mod probe;
mod report;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub use error::DataError;
pub use near::{NearTrackPair, NearTracks};
pub use probe::{Facts, Probe};
pub use report::{AudioKind, ClassCount, DataReport, SameContent, SplitCount};

use crate::dataset::{Assignment, Dataset, Problem, ReadOptions, SplitPlan, read};
use crate::job::CancelToken;

/// What to check.
#[derive(Debug, Clone)]
pub struct CheckJob {
    /// A folder or a list.
    pub source: PathBuf,
    /// How to read it.
    pub options: ReadOptions,
    /// How to split it.
    pub plan: SplitPlan,
    /// How closely files are looked at.
    pub probe: Probe,
    /// A table of its embeddings, to find near-duplicates in.
    pub table: Option<PathBuf>,
    /// The cosine from which two tracks count as near-duplicates.
    pub near_cosine: f32,
}

impl CheckJob {
    /// Decodes every file, draws splits of 80, 10 and 10 % if none are given, looks in no table.
    pub fn new(source: &Path) -> Self {
        Self {
            source: source.to_owned(),
            options: ReadOptions::default(),
            plan: SplitPlan::default(),
            probe: Probe::Whole,
            table: None,
            near_cosine: 0.98,
        }
    }
}

/// Reads a source, opens each of its files, and says how it would be used; `on_progress` hears how many files of how many are
/// done.
///
/// # Errors
/// The source is no data set, the table cannot be read, or the check is cancelled. A data set that can be read but not
/// learned from is a report, see [`DataReport::unusable`].
pub fn check(
    job: &CheckJob,
    on_progress: &mut dyn FnMut(usize, usize),
    cancel: &CancelToken,
) -> Result<DataReport, DataError> {
    let mut dataset = read(&job.source, &job.options)?;
    let n_files = probe::paths(&dataset).len();
    let probed = probe::probe(&dataset, job.probe, on_progress, cancel)?;
    let facts = set_aside_unusable(&mut dataset, probed);
    let (assignment, refusal) = match job.plan.assign(&dataset) {
        Ok(assignment) => (assignment, None),
        Err(error) => {
            let of_track = dataset.tracks.iter().map(|track| track.split).collect();
            let origin = crate::dataset::SplitOrigin::Given;
            (Assignment { of_track, origin, warnings: Vec::new() }, Some(error.to_string()))
        }
    };
    let near = match &job.table {
        None => None,
        Some(table) => Some(near::find(table, &dataset, &assignment, job.near_cosine)?),
    };
    Ok(DataReport::new(job, dataset, n_files, &facts, &assignment, near, refusal))
}

/// Tracks whose file cannot be used become problems; returns the facts of the others.
fn set_aside_unusable(
    dataset: &mut Dataset,
    probed: HashMap<PathBuf, Result<Facts, String>>,
) -> HashMap<PathBuf, Facts> {
    let mut facts = HashMap::new();
    for (path, probed) in probed {
        match probed {
            Ok(found) => drop(facts.insert(path, found)),
            Err(reason) => dataset.problems.push(Problem { path, line: None, reason }),
        }
    }
    dataset.problems.sort();
    dataset.retain(|track| facts.contains_key(&track.path));
    facts
}

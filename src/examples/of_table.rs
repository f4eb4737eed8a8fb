//! A table with a column of labels is a data set by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::{Dataset, DatasetError, GroupBy, Layout, Problem, TrackEntry};
use crate::embeddings::{SegmentPlace, Table};

use super::JoinError;

/// The labeled tracks of a table; those without a label are problems. The table states no splits.
///
/// # Errors
/// The table is damaged, none of its tracks has a label, or it is to be grouped by a column, which it does not have.
pub fn dataset_of_table(
    table: &Table<SegmentPlace>,
    group_by: Option<&GroupBy>,
) -> Result<Dataset, JoinError> {
    let known = table.tracks()?;
    let labels: BTreeSet<_> = known.iter().filter_map(|track| track.label.clone()).collect();
    let path = table.path().to_owned();
    if labels.is_empty() {
        return Err(DatasetError::NoLabels { n_found: known.len(), path }.into());
    }
    if let Some(GroupBy::Column(wanted)) = group_by {
        let (wanted, found) = (wanted.clone(), "label".to_owned());
        return Err(DatasetError::NoGroupColumn { wanted, found, path }.into());
    }
    let numbers: BTreeMap<_, _> = labels.iter().zip(0_u32..).collect();
    let (mut tracks, mut problems) = (Vec::new(), Vec::new());
    for track in known {
        match &track.label {
            Some(label) => tracks.push(TrackEntry {
                id: track.id.clone(),
                path: track.path.clone().into(),
                labels: vec![numbers[label]],
                split: None,
                fold: None,
                group: group_by.and_then(|by| by.of_id(&track.id)),
                start_s: None,
                end_s: None,
            }),
            None => problems.push(Problem {
                path: track.path.clone().into(),
                line: None,
                reason: "it has no label in the table".to_owned(),
            }),
        }
    }
    Ok(Dataset {
        layout: Layout::List,
        root: path,
        labels: labels.into_iter().collect(),
        multi_label: false,
        tracks,
        grouped_by: group_by.map(ToString::to_string),
        ignored: Vec::new(),
        problems,
        notes: Vec::new(),
        warnings: Vec::new(),
    })
}

//! What is worth a word about splits.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dataset, Split};

/// Classes that a split lacks, one sentence a split.
pub(super) fn absences(dataset: &Dataset, of_track: &[Option<Split>]) -> Vec<String> {
    let mut seen: BTreeMap<Split, BTreeSet<u32>> = BTreeMap::new();
    for (track, split) in dataset.tracks.iter().zip(of_track) {
        if let Some(split) = split {
            seen.entry(*split).or_default().extend(&track.labels);
        }
    }
    let absent = seen.into_iter().filter(|(_, labels)| labels.len() < dataset.labels.len());
    let sentence = |(split, labels): (Split, BTreeSet<u32>)| {
        let names = (0..).zip(&dataset.labels).filter(|(i, _)| !labels.contains(i));
        let names: Vec<_> = names.map(|(_, name)| format!("{name:?}")).collect();
        format!(
            "the {split} split has no track of {}: too few groups, or none were given",
            listed(&names)
        )
    };
    absent.map(sentence).collect()
}

/// Groups of the source that its own parts, which are splits or folds, tear asunder.
pub(super) fn torn_groups<P: Ord + Copy>(
    dataset: &Dataset,
    of_track: &[Option<P>],
    parts: &str,
) -> Option<String> {
    let mut found: BTreeMap<&str, BTreeSet<P>> = BTreeMap::new();
    for (track, part) in dataset.tracks.iter().zip(of_track) {
        found.entry(track.group.as_deref().unwrap_or(&track.id)).or_default().extend(*part);
    }
    let torn: Vec<_> = found.into_iter().filter(|(_, parts)| parts.len() > 1).collect();
    let names: Vec<_> = torn.iter().map(|(name, _)| format!("{name:?}")).collect();
    let by = dataset.grouped_by.as_deref().unwrap_or("file");
    (!torn.is_empty())
        .then(|| format!("leak: the same {by} is in several {parts}: {}", listed(&names)))
}

/// The first few, and how many more.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(5) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

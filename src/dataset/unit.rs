//! What is assigned to a split as a whole: a group, or a track that has none.

use std::collections::{BTreeMap, BTreeSet};

use super::Dataset;
use super::share::parts_of;
use crate::files::Sha256Digest;

/// Tracks that stay together.
pub(super) struct Unit {
    /// Indices of its tracks.
    pub(super) members: Vec<usize>,
    /// Its place on the line from 0 to 2⁶⁴: the seeded hash of its name.
    point: u64,
    /// The class in which it is counted: of its labels, the one that fewest units have.
    stratum: u32,
}

/// The units of those tracks that `takes` takes.
pub(super) fn units(dataset: &Dataset, seed: u64, takes: impl Fn(usize) -> bool) -> Vec<Unit> {
    let mut members: BTreeMap<(bool, &str), Vec<usize>> = BTreeMap::new();
    for (i, track) in dataset.tracks.iter().enumerate().filter(|(i, _)| takes(*i)) {
        let name = track.group.as_deref().unwrap_or(&track.id);
        members.entry((track.group.is_some(), name)).or_default().push(i);
    }
    let labels_of = |members: &[usize]| {
        members.iter().flat_map(|i| &dataset.tracks[*i].labels).copied().collect::<BTreeSet<u32>>()
    };
    let mut n_units = vec![0; dataset.labels.len()];
    for label in members.values().flat_map(|members| labels_of(members)) {
        n_units[label as usize] += 1;
    }
    let unit = |((is_group, name), members): ((bool, &str), Vec<usize>)| {
        let labels = labels_of(&members);
        let stratum = labels.into_iter().min_by_key(|label| (n_units[*label as usize], *label));
        Unit { members, point: point(seed, is_group, name), stratum: stratum.unwrap_or(0) }
    };
    members.into_iter().map(unit).collect()
}

fn point(seed: u64, is_group: bool, name: &str) -> u64 {
    let text = [&seed.to_le_bytes()[..], &[u8::from(is_group)], name.as_bytes()].concat();
    let digest = Sha256Digest::of(&text).0;
    u64::from_le_bytes(std::array::from_fn(|i| digest[i]))
}

/// The part of each unit, each class shared out by itself; `None` for the units of a class with fewer units than parts.
pub(super) fn share_out(units: &[Unit], shares: &[f64]) -> Vec<Option<usize>> {
    let mut strata: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (i, unit) in units.iter().enumerate() {
        strata.entry(unit.stratum).or_default().push(i);
    }
    let mut part_of = vec![None; units.len()];
    for mut stratum in strata.into_values() {
        // Units come in the order of their names, which settles equal points.
        stratum.sort_by_key(|i| units[*i].point);
        let points: Vec<u64> = stratum.iter().map(|i| units[*i].point).collect();
        if let Some(parts) = parts_of(&points, shares) {
            stratum.into_iter().zip(parts).for_each(|(i, part)| part_of[i] = Some(part));
        }
    }
    part_of
}

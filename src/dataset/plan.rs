//! Which track is in which split.

use serde::{Deserialize, Serialize};

use super::remarks::{absences, torn_groups};
use super::unit::{share_out, units};
use super::{Dataset, Split};

/// What part of the tracks each split gets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fractions {
    /// Of training, above 0.
    pub train: f64,
    /// Of validation, 0 for none.
    pub validation: f64,
    /// Of test, 0 for none.
    pub test: f64,
}

impl Default for Fractions {
    /// 80, 10 and 10 %.
    fn default() -> Self {
        Self { train: 0.8, validation: 0.1, test: 0.1 }
    }
}

/// How a data set is to be split.
///
/// # Given splits
/// If the source states a training split and another one, its splits are kept, and a track that has none is used in none. A
/// missing validation split is carved from training, a missing test split stays missing. Otherwise splits are drawn.
///
/// # Drawn splits
/// Each group (or track without one) has a fixed place between 0 and 1, the hash of its name and the seed; below 0.8 it trains,
/// below 0.9 it validates, above it tests. So no file that is added moves another one. Such draws scatter, and in a small
/// class they may leave a split empty; therefore, in each class by itself, borders move over the nearest groups where a split
/// has more than 20 % too many or too few groups, or none. A group that is added can thus move at most three others of its
/// class, and moves one every other time in a class of a hundred, every fourth time in a class of ten; where a class of a
/// thousand groups doubles, hardly one moves. A class with fewer groups than splits trains only, which is told. With several
/// labels a group is counted in the rarest of them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct SplitPlan {
    /// What part each drawn split gets.
    pub fractions: Fractions,
    /// Another seed draws other splits.
    pub seed: u64,
    /// Draws even where the source states splits.
    pub redraw: bool,
}

/// Which track is in which split.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment {
    /// `[track]`; `None` for a track that is used in none.
    pub of_track: Vec<Option<Split>>,
    /// Where the splits come from.
    pub origin: SplitOrigin,
    /// What is probably not as it was meant.
    pub warnings: Vec<String>,
}

/// Where splits come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitOrigin {
    /// All are the source's.
    Given,
    /// The source's, save that validation was carved from training.
    ValidationCarved,
    /// The source states none that can be used.
    Drawn,
}

/// Why there are no splits.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// Fractions that are none.
    #[error(
        "fractions of {train}, {validation} and {test} for train, validation and test; they must not be negative, must sum to 1, and train needs some"
    )]
    Fractions {
        /// Of training.
        train: f64,
        /// Of validation.
        validation: f64,
        /// Of test.
        test: f64,
    },
    /// Splits without one to learn from.
    #[error(
        "the source states {found} and no training split, and one is never used for another; draw new splits or add one"
    )]
    NoTrain {
        /// The splits there are.
        found: String,
    },
    /// Not a number of folds.
    #[error("{found} folds, expected 2 or more and no more than the {n_groups} groups")]
    Folds {
        /// What was asked for.
        found: usize,
        /// Groups of the data set.
        n_groups: usize,
    },
}

impl SplitPlan {
    /// Assigns every track; the same data set, plan and seed give the same splits on every machine.
    ///
    /// # Errors
    /// The fractions are none, or the source states splits but none for training.
    pub fn assign(&self, dataset: &Dataset) -> Result<Assignment, SplitError> {
        let Fractions { train, validation, test } = self.fractions;
        let is_share = train > 0.0 && validation >= 0.0 && test >= 0.0;
        if !is_share || (train + validation + test - 1.0).abs() > 1e-6 {
            return Err(SplitError::Fractions { train, validation, test });
        }
        let given = dataset.given_splits();
        let only_train = given.iter().all(|split| *split == Split::Train);
        let mut warnings = Vec::new();
        if self.redraw || only_train {
            if !self.redraw && !given.is_empty() {
                warnings.push(
                    "the source states a training split only; all three are drawn anew".to_owned(),
                );
            }
            let mut of_track = vec![None; dataset.tracks.len()];
            self.draw(dataset, &Split::ALL, |_| true, &mut of_track);
            warnings.extend(absences(dataset, &of_track));
            return Ok(Assignment { of_track, origin: SplitOrigin::Drawn, warnings });
        }
        if !given.contains(&Split::Train) {
            let found = given.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
            return Err(SplitError::NoTrain { found });
        }
        let mut of_track: Vec<_> = dataset.tracks.iter().map(|track| track.split).collect();
        let n_unused = of_track.iter().filter(|split| split.is_none()).count();
        if n_unused > 0 {
            warnings.push(format!("{n_unused} tracks have no split and are used in none"));
        }
        if !given.contains(&Split::Test) {
            warnings.push("there is no test split; nothing will be tested in its place".to_owned());
        }
        let mut origin = SplitOrigin::Given;
        if !given.contains(&Split::Validation) && validation > 0.0 {
            origin = SplitOrigin::ValidationCarved;
            let trains = |i: usize| dataset.tracks[i].split == Some(Split::Train);
            self.draw(dataset, &[Split::Train, Split::Validation], trains, &mut of_track);
        }
        warnings.extend(absences(dataset, &of_track));
        warnings.extend(torn_groups(dataset, &of_track, "splits"));
        Ok(Assignment { of_track, origin, warnings })
    }

    /// Draws some of the splits, in their proportion, for some of the tracks.
    fn draw(
        &self,
        dataset: &Dataset,
        splits: &[Split],
        takes: impl Fn(usize) -> bool,
        of_track: &mut [Option<Split>],
    ) {
        let fraction = |split: &Split| match split {
            Split::Train => self.fractions.train,
            Split::Validation => self.fractions.validation,
            Split::Test => self.fractions.test,
        };
        let all: f64 = splits.iter().map(fraction).sum();
        let shares: Vec<f64> = splits.iter().map(|split| fraction(split) / all).collect();
        let units = units(dataset, self.seed, takes);
        for (unit, part) in units.iter().zip(share_out(&units, &shares)) {
            let split = part.map_or(Split::Train, |part| splits[part]);
            unit.members.iter().for_each(|i| of_track[*i] = Some(split));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::{Layout, TrackEntry};
    use super::*;
    use proptest::prelude::*;

    /// Tracks named by number, with their labels and groups.
    fn dataset(tracks: &[(u32, Option<u8>)]) -> Dataset {
        let entry = |(i, (label, group)): (usize, &(u32, Option<u8>))| TrackEntry {
            id: format!("{label}/{i}.wav"),
            path: PathBuf::new(),
            labels: vec![*label],
            split: None,
            fold: None,
            group: group.map(|group| format!("artist {group}")),
            start_s: None,
            end_s: None,
        };
        Dataset {
            layout: Layout::ClassFolders,
            root: PathBuf::new(),
            labels: ["a", "b", "c"].map(str::to_owned).to_vec(),
            multi_label: false,
            tracks: tracks.iter().enumerate().map(entry).collect(),
            grouped_by: None,
            ignored: vec![],
            problems: vec![],
            notes: vec![],
            warnings: vec![],
        }
    }

    fn counts(splits: &[Option<Split>]) -> [usize; 3] {
        Split::ALL.map(|split| splits.iter().filter(|found| **found == Some(split)).count())
    }

    proptest! {
        #[test]
        fn no_group_is_torn_and_every_track_is_in_one_split(
            tracks in proptest::collection::vec((0_u32..3, proptest::option::of(0_u8..20)), 1..120), seed: u64,
        ) {
            let dataset = dataset(&tracks);
            let drawn = SplitPlan { seed, ..SplitPlan::default() }.assign(&dataset).unwrap();
            prop_assert_eq!(drawn.of_track.len(), tracks.len());
            prop_assert!(drawn.of_track.iter().all(Option::is_some));
            prop_assert_eq!(torn_groups(&dataset, &drawn.of_track, "splits"), None);

            // The order of the tracks means nothing.
            let mut turned = dataset.clone();
            turned.tracks.reverse();
            let mut again = SplitPlan { seed, ..SplitPlan::default() }.assign(&turned).unwrap().of_track;
            again.reverse();
            prop_assert_eq!(again, drawn.of_track);
        }

        #[test]
        fn a_file_that_is_added_leaves_other_classes_alone_and_moves_at_most_three(
            n_tracks in proptest::collection::vec(3_usize..150, 3), label in 0_u32..3, seed: u64,
        ) {
            let tracks: Vec<_> = (0..3).flat_map(|l| vec![(l, None); n_tracks[l as usize]]).collect();
            let before = dataset(&tracks);
            let mut after = before.clone();
            let mut added = before.tracks[0].clone();
            (added.id, added.labels) = ("new.wav".to_owned(), vec![label]);
            after.tracks.push(added);
            let plan = SplitPlan { seed, ..SplitPlan::default() };
            let old = plan.assign(&before).unwrap().of_track;
            let new = plan.assign(&after).unwrap().of_track;
            let moved: Vec<u32> =
                (0..old.len()).filter(|i| old[*i] != new[*i]).map(|i| tracks[i].0).collect();
            prop_assert!(moved.len() <= 3 && moved.iter().all(|l| *l == label), "{:?}", moved);
        }

        #[test]
        fn every_class_reaches_every_split_near_its_share(n in 3_usize..200, seed: u64) {
            let tracks: Vec<_> = (0..3).flat_map(|label| vec![(label, None); n]).collect();
            let drawn = SplitPlan { seed, ..SplitPlan::default() }.assign(&dataset(&tracks)).unwrap();
            prop_assert_eq!(&drawn.warnings, &Vec::<String>::new());
            for label in 0..3 {
                let [train, validation, test] = counts(&drawn.of_track[label * n..(label + 1) * n]);
                for (count, share) in [(train, 0.8), (validation, 0.1), (test, 0.1)] {
                    let exact = share * n as f64;
                    prop_assert!(count > 0 && (count as f64 - exact).abs() <= 0.2 * exact + 1.0);
                }
            }
        }

        #[test]
        fn folds_test_every_track_once_and_keep_groups_whole(
            tracks in proptest::collection::vec((0_u32..3, proptest::option::of(0_u8..30)), 40..120),
            k in 2_usize..6, seed: u64,
        ) {
            let dataset = dataset(&tracks);
            let folds = dataset.folds(k, seed).unwrap();
            let mut n_tested = vec![0; tracks.len()];
            for fold in 0..k {
                let splits: Vec<_> = folds.splits(fold).into_iter().map(Some).collect();
                prop_assert_eq!(torn_groups(&dataset, &splits, "splits"), None);
                prop_assert!(splits.contains(&Some(Split::Train)));
                for (n, split) in n_tested.iter_mut().zip(splits) {
                    *n += usize::from(split == Some(Split::Test));
                }
            }
            prop_assert!(n_tested.iter().all(|n| *n == 1));
        }
    }

    #[test]
    fn large_classes_are_not_touched_by_what_is_added() {
        let tracks = vec![(0, None); 3000];
        let plan = SplitPlan::default();
        let old = plan.assign(&dataset(&tracks[..2000])).unwrap().of_track;
        let new = plan.assign(&dataset(&tracks)).unwrap().of_track;
        assert_eq!(old[..], new[..2000]);
        assert_ne!(
            old,
            SplitPlan { seed: 1, ..plan }.assign(&dataset(&tracks[..2000])).unwrap().of_track
        );
    }

    #[test]
    fn the_draw_of_a_seed_is_the_same_on_every_machine() {
        let drawn = SplitPlan { seed: 7, ..SplitPlan::default() };
        let drawn = drawn.assign(&dataset(&[(0, None); 12])).unwrap().of_track;
        let tested: Vec<_> = (0..12).filter(|i| drawn[*i] == Some(Split::Test)).collect();
        let validated: Vec<_> = (0..12).filter(|i| drawn[*i] == Some(Split::Validation)).collect();
        // By Python's hashlib: the greatest of the twelve points are 0.844 of track 9 and 0.933 of track 3.
        assert_eq!((tested, validated), (vec![3], vec![9]));
    }

    #[test]
    fn a_class_with_fewer_groups_than_splits_trains_and_is_named() {
        let mut tracks = vec![(0, None); 10];
        tracks.extend([(1, None), (1, None), (2, Some(1)), (2, Some(1)), (2, Some(1))]);
        let drawn = SplitPlan::default().assign(&dataset(&tracks)).unwrap();
        assert!(drawn.of_track[10..].iter().all(|split| *split == Some(Split::Train)));
        assert_eq!(drawn.warnings.len(), 2);
        assert!(
            drawn.warnings[0].starts_with("the validation split has no track of \"b\", \"c\""),
            "{:?}",
            drawn.warnings
        );
        let folds = dataset(&tracks).folds(3, 0).unwrap();
        assert_eq!(folds.warnings.len(), 2, "{:?}", folds.warnings);
    }

    #[test]
    fn validation_is_carved_from_training_and_test_is_never_touched() {
        let mut dataset = dataset(&[(0, None); 100]);
        for (i, track) in dataset.tracks.iter_mut().enumerate() {
            track.split = Some(if i < 80 { Split::Train } else { Split::Test });
        }
        let carved = SplitPlan::default().assign(&dataset).unwrap();
        assert_eq!(carved.origin, SplitOrigin::ValidationCarved);
        assert_eq!(counts(&carved.of_track[80..]), [0, 0, 20]);
        let [train, validation, test] = counts(&carved.of_track[..80]);
        assert!(train + validation == 80 && (7..=11).contains(&validation) && test == 0);

        dataset.tracks[0].split = Some(Split::Validation);
        dataset.tracks[1].split = None;
        let given = SplitPlan::default().assign(&dataset).unwrap();
        assert_eq!((given.origin, counts(&given.of_track)), (SplitOrigin::Given, [78, 1, 20]));
        assert!(given.warnings[0].starts_with("1 tracks have no split"), "{:?}", given.warnings);

        dataset.tracks.iter_mut().for_each(|track| track.split = Some(Split::Test));
        let error = SplitPlan::default().assign(&dataset).unwrap_err().to_string();
        assert!(error.starts_with("the source states test and no training split"), "{error}");
    }

    #[test]
    fn splits_that_tear_a_group_are_told() {
        let mut dataset = dataset(&[(0, Some(1)), (0, Some(1)), (0, Some(2)), (0, None)]);
        let splits = [Split::Train, Split::Test, Split::Train, Split::Validation];
        dataset.tracks.iter_mut().zip(splits).for_each(|(track, split)| track.split = Some(split));
        dataset.grouped_by = Some("artist".to_owned());
        let given = SplitPlan::default().assign(&dataset).unwrap();
        let leak = "leak: the same artist is in several splits: \"artist 1\"";
        assert!(given.warnings.iter().any(|warning| warning == leak), "{:?}", given.warnings);
    }

    #[test]
    fn folds_that_the_source_numbers_are_taken_where_there_are_as_many_as_wanted() {
        let mut dataset = dataset(&[(0, None), (1, None), (0, None), (1, None), (0, Some(7))]);
        let numbers = [20, 3, 3, 20, 7];
        dataset.tracks.iter_mut().zip(numbers).for_each(|(track, n)| track.fold = Some(n));
        let folds = dataset.folds(3, 1).unwrap();
        assert_eq!((&folds.of_track[..], &folds.warnings[..]), (&[2, 0, 0, 2, 1][..], &[][..]));
        let warning = |dataset: &Dataset, k| dataset.folds(k, 1).unwrap().warnings.pop().unwrap();
        assert_eq!(warning(&dataset, 2), "the source numbers 3 folds, so 2 are drawn anew");
        dataset.tracks[0].group = Some("artist 7".to_owned());
        dataset.grouped_by = Some("artist".to_owned());
        let leak = "leak: the same artist is in several folds: \"artist 7\"";
        assert_eq!(warning(&dataset, 3), leak);
        dataset.tracks[1].fold = None;
        let missing = "1 tracks have no fold in the source, so 3 folds are drawn anew";
        assert_eq!(warning(&dataset, 3), missing);
    }

    #[test]
    fn fractions_that_are_none_are_refused() {
        let fractions = Fractions { train: 0.8, validation: 0.3, test: -0.1 };
        let plan = SplitPlan { fractions, ..SplitPlan::default() };
        assert!(plan.assign(&dataset(&[(0, None)])).is_err());
    }
}

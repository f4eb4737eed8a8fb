//! What is made at once: instruments, genres, or a corpus; and the classes of each.

use std::fmt;

use super::dice::Dice;
use super::score::Score;
use super::{ClipSeed, corpus, genres, instruments};

/// A kind of data set that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// Clips of 4 s, one class for each instrument.
    Instruments,
    /// Clips of 8 s, one class for each style.
    Genres,
    /// Tracks of 12 s of everything, to pretrain on.
    Corpus,
}

impl Collection {
    /// The names of its classes, sorted.
    pub fn class_names(self) -> Vec<&'static str> {
        match self {
            Self::Instruments => instruments::class_names(),
            Self::Genres => genres::class_names(),
            Self::Corpus => corpus::KINDS.to_vec(),
        }
    }

    /// How long each clip is, in s.
    pub fn clip_seconds(self) -> f64 {
        match self {
            Self::Instruments => instruments::CLIP_S,
            Self::Genres => genres::CLIP_S,
            Self::Corpus => corpus::TRACK_S,
        }
    }

    /// The score of a clip of a class, by its index in [`Collection::class_names`].
    pub fn compose(self, class: usize, seed: &ClipSeed) -> Score {
        let mut dice = Dice::of_score(seed);
        let seconds = self.clip_seconds();
        match self {
            Self::Instruments => instruments::compose(&mut dice, class, seconds),
            Self::Genres => genres::compose(&mut dice, class, seconds),
            Self::Corpus => corpus::compose(&mut dice, class, seconds),
        }
    }

    /// Of a corpus, the class of its `index`-th track.
    pub fn class_of_track(index: u64) -> usize {
        corpus::kind_of(index)
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instruments => "instruments",
            Self::Genres => "genres",
            Self::Corpus => "corpus",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::Note;
    use super::*;
    use crate::synthesis::phrase::Ability;
    use crate::synthesis::program::ability;
    use crate::synthesis::{Domain, Instrument};

    const ALL: [Collection; 3] = [Collection::Instruments, Collection::Genres, Collection::Corpus];
    const N_CLIPS: u64 = 12;

    /// Some scores of every class in every domain.
    fn scores() -> Vec<(Collection, &'static str, Score)> {
        let mut all = Vec::new();
        for collection in ALL {
            for (class, name) in collection.class_names().into_iter().enumerate() {
                for domain in Domain::ALL {
                    for index in 0..N_CLIPS {
                        let seed = ClipSeed::new(7, domain, name, index);
                        all.push((collection, name, collection.compose(class, &seed)));
                    }
                }
            }
        }
        all
    }

    #[test]
    fn no_score_comes_twice_in_whatever_domain_and_the_same_seed_gives_it_again() {
        let all = scores();
        let texts: BTreeSet<_> = all.iter().map(|(.., score)| format!("{score:?}")).collect();
        assert_eq!(texts.len(), all.len());
        assert!(all == scores());
    }

    #[test]
    fn every_class_can_be_heard_from_the_start_almost_to_the_end() {
        for (collection, name, score) in scores() {
            let notes = || score.parts.iter().flat_map(|part| &part.notes);
            let starts = score.signals.iter().map(|_| 0.0).chain(notes().map(|note| note.start_s));
            let first = starts.fold(f64::INFINITY, f64::min);
            // A style may begin with a rest.
            let latest = if collection == Collection::Instruments { 0.2 } else { 1.6 };
            assert!(first <= latest, "{name}: {first} s");
            let last = notes().map(Note::end_s).fold(0.0, f64::max);
            assert!(last > 0.75 * score.seconds || !score.signals.is_empty(), "{name}: {last} s");
            assert_eq!(score.seconds, collection.clip_seconds());
            for note in notes() {
                assert!((1..=127).contains(&note.velocity) && note.key <= 127, "{name}: {note:?}");
                assert!(note.seconds > 0.0 && note.start_s < score.seconds, "{name}: {note:?}");
            }
        }
    }

    #[test]
    fn an_instrument_alone_plays_in_its_range_and_no_more_notes_than_it_can() {
        for (collection, name, score) in scores() {
            if collection != Collection::Instruments {
                continue;
            }
            let [part] = score.parts.as_slice() else { panic!("{name}: {score:?}") };
            let Instrument::Program(number) = part.instrument else {
                assert_eq!(name, "drums");
                continue;
            };
            let Ability { low, high, voices, .. } = ability(number);
            for note in &part.notes {
                assert!((low..=high).contains(&i32::from(note.key)), "{name} {number}: {note:?}");
                let begins = |other: &&Note| (other.start_s - note.start_s).abs() < 1e-9;
                let n_at_once = part.notes.iter().filter(begins).count();
                assert!(n_at_once <= voices.max(1), "{name} {number}: {n_at_once} at once");
            }
        }
    }

    #[test]
    fn a_score_has_no_more_pitched_parts_than_there_are_channels() {
        for (_, name, score) in scores() {
            let pitched =
                score.parts.iter().filter(|part| matches!(part.instrument, Instrument::Program(_)));
            assert!(pitched.count() <= 15, "{name}");
        }
    }

    #[test]
    fn classes_share_pitches_so_that_none_is_told_by_them_alone() {
        let mut means: Vec<(&str, Vec<f64>)> = Vec::new();
        for (collection, name, score) in scores() {
            if collection == Collection::Instruments && name != "drums" {
                let keys: Vec<_> =
                    score.parts[0].notes.iter().map(|note| f64::from(note.key)).collect();
                let mean = keys.iter().sum::<f64>() / keys.len() as f64;
                match means.last_mut() {
                    Some((last, means)) if *last == name => means.push(mean),
                    _ => means.push((name, vec![mean])),
                }
            }
        }
        let range = |values: &[f64]| {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            (least, values.iter().copied().fold(0.0, f64::max))
        };
        for (name, values) in &means {
            let (low, high) = range(values);
            let overlapping = means.iter().filter(|(other, values)| {
                let (other_low, other_high) = range(values);
                other != name && other_low < high && low < other_high
            });
            let n_overlapping = overlapping.count();
            assert!(n_overlapping >= 5, "{name}, {low:.0} to {high:.0}: {n_overlapping}");
        }
    }

    #[test]
    fn a_corpus_holds_its_mix_wherever_it_ends() {
        let mut counts = [0; 3];
        for index in 0..200 {
            counts[Collection::class_of_track(index)] += 1;
        }
        assert_eq!(counts, [90, 20, 90]);
        assert_eq!(Collection::Corpus.class_names(), ["arrangement", "other", "solo"]);
    }

    #[test]
    fn names_of_classes_are_sorted_and_no_two_collections_share_one() {
        let names: Vec<_> = ALL.iter().flat_map(|collection| collection.class_names()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(ALL.iter().all(|collection| collection.class_names().is_sorted()));
    }
}

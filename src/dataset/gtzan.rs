//! GTZAN by its names: `genres/hiphop/hiphop.00000.wav`.

use super::draft::{Draft, Drafts};
use super::files::{AudioFile, Found};
use super::{Dataset, DatasetError, Ignored, Split};

/// The genres as the files spell them.
const GENRES: [&str; 10] =
    ["blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock"];

/// Repetitions and distorted files by Sturm, "The GTZAN dataset" (arXiv:1306.1461), as left out by the published lists of the
/// prototype network. What remains are 731 tracks to train, 96 to validate and 91 to test; the published list of training
/// tracks names one more, `reggae.99986`, which the data set does not have.
const FAULTY: [(&str, &[u32]); 9] = [
    ("classical", &[20, 21, 22, 23, 24, 25, 26, 49]),
    ("country", &[2, 39]),
    ("disco", &[3, 11, 20, 23, 26, 27, 29, 34]),
    ("hiphop", &[3, 5, 26, 29, 31, 38, 40]),
    ("jazz", &[0, 1, 52, 54, 66]),
    ("metal", &[21, 29, 33, 46, 50, 51, 58, 59, 60, 71, 72, 73, 79, 84, 86, 97]),
    ("pop", &[9, 15, 21, 22, 61, 63, 65, 81]),
    ("reggae", &[52, 86, 99]),
    (
        "rock",
        &[
            1, 2, 4, 10, 11, 12, 13, 14, 15, 27, 36, 38, 40, 47, 62, 63, 71, 72, 73, 74, 75, 76,
            77, 78, 90,
        ],
    ),
];

/// The genre that a label means: `hip-hop`, `HipHop` and the first three letters `hip` all mean `hiphop`.
fn genre(label: &str) -> Option<&'static str> {
    let plain = label.to_ascii_lowercase().replace(['-', '_', ' '], "");
    GENRES
        .into_iter()
        .find(|genre| plain == *genre || (plain.len() == 3 && genre.starts_with(&plain)))
}

/// The genre and number of a file, whatever folders and extension it has.
fn track(id: &str) -> Option<(&'static str, u32)> {
    let name = id.rsplit('/').next()?;
    let mut parts = name.split('.');
    let (label, number) = (parts.next()?, parts.next()?);
    let is_number = number.len() == 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    Some((genre(label)?, is_number.then(|| number.parse().ok())??))
}

/// Whether nine files of ten are named so.
pub(super) fn is_named_so(audio: &[AudioFile]) -> bool {
    let n_named = audio.iter().filter(|file| track(&file.id).is_some()).count();
    n_named > 0 && 10 * n_named >= 9 * audio.len()
}

pub(super) fn read(drafts: &mut Drafts, found: &Found) {
    for file in &found.audio {
        match track(&file.id) {
            Some((genre, _)) => drafts.tracks.push(Draft::of_file(file, genre.to_owned(), None)),
            None => drafts.refuse(&file.path, "is not named GENRE.NNNNN as in GTZAN"),
        }
    }
}

/// Spells the labels of a list of GTZAN files as the files do: `blu` becomes `blues`.
pub(super) fn spell_out(drafts: &mut Drafts) {
    let is_gtzan = |draft: &Draft| {
        let named = track(&draft.id).map(|(genre, _)| genre);
        named.is_some() && draft.labels.len() == 1 && genre(&draft.labels[0]) == named
    };
    if drafts.tracks.is_empty() || !drafts.tracks.iter().all(is_gtzan) {
        return;
    }
    let mut n_changed = 0;
    for draft in &mut drafts.tracks {
        for label in &mut draft.labels {
            if let Some(genre) = genre(label).filter(|genre| label != genre) {
                genre.clone_into(label);
                n_changed += 1;
            }
        }
    }
    if n_changed > 0 {
        drafts.notes.push(format!("{n_changed} labels are spelled out as GTZAN's genres"));
    }
}

/// The fault-filtered split: what Sturm found faulty is ignored; numbers that end in 8 validate, those in 9 test.
pub(super) fn filter(dataset: &mut Dataset) -> Result<(), DatasetError> {
    let mut kept = Vec::with_capacity(dataset.tracks.len());
    for mut entry in std::mem::take(&mut dataset.tracks) {
        let Some((genre, number)) = track(&entry.id) else {
            return Err(DatasetError::NotGtzan { found: entry.id, path: dataset.root.clone() });
        };
        let is_faulty = |(g, numbers): &(&str, &[u32])| *g == genre && numbers.contains(&number);
        if FAULTY.iter().any(is_faulty) {
            let reason = "faulty (Sturm 2013)".to_owned();
            dataset.ignored.push(Ignored { path: entry.path, reason });
            continue;
        }
        entry.split = Some(match number % 10 {
            8 => Split::Validation,
            9 => Split::Test,
            _ => Split::Train,
        });
        kept.push(entry);
    }
    dataset.tracks = kept;
    dataset.ignored.sort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_genre_are_one_class() {
        assert_eq!(["hiphop", "hip-hop", "Hip Hop", "hip"].map(genre), [Some("hiphop"); 4]);
        assert_eq!(["ro", "blue", "hi", "techno", ""].map(genre), [None; 5]);
        assert_eq!(track("genres/pop/pop.00081.au"), Some(("pop", 81)));
        assert_eq!(track("pop.81.wav"), None);
        assert_eq!(track("pop.wav"), None);
    }

    #[test]
    fn the_filtered_split_has_the_published_sizes() {
        let numbers = (0..100).flat_map(|n| GENRES.map(|genre| (genre, n)));
        let is_kept = |&(genre, n): &(&str, u32)| {
            !FAULTY.iter().any(|(g, faulty)| *g == genre && faulty.contains(&n))
        };
        let mut sizes = [0; 3];
        for (_, n) in numbers.filter(is_kept) {
            sizes[match n % 10 {
                8 => 1,
                9 => 2,
                _ => 0,
            }] += 1;
        }
        assert_eq!(sizes, [731, 96, 91]);
    }
}

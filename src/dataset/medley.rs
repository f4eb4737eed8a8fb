//! Medley-solos-DB by its names: `Medley-solos-DB_training-4_UUID.wav`.

use super::draft::{Draft, Drafts};
use super::files::{AudioFile, Found};
use super::{DatasetError, Split, rows, sheet};

const NAME: &str = "Medley-solos-DB_";
/// Instruments by their number, for want of the metadata file, which names them itself.
const INSTRUMENTS: [&str; 8] = [
    "clarinet",
    "distorted electric guitar",
    "female singer",
    "flute",
    "piano",
    "tenor saxophone",
    "trumpet",
    "violin",
];

/// What a file name says.
struct Clip<'a> {
    split: Split,
    instrument: usize,
    uuid: &'a str,
}

fn clip(file: &AudioFile) -> Option<Clip<'_>> {
    let (stem, _) = file.name().rsplit_once('.')?;
    let (split, rest) = stem.strip_prefix(NAME)?.split_once('-')?;
    let (instrument, uuid) = rest.split_once('_')?;
    let instrument = instrument.parse().ok().filter(|i| *i < INSTRUMENTS.len())?;
    Some(Clip { split: Split::of_name(split)?, instrument, uuid })
}

/// Whether nine files of ten are named so.
pub(super) fn is_named_so(audio: &[AudioFile]) -> bool {
    let n_named = audio.iter().filter(|file| clip(file).is_some()).count();
    n_named > 0 && 10 * n_named >= 9 * audio.len()
}

/// Splits come from the names; instruments and, as groups, songs from the metadata file if it lies there.
pub(super) fn read(drafts: &mut Drafts, found: &mut Found) -> Result<(), DatasetError> {
    let is_metadata = |path: &std::path::PathBuf| {
        path.file_name().is_some_and(|name| name == "Medley-solos-DB_metadata.csv")
    };
    let metadata = found.others.iter().position(is_metadata).map(|i| found.others.remove(i));
    let sheet = metadata.map(|path| sheet::read(&path)).transpose()?;
    let songs = sheet.as_ref().and_then(|sheet| {
        let columns = sheet.column(&["instrument"])?..sheet.column(&["song_id"])?;
        Some((rows::by_column(sheet, "uuid4")?, columns.start, columns.end))
    });
    match &songs {
        Some(_) => drafts.grouped_by = Some("song_id".to_owned()),
        None => drafts.warnings.push(
            "Medley-solos-DB_metadata.csv with uuid4, instrument and song_id is not in the folder: songs are not known, \
             instruments are named by number"
                .to_owned(),
        ),
    }
    let mut n_unknown = 0;
    for file in &found.audio {
        let Some(Clip { split, instrument, uuid }) = clip(file) else {
            drafts.refuse(&file.path, "is not named Medley-solos-DB_SPLIT-INSTRUMENT_UUID");
            continue;
        };
        let mut draft = Draft::of_file(file, INSTRUMENTS[instrument].to_owned(), Some(split));
        if let Some((rows, instrument, song)) = &songs {
            match rows.get(uuid) {
                Some(cells) => {
                    draft.labels = vec![cells[*instrument].clone()];
                    draft.group = Some(cells[*song].clone()).filter(|song| !song.is_empty());
                }
                None => n_unknown += 1,
            }
        }
        drafts.tracks.push(draft);
    }
    if n_unknown > 0 {
        drafts.warnings.push(format!(
            "{n_unknown} clips are not in Medley-solos-DB_metadata.csv, their songs are not known"
        ));
    }
    Ok(())
}

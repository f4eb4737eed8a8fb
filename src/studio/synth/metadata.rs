//! `metadata.csv`: a row a clip, in the form that audio folders have elsewhere as well.

use std::io::Write as _;

use super::clip::Clip;
use super::{Size, SynthError, SynthJob};
use crate::files::AtomicFile;
use crate::synthesis::{Instrument, Score};

/// The list's file name.
const METADATA: &str = "metadata.csv";

/// Writes the list.
pub(super) fn write(job: &SynthJob, clips: &[Clip]) -> Result<(), SynthError> {
    let path = job.folder.join(METADATA);
    let failed = |source| SynthError::Io { verb: "write", source, path: path.clone() };
    let mut file = AtomicFile::create(&path).map_err(failed)?;
    {
        let mut rows = csv::Writer::from_writer(&mut file);
        let has_splits = matches!(job.size, Size::PerClass(_));
        let mut header = vec!["file_name", "label"];
        header.extend(has_splits.then_some("split"));
        header.extend(["form", "programs", "tempo_bpm", "key", "clip_seed"]);
        let as_io = |error: csv::Error| failed(error.into());
        rows.write_record(&header).map_err(as_io)?;
        let names = job.collection.class_names();
        for clip in clips {
            let score = clip.score(job);
            let mut row = vec![clip.file_name(), names[clip.class].to_owned()];
            row.extend(has_splits.then(|| clip.domain.to_string()));
            let tempo = format!("{:.1}", score.tempo_bpm);
            let programs = programs(&score);
            row.extend([score.form, programs, tempo, score.key, clip.seed.to_string()]);
            rows.write_record(&row).map_err(as_io)?;
        }
        rows.flush().map_err(failed)?;
    }
    file.flush().map_err(failed)?;
    file.commit().map_err(failed)
}

/// The General MIDI programs, from 0, and drum kits: `24 33 drums0`.
fn programs(score: &Score) -> String {
    let name = |instrument: &Instrument| match instrument {
        Instrument::Program(number) => number.to_string(),
        Instrument::Drums(kit) => format!("drums{kit}"),
    };
    score.instruments().iter().map(name).collect::<Vec<_>>().join(" ")
}

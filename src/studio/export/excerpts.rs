//! A few segments of the data as sound, for those who ask for them.

use std::path::Path;

use super::ExportError;
use super::exhibit::Exhibit;
use crate::audio::{WavFormat, Waveform, read_waveform, write_wav};
use crate::dataset::Split;
use crate::exports::ExportFolder;
use crate::files::sha256_of_file;

/// Which segments are wanted, as rows of the table.
#[derive(Debug)]
pub(super) struct Excerpts(Vec<usize>);

impl Excerpts {
    /// The most similar segment of one file after the other, in turn from each class; of test, or else of validation.
    pub(super) fn choose(exhibit: &Exhibit, n: usize) -> Self {
        let splits = [Split::Test, Split::Validation, Split::Train];
        let tracks = splits.map(|split| exhibit.tracks_of(split));
        let tracks = tracks.into_iter().find(|tracks| !tracks.is_empty()).unwrap_or_default();
        let classes = exhibit.training.examples.labels.len() as u32;
        let of_class = |class: u32| {
            let labels = |track: &usize| exhibit.training.examples.tracks[*track].labels.first();
            tracks.iter().copied().filter(|track| labels(track) == Some(&class)).collect::<Vec<_>>()
        };
        let by_class: Vec<_> = (0..classes).map(of_class).collect();
        let longest = by_class.iter().map(Vec::len).max().unwrap_or(0);
        let turns =
            (0..longest).flat_map(|turn| by_class.iter().filter_map(move |of| of.get(turn)));
        let segment = |track: &usize| {
            let rows = exhibit.rows_of_track[*track].clone();
            rows.reduce(|best, row| {
                let similarity = |row: usize| exhibit.verdicts[row].similarity;
                if similarity(row) > similarity(best) { row } else { best }
            })
        };
        Self(turns.filter_map(segment).take(n).collect())
    }

    /// Writes those whose file is still the one that was embedded; for each segment of the table, the name of its sound.
    pub(super) fn write(
        &self,
        exhibit: &Exhibit,
        folder: &ExportFolder,
        place: &str,
    ) -> Result<Vec<Option<String>>, ExportError> {
        let mut names = vec![None; exhibit.verdicts.len()];
        for row in &self.0 {
            let name = format!("{place}/{row:06}.wav");
            if let Some(waveform) = cut(exhibit, *row) {
                write_wav(&folder.place(&name)?, &waveform, WavFormat::Pcm16)?;
                names[*row] = Some(name);
            }
        }
        Ok(names)
    }

    /// What is to be said of those that could not be cut out.
    pub(super) fn note(&self, written: &[Option<String>]) -> Option<String> {
        let (n, n_written) = (self.0.len(), written.iter().flatten().count());
        (n_written < n).then(|| {
            format!(
                "{} of {n} excerpts are left out, because their files are gone or are no longer those that were embedded",
                n - n_written
            )
        })
    }
}

/// The sound of a segment, at the rate of the model.
fn cut(exhibit: &Exhibit, row: usize) -> Option<Waveform> {
    let examples = &exhibit.training.examples;
    let track = &examples.tracks[examples.track_of_segment[row]];
    let path = Path::new(&track.path);
    if sha256_of_file(path).ok()? != track.content {
        return None;
    }
    let mut waveform = read_waveform(path, examples.embeddings.sample_rate_hz, None).ok()?;
    let at = |seconds: f64| (seconds * f64::from(waveform.sample_rate_hz)).round() as usize;
    let place = examples.places[row];
    let (start, end) = (at(place.start_s), at(place.end_s).min(waveform.samples.len()));
    waveform.samples = waveform.samples.get(start..end)?.to_vec();
    Some(waveform)
}

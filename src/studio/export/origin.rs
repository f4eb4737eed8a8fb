//! What every export begins with: the classifier, its sounds, and what they derive from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{ExportError, ExportJob};
use crate::audio::{WavFormat, read_waveform, write_wav};
use crate::classifier::Classifier;
use crate::exports::{ExportFolder, Licenses, ModelFacts, Provenance, UNKNOWN};
use crate::models::Library;
use crate::runs::RunFolder;
use crate::studio::model_of_run;
use crate::studio::sonify_run::{SonifyRunError, Sound, sounds_of};
use crate::studio::trained::Trained;

/// A run that is to be exported.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) run: RunFolder,
    pub(super) trained: Trained,
    pub(super) provenance: Provenance,
    /// The first take of each prototype that has one, by prototype.
    pub(super) sounds: Vec<(PathBuf, Sound)>,
}

/// Which sounds an export gets, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct WantedSounds {
    /// Sounds of so many prototypes of each class.
    pub(super) per_class: usize,
    /// 16 bits in place of the samples as they are.
    pub(super) is_pcm16: bool,
}

impl WantedSounds {
    /// All of them, as they are.
    pub(super) const ALL: Self = Self { per_class: usize::MAX, is_pcm16: false };
}

impl Origin {
    pub(super) fn open(job: &ExportJob) -> Result<Self, ExportError> {
        let run = job.run.clone();
        let trained = Trained::open(run.path())?;
        let provenance = provenance(job, &trained)?;
        let sounds = first_takes(&run, &trained.classifier)?;
        Ok(Self { run, trained, provenance, sounds })
    }

    /// Copies sounds into a folder of the export; for each prototype, the name of its sound there.
    pub(super) fn copy_sounds(
        &self,
        folder: &ExportFolder,
        place: &str,
        wanted: WantedSounds,
    ) -> Result<Vec<Option<String>>, ExportError> {
        let mut names = vec![None; self.trained.classifier.n_prototypes()];
        let mut n_of_class = BTreeMap::new();
        for (path, sound) in &self.sounds {
            let n: &mut usize = n_of_class.entry(&sound.class).or_default();
            *n += 1;
            if *n > wanted.per_class {
                continue;
            }
            let name = format!("{place}/{}", sound.file);
            match wanted.is_pcm16 {
                false => folder.copy(&name, path)?,
                true => {
                    let waveform = read_waveform(path, sound.made.sample_rate_hz, None)?;
                    write_wav(&folder.place(&name)?, &waveform, WavFormat::Pcm16)?;
                }
            }
            names[sound.row] = Some(name);
        }
        Ok(names)
    }

    /// The sound of a prototype.
    pub(super) fn sound(&self, prototype: usize) -> Option<&Sound> {
        let found = self.sounds.iter().find(|(_, sound)| sound.row == prototype);
        found.map(|(_, sound)| sound)
    }

    /// What is to be said of prototypes that nobody can hear.
    pub(super) fn note_on_sounds(&self) -> Option<String> {
        let (n, run) =
            (self.trained.classifier.n_prototypes() - self.sounds.len(), self.run.name());
        (n > 0).then(|| {
            let prototypes = if n == 1 { "prototype has" } else { "prototypes have" };
            format!(
                "{n} {prototypes} no sound yet; `pecmae sonify {run}` makes it, then export again"
            )
        })
    }
}

/// What an export of a run derives from.
pub(super) fn provenance(job: &ExportJob, trained: &Trained) -> Result<Provenance, ExportError> {
    let (run, classifier) = (&job.run, &trained.classifier);
    let embedding = run.settings()?.embedding;
    let model = ModelFacts {
        name: embedding.model,
        fingerprint: classifier.embeddings().model_fingerprint.clone(),
    };
    let stated = |license: &Option<String>| {
        let words = license.as_deref().unwrap_or_default().split_whitespace();
        Some(words.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
    };
    let stated = |license| stated(license).unwrap_or_else(|| UNKNOWN.to_owned());
    Ok(Provenance {
        exported_by: concat!("pecmae ", env!("CARGO_PKG_VERSION")).to_owned(),
        trained_by: classifier.made_by_version().to_owned(),
        run: run.name(),
        classifier: classifier.fingerprint().to_string(),
        n_edits: run.edit_log()?.in_force().len(),
        embeddings: classifier.embeddings().fingerprint().to_string(),
        licenses: Licenses {
            model: license_of(&job.library, &model),
            data: stated(&job.data_license),
            export: stated(&job.license),
        },
        model,
    })
}

/// The first take of each prototype that has one, by prototype.
pub(super) fn first_takes(
    run: &RunFolder,
    classifier: &Classifier,
) -> Result<Vec<(PathBuf, Sound)>, SonifyRunError> {
    let mut sounds = sounds_of(run, classifier)?;
    sounds.sort_by_key(|(_, sound)| (sound.row, sound.take));
    sounds.dedup_by_key(|(_, sound)| sound.row);
    Ok(sounds)
}

/// What the folder of a frozen model says about its license.
fn license_of(library: &Library, model: &ModelFacts) -> String {
    let found = model_of_run(library, None, &model.name, &model.fingerprint);
    let stated = found.map(|found| found.manifest().license.clone());
    match stated.as_deref() {
        Ok("not stated") | Err(_) => UNKNOWN.to_owned(),
        Ok(license) => license.to_owned(),
    }
}

//! The clips of a job, in the order of their files.

use std::path::PathBuf;

use super::{Size, SynthJob};
use crate::synthesis::{ClipSeed, Collection, Domain, Score};

/// A clip that is to be there.
#[derive(Debug, Clone)]
pub(super) struct Clip {
    /// Its path below the folder.
    pub(super) file: PathBuf,
    pub(super) class: usize,
    pub(super) domain: Domain,
    pub(super) seed: ClipSeed,
}

impl Clip {
    pub(super) fn score(&self, job: &SynthJob) -> Score {
        job.collection.compose(self.class, &self.seed)
    }

    /// Its path as a list writes it, with slashes.
    pub(super) fn file_name(&self) -> String {
        let steps = self.file.iter().map(|step| step.to_string_lossy());
        steps.collect::<Vec<_>>().join("/")
    }
}

/// Every clip of a job.
pub(super) fn all(job: &SynthJob) -> Vec<Clip> {
    let names = job.collection.class_names();
    let clip = |domain: Domain, class: usize, index: u64, folder: PathBuf| {
        let name = names[class];
        let file = folder.join(name).join(format!("{name}-{index:06}.{}", job.format));
        Clip { file, class, domain, seed: ClipSeed::new(job.seed, domain, name, index) }
    };
    match job.size {
        Size::Tracks(n_tracks) => (0..n_tracks)
            .map(|index| {
                let class = Collection::class_of_track(index);
                clip(Domain::Pretraining, class, index, PathBuf::new())
            })
            .collect(),
        Size::PerClass(counts) => {
            let splits = [Domain::Train, Domain::Validation, Domain::Test].into_iter().zip(counts);
            splits
                .flat_map(|(domain, count)| {
                    let classes = 0..names.len();
                    classes
                        .flat_map(move |class| (0..count).map(move |index| (domain, class, index)))
                })
                .map(|(domain, class, index)| {
                    clip(domain, class, index, PathBuf::from(domain.name()))
                })
                .collect()
        }
    }
}

//! Lists for other programs.

use super::LABEL_SEPARATOR;
use crate::exports::Sheet;
use crate::studio::export::exhibit::Exhibit;

impl Exhibit {
    /// What is needed to read the source as an audio folder: `metadata.csv` goes beside the audio.
    pub(in crate::studio::export) fn audio_folder(&self) -> Sheet {
        let tracks = self.training.examples.tracks.iter();
        let names = tracks.map(|track| track.id.clone());
        let sheet = Sheet::new().text("file_name", "path below the source folder", names);
        self.with_source(sheet, ["start", "end"])
    }

    /// Segments, then prototypes, as points of one space.
    pub(in crate::studio::export) fn points(&self) -> Sheet {
        let examples = &self.training.examples;
        let of = || examples.track_of_segment.iter().copied();
        let info = self.origin.trained.classifier.info();
        let labels = self.origin.trained.classifier.labels();
        let segments = of().zip(&examples.places);
        let names = segments.map(|(i, p)| format!("{} at {} s", examples.tracks[i].id, p.start_s));
        let truth = of().map(|i| self.labels_of(i).join(LABEL_SEPARATOR));
        let predicted = self.verdicts.iter().map(|verdict| verdict.labels.join(LABEL_SEPARATOR));
        let split = |i: usize| {
            examples.tracks[i].split.map_or_else(|| "none".to_owned(), |split| split.to_string())
        };
        let own = || info.iter().map(|info| labels[info.label].clone());
        Sheet::new()
            .text(
                "name",
                "the segment or prototype",
                names.chain(info.iter().map(|i| i.name.clone())),
            )
            .text(
                "kind",
                "segment or prototype",
                of().map(|_| "segment").chain(info.iter().map(|_| "prototype")).map(str::to_owned),
            )
            .text("label", "true label, or class of the prototype", truth.chain(own()))
            .text("predicted", "predicted label, or class of the prototype", predicted.chain(own()))
            .text(
                "split",
                "split of the segment",
                of().map(split).chain(info.iter().map(|_| "none".to_owned())),
            )
    }
}

//! Prototypes, what they count, and their sounds.

use super::{LABEL_SEPARATOR, Sounds};
use crate::exports::{Cells, Sheet};
use crate::studio::export::exhibit::Exhibit;
use crate::studio::prototypes::{ClosestRow, PrototypeRow};

impl Exhibit {
    /// One row a prototype.
    pub(in crate::studio::export) fn prototypes(&self, sounds: &Sounds) -> Sheet {
        let rows = || self.prototypes.prototypes.iter();
        let info = self.origin.trained.classifier.info();
        let real = |of: fn(&PrototypeRow) -> Option<f64>| Cells::Real(rows().map(of).collect());
        let closest = |of: fn(&PrototypeRow) -> &Option<ClosestRow>| {
            let names = rows().map(|row| of(row).as_ref().map(|c| c.prototype.clone())).collect();
            let distances = rows().map(|row| of(row).as_ref().map(|c| c.distance)).collect();
            (Cells::Text(names), Cells::Real(distances))
        };
        let (siblings, sibling_distances) = closest(|row| &row.sibling);
        let (strangers, stranger_distances) = closest(|row| &row.stranger);
        let index =
            |m: usize| info[..m].iter().filter(|other| other.label == info[m].label).count();
        let nearest = &self.training.survey.nearest;
        let nearest_segment = nearest.iter().map(|near| {
            near.first().and_then(|near| i64::try_from(self.training.part.rows[near.row]).ok())
        });
        let nearest_distance =
            nearest.iter().map(|near| near.first().map(|n| f64::from(n.distance)));
        let point =
            |axis: usize| self.map.prototypes.iter().map(move |point| f64::from(point.at[axis]));
        let sheet = Sheet::new()
            .integer(
                "prototype_id",
                "number of the prototype: its row here and in prototypes, its column in similarity and weights",
                0..info.len(),
            )
            .text("name", "its name", rows().map(|row| row.name.clone()))
            .text("label", "its class", rows().map(|row| row.label.clone()))
            .integer("index_in_class", "its number in its class", (0..info.len()).map(index))
            .flag(
                "enabled",
                "whether it counts; the weights of one that does not are 0",
                rows().map(|row| row.enabled),
            )
            .real(
                "usage",
                "share of the training segments that it wins: to which it is the most similar",
                rows().map(|row| row.usage),
            )
            .real("coverage", "the same share of those of its class", rows().map(|row| row.coverage))
            .real(
                "purity",
                "share of its class among the ten training segments nearest to it",
                rows().map(|row| row.purity),
            )
            .flag(
                "dead",
                "whether it counts and wins no training segment of its class",
                rows().map(|row| row.dead),
            )
            .with(
                "cost_if_removed",
                "class-balanced accuracy of validation tracks that is lost if it is disabled",
                real(|row| row.cost_if_removed),
            )
            .with(
                "cost_if_blinded",
                "the same if its similarity is always the usual one",
                real(|row| row.cost_if_blinded),
            )
            .real(
                "usual_similarity",
                "mean similarity of training segments to it",
                rows().map(|row| row.usual),
            )
            .with("sibling", "the closest other prototype of its class", siblings)
            .with("sibling_distance", "how far that is, as d", sibling_distances)
            .with("stranger", "the closest prototype of another class", strangers)
            .with("stranger_distance", "how far that is, as d", stranger_distances)
            .with(
                "nearest_segment_id",
                "the nearest training segment",
                Cells::Integer(nearest_segment.collect()),
            )
            .with(
                "nearest_distance",
                "how far that is, as d",
                Cells::Real(nearest_distance.collect()),
            )
            .real("x", "first principal component, on the axes of the segments", point(0))
            .real("y", "second principal component", point(1));
        self.with_sounds(sheet, sounds)
    }

    fn with_sounds(&self, sheet: Sheet, sounds: &Sounds) -> Sheet {
        let found: Vec<_> = (0..sounds.prototypes.len()).map(|m| self.origin.sound(m)).collect();
        let integer = |cells: Vec<Option<u64>>| {
            let cells = cells.into_iter().map(|cell| cell.and_then(|n| i64::try_from(n).ok()));
            Cells::Integer(cells.collect())
        };
        sheet
            .with(
                "audio",
                "its sound in this folder, if there is one",
                Cells::Text(sounds.prototypes.clone()),
            )
            .with(
                "seed",
                "seed of the noise that the sound was made from",
                integer(found.iter().map(|s| s.map(|s| s.made.seed)).collect()),
            )
            .with(
                "steps",
                "steps of the sampler",
                integer(found.iter().map(|s| s.map(|s| s.made.sampler.n_steps as u64)).collect()),
            )
            .with(
                "guidance",
                "guidance of the sampler",
                Cells::Real(found.iter().map(|s| s.map(|s| s.made.sampler.guidance)).collect()),
            )
            .with(
                "refinement",
                "steps after those of the sampler that moved the sound to where the model hears its prototype",
                integer(found.iter().map(|s| s.map(|s| s.made.sampler.refinement as u64)).collect()),
            )
            .with(
                "lufs",
                "loudness of the sound in LUFS; the file has its raw level",
                Cells::Real(found.iter().map(|s| s.and_then(|s| s.lufs).map(f64::from)).collect()),
            )
            .with(
                "gain_db",
                "what brings it to -23 LUFS, in dB, or as near to it as full scale allows",
                Cells::Real(
                    found.iter().map(|s| s.and_then(|s| s.gain_db).map(f64::from)).collect(),
                ),
            )
            .with(
                "heard_as",
                "what the classifier calls the sound, where that was looked at",
                Cells::Text(
                    found
                        .iter()
                        .map(|s| Some(s.as_ref()?.check.as_ref()?.given.join(LABEL_SEPARATOR)))
                        .collect(),
                ),
            )
    }

    /// One row a class: what each prototype counts for it.
    pub(in crate::studio::export) fn weights(&self) -> Sheet {
        let classifier = &self.origin.trained.classifier;
        let weight = classifier.counting_weight();
        let classes = classifier.labels().iter().cloned();
        let sheet = Sheet::new().text("class", "the class", classes).real(
            "bias",
            "its bias",
            classifier.bias().iter().map(|b| f64::from(*b)),
        );
        classifier.info().iter().zip(weight.columns()).fold(sheet, |sheet, (info, column)| {
            let about = format!("what {} counts for the class; 0 if it is disabled", info.name);
            sheet.real(info.name.clone(), about, column.iter().map(|w| f64::from(*w)))
        })
    }
}

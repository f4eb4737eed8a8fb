//! What each prototype is good for, and what they are together.

use super::geometry::Geometry;
use super::{Ablation, AblationError, Closest, Controls, Neighbor, Pruned, Survey};
use crate::classifier::Classifier;
use crate::evaluation::Accuracy;
use crate::examples::Part;

/// Nearest segments that purity is a share of.
pub const PURITY_AT: usize = 10;

/// What there is to know about one prototype. Shares are of training segments.
#[derive(Debug, Clone, PartialEq)]
pub struct PrototypeFacts {
    /// Share of the segments that it wins: to which it is the most similar.
    pub usage: f64,
    /// Share of its own class among the [`PURITY_AT`] nearest segments, or as many as the survey kept.
    pub purity: f64,
    /// Share of the segments of its own class that it wins.
    pub coverage: f64,
    /// Whether it is enabled and wins no segment of its own class.
    pub dead: bool,
    /// The closest other prototype of its class.
    pub sibling: Option<Closest>,
    /// The closest prototype of another class.
    pub stranger: Option<Closest>,
    /// What it would cost to lose it; `None` without validation.
    pub costs: Option<Costs>,
    /// `[class]`: its column of `W`, also while it is disabled.
    pub weights: Vec<f32>,
    /// The nearest segments, the nearest first, as rows of the training part.
    pub nearest: Vec<Neighbor>,
}

/// Losses of class-balanced accuracy of validation tracks; negative where it rises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// If it were disabled.
    pub removed: f64,
    /// If its similarity were always the usual one; see [`Ablation::blinded`].
    pub blinded: f64,
}

/// What there is to know about all prototypes together.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFacts {
    /// `[class]`: the exponential of the entropy of coverage over the class's prototypes: K if all are used alike, 1 if only
    /// one is, 0 if none.
    pub effective: Vec<f64>,
    /// Mean distance of two prototypes of one class; `None` if no class has two.
    pub within: Option<f64>,
    /// Mean distance of two prototypes of different classes; `None` with a single class.
    pub between: Option<f64>,
    /// `Σ |negative W · S| / Σ |W · S|` over training segments and classes; 0 without any evidence.
    pub negative: f64,
    /// What fewer of them reach; empty without validation.
    pub pruning: Vec<Pruned>,
    /// The same where those that are gone leave their usual part in the biases.
    pub folding: Vec<Pruned>,
    /// What others in their place reach; `None` without validation.
    pub controls: Option<Controls>,
}

/// A classifier next to what it learned from.
#[derive(Debug)]
pub struct Inspection<'a> {
    classifier: &'a Classifier,
    train: &'a Part,
    survey: &'a Survey,
    validation: Option<(&'a Part, Ablation<'a>, Accuracy)>,
}

impl<'a> Inspection<'a> {
    /// The survey is that of the training part.
    ///
    /// # Errors
    /// The parts do not fit the classifier.
    pub fn new(
        classifier: &'a Classifier,
        train: &'a Part,
        survey: &'a Survey,
        validation: Option<&'a Part>,
    ) -> Result<Self, AblationError> {
        let of_part = |part: &'a Part| {
            let ablation = Ablation::new(classifier, part.z.view(), &part.tracks, &part.labels)?;
            let accuracy = ablation.accuracy()?;
            Ok::<_, AblationError>((part, ablation, accuracy))
        };
        let validation = validation.map(of_part).transpose()?;
        Ok(Self { classifier, train, survey, validation })
    }

    /// What they reach on validation; `None` without it.
    pub fn accuracy(&self) -> Option<Accuracy> {
        self.validation.as_ref().map(|(.., whole)| *whole)
    }

    /// What there is to know about each prototype.
    ///
    /// # Errors
    /// A label of the validation part is none of the classifier's.
    pub fn prototypes(&self) -> Result<Vec<PrototypeFacts>, AblationError> {
        let geometry = Geometry::of(self.classifier);
        let wins = Wins::count(self.classifier, self.train, self.survey);
        let of_prototype = |m: usize| {
            let info = &self.classifier.info()[m];
            let label = info.label as u32;
            let nearest = self.survey.nearest[m].clone();
            let near = &nearest[..nearest.len().min(PURITY_AT)];
            let own = near.iter().filter(|n| self.train.labels[n.row].contains(&label)).count();
            Ok(PrototypeFacts {
                usage: share(wins.all[m], self.train.labels.len()),
                purity: share(own, near.len()),
                coverage: share(wins.own[m], wins.of_class[info.label]),
                dead: info.enabled && wins.own[m] == 0,
                sibling: geometry.closest(m, true),
                stranger: geometry.closest(m, false),
                costs: self.costs(m)?,
                weights: self.classifier.parts().weight.column(m).to_vec(),
                nearest,
            })
        };
        (0..self.classifier.n_prototypes()).map(of_prototype).collect()
    }

    fn costs(&self, m: usize) -> Result<Option<Costs>, AblationError> {
        let Some((_, ablation, whole)) = &self.validation else { return Ok(None) };
        let without = ablation.without(m)?;
        let blinded = ablation.blinded(m, self.survey.mean_similarities[m])?;
        let cost = |rest: Accuracy| whole.balanced - rest.balanced;
        Ok(Some(Costs { removed: cost(without), blinded: cost(blinded) }))
    }

    /// What there is to know about all prototypes together; the seed draws the random control.
    ///
    /// # Errors
    /// As [`Inspection::prototypes`].
    pub fn model(&self, seed: u64) -> Result<ModelFacts, AblationError> {
        let geometry = Geometry::of(self.classifier);
        let wins = Wins::count(self.classifier, self.train, self.survey);
        let of_class = |class: usize| {
            let own = self.classifier.info().iter().zip(&wins.own);
            let own = own.filter(|(info, _)| info.label == class).map(|(_, wins)| *wins);
            effective_number(&own.collect::<Vec<_>>())
        };
        let (mut pruning, mut folding, mut controls) = (Vec::new(), Vec::new(), None);
        if let Some((part, ablation, _)) = &self.validation {
            let usage = wins.all.iter().map(|n| share(*n, self.train.labels.len()));
            let usage: Vec<_> = usage.collect();
            pruning = ablation.prune(&usage, None)?;
            folding = ablation.prune(&usage, Some(&self.survey.mean_similarities))?;
            controls = Some(Controls::of(self.classifier, self.train, self.survey, part, seed)?);
        }
        Ok(ModelFacts {
            effective: (0..self.classifier.labels().len()).map(of_class).collect(),
            within: geometry.mean(true),
            between: geometry.mean(false),
            negative: negative_share(self.classifier, self.survey),
            pruning,
            folding,
            controls,
        })
    }
}

/// Who wins how many segments.
struct Wins {
    /// `[prototype]`
    all: Vec<usize>,
    /// `[prototype]`: of the segments of its class.
    own: Vec<usize>,
    /// `[class]`: its segments.
    of_class: Vec<usize>,
}

impl Wins {
    fn count(classifier: &Classifier, train: &Part, survey: &Survey) -> Self {
        let (n_prototypes, n_classes) = (classifier.n_prototypes(), classifier.labels().len());
        let mut wins = Self {
            all: vec![0; n_prototypes],
            own: vec![0; n_prototypes],
            of_class: vec![0; n_classes],
        };
        for (labels, winner) in train.labels.iter().zip(&survey.winners) {
            labels.iter().for_each(|label| wins.of_class[*label as usize] += 1);
            if let Some(m) = *winner {
                wins.all[m] += 1;
                let label = classifier.info()[m].label as u32;
                wins.own[m] += usize::from(labels.contains(&label));
            }
        }
        wins
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// `exp(−Σ p ln p)` over shares p of all wins.
fn effective_number(wins: &[usize]) -> f64 {
    let total: usize = wins.iter().sum();
    if total == 0 {
        return 0.0;
    }
    let shares = wins.iter().filter(|n| **n > 0).map(|n| *n as f64 / total as f64);
    (-shares.map(|p| p * p.ln()).sum::<f64>()).exp()
}

/// Similarities are positive, so that the sign of evidence is that of the weight.
fn negative_share(classifier: &Classifier, survey: &Survey) -> f64 {
    let (mut negative, mut all) = (0.0, 0.0);
    for ((_, m), weight) in classifier.parts().weight.indexed_iter() {
        if classifier.info()[m].enabled {
            let evidence = f64::from(*weight) * survey.mean_similarities[m];
            negative += f64::max(-evidence, 0.0);
            all += evidence.abs();
        }
    }
    if all > 0.0 { negative / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::{Normalization, Objective, PrototypeInfo, SimilarityKind};
    use crate::classifier::{Parts, tests::embeddings};
    use ndarray::{Array1, Array2, array};

    /// Two classes on a line; the prototypes of the first at 0, 1 and 9, of the second at 4 and 4.5.
    fn line() -> Classifier {
        let labels = vec!["low".to_owned(), "high".to_owned()];
        let info = PrototypeInfo::numbered(&labels, &[0, 0, 0, 1, 1]);
        let positions = [0.0, 1.0, 9.0, 4.0, 4.5];
        Classifier::new(Parts {
            normalization: Normalization { mean: 0.0, std: 0.5 },
            similarity: SimilarityKind::MeanSquared,
            objective: Objective::Softmax { temperature: 0.1 },
            prototypes: Array2::from_shape_fn(
                (5, 2),
                |(m, f)| if f == 0 { positions[m] } else { 0.0 },
            ),
            adaptor: None,
            weight: array![[1.0, 1.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 1.0, 1.0]],
            bias: Array1::zeros(2),
            embeddings: embeddings(2),
            labels,
            info,
        })
        .unwrap()
    }

    fn part(positions: &[f32], labels: &[u32]) -> Part {
        let n = positions.len();
        let z = Array2::from_shape_fn((n, 2), |(i, f)| if f == 0 { positions[i] } else { 0.0 });
        let labels = labels.iter().map(|label| vec![*label]).collect();
        Part { z, labels, tracks: (0..n).collect(), rows: (0..n).collect() }
    }

    #[test]
    fn the_facts_of_a_line_are_those_that_one_sees() {
        let classifier = line();
        let train = part(&[0.0, 0.1, 0.9, 1.1, 3.9, 4.1, 4.6, 4.2], &[0, 0, 0, 0, 1, 1, 1, 0]);
        let survey = Survey::of(&classifier, train.z.view(), 2).unwrap();
        let validation = part(&[0.0, 1.0, 4.0], &[0, 0, 1]);
        let found = Inspection::new(&classifier, &train, &survey, Some(&validation)).unwrap();
        let (prototypes, model) = (found.prototypes().unwrap(), found.model(0).unwrap());
        let of = |of: fn(&PrototypeFacts) -> f64| prototypes.iter().map(of).collect::<Vec<_>>();
        assert_eq!(of(|facts| facts.usage), [0.25, 0.25, 0.0, 0.375, 0.125]);
        assert_eq!(of(|facts| facts.coverage), [0.4, 0.4, 0.0, 2.0 / 3.0, 1.0 / 3.0]);
        assert_eq!(of(|facts| facts.purity), [1.0, 1.0, 0.5, 1.0, 0.5]);
        let dead: Vec<_> = prototypes.iter().map(|facts| facts.dead).collect();
        assert_eq!(dead, [false, false, true, false, false]);
        let siblings: Vec<_> =
            prototypes.iter().map(|facts| facts.sibling.unwrap().prototype).collect();
        assert_eq!(siblings, [1, 0, 1, 4, 3]);
        assert_eq!(
            prototypes[2].stranger,
            Some(Closest { prototype: 4, distance: 4.5 * 4.5 / 2.0 })
        );
        assert_eq!(prototypes[4].weights, [-1.0, 1.0]);
        assert_eq!(of(|facts| facts.costs.unwrap().removed), [0.0; 5]);
        assert!((model.effective[0] - 2.0).abs() < 1e-12, "two alike and one dead");
        assert!((1.0..2.0).contains(&model.effective[1]));
        assert!(model.within.unwrap() > 0.0 && model.between.unwrap() > 0.0);
        assert_eq!(found.accuracy(), Some(Accuracy { plain: 1.0, balanced: 1.0 }));
        assert_eq!((model.pruning.len(), model.folding.len()), (6, 6));
        let controls = model.controls.unwrap();
        assert_eq!(controls.snapped.unwrap().balanced, 1.0);
        assert!(controls.permuted.unwrap().balanced < 1.0);
    }

    #[test]
    fn without_validation_there_are_no_costs_and_no_curve() {
        let classifier = line();
        let train = part(&[0.0, 4.0], &[0, 1]);
        let survey = Survey::of(&classifier, train.z.view(), 9).unwrap();
        let found = Inspection::new(&classifier, &train, &survey, None).unwrap();
        let (prototypes, model) = (found.prototypes().unwrap(), found.model(0).unwrap());
        assert!(prototypes.iter().all(|facts| facts.costs.is_none() && facts.nearest.len() == 2));
        assert!(found.accuracy().is_none() && model.pruning.is_empty() && model.controls.is_none());
        assert!((0.0..1.0).contains(&model.negative) && model.negative > 0.0);
    }

    #[test]
    fn the_effective_number_counts_what_is_used_alike() {
        assert_eq!(effective_number(&[0, 0]), 0.0);
        assert_eq!(effective_number(&[7, 0, 0]), 1.0);
        assert!((effective_number(&[5, 5, 5]) - 3.0).abs() < 1e-12);
        assert!((1.0..2.0).contains(&effective_number(&[9, 1])));
    }

    #[test]
    fn a_disabled_prototype_wins_nothing_and_is_not_called_dead() {
        let mut parts = line().parts().clone();
        parts.info[0].enabled = false;
        let classifier = Classifier::new(parts).unwrap();
        let train = part(&[0.0, 0.1, 4.0], &[0, 0, 1]);
        let survey = Survey::of(&classifier, train.z.view(), 1).unwrap();
        let found = Inspection::new(&classifier, &train, &survey, None).unwrap();
        let prototypes = found.prototypes().unwrap();
        assert_eq!((prototypes[0].usage, prototypes[0].dead), (0.0, false));
        assert_eq!(prototypes[1].coverage, 1.0);
        assert_eq!(prototypes[1].sibling.unwrap().prototype, 2);
    }
}

//! One prototype, with names for numbers.

use serde::Serialize;

use crate::classifier::Classifier;
use crate::explanation::{Closest, PrototypeFacts};
use crate::studio::NearSegment;
use crate::studio::trained::Training;

/// One prototype. Shares are of training segments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrototypeRow {
    /// Its name.
    pub name: String,
    /// Its class.
    pub label: String,
    /// Whether it counts.
    pub enabled: bool,
    /// Share of the segments that it wins: to which it is the most similar.
    pub usage: f64,
    /// Share of its class among the ten nearest segments.
    pub purity: f64,
    /// Share of the segments of its class that it wins.
    pub coverage: f64,
    /// Whether it counts and wins no segment of its class.
    pub dead: bool,
    /// What class-balanced accuracy of validation tracks is lost if it is disabled; `None` without validation.
    pub cost_if_removed: Option<f64>,
    /// What is lost if its similarity is always the usual one.
    pub cost_if_blinded: Option<f64>,
    /// The mean similarity of training segments to it.
    pub usual: f64,
    /// The closest other prototype of its class.
    pub sibling: Option<ClosestRow>,
    /// The closest prototype of another class.
    pub stranger: Option<ClosestRow>,
    /// What it counts for each class.
    pub weights: Vec<WeightRow>,
    /// The nearest training segments.
    pub nearest: Vec<NearSegment>,
}

/// Another prototype, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClosestRow {
    /// Its name.
    pub prototype: String,
    /// As the classifier measures.
    pub distance: f64,
}

/// What a prototype counts for a class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightRow {
    /// The class.
    pub class: String,
    /// The weight.
    pub weight: f32,
}

impl PrototypeRow {
    pub(super) fn of(
        classifier: &Classifier,
        training: &Training,
        m: usize,
        facts: &PrototypeFacts,
        n_nearest: usize,
    ) -> Self {
        let info = &classifier.info()[m];
        let closest = |closest: Closest| ClosestRow {
            prototype: classifier.info()[closest.prototype].name.clone(),
            distance: closest.distance,
        };
        let weights = classifier.labels().iter().zip(&facts.weights);
        Self {
            name: info.name.clone(),
            label: classifier.labels()[info.label].clone(),
            enabled: info.enabled,
            usage: facts.usage,
            purity: facts.purity,
            coverage: facts.coverage,
            dead: facts.dead,
            cost_if_removed: facts.costs.map(|costs| costs.removed),
            cost_if_blinded: facts.costs.map(|costs| costs.blinded),
            usual: training.survey.mean_similarities[m],
            sibling: facts.sibling.map(closest),
            stranger: facts.stranger.map(closest),
            weights: weights
                .map(|(class, weight)| WeightRow { class: class.clone(), weight: *weight })
                .collect(),
            nearest: facts.nearest.iter().take(n_nearest).map(|near| training.name(near)).collect(),
        }
    }

    /// Its line in [`super::PrototypesReport::csv`].
    pub(super) fn cells(&self) -> Vec<String> {
        let number =
            |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.6}"));
        let name = |closest: &Option<ClosestRow>| {
            closest.as_ref().map_or_else(String::new, |closest| closest.prototype.clone())
        };
        let distance = |closest: &Option<ClosestRow>| number(closest.as_ref().map(|c| c.distance));
        let nearest = self.nearest.first();
        let mut cells = vec![
            self.name.clone(),
            self.label.clone(),
            self.enabled.to_string(),
            number(Some(self.usage)),
            number(Some(self.coverage)),
            number(Some(self.purity)),
            self.dead.to_string(),
            number(self.cost_if_removed),
            number(self.cost_if_blinded),
            number(Some(self.usual)),
            name(&self.sibling),
            distance(&self.sibling),
            name(&self.stranger),
            distance(&self.stranger),
            nearest.map_or_else(String::new, |near| near.track.clone()),
            number(nearest.map(|near| near.start_s)),
            number(nearest.map(|near| f64::from(near.distance))),
        ];
        cells.extend(self.weights.iter().map(|weight| weight.weight.to_string()));
        cells
    }
}

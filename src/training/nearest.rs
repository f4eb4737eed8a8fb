//! The prototype loss: how far each prototype is from the nearest example that counts for it.

use super::settings::PrototypeLoss;

/// The nearest example of each prototype, found in any number of batches.
#[derive(Debug)]
pub(super) struct Nearest {
    kind: PrototypeLoss,
    distances: Vec<f32>,
    examples: Vec<usize>,
}

impl Nearest {
    pub(super) fn new(kind: PrototypeLoss, n_prototypes: usize) -> Self {
        Self { kind, distances: vec![0.0; n_prototypes], examples: vec![0; n_prototypes] }
    }

    /// Forgets what was found.
    pub(super) fn clear(&mut self) {
        self.distances.fill(f32::INFINITY);
    }

    /// Looks through a batch; of equal distances the first counts.
    ///
    /// # Shapes
    /// - `distances`: `[item, prototype]`; `truth`: `[item, class]`
    /// - `owners`: the class of each prototype
    pub(super) fn look(
        &mut self,
        distances: &[f32],
        truth: &[f32],
        owners: &[usize],
        n_classes: usize,
    ) {
        let rows = distances.chunks_exact(owners.len()).zip(truth.chunks_exact(n_classes));
        for (example, (distances, truth)) in rows.enumerate() {
            for (prototype, distance) in distances.iter().enumerate() {
                let counts =
                    self.kind == PrototypeLoss::AllClasses || truth[owners[prototype]] > 0.0;
                if counts && *distance < self.distances[prototype] {
                    self.distances[prototype] = *distance;
                    self.examples[prototype] = example;
                }
            }
        }
    }

    /// `L_p`: the mean over the prototypes that found an example; 0 if none did.
    pub(super) fn loss(&self) -> f64 {
        let n_found = self.found().count().max(1) as f64;
        self.found().map(|(prototype, _)| f64::from(self.distances[prototype])).sum::<f64>()
            / n_found
    }

    /// Adds `factor` times the gradient of `L_p` to that of the last batch's distances.
    ///
    /// # Shapes
    /// - `gradient`: `[item, prototype]`
    pub(super) fn add_gradient(&self, gradient: &mut [f32], factor: f64) {
        let share = (factor / self.found().count().max(1) as f64) as f32;
        for (prototype, example) in self.found() {
            gradient[example * self.distances.len() + prototype] += share;
        }
    }

    /// Each prototype that found an example, with it.
    fn found(&self) -> impl Iterator<Item = (usize, usize)> {
        let found = self.distances.iter().zip(&self.examples).enumerate();
        found
            .filter(|(_, (distance, _))| distance.is_finite())
            .map(|(i, (_, example))| (i, *example))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_nearest_example_of_the_same_class_pulls_a_prototype() {
        // Two examples of class 0, one of class 1; prototypes of classes 0, 1 and the absent 2.
        let distances = [0.5, 0.1, 0.0, 0.25, 0.2, 0.0, 0.0, 0.75, 0.0];
        let truth = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let of = |kind| {
            let mut nearest = Nearest::new(kind, 3);
            nearest.clear();
            nearest.look(&distances, &truth, &[0, 1, 2], 3);
            let mut gradient = [0.0; 9];
            nearest.add_gradient(&mut gradient, 6.0);
            (nearest.loss(), gradient)
        };
        let own = [0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 3.0, 0.0];
        assert_eq!(of(PrototypeLoss::OwnClass), (0.5, own));
        let (loss, gradient) = of(PrototypeLoss::AllClasses);
        assert!((loss - 0.1 / 3.0).abs() < 1e-8);
        assert_eq!(gradient, [0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0]);
    }
}

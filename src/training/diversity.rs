//! The term that keeps the prototypes of one class apart; see [`super::Diversity`] for the formula.

use super::settings::Diversity;

/// The pairs of prototypes that share a class.
#[derive(Debug)]
pub(super) struct Pairs {
    settings: Diversity,
    pairs: Vec<(usize, usize)>,
    /// Per pair: squared difference, then what its gradient is multiplied by.
    values: Vec<f32>,
}

impl Pairs {
    /// No pair where the term has no weight.
    pub(super) fn new(settings: Diversity, owners: &[usize]) -> Self {
        let of = |i: usize| (0..i).filter(move |j| owners[*j] == owners[i]).map(move |j| (j, i));
        let pairs: Vec<_> = match settings.weight > 0.0 {
            true => (0..owners.len()).flat_map(of).collect(),
            false => Vec::new(),
        };
        Self { settings, values: vec![0.0; pairs.len()], pairs }
    }

    /// `L_d`.
    ///
    /// # Shapes
    /// - `adapted`: `[feature, prototype]`
    pub(super) fn loss(&mut self, adapted: &[f32], n_prototypes: usize) -> f64 {
        let n_features = (adapted.len() / n_prototypes) as f64;
        self.values.fill(0.0);
        for row in adapted.chunks_exact(n_prototypes) {
            for (value, (i, j)) in self.values.iter_mut().zip(&self.pairs) {
                *value += (row[*i] - row[*j]).powi(2);
            }
        }
        let Diversity { weight, reach } = self.settings;
        let n_pairs = self.pairs.len() as f64;
        let mut loss = 0.0;
        for value in &mut self.values {
            let closeness = (-f64::from(*value) / n_features / reach).exp() / n_pairs;
            loss += closeness;
            *value = (-2.0 * weight * closeness / reach / n_features) as f32;
        }
        loss
    }

    /// Adds `w` times the gradient of the loss last asked for.
    ///
    /// # Shapes
    /// - `adapted`, `gradient`: `[feature, prototype]`
    pub(super) fn add_gradient(&self, adapted: &[f32], n_prototypes: usize, gradient: &mut [f32]) {
        let rows = adapted.chunks_exact(n_prototypes);
        for (row, gradient) in rows.zip(gradient.chunks_exact_mut(n_prototypes)) {
            for (factor, (i, j)) in self.values.iter().zip(&self.pairs) {
                let push = factor * (row[*i] - row[*j]);
                gradient[*i] += push;
                gradient[*j] -= push;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_pair_of_one_class_is_pushed_apart_and_nothing_else_is() {
        // Prototypes 0 and 1 share a class and differ by 1 in one of two features.
        let adapted = [1.0, 2.0, 1.0, 5.0, 5.0, 5.0];
        let mut gradient = [0.0; 6];
        let mut pairs = Pairs::new(Diversity { weight: 4.0, reach: 0.5 }, &[0, 0, 1]);
        let loss = pairs.loss(&adapted, 3);
        pairs.add_gradient(&adapted, 3, &mut gradient);
        let wanted = (-1.0_f64).exp();
        assert!((loss - wanted).abs() < 1e-7);
        let push = 8.0 * wanted as f32; // 2 · 4 · e⁻¹ / 0.5 / 2 features · difference 1
        assert!(
            (gradient[0] - push).abs() < 1e-5 && (gradient[1] + push).abs() < 1e-5,
            "{gradient:?}"
        );
        assert_eq!(gradient[2..], [0.0; 4]);
    }
}

//! The class losses, each with its gradient.

use super::settings::ClassLoss;

impl ClassLoss {
    /// Sum over the rows of the loss of a row; `logits` become its gradient, times `factor`.
    ///
    /// # Shapes
    /// - `logits`, `truth`: `[item, class]`; `truth` is 1 for labels, 0 elsewhere
    pub(super) fn sum(
        self,
        logits: &mut [f32],
        truth: &[f32],
        n_classes: usize,
        factor: f64,
    ) -> f64 {
        let rows = logits.chunks_exact_mut(n_classes).zip(truth.chunks_exact(n_classes));
        rows.map(|(logits, truth)| match self {
            Self::CrossEntropy { temperature } => cross_entropy(logits, truth, temperature, factor),
            Self::BinaryCrossEntropy => binary_cross_entropy(logits, truth, factor),
        })
        .sum()
    }
}

/// `−log softmax(x / T)[label]`; gradient `(softmax(x / T) − truth) / T`.
fn cross_entropy(logits: &mut [f32], truth: &[f32], temperature: f64, factor: f64) -> f64 {
    let scaled = |x: f32| f64::from(x) / temperature;
    let largest = logits.iter().fold(f64::NEG_INFINITY, |most, x| most.max(scaled(*x)));
    let total: f64 = logits.iter().map(|x| (scaled(*x) - largest).exp()).sum();
    let mut loss = 0.0;
    for (x, truth) in logits.iter_mut().zip(truth) {
        let log = scaled(*x) - largest - total.ln();
        let truth = f64::from(*truth);
        loss -= truth * log;
        *x = (factor / temperature * (log.exp() - truth)) as f32;
    }
    loss
}

/// Mean over the classes of `log(1 + eˣ) − truth · x`; gradient `(sigmoid(x) − truth) / classes`.
fn binary_cross_entropy(logits: &mut [f32], truth: &[f32], factor: f64) -> f64 {
    let n = logits.len() as f64;
    let mut loss = 0.0;
    for (x, truth) in logits.iter_mut().zip(truth) {
        let (logit, truth) = (f64::from(*x), f64::from(*truth));
        // Written so that neither side overflows.
        loss += logit.max(0.0) - truth * logit + (-logit.abs()).exp().ln_1p();
        *x = (factor / n * (1.0 / (1.0 + (-logit).exp()) - truth)) as f32;
    }
    loss / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cross_entropy_and_its_gradient_are_those_of_the_formula() {
        let mut logits = [0.0, 0.1 * 3_f32.ln()];
        let loss =
            ClassLoss::CrossEntropy { temperature: 0.1 }.sum(&mut logits, &[1.0, 0.0], 2, 2.0);
        assert!((loss - 4_f64.ln()).abs() < 1e-6, "{loss}");
        assert!((logits[0] + 15.0).abs() < 1e-4 && (logits[1] - 15.0).abs() < 1e-4, "{logits:?}");
    }

    #[test]
    fn binary_cross_entropy_survives_extreme_logits() {
        let mut logits = [0.0, 3_f32.ln(), 500.0, -500.0];
        let loss = ClassLoss::BinaryCrossEntropy.sum(&mut logits, &[1.0, 0.0, 1.0, 1.0], 4, 4.0);
        let wanted = (2_f64.ln() + 4_f64.ln() + 0.0 + 500.0) / 4.0;
        assert!((loss - wanted).abs() < 1e-6, "{loss} {wanted}");
        for (found, wanted) in logits.iter().zip([-0.5, 0.75, 0.0, -1.0]) {
            assert!((found - wanted).abs() < 1e-6, "{logits:?}");
        }
    }
}

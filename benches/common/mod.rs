//! Full-size random weights: speed does not depend on what the numbers are.

use pecmae::weights::{Settings, Weights};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Sizes of the published base model.
const FILTERS: usize = 32;
const LATENT: usize = 128;
const FEATURE: usize = 768;
const HIDDEN: usize = 4096;
const STRIDES: [usize; 4] = [2, 4, 5, 8];

/// Heads and segment length of the published base model.
pub(crate) const SETTINGS: Settings =
    Settings { encoder_heads: 12, heads: 8, segment_seconds: 4.0 };

struct Builder {
    rng: ChaCha8Rng,
    tensors: Vec<(String, Vec<usize>, Vec<f32>)>,
}

impl Builder {
    fn add(&mut self, name: String, shape: &[usize]) {
        let fan_in: usize = shape.iter().skip(1).product();
        let bound = (3.0 / fan_in.max(1) as f32).sqrt();
        let n = shape.iter().product();
        let values = (0..n).map(|_| self.rng.random_range(-bound..=bound)).collect();
        self.tensors.push((name, shape.to_vec(), values));
    }

    fn layer(&mut self, name: &str, shape: &[usize], n_out: usize) {
        self.add(format!("{name}.weight"), shape);
        self.add(format!("{name}.bias"), &[n_out]);
    }

    fn residual(&mut self, name: &str, c: usize) {
        self.layer(&format!("{name}.narrow"), &[c / 2, c, 3], c / 2);
        self.layer(&format!("{name}.widen"), &[c, c / 2, 1], c);
        self.layer(&format!("{name}.shortcut"), &[c, c, 1], c);
    }

    fn lstm(&mut self, name: &str, c: usize) {
        for layer in 0..2 {
            self.add(format!("{name}.layers.{layer}.weight_ih"), &[4 * c, c]);
            self.add(format!("{name}.layers.{layer}.weight_hh"), &[4 * c, c]);
            self.add(format!("{name}.layers.{layer}.bias"), &[4 * c]);
        }
    }

    fn transformer(&mut self, name: &str, n_layers: usize) {
        for layer in 0..n_layers {
            for part in ["query", "key", "value", "output"] {
                self.add(
                    format!("{name}.layers.{layer}.attention.{part}.weight"),
                    &[FEATURE, FEATURE],
                );
            }
            self.layer(&format!("{name}.layers.{layer}.norm1"), &[FEATURE], FEATURE);
            self.layer(&format!("{name}.layers.{layer}.norm2"), &[FEATURE], FEATURE);
        }
        self.layer(&format!("{name}.feed_forward.up"), &[HIDDEN, FEATURE], HIDDEN);
        self.layer(&format!("{name}.feed_forward.down"), &[FEATURE, HIDDEN], FEATURE);
        self.layer(&format!("{name}.final_norm"), &[FEATURE], FEATURE);
    }
}

/// Canonical tensors of the base model.
pub(crate) fn base_weights() -> Weights {
    let mut b = Builder { rng: ChaCha8Rng::seed_from_u64(0), tensors: Vec::new() };
    b.layer("codec.encoder.conv_in", &[FILTERS, 1, 7], FILTERS);
    let mut c = FILTERS;
    for (i, stride) in STRIDES.into_iter().enumerate() {
        b.residual(&format!("codec.encoder.stages.{i}.residual"), c);
        b.layer(&format!("codec.encoder.stages.{i}.down"), &[2 * c, c, 2 * stride], 2 * c);
        c *= 2;
    }
    b.lstm("codec.encoder.lstm", c);
    b.layer("codec.encoder.conv_out", &[LATENT, c, 7], LATENT);
    b.layer("codec.decoder.conv_in", &[c, LATENT, 7], c);
    b.lstm("codec.decoder.lstm", c);
    for (i, stride) in STRIDES.into_iter().rev().enumerate() {
        b.layer(&format!("codec.decoder.stages.{i}.up"), &[c, c / 2, 2 * stride], c / 2);
        c /= 2;
        b.residual(&format!("codec.decoder.stages.{i}.residual"), c);
    }
    b.layer("codec.decoder.conv_out", &[1, c, 7], 1);
    b.layer("encoder.project", &[FEATURE, LATENT], FEATURE);
    b.add("encoder.position_scale".to_owned(), &[]);
    b.transformer("encoder.transformer", 10);
    b.add("summarizer.cls_token".to_owned(), &[FEATURE]);
    b.add("summarizer.position_scale".to_owned(), &[]);
    b.transformer("summarizer.transformer", 2);
    b.layer("decoder.project_in", &[FEATURE, LATENT], FEATURE);
    b.layer("decoder.project_out", &[LATENT, FEATURE], LATENT);
    b.layer("decoder.time_up", &[FEATURE, 1], FEATURE);
    b.layer("decoder.time_down", &[FEATURE, FEATURE], FEATURE);
    b.transformer("decoder.transformer", 8);
    Weights::from_memory(b.tensors)
}

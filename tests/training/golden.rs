//! The reference's trajectory, step by step.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use ndarray::{Array1, Array2, ArrayD, s};
use pecmae::classifier::{Adaptor, Dense, Norm, Normalization};
use pecmae::training::{AdaptorSettings, Data, Examples, Settings, Start, Status, Trainer};

use super::identity;

/// Tensors of a reference run.
struct Golden(HashMap<String, ArrayD<f32>>);

impl Golden {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensors = file.iter().map(|(name, view)| {
            let values = match view.dtype() {
                safetensors::Dtype::F32 => {
                    view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
                }
                _ => view
                    .data()
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| i64::from_le_bytes(*b) as f32)
                    .collect(),
            };
            (name.to_owned(), ArrayD::from_shape_vec(view.shape(), values).unwrap())
        });
        Self(tensors.collect())
    }

    fn matrix(&self, name: &str) -> Array2<f32> {
        self.0[name].clone().into_dimensionality().unwrap()
    }

    fn vector(&self, name: &str) -> Array1<f32> {
        self.0[name].clone().into_dimensionality().unwrap()
    }

    /// The adaptor of one moment; query and key rows, the first two thirds of the projection, have no effect.
    fn adaptor(&self, moment: &str) -> Adaptor {
        let name = |rest: &str| format!("{moment}.adaptor.{rest}");
        let dense = |at: &str| Dense {
            weight: self.matrix(&name(&format!("{at}.weight"))),
            bias: self.vector(&name(&format!("{at}.bias"))),
        };
        let norm = |at: &str| Norm {
            weight: self.vector(&name(&format!("{at}.weight"))),
            bias: self.vector(&name(&format!("{at}.bias"))),
        };
        let weight = self.matrix(&name("self_attn.in_proj_weight"));
        let bias = self.vector(&name("self_attn.in_proj_bias"));
        let first = 2 * weight.ncols();
        Adaptor {
            value: Dense {
                weight: weight.slice(s![first.., ..]).to_owned(),
                bias: bias.slice(s![first..]).to_owned(),
            },
            output: dense("self_attn.out_proj"),
            norm1: norm("norm1"),
            up: dense("linear1"),
            down: dense("linear2"),
            norm2: norm("norm2"),
        }
    }
}

#[track_caller]
fn close<D: ndarray::Dimension>(
    name: &str,
    found: &ndarray::Array<f32, D>,
    wanted: &ndarray::Array<f32, D>,
    tolerance: f32,
) {
    assert_eq!(found.shape(), wanted.shape(), "{name}");
    let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= tolerance, "{name} is off by {worst:e}, expected at most {tolerance:e}");
}

fn matches_the_reference(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/trainer");
    let golden = Golden::read(&folder.join(format!("{name}.safetensors")));
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    let run: serde_json::Value = serde_json::from_str(&text).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();

    let z = golden.matrix("z");
    let normalization = Normalization::of(z.view()).unwrap();
    assert!((f64::from(normalization.mean) - number(&run["mean"])).abs() < 1e-6);
    assert!((f64::from(normalization.std) - number(&run["std"])).abs() < 1e-6);
    let normalized = normalization.apply(z.view());
    close("z_normalised", &normalized, &golden.matrix("z_normalised"), 1e-6);

    let with_adaptor = golden.0.contains_key("init.adaptor.norm1.weight");
    let labels = golden.vector("labels").iter().map(|label| vec![*label as u32]).collect();
    let data = Data::new(3, Examples { z: normalized, labels }, None).unwrap();
    let start = Start {
        weight: Some(golden.matrix("init.linear.weight")),
        bias: Some(golden.vector("init.linear.bias")),
        adaptor: with_adaptor.then(|| golden.adaptor("init")),
        ..Start::new(golden.matrix("init.protos"), vec![0, 0, 1, 1, 2, 2])
    };

    let settings = Settings {
        batch: 20,
        steps: 30,
        adaptor: with_adaptor.then_some(AdaptorSettings { hidden: 48, dropout: 0.0 }),
        ..Settings::default()
    };
    let mut trainer = Trainer::new(settings, Arc::new(data), &start).unwrap();
    let order: Vec<usize> = golden.vector("batch_order").iter().map(|i| *i as usize).collect();
    for (batch, wanted) in order.chunks(20).zip(run["trajectory"].as_array().unwrap()) {
        let found = trainer.step_on(batch).unwrap();
        for (key, found) in [
            ("lr", found.lr),
            ("beta1", found.beta1),
            ("loss", found.losses.total),
            ("class_loss", found.losses.class),
            ("proto_loss", found.losses.prototype),
        ] {
            let wanted = number(&wanted[key]);
            let tolerance = if matches!(key, "lr" | "beta1") { 1e-12 } else { 1e-5 };
            assert!((found - wanted).abs() < tolerance, "{name} {key} {found} {wanted}");
        }
    }
    assert_eq!(trainer.status(), Status::Finished);

    let classifier = trainer.classifier(identity(3, normalization, 24)).unwrap();
    let parts = classifier.parts();
    close("protos", &parts.prototypes, &golden.matrix("final.protos"), 1e-4);
    close("linear.weight", &parts.weight, &golden.matrix("final.linear.weight"), 1e-4);
    close("linear.bias", &parts.bias, &golden.vector("final.linear.bias"), 1e-4);
    if let Some(found) = &parts.adaptor {
        let wanted = golden.adaptor("final");
        for (name, found, wanted) in [
            ("value", &found.value, &wanted.value),
            ("output", &found.output, &wanted.output),
            ("up", &found.up, &wanted.up),
            ("down", &found.down, &wanted.down),
        ] {
            close(name, &found.weight, &wanted.weight, 1e-4);
            close(name, &found.bias, &wanted.bias, 1e-4);
        }
        for (name, found, wanted) in
            [("norm1", &found.norm1, &wanted.norm1), ("norm2", &found.norm2, &wanted.norm2)]
        {
            close(name, &found.weight, &wanted.weight, 1e-4);
            close(name, &found.bias, &wanted.bias, 1e-4);
        }
    }
    close(
        "adapted",
        &classifier.adapted().to_owned(),
        &golden.matrix("final_adapted_prototypes"),
        1e-4,
    );
    let distances = classifier.distances(z.view()).unwrap();
    close("distances", &distances, &golden.matrix("final_distances"), 1e-4);
    let logits = classifier.logits(classifier.similarities(z.view()).unwrap().view()).unwrap();
    close("logits", &logits, &golden.matrix("final_logits"), 1e-4);
}

#[test]
fn every_step_matches_the_reference_with_the_adaptor() {
    matches_the_reference("adaptor");
}

#[test]
fn every_step_matches_the_reference_without_the_adaptor() {
    matches_the_reference("no_adaptor");
}

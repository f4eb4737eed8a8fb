//! Every operation and its gradients on a GPU against the same in main memory, where differences prove them.

use candle_core::{Device, Result, Tensor, Var};

use super::open;
use crate::pretraining::ops::{
    Before, Cut, add_bias, attention, conv, conv_transpose, cross_entropy, elu, layer_norm, linear,
    lstm_layer, overlap, relu, windows,
};
use crate::pretraining::{
    AdamW, AdamWSettings, Gradients, Initial, Parameters, SpectralDistance, SpectralSettings,
};
use crate::tensor::gaussian_noise;

/// The value of `f` and its gradients, on one device.
fn computed(
    device: &Device,
    shapes: &[&[usize]],
    f: &dyn Fn(&[Tensor]) -> Result<Tensor>,
) -> Result<Vec<Vec<f32>>> {
    let draw = |seed: u64, shape: &[usize]| {
        let n = shape.iter().product();
        gaussian_noise(seed, 1, n)?.reshape(shape)?.to_device(device)
    };
    let vars = (0..).zip(shapes).map(|(i, shape)| Var::from_tensor(&draw(i, shape)?));
    let vars = vars.collect::<Result<Vec<_>>>()?;
    let operands: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
    let y = f(&operands)?;
    let gradients = (&y * draw(99, y.dims())?)?.sum_all()?.backward()?;
    let values = |x: &Tensor| x.flatten_all()?.to_vec1::<f32>();
    let mut all = vec![values(&y)?];
    for operand in &operands {
        all.push(values(gradients.get(operand).expect("a gradient"))?);
    }
    Ok(all)
}

fn check(name: &str, shapes: &[&[usize]], f: impl Fn(&[Tensor]) -> Result<Tensor>) -> Result<()> {
    let (found, wanted) = (computed(&open()?, shapes, &f)?, computed(&Device::Cpu, shapes, &f)?);
    for (i, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        let most = wanted.iter().fold(1e-3_f32, |most, x| most.max(x.abs()));
        let apart = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert_eq!(found.len(), wanted.len(), "{name}, array {i}");
        assert!(apart < 1e-4 * most, "{name}, array {i}: {apart} of {most}");
    }
    println!("{name}: the same");
    Ok(())
}

#[test]
fn operations_and_gradients_are_those_of_main_memory() -> Result<()> {
    check("elu", &[&[3, 700]], |x| elu(&x[0]))?;
    check("relu", &[&[3, 700]], |x| relu(&x[0]))?;
    for (rows, width) in [(7, 3), (1500, 8), (2000, 192), (600, 700)] {
        check("add_bias", &[&[rows, width], &[width]], |x| add_bias(&x[0], &x[1]))?;
        check("layer_norm", &[&[rows, width], &[width], &[width]], |x| {
            layer_norm(&x[0], &x[1], &x[2])
        })?;
    }
    for cut in [
        Cut::causal(9, 4, 2),
        Cut::causal(2401, 7, 1),
        Cut::causal(3, 7, 1),
        Cut::causal(37, 16, 8),
        Cut::whole(1000, 64, 16),
        Cut::trimmed(40, 10, 5),
    ] {
        let (frames, windowed) = cut.shapes(3);
        check("windows", &[&[2, frames, 3]], |x| windows(&x[0], cut))?;
        check("overlap", &[&[2, windowed.0, windowed.1]], |x| overlap(&x[0], cut))?;
    }
    for before in [Before::Nothing, Before::Elu] {
        let cut = Cut::causal(37, 16, 8);
        check("conv", &[&[2, 37, 3], &[16 * 3, 5], &[5]], |x| {
            conv(&x[0], (&x[1], &x[2]), before, cut)
        })?;
        let cut = Cut::trimmed(40, 10, 5);
        check("conv_transpose", &[&[2, 40, 3], &[3, 10 * 5], &[5]], |x| {
            conv_transpose(&x[0], (&x[1], &x[2]), before, cut)
        })?;
    }
    for (frames, items, units) in [(1, 2, 3), (37, 5, 128), (6, 2, 300)] {
        check("lstm", &[&[frames, items, 4 * units], &[4 * units, units]], |x| {
            lstm_layer(&x[0], &(&x[1] * 0.1)?)
        })?;
    }
    check("attention", &[&[3, 20, 72]], |x| attention(&x[0], 4))?;
    check("linear", &[&[4096, 24], &[10, 24]], |x| linear(&x[0], &x[1], None))?;
    check("affine", &[&[2, 30, 24], &[10, 24], &[10]], |x| linear(&x[0], &x[1], Some(&x[2])))?;
    check("cross_entropy", &[&[30, 16]], |x| {
        let targets: Vec<u32> = (0..30).map(|i| i * 7 % 16).collect();
        let weights: Vec<f32> = (0..30).map(|i| 0.1 * i as f32).collect();
        let device = x[0].device();
        let (targets, weights) = (Tensor::new(targets, device)?, Tensor::new(weights, device)?);
        cross_entropy(&x[0], &targets, &weights)?.reshape(1)
    })?;
    check("spectral", &[&[2, 4800]], |x| {
        let spectral = SpectralDistance::new(24_000, &SpectralSettings::default(), x[0].device())?;
        let wanted = gaussian_noise(5, 2, 4800)?.to_device(x[0].device())?;
        spectral.distance(&spectral.mel(&x[0])?, &spectral.mel(&wanted)?)?.reshape(1)
    })
}

/// What three steps make of a matrix and a vector.
fn trained(device: &Device) -> Result<Vec<f32>> {
    let mut parameters = Parameters::new(3, device);
    let mut scope = parameters.scope("a");
    let initial = Initial::lecun(6);
    let (w, b) = (scope.tensor("w", &[5, 6], initial)?, scope.tensor("b", &[5], initial)?);
    let mut adam = AdamW::new(AdamWSettings::default());
    for _ in 0..3 {
        let loss = w.sqr()?.sum_all()?.add(&b.exp()?.sum_all()?)?;
        adam.step(&parameters, &Gradients::of(&loss, &parameters)?, 0.1)?;
    }
    Ok([w.flatten_all()?.to_vec1::<f32>()?, b.to_vec1::<f32>()?].concat())
}

#[test]
fn steps_of_the_optimizer_are_those_of_main_memory() -> Result<()> {
    for (found, wanted) in trained(&open()?)?.iter().zip(trained(&Device::Cpu)?) {
        assert!((found - wanted).abs() < 1e-5, "{found}, {wanted}");
    }
    Ok(())
}

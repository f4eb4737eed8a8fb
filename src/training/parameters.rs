//! What training changes, with Adam's memory of it.

use std::cell::RefCell;

use ndarray::ArrayView2;
use rayon::prelude::*;

use super::Start;
use super::adam::Rule;
use super::product::{matrix, product_here};
use crate::classifier::Adaptor;

/// Gradient values that one task computes before it hands them to Adam: what stays in the second-level cache beside the
/// factors. Fixed, so that the cut never depends on the threads.
const VALUES_PER_TASK: usize = 1 << 17;

/// One tensor.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameter {
    /// `[row, column]`; a vector is one column.
    pub(super) shape: [usize; 2],
    /// Row-major.
    pub(super) values: Vec<f32>,
    /// Adam's mean of gradients.
    pub(super) first: Vec<f32>,
    /// Adam's mean of squared gradients.
    pub(super) second: Vec<f32>,
}

impl Parameter {
    pub(super) fn new(shape: [usize; 2], values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self { shape, values, first: zeros.clone(), second: zeros }
    }

    /// The values as a matrix.
    pub(super) fn view(&self) -> ArrayView2<'_, f32> {
        matrix(&self.values, self.shape[1])
    }

    /// Moves the values by a gradient that is there already.
    pub(super) fn learn(&mut self, gradient: &[f32], rule: &Rule) {
        self.values
            .par_chunks_mut(VALUES_PER_TASK)
            .zip(self.first.par_chunks_mut(VALUES_PER_TASK))
            .zip(self.second.par_chunks_mut(VALUES_PER_TASK))
            .zip(gradient.par_chunks(VALUES_PER_TASK))
            .for_each(|(((values, first), second), gradient)| {
                rule.apply(values, first, second, gradient);
            });
    }

    /// Moves the values by the gradient `outer · innerᵀ`, block by block: the gradient as a whole never exists.
    ///
    /// # Shapes
    /// - `outer`: `[row, item]`; `inner`: `[column, item]`
    pub(super) fn learn_product(
        &mut self,
        outer: ArrayView2<'_, f32>,
        inner: ArrayView2<'_, f32>,
        rule: &Rule,
    ) {
        let n_columns = self.shape[1];
        let rows_per_task = (VALUES_PER_TASK / n_columns).max(1);
        let block = rows_per_task * n_columns;
        self.values
            .par_chunks_mut(block)
            .zip(self.first.par_chunks_mut(block))
            .zip(self.second.par_chunks_mut(block))
            .enumerate()
            .for_each(|(i, ((values, first), second))| {
                let rows = i * rows_per_task..i * rows_per_task + values.len() / n_columns;
                with_scratch(values.len(), |gradient| {
                    product_here(outer.slice(ndarray::s![rows, ..]), inner.t(), gradient);
                    rule.apply(values, first, second, gradient);
                });
            });
    }
}

/// Lends memory of this thread, kept from one block to the next; what it holds is arbitrary.
fn with_scratch(len: usize, work: impl FnOnce(&mut [f32])) {
    thread_local! {
        static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    }
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.len() < len {
            scratch.resize(len, 0.0);
        }
        work(&mut scratch[..len]);
    });
}

/// The tensors of the adaptor; weights are `[out, in]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AdaptorParameters {
    pub(super) value: [Parameter; 2],
    pub(super) output: [Parameter; 2],
    pub(super) norm1: [Parameter; 2],
    pub(super) up: [Parameter; 2],
    pub(super) down: [Parameter; 2],
    pub(super) norm2: [Parameter; 2],
}

/// All of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parameters {
    /// `[feature, prototype]`: transposed, as the network reads them.
    pub(super) prototypes: Parameter,
    /// `[class, prototype]`
    pub(super) weight: Parameter,
    /// `[class]`
    pub(super) bias: Parameter,
    pub(super) adaptor: Option<AdaptorParameters>,
}

impl Parameters {
    /// As a checked start says, with the adaptor if there is to be one.
    pub(super) fn new(start: &Start, adaptor: Option<&Adaptor>, n_classes: usize) -> Self {
        let transposed = start.prototypes.t();
        let (n_features, n_prototypes) = transposed.dim();
        let (weight, bias) = (start.weight(n_classes), start.bias(n_classes));
        Self {
            prototypes: Parameter::new(
                [n_features, n_prototypes],
                transposed.iter().copied().collect(),
            ),
            weight: Parameter::new([n_classes, n_prototypes], weight.iter().copied().collect()),
            bias: Parameter::new([n_classes, 1], bias.to_vec()),
            adaptor: adaptor.map(AdaptorParameters::new),
        }
    }

    /// Every tensor by name, in a fixed order.
    pub(super) fn all(&self) -> Vec<(String, &Parameter)> {
        let own =
            [("prototypes", &self.prototypes), ("weight", &self.weight), ("bias", &self.bias)];
        let own = own.map(|(name, parameter)| (name.to_owned(), parameter));
        let names = Adaptor::shapes(0, 0).map(|(name, _)| format!("adaptor.{name}"));
        let adaptor = self.adaptor.iter().flat_map(AdaptorParameters::all);
        own.into_iter().chain(names.into_iter().zip(adaptor)).collect()
    }

    /// The same, to change them.
    pub(super) fn all_mut(&mut self) -> Vec<&mut Parameter> {
        let adaptor = self.adaptor.iter_mut().flat_map(AdaptorParameters::all_mut);
        [&mut self.prototypes, &mut self.weight, &mut self.bias]
            .into_iter()
            .chain(adaptor)
            .collect()
    }

    /// A copy of the values alone, in the order of [`Parameters::all`].
    pub(super) fn values(&self) -> Vec<Vec<f32>> {
        self.all().into_iter().map(|(_, parameter)| parameter.values.clone()).collect()
    }
}

impl AdaptorParameters {
    fn new(adaptor: &Adaptor) -> Self {
        let mut tensors = adaptor.tensors().into_iter().map(|tensor| {
            let shape = [tensor.shape()[0], tensor.shape().get(1).copied().unwrap_or(1)];
            Parameter::new(shape, tensor.iter().copied().collect())
        });
        let mut pair = || {
            [tensors.next(), tensors.next()]
                .map(|tensor| tensor.expect("twelve tensors in six pairs"))
        };
        Self {
            value: pair(),
            output: pair(),
            norm1: pair(),
            up: pair(),
            down: pair(),
            norm2: pair(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Parameter> {
        let Self { value, output, norm1, up, down, norm2 } = self;
        [value, output, norm1, up, down, norm2].into_iter().flatten()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Parameter> {
        let Self { value, output, norm1, up, down, norm2 } = self;
        [value, output, norm1, up, down, norm2].into_iter().flatten()
    }
}

//! The learned map from prototypes to the vectors that z is compared with.
//!
//! One post-norm transformer encoder layer with one head, applied to each prototype as a sequence of length one.
//! There the only attention weight is 1 whatever the query and key say, so the two have no effect and are not kept:
//!
//! ```text
//! x  = LN₁(p + W_o (W_v p + b_v) + b_o)
//! p' = LN₂(x + W_down · max(W_up x + b_up, 0) + b_down)
//! ```

use ndarray::{Array, Array1, Array2, ArrayD, ArrayView2, ArrayViewD, Axis, Dimension};

/// Keeps the division in a layer norm away from zero; PyTorch's default.
pub(crate) const NORM_EPSILON: f32 = 1e-5;

/// `y = W x + b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dense {
    /// `[out, in]`
    pub weight: Array2<f32>,
    /// `[out]`
    pub bias: Array1<f32>,
}

/// Scale and shift of a layer norm.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    /// `[feature]`
    pub weight: Array1<f32>,
    /// `[feature]`
    pub bias: Array1<f32>,
}

/// The weights of the layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Adaptor {
    /// `W_v`, `b_v`: `[feature, feature]`.
    pub value: Dense,
    /// `W_o`, `b_o`: `[feature, feature]`.
    pub output: Dense,
    /// `LN₁`.
    pub norm1: Norm,
    /// `W_up`, `b_up`: `[hidden, feature]`.
    pub up: Dense,
    /// `W_down`, `b_down`: `[feature, hidden]`.
    pub down: Dense,
    /// `LN₂`.
    pub norm2: Norm,
}

impl Dense {
    fn apply(&self, x: &Array2<f32>) -> Array2<f32> {
        x.dot(&self.weight.t()) + &self.bias
    }
}

impl Norm {
    fn apply(&self, mut x: Array2<f32>) -> Array2<f32> {
        let n = x.ncols() as f32;
        for mut row in x.axis_iter_mut(Axis(0)) {
            let mean = row.sum() / n;
            row -= mean;
            let variance = row.dot(&row) / n;
            row *= 1.0 / (variance + NORM_EPSILON).sqrt();
            row *= &self.weight;
            row += &self.bias;
        }
        x
    }
}

impl Adaptor {
    /// p → p'.
    ///
    /// # Shapes
    /// - all: `[prototype, feature]`
    pub(crate) fn apply(&self, prototypes: ArrayView2<'_, f32>) -> Array2<f32> {
        let p = prototypes.to_owned();
        let attended = self.output.apply(&self.value.apply(&p));
        let x = self.norm1.apply(p + attended);
        let hidden = self.up.apply(&x).mapv_into(|h| h.max(0.0));
        let fed = self.down.apply(&hidden);
        self.norm2.apply(x + fed)
    }

    /// Width of the feed-forward net.
    pub fn n_hidden(&self) -> usize {
        self.up.weight.nrows()
    }

    /// Numbers in it.
    pub fn n_parameters(&self) -> usize {
        self.tensors().iter().map(ArrayViewD::len).sum()
    }

    /// The names and shapes of its tensors, in a fixed order.
    pub(crate) fn shapes(features: usize, hidden: usize) -> [(&'static str, Vec<usize>); 12] {
        let (f, h) = (features, hidden);
        [
            ("value.weight", vec![f, f]),
            ("value.bias", vec![f]),
            ("output.weight", vec![f, f]),
            ("output.bias", vec![f]),
            ("norm1.weight", vec![f]),
            ("norm1.bias", vec![f]),
            ("up.weight", vec![h, f]),
            ("up.bias", vec![h]),
            ("down.weight", vec![f, h]),
            ("down.bias", vec![f]),
            ("norm2.weight", vec![f]),
            ("norm2.bias", vec![f]),
        ]
    }

    /// Its tensors, in the order of [`Adaptor::shapes`].
    pub(crate) fn tensors(&self) -> [ArrayViewD<'_, f32>; 12] {
        let Self { value, output, norm1, up, down, norm2 } = self;
        [
            value.weight.view().into_dyn(),
            value.bias.view().into_dyn(),
            output.weight.view().into_dyn(),
            output.bias.view().into_dyn(),
            norm1.weight.view().into_dyn(),
            norm1.bias.view().into_dyn(),
            up.weight.view().into_dyn(),
            up.bias.view().into_dyn(),
            down.weight.view().into_dyn(),
            down.bias.view().into_dyn(),
            norm2.weight.view().into_dyn(),
            norm2.bias.view().into_dyn(),
        ]
    }

    /// Puts it together from tensors that are asked for by name and shape, in the order of [`Adaptor::shapes`].
    ///
    /// # Errors
    /// The first that `tensor` returns.
    pub(crate) fn from_tensors<E>(
        features: usize,
        hidden: usize,
        mut tensor: impl FnMut(&'static str, &[usize]) -> Result<ArrayD<f32>, E>,
    ) -> Result<Self, E> {
        let mut found = Vec::with_capacity(12);
        for (name, shape) in Self::shapes(features, hidden) {
            found.push(tensor(name, &shape)?);
        }
        let mut found = found.into_iter();
        Ok(Self {
            value: Dense { weight: next(&mut found), bias: next(&mut found) },
            output: Dense { weight: next(&mut found), bias: next(&mut found) },
            norm1: Norm { weight: next(&mut found), bias: next(&mut found) },
            up: Dense { weight: next(&mut found), bias: next(&mut found) },
            down: Dense { weight: next(&mut found), bias: next(&mut found) },
            norm2: Norm { weight: next(&mut found), bias: next(&mut found) },
        })
    }

    /// What does not fit `features`, if something does not.
    pub(crate) fn flaw(&self, features: usize) -> Option<String> {
        let shapes = Self::shapes(features, self.n_hidden());
        shapes.iter().zip(self.tensors()).find_map(|((name, expected), tensor)| {
            let found = tensor.shape();
            if found != expected.as_slice() {
                return Some(format!("adaptor.{name} has shape {found:?}, expected {expected:?}"));
            }
            let value = tensor.iter().find(|value| !value.is_finite())?;
            Some(format!("adaptor.{name} holds {value}, expected finite values"))
        })
    }
}

/// The next tensor, with the number of axes that it was asked for with.
fn next<D: Dimension>(tensors: &mut impl Iterator<Item = ArrayD<f32>>) -> Array<f32, D> {
    let tensor = tensors.next().expect("one tensor a shape");
    tensor.into_dimensionality().expect("tensors come in the shapes they were asked for in")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn identity(n: usize) -> Dense {
        Dense { weight: Array2::eye(n), bias: Array1::zeros(n) }
    }

    #[test]
    fn with_identities_the_layer_is_two_norms_and_a_rectifier() {
        let norm = Norm { weight: array![2.0, 2.0], bias: array![0.0, 1.0] };
        let adaptor = Adaptor {
            value: identity(2),
            output: identity(2),
            norm1: norm.clone(),
            up: identity(2),
            down: identity(2),
            norm2: norm,
        };
        // p + p = (6, 2) → ±1 · 2 + (0, 1) = (2, −1); + max(·, 0) = (4, −1) → ±1 · 2 + (0, 1).
        let found = adaptor.apply(array![[3.0, 1.0]].view());
        assert!(
            (found[[0, 0]] - 2.0).abs() < 1e-4 && (found[[0, 1]] + 1.0).abs() < 1e-4,
            "{found}"
        );
    }

    #[test]
    fn tensors_taken_apart_and_put_together_are_the_same_adaptor() {
        let mut count = 0.0;
        let counting = |_: &str, shape: &[usize]| {
            let n: usize = shape.iter().product();
            count += 1.0;
            Ok::<_, ()>(ArrayD::from_shape_vec(shape, vec![count; n]).unwrap())
        };
        let adaptor = Adaptor::from_tensors(3, 5, counting).unwrap();
        assert_eq!((adaptor.n_hidden(), adaptor.flaw(3)), (5, None));
        let mut tensors = adaptor.tensors().into_iter().map(|t| t.to_owned());
        let again = Adaptor::from_tensors(3, 5, |_, _| tensors.next().ok_or(())).unwrap();
        assert_eq!(again, adaptor);
        let flaw =
            Adaptor { norm2: Norm { weight: array![1.0], bias: array![1.0] }, ..adaptor.clone() }
                .flaw(3);
        assert_eq!(flaw.unwrap(), "adaptor.norm2.weight has shape [1], expected [3]");
    }
}

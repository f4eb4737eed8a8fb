//! Reading SEANet's layers from canonical tensors.

use crate::tensor::{Conv1d, ConvTranspose1d, Kernel, Lstm, LstmLayer, ResidualUnit};
use crate::weights::{Loaded, Scope, StoreError};

/// A convolution `weight [out, in, kernel]`, `bias [out]`.
pub(super) fn conv(scope: &Scope<'_>, kernel: Kernel, stride: usize) -> Loaded<Conv1d> {
    let shape: [usize; 3] = scope.shape("weight")?;
    let (weight, bias) = (scope.values("weight", &shape)?, scope.values("bias", &shape[..1])?);
    Ok(Conv1d::new(kernel, &weight, shape, &bias, stride))
}

/// A convolution whose stride is half its kernel, and that stride.
pub(super) fn down(scope: &Scope<'_>, kernel: Kernel) -> Loaded<(Conv1d, usize)> {
    let [_, _, width] = scope.shape("weight")?;
    Ok((conv(scope, kernel, stride_of(scope, width)?)?, width / 2))
}

/// A transposed convolution whose stride is half its kernel, and that stride.
pub(super) fn up(scope: &Scope<'_>, kernel: Kernel) -> Loaded<(ConvTranspose1d, usize)> {
    let shape: [usize; 3] = scope.shape("weight")?;
    let stride = stride_of(scope, shape[2])?;
    let (weight, bias) = (scope.values("weight", &shape)?, scope.values("bias", &shape[1..2])?);
    Ok((ConvTranspose1d::new(kernel, &weight, shape, &bias), stride))
}

fn stride_of(scope: &Scope<'_>, width: usize) -> Loaded<usize> {
    if width == 0 || !width.is_multiple_of(2) {
        let shape: [usize; 3] = scope.shape("weight")?;
        return Err(StoreError::Shape {
            name: scope.full_name("weight"),
            expected: "a kernel of twice the stride".to_owned(),
            found: shape.to_vec(),
        });
    }
    Ok(width / 2)
}

/// A residual unit: `narrow`, `widen` and `shortcut`.
pub(super) fn residual(scope: &Scope<'_>, kernel: Kernel) -> Loaded<ResidualUnit> {
    Ok(ResidualUnit {
        narrow: conv(&scope.pp("narrow"), kernel, 1)?,
        widen: conv(&scope.pp("widen"), kernel, 1)?,
        shortcut: conv(&scope.pp("shortcut"), kernel, 1)?,
    })
}

/// The recurrent layers below `scope.layers`.
pub(super) fn lstm(scope: &Scope<'_>, kernel: Kernel) -> Loaded<Lstm> {
    let layer = |i: usize| {
        let scope = scope.pp("layers").pp(i);
        let [_, n_units] = scope.shape("weight_hh")?;
        let square = [4 * n_units, n_units];
        let (input, recurrent) =
            (scope.values("weight_ih", &square)?, scope.values("weight_hh", &square)?);
        let bias = scope.values("bias", &[4 * n_units])?;
        Ok(LstmLayer::new(kernel, n_units, &input, &recurrent, &bias))
    };
    Ok(Lstm::new((0..scope.count("layers")).map(layer).collect::<Loaded<_>>()?))
}

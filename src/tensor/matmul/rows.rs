//! The operands of a product other than the packed matrix.

use std::cell::RefCell;

use super::super::buffer::{Lines, Target};

/// What happens to each output element before it leaves the registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// Nothing.
    #[default]
    None,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, `eˣ − 1` elsewhere.
    Elu,
}

/// The left operand: `count` rows, row `r` starting at `data[r · stride]`.
///
/// Rows may overlap: with a stride of `channels · step` the rows of a channels-last signal are the windows of a
/// convolution.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// The signal.
    pub(crate) data: &'a [f32],
    /// From one row to the next, in values.
    pub(crate) stride: usize,
    /// Number of rows.
    pub(crate) count: usize,
}

impl<'a> Rows<'a> {
    /// Rows `first..first + count` of these.
    pub(crate) fn range(self, first: usize, count: usize) -> Self {
        Self { data: &self.data[first * self.stride..], stride: self.stride, count }
    }
}

/// Where rows of output go.
#[derive(Clone, Copy)]
pub(crate) struct OutRows {
    /// The whole output.
    pub(crate) target: Target,
    /// Where row 0 starts, in values.
    pub(crate) offset: usize,
    /// From one row to the next, in values.
    pub(crate) stride: usize,
}

/// What is done with `a · W`: `act(a · W + bias)`, or `act(out + a · W + bias)` when accumulating.
#[derive(Clone, Copy, Default)]
pub(crate) struct Epilogue<'a> {
    /// One value a column.
    pub(crate) bias: Option<&'a [f32]>,
    /// Applied last.
    pub(crate) activation: Activation,
    /// Whether the output holds values that the product is added to.
    pub(crate) accumulate: bool,
}

/// Working memory of one thread, kept from one product to the next.
#[derive(Debug)]
pub(super) struct Scratch {
    /// Left operand, as the kernel wants it.
    pub(super) left: Lines,
    /// Sums on their way to the output.
    pub(super) sums: Lines,
}

impl Scratch {
    /// Lends this thread's.
    pub(super) fn with<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        thread_local! {
            static SCRATCH: RefCell<Scratch> =
                RefCell::new(Scratch { left: Lines::zeroed::<f32>(0), sums: Lines::zeroed::<f32>(32 * 32) });
        }
        SCRATCH.with_borrow_mut(work)
    }
}

//! An array of an export, as its README and its manifest describe it.

/// An array that lies in an export as `NAME.npy`, of float32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrayFile {
    /// Its name, without `.npy`.
    pub name: &'static str,
    /// What its axes are, as in `[segment, prototype]`.
    pub axes: &'static str,
    /// Their sizes.
    pub shape: Vec<usize>,
    /// What it holds, with its unit.
    pub about: &'static str,
}

//! A matrix somewhere in memory.

/// A matrix `[inner, column]` with any strides.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(super) data: &'a [f32],
    pub(super) n_inner: usize,
    pub(super) n_columns: usize,
    pub(super) inner_stride: usize,
    pub(super) column_stride: usize,
}

impl<'a> View<'a> {
    /// The matrix of that shape whose element `[i, c]` is `data[i · strides[0] + c · strides[1]]`.
    ///
    /// # Panics
    /// If some of it lies outside `data`.
    pub(crate) fn new(data: &'a [f32], shape: [usize; 2], strides: [usize; 2]) -> Self {
        let [n_inner, n_columns] = shape;
        let [inner_stride, column_stride] = strides;
        if n_inner > 0 && n_columns > 0 {
            assert!((n_inner - 1) * inner_stride + (n_columns - 1) * column_stride < data.len());
        }
        Self { data, n_inner, n_columns, inner_stride, column_stride }
    }

    /// An element.
    pub(super) fn at(&self, inner: usize, column: usize) -> f32 {
        self.data[inner * self.inner_stride + column * self.column_stride]
    }
}

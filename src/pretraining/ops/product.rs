//! Products of matrices that lie anywhere in an array.

use gemm::Parallelism;

/// Where a matrix lies in an array of values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix {
    /// The place of its first value.
    pub(super) start: usize,
    /// Rows and columns.
    pub(super) size: [usize; 2],
    /// Values from one row to the next, and from one column to the next.
    pub(super) stride: [usize; 2],
}

/// A matrix that is written to.
#[derive(Debug)]
pub(super) struct MatrixMut<'a> {
    /// The array.
    pub(super) values: &'a mut [f32],
    /// Its place in it.
    pub(super) at: Matrix,
}

impl Matrix {
    /// A matrix that begins with the array and lies row by row.
    pub(super) fn rows(n_rows: usize, n_columns: usize) -> Self {
        Self { start: 0, size: [n_rows, n_columns], stride: [n_columns, 1] }
    }

    /// Rows as columns.
    pub(super) fn t(self) -> Self {
        let ([rows, columns], [row, column]) = (self.size, self.stride);
        Self { start: self.start, size: [columns, rows], stride: [column, row] }
    }

    /// Whether every value lies in an array of that length.
    fn is_within(&self, n_values: usize) -> bool {
        let last = |i: usize| self.size[i].checked_sub(1).map(|n| n * self.stride[i]);
        match (last(0), last(1)) {
            (Some(row), Some(column)) => self.start + row + column < n_values,
            _ => self.start <= n_values,
        }
    }
}

/// `out += scale · a · b`, on one thread: there are others beside it.
pub(super) fn add_product(
    out: MatrixMut<'_>,
    scale: f32,
    a: (&[f32], Matrix),
    b: (&[f32], Matrix),
) {
    add_product_by(Parallelism::None, out, scale, a, b);
}

/// `out += scale · a · b`.
pub(super) fn add_product_by(
    parallelism: Parallelism,
    out: MatrixMut<'_>,
    scale: f32,
    (a, a_at): (&[f32], Matrix),
    (b, b_at): (&[f32], Matrix),
) {
    let MatrixMut { values, at } = out;
    let ([n_rows, n_inner], [_, n_columns]) = (a_at.size, b_at.size);
    assert!(b_at.size[0] == n_inner && at.size == [n_rows, n_columns]);
    assert!(at.is_within(values.len()) && a_at.is_within(a.len()) && b_at.is_within(b.len()));
    // SAFETY: sizes agree and every value lies in its array, as just checked; `values` is borrowed alone.
    unsafe {
        gemm::gemm(
            n_rows,
            n_columns,
            n_inner,
            values.as_mut_ptr().add(at.start),
            at.stride[1] as isize,
            at.stride[0] as isize,
            true,
            a.as_ptr().add(a_at.start),
            a_at.stride[1] as isize,
            a_at.stride[0] as isize,
            b.as_ptr().add(b_at.start),
            b_at.stride[1] as isize,
            b_at.stride[0] as isize,
            1.0,
            scale,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_added_where_it_belongs() {
        let a = [9.0, 1.0, 2.0, 9.0, 3.0, 4.0];
        let b = [5.0, 6.0];
        let mut out = [1.0, 1.0, 1.0];
        let at = Matrix { start: 1, size: [2, 1], stride: [1, 1] };
        let a_at = Matrix { start: 1, size: [2, 2], stride: [3, 1] };
        let product = MatrixMut { values: &mut out, at };
        add_product(product, 2.0, (&a, a_at), (&b, Matrix::rows(1, 2).t()));
        assert_eq!(out, [1.0, 1.0 + 2.0 * 17.0, 1.0 + 2.0 * 39.0]);
    }
}

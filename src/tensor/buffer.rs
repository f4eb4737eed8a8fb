//! Memory for kernels: cache-line-aligned storage, and outputs that are written before they are read.

use std::mem::MaybeUninit;

/// Bytes in a cache line, in an AVX-512 register and in a row of an AMX tile.
pub(crate) const LINE: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// Plain numbers that may be viewed inside [`Lines`].
///
/// # Safety
/// Any bit pattern must be a valid value, and the alignment must divide [`LINE`].
pub(crate) unsafe trait Number: Copy {}
// SAFETY: floats and integers have no invalid bit pattern.
unsafe impl Number for f32 {}
// SAFETY: as above.
unsafe impl Number for u16 {}

/// Zero-initialised storage whose first byte starts a cache line.
pub(crate) struct Lines(Vec<Line>);

impl Lines {
    /// Room for `count` values of `T`, all zero.
    pub(crate) fn zeroed<T: Number>(count: usize) -> Self {
        Self(vec![Line([0; LINE]); (count * size_of::<T>()).div_ceil(LINE)])
    }

    /// The storage as numbers.
    pub(crate) fn as_slice<T: Number>(&self) -> &[T] {
        let count = self.0.len() * LINE / size_of::<T>();
        // SAFETY: the lines are initialised, aligned for `T`, and every bit pattern is a `T`.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), count) }
    }

    /// The storage as numbers to write.
    pub(crate) fn as_mut_slice<T: Number>(&mut self) -> &mut [T] {
        let count = self.0.len() * LINE / size_of::<T>();
        // SAFETY: as in `as_slice`, and the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), count) }
    }

    /// Makes room for `count` values of `T`; what was there is lost if it grows.
    pub(crate) fn reserve<T: Number>(&mut self, count: usize) {
        if self.0.len() * LINE < count * size_of::<T>() {
            *self = Self(Vec::new());
            *self = Self::zeroed::<T>(count);
        }
    }
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines({} bytes)", self.0.len() * LINE)
    }
}

/// An output that tasks fill in disjoint pieces, without paying for zeroes first.
pub(crate) struct Output(Vec<MaybeUninit<f32>>);

impl Output {
    /// Room for `count` values.
    pub(crate) fn new(count: usize) -> Self {
        let mut values = Vec::with_capacity(count);
        // SAFETY: `MaybeUninit` needs no initialisation, and the capacity is `count`.
        unsafe { values.set_len(count) };
        Self(values)
    }

    /// Where tasks write.
    pub(crate) fn target(&mut self) -> Target {
        Target(self.0.as_mut_ptr().cast())
    }

    /// The values.
    ///
    /// # Safety
    /// Every value must have been written.
    pub(crate) unsafe fn finish(self) -> Vec<f32> {
        let mut values = std::mem::ManuallyDrop::new(self.0);
        // SAFETY: same allocation, same layout; initialised by the caller's promise.
        unsafe { Vec::from_raw_parts(values.as_mut_ptr().cast(), values.len(), values.capacity()) }
    }
}

/// A pointer into an output that several tasks share; each writes only its own rows.
#[derive(Clone, Copy)]
pub(crate) struct Target(*mut f32);

// SAFETY: the pointer is only a place; the users of `at` promise that tasks do not overlap.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

impl Target {
    /// The place of values that this task owns.
    pub(crate) fn of(values: &mut [f32]) -> Self {
        Self(values.as_mut_ptr())
    }

    /// The place `offset` values from the start.
    ///
    /// # Safety
    /// `offset` must lie inside the output, and no other task may use what is written through it.
    pub(crate) unsafe fn at(self, offset: usize) -> *mut f32 {
        // SAFETY: promised by the caller.
        unsafe { self.0.add(offset) }
    }

    /// A slice of the output that was written before or will be written whole.
    ///
    /// # Safety
    /// As [`Target::at`], for all `len` values.
    pub(crate) unsafe fn slice<'a>(self, offset: usize, len: usize) -> &'a mut [f32] {
        // SAFETY: promised by the caller; kernels write `f32` before reading any.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(offset), len) }
    }
}

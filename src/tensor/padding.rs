//! Causal padding in reflect mode, without a padded copy.

/// Causal padding of one convolution over one signal, in reflect mode.
///
/// `left = kernel − stride`; on the right just enough that the last window is full. A signal that is not longer than
/// the pad is lengthened by zeroes before it is reflected (Défossez et al. 2022, and their published code).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Padding {
    n_frames: usize,
    n_reflected: usize,
    left: usize,
    pub(crate) n_windows: usize,
}

impl Padding {
    pub(crate) fn new(n_frames: usize, kernel: usize, stride: usize) -> Self {
        let left = kernel - stride;
        let n_windows = n_frames.div_ceil(stride);
        let right = (n_windows * stride) - n_frames;
        Self { n_frames, n_reflected: n_frames.max(left.max(right) + 1), left, n_windows }
    }

    /// Frames before the first of the signal.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// The frame that what follows the signal is mirrored at.
    #[cfg(feature = "cuda")]
    pub(crate) fn last(&self) -> usize {
        self.n_reflected - 1
    }

    /// Which frame of the signal stands at `padded`, or none where a zero does.
    pub(crate) fn source(&self, padded: usize) -> Option<usize> {
        let at = padded.abs_diff(self.left);
        let last = self.n_reflected - 1;
        let mirrored = if padded >= self.left && at > last { 2 * last - at } else { at };
        (mirrored < self.n_frames).then_some(mirrored)
    }

    /// Frames `first..first + count` of the padded signal: in place, or gathered in `copy` at the edges.
    pub(super) fn frames<'a>(
        &self,
        signal: &'a [f32],
        n_channels: usize,
        (first, count): (usize, usize),
        copy: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        if first >= self.left && first + count <= self.left + self.n_frames {
            return &signal[(first - self.left) * n_channels..][..count * n_channels];
        }
        copy.clear();
        for padded in first..first + count {
            match self.source(padded) {
                Some(frame) => copy.extend_from_slice(&signal[frame * n_channels..][..n_channels]),
                None => copy.resize(copy.len() + n_channels, 0.0),
            }
        }
        copy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_reflects_and_a_short_signal_is_lengthened_by_zeroes() {
        let padded = |n_frames, kernel, stride, total| {
            let padding = Padding::new(n_frames, kernel, stride);
            (0..total).map(|i| padding.source(i).map_or(-1, |at| at as i64)).collect::<Vec<_>>()
        };
        assert_eq!(padded(5, 4, 2, 8), [2, 1, 0, 1, 2, 3, 4, 3]);
        assert_eq!(padded(2, 7, 1, 8), [-1, -1, -1, -1, -1, 1, 0, 1]);
        assert_eq!(padded(1, 4, 2, 4), [-1, -1, 0, -1]);
    }
}

//! How long to train.

/// Times that each segment is seen, if nobody says how long to train.
const EPOCHS: usize = 200;
/// However few segments there are.
const FEWEST: usize = 1_000;
/// However many there are; the paper takes 150 000.
const MOST: usize = 20_000;
/// Evaluations of a run.
const EVALUATIONS: usize = 50;

/// Steps that suit a number of training segments: 200 epochs, at least 1 000 and at most 20 000 steps.
pub fn steps_for(n_segments: usize, batch: usize) -> usize {
    (EPOCHS * n_segments).div_ceil(batch.max(1)).clamp(FEWEST, MOST)
}

/// Steps from one evaluation to the next: fifty evaluations in all.
pub fn eval_every_for(n_steps: usize) -> usize {
    n_steps.div_ceil(EVALUATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_with_the_data_between_two_bounds() {
        assert_eq!([10, 6_400, 10_000_000].map(|n| steps_for(n, 256)), [1_000, 5_000, 20_000]);
        assert_eq!([1, 1_000, 1_001].map(eval_every_for), [1, 20, 21]);
    }
}

//! How long to train.

/// Times that each segment is seen, if nobody says how long to train.
const EPOCHS: usize = 200;
/// However few segments there are.
const FEWEST: usize = 1_000;
/// However many there are; the paper takes 150 000.
const MOST: usize = 20_000;
/// Evaluations of a run.
const EVALUATIONS: usize = 50;

/// Steps, and steps from one evaluation to the next, that suit a number of training segments: 200 epochs, at least 1 000
/// and at most 20 000 steps.
pub fn steps_for(n_segments: usize, batch: usize) -> (usize, usize) {
    let steps = (EPOCHS * n_segments).div_ceil(batch.max(1)).clamp(FEWEST, MOST);
    (steps, steps.div_ceil(EVALUATIONS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_with_the_data_between_two_bounds() {
        assert_eq!(steps_for(10, 256), (1_000, 20));
        assert_eq!(steps_for(6_400, 256), (5_000, 100));
        assert_eq!(steps_for(10_000_000, 256), (20_000, 400));
    }
}

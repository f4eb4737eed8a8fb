//! Points on a line → shares of it: by their place alone where there are many, by their rank where there are few.

/// How far a part may be from its share before points at its borders change sides.
const TOLERANCE: f64 = 0.2;

/// The part of each of the points, which are ascending; `shares` sum to 1. `None` if there are fewer points than parts.
///
/// The line from 0 to 2⁶⁴ is cut in parts as long as their shares, and a point belongs to the part it lies in, whatever other
/// points there are. Only where a part would get more than 20 % too many or too few points, or none, its border is moved
/// over the nearest points until it does not.
pub(super) fn parts_of(points: &[u64], shares: &[f64]) -> Option<Vec<usize>> {
    let n = points.len();
    let mut bounds: Vec<_> = shares.iter().map(|share| bounds(n, *share)).collect();
    let n_parts = shares.iter().filter(|share| **share > 0.0).count();
    if n < n_parts || n == 0 {
        return None;
    }
    // Where every part needs one point, the largest gives way.
    while bounds.iter().map(|(low, _)| low).sum::<usize>() > n {
        bounds.iter_mut().max_by_key(|(low, _)| *low)?.0 -= 1;
    }
    let mut parts = vec![0; n];
    let mut end = n;
    for part in (1..shares.len()).rev() {
        let border = shares[..part].iter().sum::<f64>() * 2.0_f64.powi(64);
        let natural = points[..end].partition_point(|point| (*point as f64) < border);
        let (low, high) = bounds[part];
        let (low_before, high_before) =
            bounds[..part].iter().fold((0, 0), |sum, bound| (sum.0 + bound.0, sum.1 + bound.1));
        let most = high.min(end - low_before);
        let least = low.max(end.saturating_sub(high_before)).min(most);
        let count = (end - natural).clamp(least, most);
        parts[end - count..end].fill(part);
        end -= count;
    }
    Some(parts)
}

/// The fewest and the most points of a part: the tolerance rounded outwards, so that one point more hardly narrows it.
fn bounds(n: usize, share: f64) -> (usize, usize) {
    if share <= 0.0 {
        return (0, 0);
    }
    let exact = n as f64 * share;
    let (low, high) = (((1.0 - TOLERANCE) * exact).floor(), ((1.0 + TOLERANCE) * exact).ceil());
    ((low as usize).max(1), (high as usize).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const SHARES: [f64; 3] = [0.8, 0.1, 0.1];

    fn counts(parts: &[usize], n_parts: usize) -> Vec<usize> {
        (0..n_parts).map(|part| parts.iter().filter(|p| **p == part).count()).collect()
    }

    #[test]
    fn the_fewest_points_reach_every_part() {
        for (n, wanted) in [(3, [1, 1, 1]), (4, [2, 1, 1]), (10, [8, 1, 1])] {
            let points: Vec<u64> = (0..n).collect(); // all at the lower end
            assert_eq!(counts(&parts_of(&points, &SHARES).unwrap(), 3), wanted);
        }
        assert_eq!(parts_of(&[1, 2], &SHARES), None);
        assert_eq!(parts_of(&[1, 2], &[0.8, 0.0, 0.2]), Some(vec![0, 2]));
    }

    proptest! {
        #[test]
        fn every_part_is_near_its_share(points in proptest::collection::btree_set(any::<u64>(), 5..300), k in 2_usize..6) {
            let points: Vec<u64> = points.into_iter().collect();
            for shares in [SHARES.to_vec(), vec![1.0 / k as f64; k]] {
                let counts = counts(&parts_of(&points, &shares).unwrap(), shares.len());
                for (count, share) in counts.iter().zip(&shares) {
                    let exact = share * points.len() as f64;
                    prop_assert!(*count >= 1);
                    prop_assert!((*count as f64 - exact).abs() <= 0.2 * exact + 1.0, "{count} of {exact}");
                }
            }
        }

        #[test]
        fn one_more_point_moves_at_most_three_others(
            points in proptest::collection::btree_set(any::<u64>(), 4..200), more: u64,
        ) {
            let before: Vec<u64> = points.iter().copied().collect();
            let mut with: BTreeSet<u64> = points;
            prop_assume!(with.insert(more));
            let after: Vec<u64> = with.into_iter().collect();
            let old = parts_of(&before, &SHARES).unwrap();
            let new: Vec<usize> = after.iter().zip(parts_of(&after, &SHARES).unwrap())
                .filter(|(point, _)| **point != more).map(|(_, part)| part).collect();
            let n_moved = old.iter().zip(&new).filter(|(a, b)| a != b).count();
            prop_assert!(n_moved <= 3, "{n_moved} moved");
        }
    }
}

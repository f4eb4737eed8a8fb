//! Points that were drawn around.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::studio::session::{MapPoint, SegmentMap};

/// Points that were drawn around, and what is said of them all, counted once.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    points: Arc<[u32]>,
    /// Files that they are of.
    pub(super) n_tracks: usize,
    /// Those that are right by themselves.
    pub(super) n_right: usize,
}

impl Default for Gathered {
    fn default() -> Self {
        Self { points: Arc::new([]), n_tracks: 0, n_right: 0 }
    }
}

impl Gathered {
    /// The points that are meant.
    pub(super) fn of(map: &SegmentMap, is_meant: impl Fn(&MapPoint) -> bool) -> Self {
        let meant = || map.points.iter().filter(|point| is_meant(point));
        let tracks: BTreeSet<u32> = meant().map(|point| point.track).collect();
        let numbered = (0_u32..).zip(&map.points).filter(|(_, point)| is_meant(point));
        Self {
            points: numbered.map(|(i, _)| i).collect(),
            n_tracks: tracks.len(),
            n_right: meant().filter(|point| point.is_correct).count(),
        }
    }

    /// As indices, ascending.
    pub(super) fn points(&self) -> Arc<[u32]> {
        Arc::clone(&self.points)
    }

    /// Those of a map.
    pub(super) fn of_map<'a>(
        &'a self,
        map: &'a SegmentMap,
    ) -> impl Iterator<Item = &'a MapPoint> + 'a {
        self.points.iter().filter_map(|i| map.points.get(*i as usize))
    }

    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::map::camera::tests::map;

    #[test]
    fn what_is_gathered_is_counted() {
        let mut map = map(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]);
        (map.points[2].track, map.points[3].is_correct) = (1, true);
        let gathered = Gathered::of(&map, |point| point.at[0] > 0.5);
        assert_eq!(gathered.points()[..], [1, 2, 3]);
        assert_eq!((gathered.len(), gathered.n_tracks, gathered.n_right), (3, 2, 1));
        let places: Vec<f32> = gathered.of_map(&map).map(|point| point.at[0]).collect();
        assert_eq!(places, [1.0, 2.0, 3.0]);
    }
}

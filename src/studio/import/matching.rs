//! Which track a file of z is of.
//!
//! The published code keeps only the name of the file's own folder, and lists name `.npy` files where data sets hold audio; so
//! paths are compared step by step from their ends, without extensions.

use std::collections::HashMap;

/// Tracks by the last step of their ids.
pub(super) struct TrackIndex<'a> {
    ids: Vec<&'a str>,
    by_stem: HashMap<&'a str, Vec<usize>>,
}

impl<'a> TrackIndex<'a> {
    /// Of the ids of a data set; parts of one file have one id and are one track.
    pub(super) fn new(ids: impl Iterator<Item = &'a str>) -> Self {
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let mut by_stem: HashMap<&str, Vec<usize>> = HashMap::new();
        for (i, id) in ids.iter().enumerate() {
            by_stem.entry(steps(id).last().copied().unwrap_or_default()).or_default().push(i);
        }
        Self { ids, by_stem }
    }

    /// The track of a file, or why there is none.
    pub(super) fn find(&self, file: &str) -> Result<&'a str, String> {
        let wanted = steps(file);
        let same_name = self.by_stem.get(wanted.last().copied().unwrap_or_default());
        let fits = |i: &&usize| {
            let found = steps(self.ids[**i]);
            let n = found.len().min(wanted.len());
            found[found.len() - n..] == wanted[wanted.len() - n..]
        };
        let fitting: Vec<_> = same_name.into_iter().flatten().filter(fits).collect();
        match fitting.as_slice() {
            [] => Err("no track of the data has this name".to_owned()),
            [i] => Ok(self.ids[**i]),
            [a, b, ..] => Err(format!("it may be of {} or of {}", self.ids[**a], self.ids[**b])),
        }
    }
}

/// The steps of a path, the last one without its extension.
fn steps(path: &str) -> Vec<&str> {
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let stem = match path[start..].rfind('.') {
        Some(dot) if dot > 0 => &path[..start + dot],
        _ => path,
    };
    stem.split('/').filter(|step| *step != ".").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_the_only_track_whose_path_ends_alike() {
        let ids = ["genres/blues/blues.0.wav", "a/x/1.wav", "b/x/1.wav", "b/y/1.wav", "b/y/1.wav"];
        let index = TrackIndex::new(ids.into_iter());
        assert_eq!(index.find("blues/blues.0.npy"), Ok("genres/blues/blues.0.wav"));
        assert_eq!(index.find("blues.0.npy"), Ok("genres/blues/blues.0.wav"));
        assert_eq!(index.find("z/genres/blues/blues.0.npy"), Ok("genres/blues/blues.0.wav"));
        assert_eq!(index.find("y/1.npy"), Ok("b/y/1.wav"));
        assert!(index.find("x/1.npy").unwrap_err().contains("a/x/1.wav or of b/x/1.wav"));
        assert!(index.find("rock/blues.0.npy").is_err());
        assert!(index.find("2.npy").is_err());
    }
}

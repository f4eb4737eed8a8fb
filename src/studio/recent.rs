//! The runs that a window opened lately, wherever they lie.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::write_atomic;
use crate::models::Library;
use crate::runs::{RunError, RunFolder, RunSummary, list_runs};

/// Runs that are remembered.
const N_REMEMBERED: usize = 20;

/// Runs to choose from: those opened lately, the latest first, then the others of the folder of runs by name.
///
/// What was opened lately and is no run any more is passed over, and so is a list that cannot be read.
///
/// # Errors
/// The folder of runs cannot be listed.
pub fn runs(library: Option<&Library>, root: &Path) -> Result<Vec<RunSummary>, RunError> {
    let recent = library.map(remembered).unwrap_or_default();
    let place = |run: &RunSummary| {
        let path = absolute(run.folder.path());
        recent.iter().position(|recent| *recent == path).unwrap_or(usize::MAX)
    };
    let mut runs = list_runs(root)?;
    let known: Vec<PathBuf> = runs.iter().map(|run| absolute(run.folder.path())).collect();
    let elsewhere = recent.iter().filter(|path| !known.contains(path));
    runs.extend(elsewhere.filter_map(|path| RunFolder::open(path).ok()).map(RunSummary::of));
    runs.sort_by_key(place);
    Ok(runs)
}

/// Remembers that a run was opened.
///
/// # Errors
/// The list cannot be written.
pub fn remember(library: &Library, run: &Path) -> io::Result<()> {
    let run = absolute(run);
    let mut runs = remembered(library);
    runs.retain(|known| *known != run);
    runs.insert(0, run);
    runs.truncate(N_REMEMBERED);
    let file = library.recent();
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_atomic(&file, &serde_json::to_vec_pretty(&runs)?)
}

fn remembered(library: &Library) -> Vec<PathBuf> {
    let list = std::fs::read(library.recent()).unwrap_or_default();
    serde_json::from_slice(&list).unwrap_or_default()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_come_first_and_those_elsewhere_are_among_them() {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::at(&folder.path().join("home/models"));
        let (here, elsewhere) = (folder.path().join("runs"), folder.path().join("elsewhere"));
        for path in [here.join("a"), here.join("b"), here.join("c"), elsewhere.join("d")] {
            std::fs::create_dir_all(&path).unwrap();
            std::fs::write(path.join("run.toml"), "").unwrap();
        }
        let names = || -> Vec<String> {
            let found = runs(Some(&library), &here).unwrap();
            found.iter().map(|run| run.folder.name()).collect()
        };
        assert_eq!(names(), ["a", "b", "c"]);
        for path in [here.join("b"), elsewhere.join("d"), here.join("c"), elsewhere.join("d")] {
            remember(&library, &path).unwrap();
        }
        assert_eq!(names(), ["d", "c", "b", "a"]);
        std::fs::remove_dir_all(&elsewhere).unwrap();
        assert_eq!(names(), ["c", "b", "a"]);
        std::fs::write(library.recent(), "no list").unwrap();
        assert_eq!(names(), ["a", "b", "c"]);
    }
}

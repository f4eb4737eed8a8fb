//! Where outputs may go: into a folder that is there.
//!
//! The one rule for every verb: the folder that holds an output must exist, because a misspelt one would otherwise be made
//! and nobody find the output. What is itself a folder, as the sounds of `sonify` are, is made in it.

use std::path::{Path, PathBuf};

/// An output in a folder that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no folder {folder:?} to write into, create it or choose another output: {}", path.display())]
pub struct NoFolder {
    /// The folder.
    pub folder: PathBuf,
    /// The output.
    pub path: PathBuf,
}

/// A file that cannot be written where it is to go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// Its folder is not there.
    #[error(transparent)]
    NoFolder(#[from] NoFolder),
    /// A folder has its name.
    #[error("the output is a folder; name a file in it or beside it: {}", path.display())]
    IsFolder {
        /// The output.
        path: PathBuf,
    },
}

/// Refuses an output that cannot become a file, before hours of work and not after them.
///
/// # Errors
/// Its folder does not exist, or it is a folder itself.
pub fn check_file(output: &Path) -> Result<(), OutputError> {
    if output.is_dir() {
        return Err(OutputError::IsFolder { path: output.to_owned() });
    }
    Ok(check_folder(output)?)
}

/// Refuses an output whose folder does not exist.
///
/// # Errors
/// [`NoFolder`] names the folder.
pub fn check_folder(output: &Path) -> Result<(), NoFolder> {
    match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            Err(NoFolder { folder: folder.to_owned(), path: output.to_owned() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_an_output_must_exist_and_the_output_need_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        for fine in ["a", "a/", "new.parquet"] {
            assert_eq!(check_folder(&folder.path().join(fine)), Ok(()), "{fine}");
        }
        assert_eq!(check_folder(Path::new("a.wav")), Ok(()));
        assert_eq!(check_folder(Path::new("/")), Ok(()));
        for wrong in ["no/a", "no/a/b/", "file/a"] {
            assert!(check_folder(&folder.path().join(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(check_file(&folder.path().join("new.csv")), Ok(()));
        assert_eq!(check_file(&folder.path().join("file")), Ok(()), "it is replaced");
        assert!(check_file(&folder.path().join("no/a")).is_err());
        let error = check_file(folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("the output is a folder; name a file"), "{error}");
    }
}

//! Why a source is no data set.

use std::path::PathBuf;

use super::Layout;

/// Why a source is no data set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// Nothing is there.
    #[error("no such file or folder: {}", path.display())]
    Missing {
        /// What was named.
        path: PathBuf,
    },
    /// A file that lists nothing.
    #[error("a data set is a folder or a .csv, .tsv, .jsonl or .json list of files: {}", path.display())]
    NoList {
        /// The file.
        path: PathBuf,
    },
    /// Neither audio nor a list.
    #[error(
        "no audio file in the folder ({n_others} other files); put one folder of audio a class there, or give --audio if a list names files elsewhere: {}",
        path.display()
    )]
    NoAudio {
        /// Files of other kinds.
        n_others: usize,
        /// The folder.
        path: PathBuf,
    },
    /// Audio, but nothing that names its classes.
    #[error(
        "none of the {n_found} files has a class; sort them into one folder a class, or name them in a list: {}",
        path.display()
    )]
    NoLabels {
        /// Audio files or rows.
        n_found: usize,
        /// The source.
        path: PathBuf,
    },
    /// Audio, but something is wrong with every file.
    #[error(
        "no track can be used ({reason}), `data check` lists what is wrong: {}",
        path.display()
    )]
    NoTracks {
        /// What is wrong with the first file.
        reason: String,
        /// That file.
        path: PathBuf,
    },
    /// A layout was demanded that the source does not have.
    #[error("not to be read as {layout} ({reason}); choose another --layout: {}", path.display())]
    OtherLayout {
        /// What was demanded.
        layout: Layout,
        /// What is missing.
        reason: &'static str,
        /// The source.
        path: PathBuf,
    },
    /// The list cannot be read.
    #[error("cannot read the list ({source}): {}", path.display())]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// The list.
        path: PathBuf,
    },
    /// The list is no JSON object.
    #[error("the list is not valid JSON ({source}): {}", path.display())]
    Json {
        /// What the parser said.
        source: serde_json::Error,
        /// The list.
        path: PathBuf,
    },
    /// A list without one of the two columns that it takes.
    #[error("no column of the list names {wanted}; its columns are {found}: {}", path.display())]
    NoColumn {
        /// What the column would hold and how it may be called.
        wanted: &'static str,
        /// The headers.
        found: String,
        /// The list.
        path: PathBuf,
    },
    /// `--group-by` names a column that is not there.
    #[error("there is no column {wanted:?} to group by; the columns are {found}: {}", path.display())]
    NoGroupColumn {
        /// What was asked for.
        wanted: String,
        /// The headers, or `none` where the layout has no list.
        found: String,
        /// The list or folder.
        path: PathBuf,
    },
    /// The fault-filtered split was asked for elsewhere.
    #[error("the split gtzan-filtered is for files named as in GTZAN, found {found:?}: {}", path.display())]
    NotGtzan {
        /// A track that is not.
        found: String,
        /// The source.
        path: PathBuf,
    },
}

//! The folder where models live.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folder::{BUILT_IN, MANIFEST, WEIGHTS};
use super::{Manifest, ManifestError, ModelFolder, OpenError, staging};

/// The folder where models live, one folder each.
#[derive(Debug, Clone)]
pub struct Library {
    root: PathBuf,
}

/// One entry of a listing.
#[derive(Debug)]
pub struct Listed {
    /// The folder's name.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// Its manifest, or why it cannot be used.
    pub manifest: Result<Manifest, ManifestError>,
}

/// Why a model was not found or not removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// The system knows no folder for application data.
    #[error("no folder for models is known on this system; set PECMAE_HOME")]
    NoHome,
    /// A name that would not be one folder.
    #[error(
        "{name:?} is no model name, expected 1 to 64 letters, digits, '-', '_' or '.', not starting with '.'"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// No model of that name.
    #[error("no model {name:?}; {}: {}", known(there), root.display())]
    Unknown {
        /// The name or path.
        name: String,
        /// The models that are there.
        there: Vec<String>,
        /// The library.
        root: PathBuf,
    },
    /// A folder, but no model.
    #[error("the folder is no model, because it lacks {}; {}: {}", missing.join(" and "), known(there), path.display())]
    NoModel {
        /// The files that make a folder a model and are not there.
        missing: Vec<&'static str>,
        /// The models of the library.
        there: Vec<String>,
        /// The folder.
        path: PathBuf,
    },
    /// The model that is part of the program, where a folder is wanted.
    #[error("model {BUILT_IN} is part of the program, it has no folder")]
    BuiltIn,
    /// A file where a folder is wanted.
    #[error("a model is a folder, not a file; `pecmae models import` makes one of checkpoint files: {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
    },
    /// The model cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A folder that is not only a model.
    #[error("not removed, because it holds {found:?} besides the model: {}", path.display())]
    NotOnlyAModel {
        /// A foreign entry.
        found: String,
        /// The folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot use the model folder ({source}): {}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

fn known(there: &[String]) -> String {
    match there {
        [] => format!("there is {BUILT_IN}, and none is installed yet"),
        names => format!("there are {BUILT_IN}, {}", names.join(", ")),
    }
}

impl Library {
    /// `$PECMAE_HOME/models`, or `pecmae/models` in the user's folder for application data.
    ///
    /// # Errors
    /// [`LibraryError::NoHome`] if neither is known.
    pub fn of_user() -> Result<Self, LibraryError> {
        let home =
            std::env::var_os("PECMAE_HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let home =
            home.or_else(|| Some(dirs::data_dir()?.join("pecmae"))).ok_or(LibraryError::NoHome)?;
        Ok(Self::at(&home.join("models")))
    }

    /// A library in the given folder, which need not exist yet.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder beside it where tables of embeddings are kept to be used again.
    pub fn tables(&self) -> PathBuf {
        self.root.with_file_name("tables")
    }

    /// The folder beside it where recordings are kept.
    pub fn recordings(&self) -> PathBuf {
        self.root.with_file_name("recordings")
    }

    /// The folder beside it where the sets of the demonstration are unpacked.
    pub fn demo(&self) -> PathBuf {
        self.root.with_file_name("demo")
    }

    /// The file beside it that lists the runs which were opened lately.
    pub fn recent(&self) -> PathBuf {
        self.root.with_file_name("recent.json")
    }

    /// Where a model of that name is or would be.
    ///
    /// # Errors
    /// [`LibraryError::Name`] if the name would not be one folder.
    pub fn path_of(&self, name: &str) -> Result<PathBuf, LibraryError> {
        let is_fine = (1..=64).contains(&name.len())
            && !name.starts_with('.')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if is_fine {
            Ok(self.root.join(name))
        } else {
            Err(LibraryError::Name { name: name.to_owned() })
        }
    }

    /// The folder that a user means: a model of the library, else a path.
    ///
    /// # Errors
    /// [`LibraryError::Unknown`], [`LibraryError::NoModel`] or [`LibraryError::File`], with what is there;
    /// [`LibraryError::BuiltIn`] for the one that has no folder.
    pub fn resolve(&self, name_or_path: &str) -> Result<PathBuf, LibraryError> {
        let named = self.path_of(name_or_path).ok();
        let candidates: Vec<_> = named.into_iter().chain([PathBuf::from(name_or_path)]).collect();
        let lacks = |folder: &Path| -> Vec<_> {
            [MANIFEST, WEIGHTS].into_iter().filter(|file| !folder.join(file).is_file()).collect()
        };
        if let Some(model) = candidates.iter().find(|folder| lacks(folder).is_empty()) {
            return Ok(model.clone());
        }
        if name_or_path == BUILT_IN {
            return Err(LibraryError::BuiltIn);
        }
        let there = self.list()?.into_iter().map(|listed| listed.name).collect();
        match candidates.into_iter().find(|path| path.exists()) {
            Some(path) if path.is_dir() => {
                Err(LibraryError::NoModel { missing: lacks(&path), there, path })
            }
            Some(path) => Err(LibraryError::File { path }),
            None => {
                let (name, root) = (name_or_path.to_owned(), self.root.clone());
                Err(LibraryError::Unknown { name, there, root })
            }
        }
    }

    /// Opens the model that a user means: one of the library, else the built-in one, else one by its path.
    ///
    /// # Errors
    /// As [`Library::resolve`] and [`ModelFolder::open`].
    pub fn open(&self, name_or_path: &str) -> Result<ModelFolder, LibraryError> {
        match self.resolve(name_or_path) {
            Err(LibraryError::BuiltIn) => Ok(ModelFolder::built_in()?),
            path => Ok(ModelFolder::open(&path?)?),
        }
    }

    /// All models, sorted by name; a library that does not exist yet is empty.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, LibraryError> {
        let io = |source| LibraryError::Io { path: self.root.clone(), source };
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io(error)),
        };
        let mut models = Vec::new();
        for entry in entries {
            let entry = entry.map_err(io)?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            // Hidden folders are imports under way or cut short.
            if name.starts_with('.') || !path.join(MANIFEST).exists() {
                continue;
            }
            models.push(Listed { name, manifest: Manifest::read(&path.join(MANIFEST)), path });
        }
        models.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(models)
    }

    /// Removes a model of the library, and nothing else: not a path elsewhere, a link, or a folder with other files in it.
    ///
    /// # Errors
    /// There is no such model, or its folder holds something besides the model.
    pub fn remove(&self, name: &str) -> Result<PathBuf, LibraryError> {
        let path = self.path_of(name)?;
        let io = |source| LibraryError::Io { path: path.clone(), source };
        if !path.join(MANIFEST).is_file() {
            if name == BUILT_IN {
                return Err(LibraryError::BuiltIn);
            }
            let there = self.list()?.into_iter().map(|listed| listed.name).collect();
            return Err(LibraryError::Unknown {
                name: name.to_owned(),
                there,
                root: self.root.clone(),
            });
        }
        if fs::symlink_metadata(&path).map_err(io)?.is_symlink() {
            return Err(io(io::Error::other("it is a link, remove what it points to yourself")));
        }
        for entry in fs::read_dir(&path).map_err(io)? {
            let found = entry.map_err(io)?.file_name();
            if found != MANIFEST && found != WEIGHTS {
                let found = found.to_string_lossy().into_owned();
                return Err(LibraryError::NotOnlyAModel { found, path });
            }
        }
        let _presence = staging::Presence::enter(&self.root).map_err(io)?;
        // Out of sight first, so that no half-removed model is ever listed.
        let aside =
            tempfile::Builder::new().prefix(staging::PREFIX).tempdir_in(&self.root).map_err(io)?;
        fs::rename(&path, aside.path().join("removed")).map_err(io)?;
        aside.close().map_err(io)?;
        Ok(path)
    }
}

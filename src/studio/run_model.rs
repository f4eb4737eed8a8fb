//! The model that a run's z were made with.

use crate::models::{BUILT_IN, Library, LibraryError, ModelFolder};

/// Why the model of a run was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunModelError {
    /// The named one cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The named one is another.
    #[error(
        "model {found_name:?} ({found}) is not the one that the run was made with, {name:?} ({expected}); leave out --model, \
         or name that one"
    )]
    Other {
        /// What the run calls its model.
        name: String,
        /// The fingerprint of the run's model.
        expected: String,
        /// The model that was named.
        found_name: String,
        /// Its fingerprint.
        found: String,
    },
    /// It is not installed.
    #[error(
        "the run was made with model {name:?} ({expected}), which is not there ({}); install it, or give its folder by --model",
        there(found)
    )]
    NotInstalled {
        /// What the run calls its model.
        name: String,
        /// Its fingerprint.
        expected: String,
        /// The models that are there, with fingerprints.
        found: Vec<String>,
    },
}

fn there(models: &[String]) -> String {
    match models {
        [only] => format!("there is {only}"),
        models => format!("there are {}", models.join(", ")),
    }
}

/// Opens the model that has a fingerprint: the one that the user names, or the built-in one, or whichever is installed.
///
/// # Errors
/// The named one is another, or none that is installed has this fingerprint.
pub fn model_of_run(
    library: &Library,
    named: Option<&str>,
    name: &str,
    fingerprint: &str,
) -> Result<ModelFolder, RunModelError> {
    let expected = || short(fingerprint);
    if let Some(named) = named {
        let model = library.open(named)?;
        if model.fingerprint().to_string() == fingerprint {
            return Ok(model);
        }
        let (found_name, found) =
            (model.name().to_owned(), short(&model.fingerprint().to_string()));
        return Err(RunModelError::Other {
            name: name.to_owned(),
            expected: expected(),
            found_name,
            found,
        });
    }
    let mut found = Vec::new();
    let built_in = ModelFolder::built_in().map_err(LibraryError::Open)?;
    if built_in.fingerprint().to_string() == fingerprint {
        return Ok(built_in);
    }
    found.push(format!("{BUILT_IN} ({})", short(&built_in.fingerprint().to_string())));
    for listed in library.list()? {
        let Ok(manifest) = listed.manifest else { continue };
        if manifest.fingerprint.to_string() == fingerprint {
            return Ok(ModelFolder::open(&listed.path).map_err(LibraryError::Open)?);
        }
        found.push(format!("{} ({})", listed.name, short(&manifest.fingerprint.to_string())));
    }
    Err(RunModelError::NotInstalled { name: name.to_owned(), expected: expected(), found })
}

/// Enough of a fingerprint to tell two apart in a message.
fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(12).collect()
}

//! Removing a run, and nothing else.

use super::{RunError, RunFolder};

/// Everything that a run folder may hold.
const ENTRIES: [&str; 10] = [
    "run.toml",
    "status.json",
    "model.safetensors",
    "checkpoint.safetensors",
    "history.csv",
    "data",
    "evaluation",
    "sounds",
    "edits.jsonl",
    "exports",
];

impl RunFolder {
    /// Removes the folder: not a link, and not one with other files beside those of a run.
    ///
    /// # Errors
    /// Something else is in the folder, or the system refuses.
    pub fn remove(self) -> Result<(), RunError> {
        let path = self.path();
        let failed = RunError::io("remove", path);
        if std::fs::symlink_metadata(path).map_err(&failed)?.is_symlink() {
            let reason = "it is a link, remove what it points to yourself";
            return Err(failed(std::io::Error::other(reason)));
        }
        for entry in std::fs::read_dir(path).map_err(&failed)? {
            let found = entry.map_err(&failed)?.file_name().to_string_lossy().into_owned();
            if !ENTRIES.contains(&found.as_str()) && !found.starts_with(".pecmae-") {
                return Err(RunError::NotOnlyARun { found, path: path.to_owned() });
            }
        }
        // The settings go first: without them it is no run any more, however far the rest comes.
        std::fs::remove_file(self.settings_path()).map_err(&failed)?;
        std::fs::remove_dir_all(path).map_err(&failed)
    }
}

//! The file of edits: read whole, appended to, never rewritten.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Edit, Step};
use crate::classifier::Classifier;
use crate::runs::RunError;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditLine {
    /// Version of the line's form.
    pub schema: u32,
    /// When, as [`super::timestamp`] writes it.
    pub time: String,
    /// Version of the program.
    pub tool_version: String,
    /// Fingerprint of the trained classifier.
    pub model: String,
    /// What was done.
    #[serde(flatten)]
    pub step: Step,
    /// Why, in the user's words.
    pub reason: Option<String>,
    /// Class-balanced accuracy of tracks on validation.
    pub validation: Option<Revision>,
    /// The same on test, where somebody asked for it.
    pub test: Option<Revision>,
}

/// A figure before and after.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Before the edit.
    pub before: f64,
    /// After it.
    pub after: f64,
}

/// The edits of a run.
#[derive(Debug, Clone)]
pub struct EditLog {
    path: PathBuf,
    lines: Vec<EditLine>,
    /// Bytes of whole lines, and of a last one that was cut off.
    n_bytes: (u64, u64),
}

impl EditLine {
    /// The version that this program writes.
    pub const SCHEMA: u32 = 1;
}

impl EditLog {
    /// Reads the file; there is none before the first edit. A last line that a crash cut off is passed over.
    ///
    /// # Errors
    /// The file cannot be read, or a line is none of an edit.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(RunError::io("read", path)(source)),
        };
        let n_whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        let mut lines = Vec::new();
        for (number, line) in bytes[..n_whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
            let damaged =
                |reason: String| RunError::damaged(path, format!("line {}: {reason}", number + 1));
            let line: EditLine =
                serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
            if line.schema != EditLine::SCHEMA {
                let (found, expected) = (line.schema, EditLine::SCHEMA);
                return Err(damaged(format!("schema {found}, expected {expected}")));
            }
            lines.push(line);
        }
        let n_bytes = (n_whole as u64, (bytes.len() - n_whole) as u64);
        Ok(Self { path: path.to_owned(), lines, n_bytes })
    }

    /// Every line, oldest first.
    pub fn lines(&self) -> &[EditLine] {
        &self.lines
    }

    /// Numbers of the lines whose edits are in force, from 0, oldest first.
    pub fn in_force(&self) -> Vec<usize> {
        self.stacks().0
    }

    /// The edits in force, oldest first.
    pub fn edits(&self) -> Vec<&Edit> {
        let edit = |line: usize| match &self.lines[line].step {
            Step::Edit { edit } => Some(edit),
            Step::Undo | Step::Redo => None,
        };
        self.in_force().into_iter().filter_map(edit).collect()
    }

    /// The line whose edit a redo would put in force again.
    pub fn undone(&self) -> Option<usize> {
        self.stacks().1.pop()
    }

    /// Lines in force, and lines that were undone, the last undone last.
    fn stacks(&self) -> (Vec<usize>, Vec<usize>) {
        let (mut done, mut undone) = (Vec::new(), Vec::new());
        for (number, line) in self.lines.iter().enumerate() {
            match line.step {
                Step::Edit { .. } => {
                    done.push(number);
                    undone.clear();
                }
                Step::Undo => undone.extend(done.pop()),
                Step::Redo => done.extend(undone.pop()),
            }
        }
        (done, undone)
    }

    /// The classifier after the edits in force.
    ///
    /// # Errors
    /// An edit does not fit, or was made on another classifier.
    pub fn replay(&self, trained: Classifier) -> Result<Classifier, RunError> {
        if self.lines.is_empty() {
            return Ok(trained);
        }
        let model = trained.fingerprint().to_string();
        if self.lines.iter().any(|line| line.model != model) {
            return Err(RunError::EditsOfAnother { path: self.path.clone() });
        }
        let apply = |classifier: Classifier, edit: &Edit| {
            edit.apply(&classifier)
                .map_err(|error| RunError::damaged(&self.path, format!("{edit}: {error}")))
        };
        self.edits().into_iter().try_fold(trained, apply)
    }

    /// Adds a line, durably.
    ///
    /// # Errors
    /// The file cannot be written, or somebody else has changed it since it was read.
    pub fn append(&mut self, line: EditLine) -> Result<(), RunError> {
        let mut bytes =
            serde_json::to_vec(&line).map_err(|error| RunError::damaged(&self.path, error))?;
        bytes.push(b'\n');
        let failed = RunError::io("write", &self.path);
        let is_new = !self.path.exists();
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).append(true).create(true).open(&self.path).map_err(&failed)?;
        file.lock().map_err(&failed)?;
        let (n_whole, n_torn) = self.n_bytes;
        if file.metadata().map_err(&failed)?.len() != n_whole + n_torn {
            return Err(RunError::EditedMeanwhile { path: self.path.clone() });
        }
        let append = |file: &mut File| {
            file.set_len(n_whole)?;
            file.write_all(&bytes)?;
            file.sync_all()
        };
        append(&mut file).map_err(&failed)?;
        if is_new && let Some(folder) = self.path.parent().filter(|_| cfg!(unix)) {
            // A new file is there for good only once its folder is.
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(&failed)?;
        }
        self.n_bytes = (n_whole + bytes.len() as u64, 0);
        self.lines.push(line);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(step: Step) -> EditLine {
        EditLine {
            schema: EditLine::SCHEMA,
            time: "2026-01-01T00:00:00Z".to_owned(),
            tool_version: "0".to_owned(),
            model: "c0de".to_owned(),
            step,
            reason: Some("a \"reason\"\nof two lines".to_owned()),
            validation: Some(Revision { before: 0.1, after: 1.0 / 3.0 }),
            test: None,
        }
    }

    fn disable(name: &str) -> Step {
        Step::Edit { edit: Edit::Disable { names: vec![name.to_owned()] } }
    }

    #[test]
    fn undone_edits_can_be_redone_until_another_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = EditLog::read(&folder.path().join("edits.jsonl")).unwrap();
        let mut in_force = |step| {
            log.append(line(step)).unwrap();
            (log.in_force(), log.undone())
        };
        assert_eq!(in_force(disable("a")), (vec![0], None));
        assert_eq!(in_force(disable("b")), (vec![0, 1], None));
        assert_eq!(in_force(Step::Undo), (vec![0], Some(1)));
        assert_eq!(in_force(Step::Undo), (vec![], Some(0)));
        assert_eq!(in_force(Step::Redo), (vec![0], Some(1)));
        assert_eq!(in_force(disable("c")), (vec![0, 5], None));
    }

    #[test]
    fn a_line_that_a_crash_cut_off_is_as_if_it_had_not_been_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edits.jsonl");
        let mut log = EditLog::read(&path).unwrap();
        for name in ["a", "b"] {
            log.append(line(disable(name))).unwrap();
        }
        let whole = std::fs::read(&path).unwrap();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            let mut log = EditLog::read(&path).unwrap();
            assert_eq!(log.lines().len(), 1, "{cut}");
            log.append(line(disable("b"))).unwrap();
            assert!(std::fs::read(&path).unwrap() == whole, "{cut}");
        }
        std::fs::write(&path, [&whole[..], b"{}\n"].concat()).unwrap();
        let error = EditLog::read(&path).unwrap_err().to_string();
        assert!(error.contains("line 3: missing field"), "{error}");
    }

    #[test]
    fn two_editors_do_not_write_over_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edits.jsonl");
        let (mut one, mut other) = (EditLog::read(&path).unwrap(), EditLog::read(&path).unwrap());
        one.append(line(disable("a"))).unwrap();
        let error = other.append(line(disable("b"))).unwrap_err().to_string();
        assert!(error.starts_with("somebody else has edited the run"), "{error}");
        assert_eq!(EditLog::read(&path).unwrap().lines(), one.lines());
    }

    #[test]
    fn a_promoted_z_is_kept_to_the_last_bit() {
        let z: Vec<f32> =
            (0..2000).map(|i| (i as f32 * 0.37).sin() * 10f32.powi(i % 9 - 4)).collect();
        let edit = Edit::Promote {
            name: "a".to_owned(),
            label: "b".to_owned(),
            track: "c".to_owned(),
            start_s: 0.0,
            z: z.iter().map(|x| f64::from(*x)).collect(),
        };
        let json = serde_json::to_string(&edit).unwrap();
        let Edit::Promote { z: read, .. } = serde_json::from_str(&json).unwrap() else { panic!() };
        assert!(read.iter().map(|x| *x as f32).eq(z));
    }
}

//! Notebooks without outputs → notebooks with outputs, by a Jupyter that is there.

use std::path::Path;
use std::process::Command;

use super::ExportError;
use crate::exports::ExportFolder;
use crate::exports::notebook::NOTEBOOKS;

/// Lines of a failure that are told.
const N_LINES: usize = 3;

/// Runs the notebooks in the order of their numbers; a cell that fails, as one whose assertion does not hold, is an error.
pub(super) fn execute(folder: &ExportFolder, jupyter: &Path) -> Result<(), ExportError> {
    // A path is meant as it is here, not as it would be in the folder of the notebooks; a name is looked for where programs are.
    let program = match jupyter.components().nth(1) {
        Some(_) => std::path::absolute(jupyter),
        None => Ok(jupyter.to_owned()),
    };
    let missing = |source| ExportError::NoJupyter { program: jupyter.to_owned(), source };
    let program = program.map_err(missing)?;
    for (notebook, _) in NOTEBOOKS {
        let output = Command::new(&program)
            .args(["nbconvert", "--to", "notebook", "--execute", "--inplace"])
            // Times would make the same export another one.
            .arg("--ExecutePreprocessor.record_timing=False")
            .arg(notebook)
            .current_dir(folder.staging().join("notebooks"))
            .output()
            .map_err(missing)?;
        if !output.status.success() {
            let said = last_lines(&String::from_utf8_lossy(&output.stderr));
            return Err(ExportError::Notebook { notebook, said });
        }
    }
    Ok(())
}

/// The end of what a program says: the exception, in one line.
fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(N_LINES)..].join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_what_was_said_is_told_in_one_line() {
        assert_eq!(last_lines("a\nb\n\n  c\nd\n"), "b; c; d");
        assert_eq!(last_lines(""), "");
    }
}

//! An export that is one HTML file: known again by its last line.
//!
//! ```text
//! …                                  the page
//! <!-- KIND, sha256 DIGEST -->       which export this is, and the digest of everything before
//! ```

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::place::{PlaceError, io_error};
use crate::files::{Sha256Digest, sha256_of_reader, write_atomic};

/// Bytes at the end of a file in which its last line is looked for.
const END: u64 = 4096;

/// A file that is to be written.
#[derive(Debug)]
pub struct ExportFile {
    path: PathBuf,
    kind: &'static str,
    force: bool,
}

impl ExportFile {
    /// Starts a file whose folder must exist; with `force` it replaces whatever file is there.
    ///
    /// # Errors
    /// Something is there that must not be replaced.
    pub fn begin(path: &Path, kind: &'static str, force: bool) -> Result<Self, PlaceError> {
        let file = Self { path: path.to_owned(), kind, force };
        file.check()?;
        Ok(file)
    }

    /// Writes the page, whole or not at all, and returns the number of its bytes.
    ///
    /// # Errors
    /// It cannot be written, or the place has been taken meanwhile; what was there is there still.
    pub fn commit(self, mut html: String) -> Result<u64, PlaceError> {
        html += "\n";
        html += &last_line(self.kind, html.as_bytes());
        self.check()?;
        write_atomic(&self.path, html.as_bytes()).map_err(io_error("write", &self.path))?;
        Ok(html.len() as u64)
    }

    fn check(&self) -> Result<(), PlaceError> {
        check_replaceable(&self.path, self.kind).or_else(|error| error.unless(self.force))
    }
}

fn last_line(kind: &str, before: &[u8]) -> String {
    format!("{}{} -->\n", beginning(kind), Sha256Digest::of(before))
}

/// How the last line begins.
fn beginning(kind: &str) -> String {
    format!("<!-- {kind}, sha256 ")
}

/// Whether nothing would be lost if a file were replaced by an export of this kind.
fn check_replaceable(path: &Path, kind: &'static str) -> Result<(), PlaceError> {
    let n_bytes = match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => return Err(PlaceError::NoFile { path: path.to_owned() }),
        Ok(there) => there.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io_error("read", path)(error)),
    };
    if n_bytes == 0 {
        return Ok(());
    }
    let end = end_of(path, n_bytes).map_err(io_error("read", path))?;
    let n_last = last_line(kind, b"").len().min(end.len());
    let last = &end[end.len() - n_last..];
    if last.starts_with(beginning(kind).as_bytes()) {
        let before =
            digest_of_first(path, n_bytes - n_last as u64).map_err(io_error("read", path))?;
        if last == format!("{}{before} -->\n", beginning(kind)).as_bytes() {
            return Ok(());
        }
    }
    let path = path.to_owned();
    match String::from_utf8_lossy(&end).contains(&beginning(kind)) {
        true => {
            let found = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Err(PlaceError::Changed { found, path })
        }
        false => Err(PlaceError::Foreign { kind, path }),
    }
}

/// The last bytes of a file: what is there may be of any size.
fn end_of(path: &Path, n_bytes: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(n_bytes.saturating_sub(END)))?;
    let mut end = Vec::new();
    file.take(END).read_to_end(&mut end)?;
    Ok(end)
}

fn digest_of_first(path: &Path, n_bytes: u64) -> io::Result<Sha256Digest> {
    sha256_of_reader(File::open(path)?.take(n_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(path: &Path, force: bool) -> Result<u64, PlaceError> {
        ExportFile::begin(path, "test", force)?.commit("<p>new</p>".to_owned())
    }

    #[test]
    fn a_file_replaces_its_like_and_nothing_else_unless_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.html");
        let n_bytes = export(&path, false).unwrap();
        let page = std::fs::read_to_string(&path).unwrap();
        assert_eq!(page.len() as u64, n_bytes);
        assert!(page.starts_with("<p>new</p>\n<!-- test, sha256 "), "{page}");
        export(&path, false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), page, "equal bytes");
        std::fs::write(&path, "").unwrap();
        export(&path, false).unwrap();

        let foreign = "what is there is no test export, so it is not replaced; choose another";
        let changed =
            "\"a.html\" was changed since it was exported, so it is not replaced; move it";
        for (there, sentence) in [
            ("<p>mine</p>\n".to_owned(), foreign),
            (page.replace("test", "other"), foreign),
            (page.replace("new", "odd"), changed),
            (page.clone() + "<p>mine</p>\n", changed),
            (page.trim_end().to_owned(), changed),
        ] {
            std::fs::write(&path, &there).unwrap();
            let error = export(&path, false).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{there}: {error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), there, "it stays");
            export(&path, true).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
        }
        std::fs::write(&path, vec![0xFF; 3000]).unwrap();
        assert!(matches!(export(&path, false), Err(PlaceError::Foreign { kind: "test", .. })));
        // A page that is longer than what is read of its end.
        let long = "long ".repeat(2000);
        let export_long = || ExportFile::begin(&path, "test", false)?.commit(long.clone());
        ExportFile::begin(&path, "test", true).unwrap().commit(long.clone()).unwrap();
        export_long().unwrap();
        let page = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, page.replacen("long", "lone", 1)).unwrap();
        assert!(matches!(export_long(), Err(PlaceError::Changed { .. })));
    }

    #[test]
    fn what_is_no_file_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for force in [false, true] {
            for path in [folder.path(), Path::new("/dev/null")] {
                assert!(matches!(export(path, force), Err(PlaceError::NoFile { .. })), "{path:?}");
            }
        }
    }

    #[test]
    fn a_place_that_is_taken_meanwhile_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.html");
        let file = ExportFile::begin(&path, "test", false).unwrap();
        std::fs::write(&path, "mine").unwrap();
        assert!(matches!(file.commit(String::new()), Err(PlaceError::Foreign { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }
}

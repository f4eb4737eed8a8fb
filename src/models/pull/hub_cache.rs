//! The cache that the hub's own tools keep: `models--owner--name/snapshots/<commit>/<path>`.

use std::fs;
use std::path::{Path, PathBuf};

use super::PublishedFile;
use super::published::digest_from_hex;
use crate::files::{Sha256Digest, sha256_of_file};

/// A file of the cache, verified.
#[derive(Debug)]
pub(super) struct CachedFile {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) sha256: Sha256Digest,
    pub(super) commit: String,
}

/// The cached copy of `file`, if there is one that can be trusted.
///
/// Large files are stored under their SHA-256, so a copy that was cut short or damaged is told apart
/// and left alone. Small text files are stored under their Git identifier, which is not checked.
pub(super) fn find(cache: &Path, file: &PublishedFile) -> Option<CachedFile> {
    let repo = cache.join(format!("models--{}", file.repo.replace('/', "--")));
    let commit = if is_hex(&file.revision, 40) {
        file.revision.clone()
    } else {
        fs::read_to_string(repo.join("refs").join(&file.revision)).ok()?.trim().to_owned()
    };
    let path = repo.join("snapshots").join(&commit).join(&file.path);
    let blob = path.canonicalize().ok()?; // the snapshot is a link into `blobs`
    let stored_as = blob.file_name()?.to_str()?;
    let size = blob.metadata().ok()?.len();

    let expected = file.sha256.or_else(|| digest_from_hex(stored_as));
    if expected.is_none() && !is_hex(stored_as, 40)
        || file.size.is_some_and(|wanted| wanted != size)
    {
        return None;
    }
    let sha256 = sha256_of_file(&blob).ok()?;
    let trusted = expected.is_none_or(|expected| expected == sha256);
    trusted.then_some(CachedFile { path, size, sha256, commit })
}

fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

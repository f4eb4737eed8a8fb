//! `models pull` against a hub on the loopback interface: what arrives is what was published, or nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod arrive;
mod cache;
mod install;
mod refuse;
mod resume;
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pecmae::files::Sha256Digest;
use pecmae::job::CancelToken;
use pecmae::models::pull::{
    Fault, FetchedFile, PublishedFile, PublishedModel, PullError, Retry, Role, Source, fetch,
};
use proptest::prelude::*;
use server::{Answer, Asked, Server};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const PATH: &str = "models/tiny/weights.pt";
const ASKED: &str = "/someone/tiny/resolve/main/models/tiny/weights.pt";
const PINNED: &str =
    "/someone/tiny/resolve/0123456789abcdef0123456789abcdef01234567/models/tiny/weights.pt";

/// 300 kB that differ everywhere, so that a byte out of place shows.
fn weights() -> Vec<u8> {
    (0..75_000_u32).flat_map(|i| (i.wrapping_mul(2_654_435_761)).to_le_bytes()).collect()
}

fn manifest() -> PublishedModel {
    let file = PublishedFile {
        role: Role::Autoencoder,
        repo: "someone/tiny".to_owned(),
        revision: "main".to_owned(),
        path: PATH.to_owned(),
        size: None,
        sha256: None,
    };
    PublishedModel {
        name: "tiny".to_owned(),
        summary: String::new(),
        segment_seconds: 4.0,
        files: vec![file],
        licenses: Vec::new(),
        citations: Vec::new(),
    }
}

/// A destination, and a hub that is asked at most three times in a row.
struct Setup {
    folder: tempfile::TempDir,
    source: Source,
}

impl Setup {
    fn new(endpoint: String) -> Self {
        let retry = Retry { attempts: 3, first_wait: Duration::from_millis(1) };
        let source = Source { endpoint, token: None, cache: None, offline: false, retry };
        Self { folder: tempfile::tempdir().unwrap(), source }
    }

    fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads/tiny")
    }

    fn pull(&self, manifest: &PublishedModel) -> Result<FetchedFile, PullError> {
        let token = CancelToken::new();
        fetch(manifest, &self.downloads(), &self.source, &token, |_| {})
            .map(|mut files| files.remove(0))
    }

    /// Names in the destination, sorted.
    fn left_behind(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.downloads()) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The fault behind a failed download.
fn fault(result: Result<FetchedFile, PullError>) -> Fault {
    match result {
        Err(PullError::Download { fault, .. }) => *fault,
        other => panic!("expected a failed download, got {other:?}"),
    }
}

/// The hub's answer for a large file: what it is, and where its bytes are.
fn linked(body: &[u8], location: impl ToString) -> Answer {
    Answer::new(302, b"")
        .with("X-Repo-Commit", COMMIT)
        .with("X-Linked-Size", body.len())
        .with("X-Linked-ETag", format!("\"{}\"", Sha256Digest::of(body)))
        .with("Location", location)
}

/// The storage's answer, which honors `Range`.
fn stored(body: &[u8], asked: &Asked) -> Answer {
    let start = asked.header("Range").map(|range| {
        range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().unwrap()
    });
    match start {
        None => Answer::new(200, body),
        Some(start) => {
            let range = format!("bytes {start}-{}/{}", body.len() - 1, body.len());
            Answer::new(206, &body[start..]).with("Content-Range", range)
        }
    }
}

/// A hub with one file; `script` answers the GETs of its storage, given their number from 0.
fn hub(script: impl Fn(usize, &Asked) -> Answer + Send + 'static) -> Server {
    let mut n = 0;
    Server::start(move |asked| match asked.path.as_str() {
        ASKED | PINNED => linked(&weights(), "/storage/blob?signature=x"),
        "/storage/blob?signature=x" => {
            n += 1;
            script(n - 1, asked)
        }
        _ => Answer::new(404, b""),
    })
}

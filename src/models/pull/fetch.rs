//! Fetching the files of a manifest: from the hub cache, from an earlier download, or from the hub.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Body;
use ureq::http::{Method, Response, StatusCode};

use super::client::Client;
use super::part::Part;
use super::remote::{RemoteFile, content_length, is_web_page, text};
use super::{Fault, PublishedFile, PublishedModel, PullError, Role, Source, hub_cache};
use crate::files::{Sha256Digest, sha256_of_file};
use crate::job::CancelToken;

/// A download that gained so much since its last failure counts its failures anew.
const WORTHWHILE_BYTES: u64 = 1 << 20;

/// No wait between two attempts is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A published file on this machine, whole and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedFile {
    /// What it is for.
    pub role: Role,
    /// Where it is: below the destination, or in the hub cache, which belongs to other programs too.
    pub path: PathBuf,
    /// Digest of its content.
    pub sha256: Sha256Digest,
    /// Bytes.
    pub size: u64,
    /// Commit of the repository it comes from, where the hub states one.
    pub commit: Option<String>,
    /// Where it is published.
    pub url: String,
    /// Whether it was found in the hub cache, so that no request was made for it.
    pub from_cache: bool,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file.
    pub file: &'a PublishedFile,
    /// Bytes at hand, those of earlier runs included.
    pub done: u64,
    /// Bytes in all, where known.
    pub total: Option<u64>,
}

/// Makes sure that every file of `manifest` is on this machine, downloading into `folder` what the hub
/// cache does not hold; returns them in the manifest's order.
///
/// A file is stored under its own name once its size and SHA-256 are what the manifest pins or the hub
/// states. A download that was cut or cancelled leaves a part, which the next call continues.
///
/// # Errors
/// [`PullError::Offline`], [`PullError::Cancelled`], a local failure, or [`PullError::Download`] when the
/// server does not deliver what was published; no file is then stored under its own name.
pub fn fetch(
    manifest: &PublishedModel,
    folder: &Path,
    source: &Source,
    cancel: &CancelToken,
    mut on_progress: impl FnMut(Progress<'_>),
) -> Result<Vec<FetchedFile>, PullError> {
    let client = Client::new(source);
    let name = manifest.name.as_str();
    client.interruptible(cancel, || {
        let targets = manifest.targets(folder)?.into_iter();
        targets
            .map(|(file, target)| {
                let download = Download { client: &client, source, cancel, name, file, target };
                download.cached_or_downloaded(&mut on_progress)
            })
            .collect()
    })
}

/// One file on its way.
struct Download<'a> {
    client: &'a Client,
    source: &'a Source,
    cancel: &'a CancelToken,
    name: &'a str,
    file: &'a PublishedFile,
    target: PathBuf,
}

impl Download<'_> {
    fn cached_or_downloaded(
        &self,
        on_progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<FetchedFile, PullError> {
        let cached =
            self.source.cache.as_deref().and_then(|cache| hub_cache::find(cache, self.file));
        if let Some(hub_cache::CachedFile { path, size, sha256, commit }) = cached {
            on_progress(Progress { file: self.file, done: size, total: Some(size) });
            let (role, url) = (self.file.role, self.url());
            let commit = Some(commit);
            return Ok(FetchedFile { role, path, sha256, size, commit, url, from_cache: true });
        }
        if self.source.offline {
            return Err(PullError::Offline { url: self.url() });
        }
        if let Some(folder) = self.target.parent() {
            let io = |source| PullError::Io { path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(io)?;
        }
        self.with_retries(on_progress)
    }

    fn with_retries(
        &self,
        on_progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<FetchedFile, PullError> {
        let mut failures = 0;
        let mut furthest = 0;
        loop {
            self.check_cancelled()?;
            let error = match self.attempt(on_progress) {
                Ok(file) => return Ok(file),
                Err(error) => error,
            };
            self.check_cancelled()?; // a cancelled request fails, but that is not what went wrong
            let PullError::Download { fault, .. } = &error else { return Err(error) };
            if let Fault::Cut { done, .. } = fault.as_ref()
                && *done >= furthest + WORTHWHILE_BYTES
            {
                (failures, furthest) = (0, *done);
            }
            failures += 1;
            if !fault.is_transient() || failures >= self.source.retry.attempts {
                return Err(error);
            }
            let doubled = 2_u32.saturating_pow(failures - 1);
            self.wait(self.source.retry.first_wait.saturating_mul(doubled))?;
        }
    }

    fn attempt(
        &self,
        on_progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<FetchedFile, PullError> {
        let described = RemoteFile::describe(self.client, &self.source.endpoint, self.file);
        let remote = described.map_err(|fault| self.failed(fault))?;
        if let Some(file) = self.already_there(&remote) {
            on_progress(Progress { file: self.file, done: file.size, total: Some(file.size) });
            return Ok(file);
        }
        let mut part = Part::open(&self.target, remote.etag.as_deref())?;
        let part_path = part.path().to_owned();
        let io = |source| PullError::Io { path: part_path.clone(), source };
        if remote.size.is_none_or(|size| part.len() > size) {
            part.restart().map_err(io)?;
        }
        let resumed_at = part.len();
        if remote.size != Some(resumed_at) || resumed_at == 0 {
            self.receive(&remote, &mut part, on_progress)?;
        }
        let (size, sha256) = (part.len(), part.digest());
        match remote.sha256 {
            Some(expected) if expected != sha256 => {
                part.discard().map_err(io)?;
                if resumed_at > 0 {
                    // What an earlier run left may have been damaged; begin once more without it.
                    return self.attempt(on_progress);
                }
                Err(self.failed(Fault::Hash { expected, found: sha256 }))
            }
            _ => {
                part.finish().map_err(io)?;
                Ok(self.fetched(&remote, size, sha256))
            }
        }
    }

    /// Downloads what `part` lacks.
    fn receive(
        &self,
        remote: &RemoteFile,
        part: &mut Part,
        on_progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<(), PullError> {
        let part_path = part.path().to_owned();
        let io = |source| PullError::Io { path: part_path.clone(), source };
        let answer = self.client.follow(&Method::GET, &remote.url, part.len(), |_| false);
        let answer = answer.map_err(|fault| self.failed(fault))?;
        let (start, total) = match self.check_answer(&answer, remote, part.len()) {
            Ok(checked) => checked,
            Err(fault @ Fault::Range { .. }) => {
                part.restart().map_err(io)?; // the next attempt asks for the whole file
                return Err(self.failed(fault));
            }
            Err(fault) => return Err(self.failed(fault)),
        };
        if start == 0 {
            part.restart().map_err(io)?;
        }

        let mut body = answer.into_body().into_reader();
        let mut buffer = vec![0; 1 << 16];
        loop {
            on_progress(Progress { file: self.file, done: part.len(), total });
            self.check_cancelled()?;
            let n = match body.read(&mut buffer) {
                Ok(n) => n,
                Err(source) => return Err(self.failed(Fault::Cut { done: part.len(), source })),
            };
            let found = part.len() + n as u64;
            match total {
                Some(expected) if found > expected => {
                    part.restart().map_err(io)?;
                    return Err(self.failed(Fault::Size { expected, found }));
                }
                Some(expected) if n == 0 && found < expected => {
                    let source = std::io::ErrorKind::UnexpectedEof.into();
                    return Err(self.failed(Fault::Cut { done: found, source }));
                }
                _ if n == 0 => return Ok(()),
                _ => part.append(&buffer[..n]).map_err(io)?,
            }
        }
    }

    /// The first byte that `answer` brings, and the size of the whole file where known.
    fn check_answer(
        &self,
        answer: &Response<Body>,
        remote: &RemoteFile,
        at_hand: u64,
    ) -> Result<(u64, Option<u64>), Fault> {
        let headers = answer.headers();
        if is_web_page(headers) {
            return Err(Fault::WebPage);
        }
        let start = match answer.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT => {
                let found = text(headers, "content-range").unwrap_or_default().to_owned();
                let total = remote.size.unwrap_or_default();
                let wanted = format!("bytes {at_hand}-{}/{total}", total.saturating_sub(1));
                if found != wanted {
                    return Err(Fault::Range { start: at_hand, total, found });
                }
                at_hand
            }
            status => return Err(Fault::Status { status: status.as_u16() }),
        };
        let offered = content_length(headers).map(|len| start + len);
        match (remote.size, offered) {
            (Some(expected), Some(found)) if expected != found => {
                Err(Fault::Size { expected, found })
            }
            (None, None) if remote.sha256.is_none() => Err(Fault::Unverifiable),
            (size, offered) => Ok((start, size.or(offered))),
        }
    }

    /// The file of an earlier run, if it is certainly this one.
    fn already_there(&self, remote: &RemoteFile) -> Option<FetchedFile> {
        let expected = remote.sha256?;
        let size = self.target.metadata().ok()?.len();
        let same = remote.size.is_none_or(|wanted| wanted == size)
            && sha256_of_file(&self.target).ok()? == expected;
        same.then(|| self.fetched(remote, size, expected))
    }

    fn fetched(&self, remote: &RemoteFile, size: u64, sha256: Sha256Digest) -> FetchedFile {
        FetchedFile {
            role: self.file.role,
            path: self.target.clone(),
            sha256,
            size,
            commit: remote.commit.clone(),
            url: remote.url.clone(),
            from_cache: false,
        }
    }

    fn failed(&self, fault: Fault) -> PullError {
        let (name, target) = (self.name.to_owned(), self.target.clone());
        PullError::Download { fault: Box::new(fault), url: self.url(), name, target }
    }

    fn url(&self) -> String {
        self.file.url(&self.source.endpoint, &self.file.revision)
    }

    fn check_cancelled(&self) -> Result<(), PullError> {
        if self.cancel.is_cancelled() {
            return Err(PullError::Cancelled { name: self.name.to_owned() });
        }
        Ok(())
    }

    /// Sleeps, in naps, so that a wish to stop is heard.
    fn wait(&self, duration: Duration) -> Result<(), PullError> {
        let until = Instant::now() + duration.min(LONGEST_WAIT);
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.check_cancelled()?;
            thread::sleep(left.min(Duration::from_millis(20)));
        }
        Ok(())
    }
}

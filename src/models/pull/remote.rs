//! What the hub states about a file before it is downloaded.

use ureq::http::Method;
use ureq::http::header::{self, HeaderMap};

use super::client::Client;
use super::published::digest_from_hex;
use super::{Fault, PublishedFile};
use crate::files::Sha256Digest;

/// A file as the hub describes it, reconciled with what the manifest pins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RemoteFile {
    /// Where to get exactly this version.
    pub(super) url: String,
    /// Changes when the content does.
    pub(super) etag: Option<String>,
    pub(super) commit: Option<String>,
    pub(super) size: Option<u64>,
    pub(super) sha256: Option<Sha256Digest>,
}

/// Headers of the hub's answers, which precede the redirect to where a large file is stored.
#[derive(Debug, Default)]
struct Stated {
    linked_size: Option<u64>,
    linked_etag: Option<String>,
    commit: Option<String>,
}

impl PublishedFile {
    pub(super) fn url(&self, endpoint: &str, revision: &str) -> String {
        format!("{endpoint}/{}/resolve/{revision}/{}", self.repo, self.path)
    }
}

impl RemoteFile {
    /// Asks the hub at `endpoint` for everything but the file.
    ///
    /// # Errors
    /// No usable answer, or one that contradicts the manifest.
    pub(super) fn describe(
        client: &Client,
        endpoint: &str,
        file: &PublishedFile,
    ) -> Result<Self, Fault> {
        let mut stated = Stated::default();
        let asked = file.url(endpoint, &file.revision);
        let answer = client.follow(&Method::HEAD, &asked, 0, |headers| {
            stated.absorb(headers);
            stated.linked_size.is_some() && stated.linked_etag.is_some()
        })?;
        let headers = answer.headers();
        let is_final = answer.status().is_success();
        if is_final && is_web_page(headers) {
            return Err(Fault::WebPage);
        }
        let size =
            stated.linked_size.or_else(|| is_final.then(|| content_length(headers)).flatten());
        let sha256 = stated.linked_etag.as_deref().and_then(digest_from_hex);
        let own_etag = || is_final.then(|| text(headers, "etag").map(strip_etag)).flatten();
        Ok(Self {
            url: stated.commit.as_ref().map_or(asked, |commit| file.url(endpoint, commit)),
            etag: stated.linked_etag.or_else(own_etag),
            size: agree(file.size, size, |expected, found| Fault::Size { expected, found })?,
            sha256: agree(file.sha256, sha256, |expected, found| Fault::Hash { expected, found })?,
            commit: stated.commit,
        })
    }
}

impl Stated {
    fn absorb(&mut self, headers: &HeaderMap) {
        let linked_size = || text(headers, "x-linked-size")?.parse().ok();
        self.linked_size = self.linked_size.or_else(linked_size);
        if self.linked_etag.is_none() {
            self.linked_etag = text(headers, "x-linked-etag").map(strip_etag);
        }
        if self.commit.is_none() {
            self.commit = text(headers, "x-repo-commit").map(str::to_owned);
        }
    }
}

/// What is pinned, or else what is stated; both must be the same where both are known.
fn agree<T: PartialEq + Copy>(
    pinned: Option<T>,
    stated: Option<T>,
    differ: impl Fn(T, T) -> Fault,
) -> Result<Option<T>, Fault> {
    match (pinned, stated) {
        (Some(pinned), Some(stated)) if pinned != stated => Err(differ(pinned, stated)),
        _ => Ok(pinned.or(stated)),
    }
}

/// Login pages, captive portals and error pages come as HTML; no published file does.
pub(super) fn is_web_page(headers: &HeaderMap) -> bool {
    text(headers, header::CONTENT_TYPE.as_str()).is_some_and(|kind| {
        kind.trim_start().get(..9).is_some_and(|kind| kind.eq_ignore_ascii_case("text/html"))
    })
}

pub(super) fn content_length(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH.as_str())?.trim().parse().ok()
}

pub(super) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `W/"abc"` and `"abc"` name the same content as `abc`.
fn strip_etag(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_owned()
}

//! Why published files could not be had, and what to do then.

use std::io;
use std::path::PathBuf;

use crate::files::Sha256Digest;
use crate::models::ImportError;

/// Why a published model could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// No manifest of that name.
    #[error("no published model is called {name}, only {known}")]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A manifest with a path that is unsafe, empty, or ends in a file name that another one has.
    #[error("the manifest of {name} lists a path that cannot be stored: {path:?}")]
    Manifest {
        /// The model.
        name: String,
        /// The path in the repository.
        path: String,
    },
    /// A manifest without the one file that every model needs.
    #[error("the manifest of {name} lists no autoencoder")]
    Incomplete {
        /// The model.
        name: String,
    },
    /// The files arrived but no model was made of them.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The user forbade the network, and the hub cache does not hold the file.
    #[error(
        "offline: {url} is not in the hub cache and the network was switched off by --offline or PECMAE_OFFLINE"
    )]
    Offline {
        /// What would have been fetched.
        url: String,
    },
    /// The user asked to stop.
    #[error("stopped; `pecmae models pull {name}` will continue where it was")]
    Cancelled {
        /// The model.
        name: String,
    },
    /// Another process is at the same download.
    #[error("another process is downloading the same file, wait for it or stop it: {}", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// The local file system failed.
    #[error("cannot write the download ({source}): {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server did not deliver the file that was published.
    #[error(
        "cannot download {url}: {fault}; get the files by other means and run `pecmae models import \
         --autoencoder FILE --codec FILE --name {name}`; nothing was stored as {}",
        target.display()
    )]
    Download {
        /// What went wrong.
        fault: Box<Fault>,
        /// The file at its publisher.
        url: String,
        /// The model.
        name: String,
        /// Where it would have been stored.
        target: PathBuf,
    },
}

/// What is wrong with an answer, or with its absence.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// An HTTP error.
    #[error("the server answered HTTP {status}{}", hint(*status))]
    Status {
        /// The status code.
        status: u16,
    },
    /// A web page in place of the file.
    #[error("the server sent a web page in place of the file")]
    WebPage,
    /// Not the published size.
    #[error("the file has {found} bytes where {expected} are expected")]
    Size {
        /// Bytes published.
        expected: u64,
        /// Bytes offered or sent.
        found: u64,
    },
    /// Not the published content.
    #[error("the file has SHA-256 {found} where {expected} is expected")]
    Hash {
        /// The published digest.
        expected: Sha256Digest,
        /// The digest offered or received.
        found: Sha256Digest,
    },
    /// Neither size nor hash is known, so a part could not be told from the whole.
    #[error("neither its size nor its SHA-256 is stated")]
    Unverifiable,
    /// A range that does not continue the part at hand.
    #[error(
        "the server sent the range {found:?} where bytes from {start} of {total} were asked for"
    )]
    Range {
        /// First byte asked for.
        start: u64,
        /// The whole size.
        total: u64,
        /// The `Content-Range` of the answer.
        found: String,
    },
    /// Redirects without end, or to nowhere.
    #[error("the server redirects too often or to no valid address ({location:?})")]
    Redirect {
        /// The last address.
        location: String,
    },
    /// The connection ended before the file did.
    #[error("the connection was cut after {done} bytes, which the next pull continues ({source})")]
    Cut {
        /// Bytes at hand, kept for the next attempt.
        done: u64,
        /// What the connection said.
        source: io::Error,
    },
    /// No answer at all.
    #[error("no answer from the server ({source})")]
    NoAnswer {
        /// What the connection said.
        source: Box<dyn std::error::Error + Send + Sync>,
        /// Whether another attempt might go better.
        transient: bool,
    },
}

impl Fault {
    /// Whether another attempt might go better.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Status { status } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Cut { .. } | Self::Range { .. } => true,
            Self::NoAnswer { transient, .. } => *transient,
            _ => false,
        }
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        let transient = matches!(
            error,
            ureq::Error::Io(_)
                | ureq::Error::Timeout(_)
                | ureq::Error::HostNotFound
                | ureq::Error::ConnectionFailed
        );
        Self::NoAnswer { source: error.into(), transient }
    }
}

fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => " (a private or gated file needs HF_TOKEN)",
        404 => " (no such file there)",
        429 => " (too many requests)",
        _ => "",
    }
}

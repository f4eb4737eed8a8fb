//! Published models: the hub, or its cache on this machine → verified files → a model folder.
//!
//! The only module of the program that touches the network.

mod client;
mod error;
mod fetch;
mod hub_cache;
mod install;
mod part;
mod published;
mod remote;
mod source;

pub use error::{Fault, PullError};
pub use fetch::{FetchedFile, Progress, fetch};
pub use install::PullRequest;
pub use published::{LicenseFact, PublishedFile, PublishedModel, Role, StatedLicense};
pub use source::{Retry, Source};

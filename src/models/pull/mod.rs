//! Published files of a model: the hub, or its cache on this machine → verified files in a folder.
//!
//! The only module of the program that touches the network.

mod client;
mod error;
mod fetch;
mod hub_cache;
mod part;
mod published;
mod remote;
mod source;

pub use error::{Fault, PullError};
pub use fetch::{FetchedFile, Progress, fetch};
pub use published::{LicenseFact, PublishedFile, PublishedModel, Role, StatedLicense};
pub use source::{Retry, Source};

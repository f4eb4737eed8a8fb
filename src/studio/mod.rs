//! The use cases that the command line and the window call.

pub mod embed;

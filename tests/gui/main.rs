//! The window itself, driven as by a hand, on runs that the real program has made; only what it is heard on and what it records from is ours.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod desk;
#[path = "../program/mod.rs"]
mod program;

mod home;
mod inspect;
mod prototypes;
mod record;
mod speakers;
mod train;
mod views;

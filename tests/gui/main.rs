//! The window itself, driven as by a hand, on runs that the real program has made; only the sound device is a recording.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod desk;
#[path = "../program/mod.rs"]
mod program;

mod home;
mod inspect;
mod prototypes;
mod record;
mod train;
mod views;

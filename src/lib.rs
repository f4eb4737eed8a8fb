//! PECMAE Studio: music-audio classifiers that explain themselves in sound.
//!
//! The modules stand in data-flow order; each uses only those above it.
//!
//! ```text
//! files   audio   tensor   weights   job            what everything stands on; `synthesis`, music by rules, needs no more
//!           │        └────────┤
//!           │              models                     folders of weights
//!           │                 │
//!           │   codec   transformer
//!           │     │           │
//!           │     │   encoder summarizer decoder      the frozen networks
//!           │     └────┬──────┘
//!           │     autoencoder                         audio → z, z → audio
//!           │          │
//!  dataset ─┴── embeddings                            labeled tracks; the table of z
//!     └────┬───────┘
//!       examples                                      labeled z
//!          │
//!  classifier   clustering   training   evaluation   explanation   prototypes: frozen, started, moved, measured, told
//!          └────────┬──────────┘
//!                 runs   exports                      one folder a training; forms that others read
//!                   └────┬───┘
//!                     studio                           the use cases
//!                   │
//!              cli   gui
//! ```

mod columns;
pub mod files;
pub mod job;

pub mod audio;
#[cfg(feature = "gui")]
pub mod playback;
pub mod synthesis;
pub mod tensor;
pub mod weights;

pub mod models;

pub mod codec;
pub mod decoder;
pub mod encoder;
pub mod summarizer;
pub mod transformer;

pub mod autoencoder;

pub mod dataset;
pub mod embeddings;
pub mod examples;

pub mod classifier;
pub mod clustering;
pub mod evaluation;
pub mod explanation;
pub mod training;

pub mod pretraining;

pub mod exports;
pub mod runs;

pub mod studio;

#[cfg(feature = "gui")]
pub mod gui;

pub mod cli;

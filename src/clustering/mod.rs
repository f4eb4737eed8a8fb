//! z of a class → K centers: k-means++ seeding by linfa, finished by an exact Lloyd; and the prototypes a network starts from.

mod error;
mod initial;
mod kmeans;
mod lloyd;
mod product;
mod seeding;

pub use error::{InitError, KmeansError};
pub use initial::{Init, InitSettings, InitialPrototypes, PrototypeOrder, initial_prototypes};
pub use kmeans::{KmeansResult, KmeansSettings, kmeans};
pub(crate) use product::product;

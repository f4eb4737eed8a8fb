//! What is published where, under which license: the `models/*.json` of the repository, built in.

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, Serialize};

use super::PullError;
use crate::files::Sha256Digest;

/// One published model: the files to fetch, and what is known about the right to use them.
///
/// A manifest pins a size or hash only where one has been seen stated by the publisher; otherwise
/// the file is verified against what the hub states about it at download time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedModel {
    /// The name that `models pull` takes and the model folder gets.
    pub name: String,
    /// One line for lists.
    pub summary: String,
    /// Length of a segment in seconds; no tensor states it.
    pub segment_seconds: f64,
    /// The files to fetch.
    pub files: Vec<PublishedFile>,
    /// The licenses of the parts, as found.
    pub licenses: Vec<LicenseFact>,
    /// The papers to cite.
    pub citations: Vec<String>,
}

/// What a published file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Encoder, summarizer and decoder, as one PyTorch checkpoint.
    Autoencoder,
    /// The EnCodec weights.
    Codec,
    /// The training configuration of the autoencoder.
    Config,
}

/// A file in a repository of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedFile {
    /// What it is for.
    pub role: Role,
    /// `owner/name` on the hub.
    pub repo: String,
    /// Branch, tag or commit.
    pub revision: String,
    /// Path in the repository.
    pub path: String,
    /// Size in bytes, where the publisher is known to state it.
    #[serde(default)]
    pub size: Option<u64>,
    /// SHA-256, where the publisher is known to state it.
    #[serde(default, deserialize_with = "pinned_digest")]
    pub sha256: Option<Sha256Digest>,
}

/// The licenses of one part of a model; code and weights are separate works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseFact {
    /// The part of the model.
    pub part: String,
    /// License of the published code.
    pub code: StatedLicense,
    /// License of the published weights.
    pub weights: StatedLicense,
}

/// A license as its source states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedLicense {
    /// SPDX identifier, or "not stated".
    pub license: String,
    /// The page that states it, or should.
    pub source: String,
    /// Which version of that page was read.
    pub as_of: String,
}

static BUILT_IN: LazyLock<Vec<PublishedModel>> = LazyLock::new(|| {
    [
        include_str!("../../../models/encodecmae-4s.json"),
        include_str!("../../../models/encodecmae-10s.json"),
    ]
    .map(|text| serde_json::from_str(text).expect("a test parses every built-in manifest"))
    .into()
});

impl PublishedModel {
    /// The published models that this program knows.
    pub fn built_in() -> &'static [Self] {
        &BUILT_IN
    }

    /// The published model of that name.
    ///
    /// # Errors
    /// [`PullError::UnknownModel`] with the names that exist.
    pub fn named(name: &str) -> Result<&'static Self, PullError> {
        Self::built_in().iter().find(|manifest| manifest.name == name).ok_or_else(|| {
            let known: Vec<_> = Self::built_in().iter().map(|m| m.name.as_str()).collect();
            PullError::UnknownModel { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// The licenses of the weights as one line, for the model folder: `part: license; part: license`.
    pub fn weights_license(&self) -> String {
        let facts = self.licenses.iter();
        let lines: Vec<_> = facts.map(|f| format!("{}: {}", f.part, f.weights.license)).collect();
        lines.join("; ")
    }

    /// Each file with the place it gets below `folder`, which is its own file name.
    ///
    /// # Errors
    /// [`PullError::Manifest`] for a path that leaves its repository or a file name that comes twice.
    pub(super) fn targets(
        &self,
        folder: &Path,
    ) -> Result<Vec<(&PublishedFile, PathBuf)>, PullError> {
        let mut targets: Vec<(&PublishedFile, PathBuf)> = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let target = file.file_name().map(|name| folder.join(name));
            match target {
                Some(target) if targets.iter().all(|(_, taken)| *taken != target) => {
                    targets.push((file, target));
                }
                _ => {
                    let (name, path) = (self.name.clone(), file.path.clone());
                    return Err(PullError::Manifest { name, path });
                }
            }
        }
        Ok(targets)
    }
}

impl PublishedFile {
    /// The last component of a plain relative path.
    fn file_name(&self) -> Option<&str> {
        let path = Path::new(&self.path);
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if plain { path.file_name().and_then(|name| name.to_str()) } else { None }
    }
}

/// The digest that 64 hexadecimal digits spell.
pub(super) fn digest_from_hex(text: &str) -> Option<Sha256Digest> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Sha256Digest(digest))
}

fn pinned_digest<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Sha256Digest>, D::Error> {
    let text = String::deserialize(input)?;
    match digest_from_hex(&text) {
        Some(digest) => Ok(Some(digest)),
        None => Err(serde::de::Error::custom(format!("sha256 {text:?} is not 64 hex digits"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_manifest_names_an_autoencoder_and_a_codec() -> Result<(), PullError> {
        for manifest in PublishedModel::built_in() {
            for role in [Role::Autoencoder, Role::Codec] {
                assert_eq!(manifest.files.iter().filter(|file| file.role == role).count(), 1);
            }
            assert_eq!(manifest.targets(Path::new("folder"))?.len(), manifest.files.len());
            assert_eq!(manifest.name, format!("encodecmae-{}s", manifest.segment_seconds));
        }
        Ok(())
    }

    #[test]
    fn the_license_line_hides_no_part_that_states_none() {
        assert_eq!(
            PublishedModel::built_in()[0].weights_license(),
            "EnCodec 24 kHz: not stated; EnCodecMAE base: MIT; \
             CLS summarizer and diffusion decoder: not stated"
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = PublishedModel::named("encodecmae-5s").unwrap_err();
        assert_eq!(
            error.to_string(),
            "no published model is called encodecmae-5s, only encodecmae-4s, encodecmae-10s"
        );
    }

    #[test]
    fn a_path_that_leaves_the_folder_or_comes_twice_is_refused() {
        let good = &PublishedModel::built_in()[0];
        for path in ["../weights.pt", "/etc/passwd", "", "other/config.gin"] {
            let mut manifest = good.clone();
            path.clone_into(&mut manifest.files[0].path);
            let error = manifest.targets(Path::new("folder")).unwrap_err();
            assert!(matches!(error, PullError::Manifest { .. }), "{path}");
        }
    }

    #[test]
    fn a_pin_is_64_hex_digits_and_prints_as_it_was_read() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest_from_hex(text), Some(Sha256Digest::of(b"")));
        assert_eq!(digest_from_hex(&text[1..]), None);
        assert_eq!(digest_from_hex(&text.replace("e3", "+3")), None);
    }
}

//! A classifier as one safetensors file.
//!
//! ```text
//! prototypes [prototype, feature]   weight [class, prototype]   bias [class]   adaptor.*
//! header entry `pecmae.classifier`: JSON with everything else
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayD};
use serde::{Deserialize, Serialize};

use super::tensor_file::{StoredTensor, TensorFile, TensorFileError};
use super::{
    Adaptor, Classifier, Normalization, Objective, Parts, PartsError, PrototypeInfo, SimilarityKind,
};
use crate::embeddings::Settings;
use crate::files::Sha256Digest;

/// The header entry that tells a bundle from other files.
const KIND: &str = "pecmae.classifier";
/// The version of the header that this program writes and reads.
const SCHEMA: u32 = 1;

/// What a bundle's header says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    schema: u32,
    made_by: String,
    labels: Vec<String>,
    normalization: Normalization,
    similarity: SimilarityKind,
    objective: Objective,
    prototypes: Vec<PrototypeInfo>,
    embeddings: Settings,
    embeddings_fingerprint: String,
}

/// Why a bundle could not be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The file itself is at fault.
    #[error(transparent)]
    File(#[from] TensorFileError),
    /// The header is no description of a classifier.
    #[error("the classifier's header is damaged ({source}), take another copy: {}", path.display())]
    Head {
        /// What the parser said.
        source: serde_json::Error,
        /// The file.
        path: PathBuf,
    },
    /// Made by a newer program.
    #[error("the classifier has schema {found}, expected {SCHEMA}; use a newer pecmae: {}", path.display())]
    Schema {
        /// The version that it states.
        found: u32,
        /// The file.
        path: PathBuf,
    },
    /// The settings of the embeddings do not match their fingerprint.
    #[error("the embedding settings have fingerprint {found} but the header states {stated}, take another copy: {}", path.display())]
    Fingerprint {
        /// The fingerprint that the header states.
        stated: String,
        /// The fingerprint of the settings in the header.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// The content does not make a classifier.
    #[error("the classifier does not fit together ({source}), take another copy: {}", path.display())]
    Parts {
        /// What does not fit.
        source: PartsError,
        /// The file.
        path: PathBuf,
    },
    /// Tensors that no classifier has.
    #[error("unknown tensor {name}, use a newer pecmae or take another copy: {}", path.display())]
    Unknown {
        /// The first of them.
        name: String,
        /// The file.
        path: PathBuf,
    },
}

impl Classifier {
    /// Writes the bundle, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), BundleError> {
        Ok(self.to_file().write(KIND, path)?)
    }

    /// SHA-256 of the bundle that [`Classifier::save`] writes.
    pub fn fingerprint(&self) -> Sha256Digest {
        Sha256Digest::of(&self.to_file().to_bytes(KIND))
    }

    /// Reads a bundle; saved again, it has the same bytes.
    ///
    /// # Errors
    /// The file cannot be read, is no bundle, or its content does not fit together.
    pub fn load(path: &Path) -> Result<Self, BundleError> {
        let mut file = TensorFile::read(KIND, path)?;
        let head = read_head(&file.head, path)?;
        let (n_classes, n_prototypes) = (head.labels.len(), head.prototypes.len());
        let n_features = head.embeddings.dim;
        let prototypes = file.take("prototypes", &[n_prototypes, n_features], path)?;
        let weight = file.take("weight", &[n_classes, n_prototypes], path)?;
        let bias = file.take("bias", &[n_classes], path)?;
        let hidden = file.shape("adaptor.up.bias").map(|shape| shape.iter().product());
        let mut tensor = |name: &str, shape: &[usize]| {
            let values = file.take(&format!("adaptor.{name}"), shape, path)?;
            Ok::<_, TensorFileError>(
                ArrayD::from_shape_vec(shape, values).expect("the shape was checked"),
            )
        };
        let adaptor = hidden
            .map(|hidden| Adaptor::from_tensors(n_features, hidden, &mut tensor))
            .transpose()?;
        if let Some(name) = file.tensors.keys().next().cloned() {
            return Err(BundleError::Unknown { name, path: path.to_owned() });
        }
        let matrix =
            |shape, values| Array2::from_shape_vec(shape, values).expect("the shape was checked");
        let parts = Parts {
            labels: head.labels,
            normalization: head.normalization,
            similarity: head.similarity,
            objective: head.objective,
            prototypes: matrix((n_prototypes, n_features), prototypes),
            adaptor,
            weight: matrix((n_classes, n_prototypes), weight),
            bias: Array1::from_vec(bias),
            info: head.prototypes,
            embeddings: head.embeddings,
        };
        Self::made_by(parts, head.made_by)
            .map_err(|source| BundleError::Parts { source, path: path.to_owned() })
    }

    fn to_file(&self) -> TensorFile {
        let parts = self.parts();
        let head = Head {
            schema: SCHEMA,
            made_by: self.made_by.clone(),
            labels: parts.labels.clone(),
            normalization: parts.normalization,
            similarity: parts.similarity,
            objective: parts.objective.clone(),
            prototypes: parts.info.clone(),
            embeddings: parts.embeddings.clone(),
            embeddings_fingerprint: parts.embeddings.fingerprint().to_string(),
        };
        let head = serde_json::to_string(&head).expect("plain data has a JSON form");
        let mut tensors = BTreeMap::from([
            ("prototypes".to_owned(), stored(parts.prototypes.view().into_dyn())),
            ("weight".to_owned(), stored(parts.weight.view().into_dyn())),
            ("bias".to_owned(), stored(parts.bias.view().into_dyn())),
        ]);
        if let Some(adaptor) = &parts.adaptor {
            let names =
                Adaptor::shapes(0, 0).into_iter().map(|(name, _)| format!("adaptor.{name}"));
            tensors.extend(names.zip(adaptor.tensors().map(stored)));
        }
        TensorFile { head, tensors }
    }
}

fn stored(tensor: ndarray::ArrayViewD<'_, f32>) -> StoredTensor {
    StoredTensor::F32(tensor.shape().to_vec(), tensor.iter().copied().collect())
}

fn read_head(text: &str, path: &Path) -> Result<Head, BundleError> {
    /// Read first, because a newer schema may have other fields.
    #[derive(Deserialize)]
    struct Versioned {
        schema: u32,
    }

    let json = |source| BundleError::Head { source, path: path.to_owned() };
    let Versioned { schema: found } = serde_json::from_str(text).map_err(json)?;
    if found != SCHEMA {
        return Err(BundleError::Schema { found, path: path.to_owned() });
    }
    let head: Head = serde_json::from_str(text).map_err(json)?;
    let found = head.embeddings.fingerprint().to_string();
    if found != head.embeddings_fingerprint {
        let stated = head.embeddings_fingerprint;
        return Err(BundleError::Fingerprint { stated, found, path: path.to_owned() });
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::super::model::tests::parts;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_loaded_classifier_is_the_saved_one(seed: u64) {
            let folder = tempfile::tempdir().unwrap();
            let [once, twice] = ["a", "b"].map(|name| folder.path().join(name));
            let classifier = Classifier::new(parts(seed)).unwrap();
            classifier.save(&once).unwrap();
            let loaded = Classifier::load(&once).unwrap();
            loaded.save(&twice).unwrap();
            prop_assert_eq!(loaded.parts(), classifier.parts());
            prop_assert_eq!(loaded.adapted(), classifier.adapted());
            prop_assert_eq!(std::fs::read(&once).unwrap(), std::fs::read(&twice).unwrap());
            prop_assert_eq!(loaded.fingerprint(), Sha256Digest::of(&std::fs::read(&once).unwrap()));
        }

        #[test]
        fn an_altered_bundle_never_panics(seed in 0_u64..20, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("bundle");
            let mut bytes = Classifier::new(parts(seed)).unwrap().to_file().to_bytes(KIND);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            std::fs::write(&path, bytes).unwrap();
            if let Err(error) = Classifier::load(&path) {
                prop_assert!(!error.to_string().contains('\n'));
            }
        }
    }

    #[test]
    fn the_bundle_of_an_earlier_program_keeps_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let [once, twice] = ["a", "b"].map(|name| folder.path().join(name));
        let earlier = Classifier::made_by(parts(3), "pecmae 0.0.1".to_owned()).unwrap();
        earlier.save(&once).unwrap();
        let loaded = Classifier::load(&once).unwrap();
        loaded.save(&twice).unwrap();
        assert_eq!(loaded.made_by_version(), "pecmae 0.0.1");
        assert_eq!(std::fs::read(&once).unwrap(), std::fs::read(&twice).unwrap());
    }

    /// A bundle whose header or tensors were changed on purpose.
    fn altered(change: impl Fn(&mut TensorFile)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle");
        let mut file = Classifier::new(parts(3)).unwrap().to_file();
        change(&mut file);
        file.write(KIND, &path).unwrap();
        let error = Classifier::load(&path).unwrap_err().to_string();
        assert!(error.ends_with("bundle") && !error.contains('\n'), "{error}");
        error
    }

    #[test]
    fn a_damaged_bundle_is_refused_in_one_sentence() {
        let put = |file: &mut TensorFile, name: &str, tensor| {
            file.tensors.insert(name.to_owned(), tensor);
        };
        for (found, wanted) in [
            (
                altered(|f| f.head = f.head.replace("\"schema\":1", "\"schema\":7")),
                "the classifier has schema 7, expected 1",
            ),
            (altered(|f| f.head = "{}".to_owned()), "the classifier's header is damaged"),
            (
                altered(|f| f.head = f.head.replace("c0de", "beef")),
                "the embedding settings have fingerprint",
            ),
            (
                altered(|f| put(f, "bias", StoredTensor::F32(vec![1], vec![f32::NAN]))),
                "tensor bias holds NaN at 0",
            ),
            (
                altered(|f| put(f, "bias", StoredTensor::F32(vec![9], vec![0.0; 9]))),
                "tensor bias has shape [9]",
            ),
            (
                altered(|f| put(f, "bias", StoredTensor::F64(vec![1], vec![0.0]))),
                "tensor bias has type F64",
            ),
            (
                altered(|f| put(f, "query", StoredTensor::F32(vec![1], vec![0.0]))),
                "unknown tensor query",
            ),
            (altered(|f| drop(f.tensors.remove("weight"))), "tensor weight is missing"),
            (
                altered(|f| f.head = f.head.replace("/0\"", "/1\"")),
                "the classifier does not fit together (two prototypes",
            ),
        ] {
            assert!(found.starts_with(wanted), "{found}");
        }
    }
}

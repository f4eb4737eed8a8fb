//! The three parts that a data set is split into.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A part of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// What the model learns from.
    Train,
    /// What decides between models.
    Validation,
    /// What is looked at last.
    Test,
}

impl Split {
    /// All of them, in the order in which data flows.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The split that a folder or a cell names, in any case: `train`, `training`; `val`, `valid`, `validation`, `dev`;
    /// `test`, `testing`, `eval`.
    pub fn of_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "train" | "training" => Some(Self::Train),
            "val" | "valid" | "validation" | "dev" => Some(Self::Validation),
            "test" | "testing" | "eval" => Some(Self::Test),
            _ => None,
        }
    }

    /// The split that a word of a file name names, as in `groundtruth_val.tsv`; none if several do.
    pub(super) fn of_stem(stem: &str) -> Option<Self> {
        let words = stem.split(|c: char| !c.is_alphanumeric());
        let mut splits: Vec<_> = words.filter_map(Self::of_name).collect();
        splits.dedup();
        (splits.len() == 1).then(|| splits[0])
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_one_split_and_no_other() {
        let of = |names: &[&str]| names.iter().map(|name| Split::of_name(name)).collect::<Vec<_>>();
        assert_eq!(of(&["train", "Training"]), [Some(Split::Train); 2]);
        assert_eq!(of(&["val", "VALID", "validation", "dev"]), [Some(Split::Validation); 4]);
        assert_eq!(of(&["test", "testing", "Eval"]), [Some(Split::Test); 3]);
        assert_eq!(of(&["trainer", "", "holdout", "tests"]), [None; 4]);
        assert_eq!(Split::of_stem("groundtruth_val"), Some(Split::Validation));
        assert_eq!(Split::of_stem("latest-train.v2"), Some(Split::Train));
        assert_eq!(Split::of_stem("train_test"), None);
    }
}

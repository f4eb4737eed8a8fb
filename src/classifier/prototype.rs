//! What is known about a prototype besides its vector.

use serde::{Deserialize, Serialize};

/// One prototype: whose it is, what it is called, whether it takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrototypeInfo {
    /// The class it started in, as an index into the labels.
    pub label: usize,
    /// What people call it; `class/number` unless renamed.
    pub name: String,
    /// Whether it contributes to the logits. A disabled one keeps its weights.
    pub enabled: bool,
}

impl PrototypeInfo {
    /// One entry a prototype, named after its class and its number there, as in `jazz/2`.
    ///
    /// A label that is none of `labels` is named by its number.
    pub fn numbered(labels: &[String], owners: &[usize]) -> Vec<Self> {
        let mut seen = vec![0_usize; owners.iter().max().map_or(0, |most| most + 1)];
        let numbered = |&label: &usize| {
            let number = seen[label];
            seen[label] += 1;
            let class = labels.get(label).cloned().unwrap_or_else(|| label.to_string());
            Self { label, name: format!("{class}/{number}"), enabled: true }
        };
        owners.iter().map(numbered).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prototypes_are_numbered_inside_their_class() {
        let labels = ["blues".to_owned(), "jazz".to_owned()];
        let found = PrototypeInfo::numbered(&labels, &[0, 1, 1, 0]);
        let names: Vec<_> = found.iter().map(|info| info.name.as_str()).collect();
        assert_eq!(names, ["blues/0", "jazz/0", "jazz/1", "blues/1"]);
    }
}

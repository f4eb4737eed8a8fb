//! What an export derives from, as it states it.

use serde::Serialize;

/// What stands where something is not known: never an empty place, which would look like a promise.
pub const UNKNOWN: &str = "unknown";

/// What an export derives from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The program that exported, as in `pecmae 0.1.0`.
    pub exported_by: String,
    /// The program that trained the classifier.
    pub trained_by: String,
    /// Name of the run.
    pub run: String,
    /// Fingerprint of the classifier, edits included.
    pub classifier: String,
    /// Edits in force.
    pub n_edits: usize,
    /// Fingerprint of the settings that the z were made with.
    pub embeddings: String,
    /// The frozen model that made the z and the sounds.
    pub model: ModelFacts,
    /// What is known of the right to use all this.
    pub licenses: Licenses,
}

/// The frozen model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModelFacts {
    /// What its user calls it.
    pub name: String,
    /// Fingerprint of its weights.
    pub fingerprint: String,
}

/// Licenses as stated; [`UNKNOWN`] where nobody stated one, which is no permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Licenses {
    /// Of the weights of the frozen model, as its folder states it.
    pub model: String,
    /// Of the audio that the classifier learned from, as its user states it.
    pub data: String,
    /// Of the classifier and everything in the export, as its user states it.
    pub export: String,
}

impl Provenance {
    /// A few lines of Markdown, the same in every README.
    pub fn markdown(&self) -> String {
        let Self { exported_by, trained_by, run, classifier, n_edits, embeddings, model, licenses } =
            self;
        let edits = match n_edits {
            0 => "none".to_owned(),
            n => n.to_string(),
        };
        format!(
            "| what | is |\n| --- | --- |\n\
             | run | `{run}` |\n\
             | edits in force | {edits} |\n\
             | classifier | `{classifier}` |\n\
             | trained by | {trained_by} |\n\
             | exported by | {exported_by} |\n\
             | frozen model | `{}`, `{}` |\n\
             | settings of the embeddings | `{embeddings}` |\n\
             | license of this export | {} |\n\
             | license of the frozen model's weights | {} |\n\
             | license of the training audio | {} |\n\n\
             *{UNKNOWN}* means that nobody stated a license, which is no permission. A sound made from a prototype can resemble \
             the music that the classifier learned from.\n",
            model.name, model.fingerprint, licenses.export, licenses.model, licenses.data,
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::exports) fn provenance() -> Provenance {
        let text = str::to_owned;
        Provenance {
            exported_by: text("pecmae 9.9.9"),
            trained_by: text("pecmae 9.9.8"),
            run: text("r"),
            classifier: text("c1a55"),
            n_edits: 2,
            embeddings: text("e3b"),
            model: ModelFacts { name: text("tiny"), fingerprint: text("f00d") },
            licenses: Licenses { model: text("MIT"), data: text(UNKNOWN), export: text(UNKNOWN) },
        }
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let text = provenance().markdown();
        assert!(text.contains("| license of the training audio | unknown |"), "{text}");
        assert!(text.contains("| license of the frozen model's weights | MIT |"), "{text}");
        for wanted in ["`c1a55`", "`e3b`", "`f00d`", "pecmae 9.9.9", "| edits in force | 2 |"] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
    }
}

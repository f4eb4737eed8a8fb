//! What this page was made from, to the bit.

use maud::{Markup, html};

use super::super::GENERATOR;
use super::super::sound::PageSound;
use super::Page;
use super::blocks::{facts, folded, table, text};

impl Page<'_> {
    pub(super) fn identity(&self) -> Markup {
        let classifier = &self.results.trained.classifier;
        let embeddings = classifier.embeddings();
        let code = |value: &str| html! { code { (value) } };
        let rows: Vec<_> = self.sounds.iter().map(sound).collect();
        let head = [
            "sound",
            "take",
            "seed",
            "steps",
            "guidance",
            "refinement",
            "solver",
            "arithmetic",
            "program",
            "SHA-256 of the file",
        ];
        html! {
            (facts(&[
                ("Classifier, edits included", code(&self.results.evaluation.classifier)),
                ("Model of the vectors", code(&embeddings.model_fingerprint)),
                ("Settings of the vectors", code(&embeddings.fingerprint().to_string())),
                ("Trained by version", text(&self.status.tool_version)),
                ("Page made by", text(GENERATOR)),
            ]))
            p { "The same run, settings and version make this page again, byte for byte." }
            @if !rows.is_empty() {
                (folded("How the sounds were made", &table("Sounds", &head, &rows)))
            }
        }
    }
}

fn sound(sound: &PageSound) -> Vec<Markup> {
    let made = &sound.record.made;
    vec![
        text(&sound.record.prototype),
        text(&(sound.record.take + 1).to_string()),
        text(&made.seed.to_string()),
        text(&made.sampler.n_steps.to_string()),
        text(&made.sampler.guidance.to_string()),
        text(&made.sampler.refinement.to_string()),
        text(&made.sampler.solver.to_string()),
        text(&made.precision),
        text(&made.tool_version),
        html! { code { (sound.record.sha256) } },
    ]
}

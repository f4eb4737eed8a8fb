//! Under which licenses things are, as far as anybody said; what is unknown is called that.

use maud::{Markup, html};

use super::Page;
use super::blocks::{table, text};

/// Of the program.
const OF_PROGRAM: &str = env!("CARGO_PKG_LICENSE");

impl Page<'_> {
    pub(super) fn licenses(&self) -> Markup {
        let model = &self.settings.embedding.model;
        let of_model = self.model.map_or("unknown", |manifest| manifest.license.as_str());
        let of_data = self.data_license.unwrap_or("unknown");
        let rows = vec![
            vec![
                text(&format!("Weights of the model {model}")),
                text(of_model),
                text(if self.model.is_some() {
                    "as its model folder states it"
                } else {
                    "the model is not installed where this page was made"
                }),
            ],
            vec![
                text("Audio that the classifier learned from"),
                text(of_data),
                text(if self.data_license.is_some() {
                    "as whoever made this page stated it"
                } else {
                    "the run does not record it"
                }),
            ],
            vec![
                text("Prototypes, weights and sounds in this page"),
                text("derived from both"),
                text("whatever restricts one of these may restrict them"),
            ],
            vec![text("The program that made this page"), text(OF_PROGRAM), text("at your choice")],
        ];
        html! {
            (table("Licenses", &["what", "license", "how that is known"], &rows))
            p { "Unknown means unknown: no license was found, and none is implied." }
        }
    }
}

//! The page itself: what there is to show → HTML. Everything that a user named is escaped by the templates.

mod blocks;
mod calibration;
mod citation;
mod classes;
mod confusion;
mod data;
mod explanations;
mod identity;
mod licenses;
mod prototypes;
mod round_trip;
mod summary;
mod training;
mod weights;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::case::Case;
use super::sound::PageSound;
use super::{GENERATOR, HtmlError, PageAudio};
use crate::exports::plots::{Look, page_palette};
use crate::models::Manifest;
use crate::runs::{RunFolder, RunSettings, SkippedFile, Status};
use crate::studio::export::results::Results;

/// How the page looks, without the colors of its figures.
const STYLE: &str = include_str!("style.css");
/// What plays.
const SCRIPT: &str = include_str!("player.js");
/// The page asks nobody for anything, and a browser holds it to that.
const POLICY: &str = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// Everything that a page shows.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) run: &'a RunFolder,
    pub(super) results: &'a Results,
    pub(super) status: Status,
    pub(super) settings: RunSettings,
    pub(super) skipped: Vec<SkippedFile>,
    /// By prototype, then by take.
    pub(super) sounds: &'a [PageSound],
    pub(super) cases: &'a [Case<'a>],
    /// Of the model that made the z; `None` where it is not installed.
    pub(super) model: Option<&'a Manifest>,
    pub(super) data_license: Option<&'a str>,
    pub(super) audio: Option<PageAudio>,
}

/// A part of the page: its anchor, its heading, its content.
type Section = (&'static str, &'static str, Markup);

impl Page<'_> {
    /// The whole document.
    ///
    /// # Errors
    /// A figure cannot be drawn.
    pub(super) fn render(&self) -> Result<String, HtmlError> {
        let sections = self.sections()?;
        let name = self.run.name();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="generator" content=(GENERATOR);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (name) " – PECMAE Studio" }
                    style { (PreEscaped(colors())) (PreEscaped(STYLE)) }
                }
                body {
                    a.skip href="#summary" { "Skip to the summary" }
                    header {
                        p.kind { "A classifier that can be heard" }
                        h1 { (name) }
                    }
                    nav aria-label="Contents" {
                        ul {
                            @for (anchor, heading, _) in &sections {
                                li { a href={ "#" (anchor) } { (heading) } }
                            }
                        }
                    }
                    main {
                        @for (anchor, heading, content) in &sections {
                            section id=(anchor) aria-labelledby={ (anchor) "-heading" } {
                                h2 id={ (anchor) "-heading" } { (heading) }
                                (content)
                            }
                        }
                    }
                    footer { p { "Made by " (GENERATOR) " from the run " (name) "." } }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        Ok(page.into_string())
    }

    fn sections(&self) -> Result<Vec<Section>, HtmlError> {
        let mut sections = vec![
            ("summary", "Summary", self.summary()),
            ("prototypes", "Prototypes", self.prototypes()),
            ("weights", "Weights", self.weights()?),
        ];
        if let Some(confusion) = self.confusion()? {
            sections.push(("confusion", "Confusion", confusion));
        }
        sections.extend([
            ("classes", "Classes", self.classes()?),
            ("calibration", "Calibration", self.calibration()?),
            ("explanations", "Explained predictions", self.explanations()),
            ("round-trip", "Round trip", self.round_trip()),
            ("training", "Training", self.training()?),
            ("data", "Data and settings", self.data()),
            ("licenses", "Licenses", self.licenses()),
            ("citation", "How to cite", citation::section()),
            ("identity", "Fingerprints", self.identity()),
        ]);
        Ok(sections)
    }

    /// Where the card of a prototype is.
    fn anchor(&self, prototype: &str) -> Option<String> {
        let columns = &self.results.columns;
        let row = columns.iter().position(|column| column.name == prototype)?;
        Some(format!("prototype-{row}"))
    }

    /// A prototype's name, leading to its card.
    fn link(&self, prototype: &str) -> Markup {
        html! {
            @match self.anchor(prototype) {
                Some(anchor) => a href={ "#" (anchor) } { (prototype) },
                None => (prototype),
            }
        }
    }
}

/// The colors of the figures, in both themes; paper is light.
fn colors() -> String {
    let (light, dark) = (page_palette(Look::Light), page_palette(Look::Dark));
    format!(":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n")
}

//! Every prototype, to be seen, heard and judged.

use maud::{Markup, PreEscaped, html};

use super::super::PageAudio;
use super::super::sound::PageSound;
use super::Page;
use super::blocks::{facts, number, percent, points, signed, table, text};
use crate::studio::NearSegment;
use crate::studio::prototypes::PrototypeRow;

/// Training segments that a card names.
const NEAREST: usize = 3;
/// Weights that a card names.
const WEIGHTS: usize = 3;

impl Page<'_> {
    pub(super) fn prototypes(&self) -> Markup {
        let report = &self.results.prototypes;
        html! {
            p {
                "A prototype is a vector that was learned, turned into sound by the decoder. What is heard is that sound, and no \
                 recording; it may resemble what the model was trained on."
            }
            (self.player())
            (self.overview())
            @for class in &report.classes {
                h3 { (class) }
                div.cards {
                    @for (row, prototype) in report.prototypes.iter().enumerate() {
                        @if prototype.label == *class { (self.card(row, prototype)) }
                    }
                }
            }
        }
    }

    fn player(&self) -> Markup {
        let Some(audio) = self.audio.filter(|_| !self.sounds.is_empty()) else {
            return html! { p.note { "The page holds no sounds." } };
        };
        let stored = match audio {
            PageAudio::Flac => "FLAC of 16 bits",
            PageAudio::Vorbis(_) => "Ogg Vorbis, which loses a little",
        };
        html! {
            p.player {
                label { input #match type="checkbox" checked; " Match loudness" }
                " "
                span {
                    "plays all at −23 LUFS; the sounds in the page (" (stored) ") keep their level. Escape stops."
                }
            }
            noscript { p.note { "Without scripts every sound plays at its own level." } }
        }
    }

    /// All of them in one table.
    fn overview(&self) -> Markup {
        let rows: Vec<_> = self
            .results
            .prototypes
            .prototypes
            .iter()
            .map(|row| {
                let nearest = row.nearest.first();
                vec![
                    self.link(&row.name),
                    text(&row.label),
                    text(state(row)),
                    text(&percent(row.usage)),
                    text(&percent(row.purity)),
                    row.cost_if_removed.map_or_else(|| text("not known"), points),
                    text(nearest.map_or("none", |near| near.track.as_str())),
                ]
            })
            .collect();
        let head = [
            "prototype",
            "class",
            "state",
            "wins",
            "purity",
            "cost, in points",
            "nearest training track",
        ];
        html! {
            (table("The prototypes", &head, &rows))
            p.fine {
                "Wins: share of training segments that are most similar to it. Purity: share of its class among the ten training \
                 segments nearest to it. Cost: class-balanced accuracy of validation tracks that is lost without it."
            }
        }
    }

    fn card(&self, row: usize, prototype: &PrototypeRow) -> Markup {
        let sounds: Vec<_> = self.sounds.iter().filter(|sound| sound.record.row == row).collect();
        let anchor = format!("prototype-{row}");
        html! {
            article.card id=(anchor) aria-labelledby={ (anchor) "-name" } {
                h4 id={ (anchor) "-name" } {
                    (prototype.name)
                    @if !prototype.enabled { " " span.badge { "off" } }
                    @if prototype.dead { " " span.badge { "wins nothing of its class" } }
                }
                @for sound in &sounds { (figure(prototype, sound)) }
                @if sounds.is_empty() { p.note { "Not sonified." } }
                (facts(&[
                    ("Wins", text(&percent(prototype.usage))),
                    ("Purity", text(&percent(prototype.purity))),
                    ("Counts most for", weights(prototype)),
                    ("Nearest in training", nearest(&prototype.nearest)),
                ]))
            }
        }
    }
}

fn figure(prototype: &PrototypeRow, sound: &PageSound) -> Markup {
    let take = sound.record.take + 1;
    let name = format!("{}, take {take}", prototype.name);
    html! {
        figure.sound {
            div.pictures {
                img src={ "data:image/png;base64," (sound.mel) } alt={ "Mel spectrogram of " (name) ": " (sound.words) };
                div.outline role="img" aria-label={ "Waveform of " (name) } { (PreEscaped(&sound.outline)) }
                span.playhead aria-hidden="true" {}
            }
            audio controls preload="none" aria-label={ "Play " (name) }
                data-gain-db=[sound.gain_db.map(|gain_db| format!("{gain_db:.2}"))]
                src={ "data:" (sound.mime) ";base64," (sound.data) } {}
            figcaption {
                "Take " (take) ", seed " (sound.record.made.seed) ", " (format!("{:.1} s", sound.seconds)) ". " (sound.words) " "
                @match sound.gain_db {
                    Some(gain_db) => { "Matched by " (decibels(gain_db)) "." },
                    None => "Too quiet to match.",
                }
                @if sound.lowered_db > 0.0 {
                    " Stored " (decibels(sound.lowered_db)) " lower, because it exceeds full scale."
                }
            }
        }
    }
}

fn decibels(db: f32) -> String {
    format!("{db:+.1} dB").replace('-', "−")
}

fn state(row: &PrototypeRow) -> &'static str {
    match (row.enabled, row.dead) {
        (false, _) => "off",
        (true, true) => "wins nothing of its class",
        (true, false) => "on",
    }
}

fn weights(prototype: &PrototypeRow) -> Markup {
    let mut weights: Vec<_> = prototype.weights.iter().collect();
    weights.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    html! {
        ul {
            @for weight in weights.into_iter().take(WEIGHTS) {
                li { (weight.class) " " (signed(f64::from(weight.weight))) }
            }
        }
    }
}

fn nearest(segments: &[NearSegment]) -> Markup {
    html! {
        ul {
            @for near in segments.iter().take(NEAREST) {
                li {
                    (near.track) ", " (span(near.start_s, near.end_s)) " (" (near.labels.join(", ")) "), distance "
                    (number(f64::from(near.distance)))
                }
            }
        }
    }
}

/// `4.0–8.0 s`
pub(super) fn span(start_s: f64, end_s: f64) -> String {
    format!("{start_s:.1}–{end_s:.1} s")
}

//! What the model hears in the sounds of its prototypes.

use maud::{Markup, html};

use super::super::sound::PageSound;
use super::Page;
use super::blocks::{count, number, table, text};

impl Page<'_> {
    pub(super) fn round_trip(&self) -> Markup {
        let fingerprint = &self.results.evaluation.classifier;
        let heard = self.sounds.iter().filter_map(|sound: &PageSound| {
            let check = sound.record.check.as_ref()?;
            // What another classifier heard says nothing of this one.
            (check.classifier == *fingerprint).then_some((sound, check))
        });
        let heard: Vec<_> = heard.collect();
        if heard.is_empty() {
            return html! {
                p.note {
                    "No sound was heard again by this classifier. " code { "pecmae sonify RUN --check" } " does that."
                }
            };
        }
        let n_own = heard.iter().filter(|(_, check)| check.is_own).count();
        let rows: Vec<_> = heard
            .iter()
            .map(|(sound, check)| {
                let given = match check.given.as_slice() {
                    [] => "none".to_owned(),
                    given => given.join(", "),
                };
                vec![
                    self.link(&sound.record.prototype),
                    text(&(sound.record.take + 1).to_string()),
                    text(&given),
                    text(if check.is_own { "yes" } else { "no" }),
                    number(f64::from(check.own_probability)),
                    number(f64::from(check.distance)),
                    text(check.nearest.as_deref().unwrap_or("none")),
                ]
            })
            .collect();
        let head = [
            "prototype",
            "take",
            "heard as",
            "its own class",
            "probability of its class",
            "distance from it",
            "most similar to",
        ];
        html! {
            p {
                "Each sound was embedded and classified again: " strong { (n_own) " of " (count(heard.len(), "sound")) }
                " heard as the class of their prototype. A sound that is heard as something else does not stand for its \
                 prototype, and should not be listened to as if it did."
            }
            (table("Sounds heard again", &head, &rows))
        }
    }
}

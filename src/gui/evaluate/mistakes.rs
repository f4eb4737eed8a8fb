//! The files of a cell, or all mistakes, the most confident first.

use std::path::Path;

use eframe::egui::{Button, RichText, ScrollArea, Ui};

use crate::gui::desk::name_of;
use crate::gui::shelf::SoundKey;
use crate::gui::studio::State;
use crate::gui::theme::{GAP, Palette};
use crate::gui::wish::{Sounding, View, Wish};
use crate::studio::session::{Measured, TrackVerdict};

pub(super) fn show(ui: &mut Ui, state: &mut State, measured: &Measured, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    let palette = Palette::of(ui.ctx());
    let cell = state.evaluate.cell;
    let is_meant = |track: &&TrackVerdict| match cell {
        Some((truth, given)) => track.truth == [truth] && track.given == [given],
        None => !track.is_correct(),
    };
    let mut tracks: Vec<_> = measured.tracks.iter().filter(is_meant).collect();
    tracks.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let named = |classes: &[usize]| -> String {
        let names: Vec<_> = classes.iter().map(|class| run.classes[*class].as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    ui.add_space(GAP);
    let title = match cell {
        None => format!("{} mistakes", tracks.len()),
        Some((truth, given)) if truth == given => {
            format!("{} right ones of {}", tracks.len(), run.classes[truth])
        }
        Some((truth, given)) => {
            format!("{} of {} taken for {}", tracks.len(), run.classes[truth], run.classes[given])
        }
    };
    ui.horizontal(|ui| {
        ui.heading(title);
        if cell.is_some() && ui.button("All mistakes").clicked() {
            state.evaluate.cell = None;
        }
    });
    ui.label(RichText::new("The most confident first").color(palette.faint));
    if tracks.is_empty() {
        ui.add_space(GAP);
        ui.label("There are none.");
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for track in tracks {
            ui.horizontal(|ui| {
                let name = name_of(Path::new(&track.id));
                if ui.button("Play").on_hover_text(format!("Play {name}")).clicked() {
                    wishes.push(Wish::Play(Sounding {
                        key: SoundKey::file(&track.path),
                        title: name.clone(),
                        gain_db: None,
                        at_s: 0.0,
                    }));
                }
                let button = Button::new(&name).truncate();
                if ui.add(button).on_hover_text(format!("Inspect {}", track.path)).clicked() {
                    wishes.push(Wish::Inspect(track.path.clone().into()));
                    wishes.push(Wish::Go(View::Inspect));
                }
            });
            let text = format!(
                "{} taken for {} at {:.0} %, margin {:.0} points",
                named(&track.truth),
                named(&track.given),
                track.confidence * 100.0,
                track.margin * 100.0
            );
            ui.label(RichText::new(text).small().color(palette.faint));
        }
    });
}

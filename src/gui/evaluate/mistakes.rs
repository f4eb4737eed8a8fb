//! The files of a cell, or all mistakes, the most confident first.

use std::path::Path;

use eframe::egui::{Button, RichText, ScrollArea, Ui};

use crate::gui::desk::name_of;
use crate::gui::export::{self, NO_FIGURES};
use crate::gui::shelf::SoundKey;
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::{GAP, Palette};
use crate::gui::wish::{Sounding, View, Wish};
use crate::studio::session::{Measured, TrackVerdict};

pub(super) fn show(ui: &mut Ui, state: &mut State, measured: &Measured, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    let rect = ui.max_rect();
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
        let split = measured.split.to_string();
        let of_split = ["--split", &split];
        export::menu(ui, state, rect, Some((&["evaluate"], &of_split)), NO_FIGURES, || {
            table(&tracks, &named)
        });
    });
    ui.label(RichText::new("The most confident first").color(palette.faint));
    if tracks.is_empty() {
        ui.add_space(GAP);
        ui.label("There are none.");
    }
    ScrollArea::vertical().id_salt("mistakes").auto_shrink(false).show(ui, |ui| {
        for track in tracks {
            ui.horizontal(|ui| {
                let name = name_of(Path::new(&track.id));
                if ui.button("Play").on_hover_text(format!("Play {name}")).clicked() {
                    wishes.push(Wish::Play(Sounding {
                        key: SoundKey::file(&track.path),
                        title: name.clone(),
                        at_s: 0.0,
                    }));
                }
                let button = Button::new(&name).truncate();
                if ui.add(button).on_hover_text(format!("Inspect {}", track.path)).clicked() {
                    wishes.push(Wish::Inspect(track.path.clone().into()));
                    wishes.push(Wish::Go(View::Inspect));
                }
            });
            let verdict = match track.is_correct() {
                true => named(&track.truth),
                false => format!("{} taken for {}", named(&track.truth), named(&track.given)),
            };
            let text = format!(
                "{verdict} at {:.0} %, margin {:.0} points",
                track.confidence * 100.0,
                track.margin * 100.0
            );
            ui.label(RichText::new(text).small().color(palette.faint));
        }
    });
}

/// The same in columns.
fn table(tracks: &[&TrackVerdict], named: &dyn Fn(&[usize]) -> String) -> Table {
    let row = |track: &&TrackVerdict| {
        vec![
            track.path.clone(),
            named(&track.truth),
            named(&track.given),
            format!("{:.4}", track.confidence),
            format!("{:.4}", track.margin),
        ]
    };
    Table {
        name: "files".to_owned(),
        headings: ["path", "true class", "predicted class", "confidence", "margin"]
            .map(str::to_owned)
            .to_vec(),
        rows: tracks.iter().map(row).collect(),
    }
}

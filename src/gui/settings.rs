//! What stays the same in all views: sound, colors, places.

use eframe::egui::{CentralPanel, Grid, RichText, ScrollArea, ThemePreference, Ui};

use super::state::State;
use super::theme::{GAP, GROUP_GAP, Palette};
use super::wish::Wish;
use super::words::capital;
use crate::playback::Device;

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    CentralPanel::default().show(ui, |ui| {
        ScrollArea::vertical().id_salt("settings").auto_shrink(false).show(ui, |ui| {
            ui.add_space(GROUP_GAP);
            ui.heading("Settings");
            section(ui, "Where sound is heard");
            devices(ui, state, palette, wishes);
            section(ui, "How it is heard");
            ui.checkbox(&mut state.match_loudness, "Bring every sound to one loudness");
            ui.checkbox(&mut state.hover_play, "Play what is under the pointer");
            section(ui, "Colors");
            let mut theme = ui.ctx().options(|options| options.theme_preference);
            ui.horizontal(|ui| {
                for (choice, title) in [
                    (ThemePreference::System, "As the desktop"),
                    (ThemePreference::Dark, "Dark"),
                    (ThemePreference::Light, "Light"),
                ] {
                    if ui.radio_value(&mut theme, choice, title).changed() {
                        ui.ctx().set_theme(choice);
                    }
                }
            });
            section(ui, "Places");
            Grid::new("places").num_columns(2).spacing([GROUP_GAP, 4.0]).show(ui, |ui| {
                let models = state.models.as_ref().map(|path| path.display().to_string());
                for (name, place) in [
                    ("Runs", state.runs.display().to_string()),
                    ("Models", models.unwrap_or_else(|| "nowhere".to_owned())),
                ] {
                    ui.label(RichText::new(name).color(palette.faint));
                    ui.label(place);
                    ui.end_row();
                }
            });
        });
    });
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(GROUP_GAP);
    ui.label(RichText::new(title).strong());
    ui.add_space(GAP / 2.0);
}

fn devices(ui: &mut Ui, state: &mut State, palette: Palette, wishes: &mut Vec<Wish>) {
    let now = match state.player.device() {
        Device::Open(name) => RichText::new(format!("It is heard on {name}")),
        Device::Searching => RichText::new("A device is being looked for").color(palette.faint),
        Device::None(reason) => RichText::new(capital(&reason.to_string())).color(palette.warning),
    };
    ui.label(now);
    let mut chosen = state.device.clone();
    let standard = ui.radio_value(&mut chosen, None, "The standard device of the desktop");
    let mut is_changed = standard.changed();
    for device in &state.devices {
        let choice = Some(device.name.clone());
        is_changed |= ui.radio_value(&mut chosen, choice, &device.description).changed();
    }
    if is_changed {
        wishes.push(Wish::Sound(chosen));
    }
    if ui.button("Look again").on_hover_text("List devices, and open the chosen one anew").clicked()
    {
        wishes.push(Wish::Sound(state.device.clone()));
    }
}

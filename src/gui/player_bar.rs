//! The one player: what sounds, where it is, how loud.

use eframe::egui::{
    Align, Button, Label, Layout, RichText, Sense, Slider, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::paint::waveform;
use super::shelf::Found;
use super::state::State;
use super::theme::{GAP, Palette};
use super::wish::Wish;
use super::words::{capital, clock};
use crate::playback::Device;

/// Room for the buttons and the title.
const BUTTONS: f32 = 380.0;
/// Room for the level.
const VOLUME: f32 = 230.0;
/// The quietest that the slider goes, in dB.
const QUIETEST_DB: f32 = -48.0;

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    let whole = ui.max_rect();
    let (left, right) = (whole.left() + BUTTONS, whole.right() - VOLUME);
    let area = |from: f32, to: f32| {
        let rect = whole.with_min_x(from).with_max_x(to);
        UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center))
    };
    ui.scope_builder(area(whole.left(), left), |ui| buttons(ui, state, palette, wishes));
    ui.scope_builder(area(left, right - GAP), |ui| match state.player.device() {
        Device::None(reason) => {
            if ui.button("Look again").on_hover_text("Look for a sound device again").clicked() {
                wishes.push(Wish::Sound(state.device.clone()));
            }
            let text = "No sound on this machine; all else works. Settings says why.";
            let label = Label::new(RichText::new(text).color(palette.warning)).truncate();
            ui.add(label).on_hover_text(capital(&reason.to_string()));
        }
        Device::Searching => {
            ui.label(RichText::new("looking for a sound device").color(palette.faint));
        }
        Device::Open(_) => strip(ui, state, palette),
    });
    ui.scope_builder(area(right, whole.right()), |ui| volume(ui, state, palette));
}

fn buttons(ui: &mut Ui, state: &mut State, palette: Palette, wishes: &mut Vec<Wish>) {
    let now = state.player.state();
    let has_device = !matches!(state.player.device(), Device::None(_));
    let title = if now.is_playing { "Pause" } else { "Play" };
    let play = Button::new(RichText::new(title).strong()).min_size(vec2(72.0, 36.0));
    if ui.add_enabled(has_device, play).on_hover_text("Space").clicked() {
        wishes.push(Wish::TogglePlay);
    }
    let looped = Button::selectable(now.is_looped, "Loop");
    if ui.add_enabled(has_device, looped).on_hover_text("L").clicked() {
        state.player.set_looped(!now.is_looped);
    }
    ui.vertical(|ui| {
        ui.add_space(GAP);
        let title = state.playing.as_ref().map_or("Nothing to play yet", |playing| &playing.title);
        ui.add(Label::new(RichText::new(title).strong()).truncate());
        let time = format!("{} / {}", clock(now.position_s), clock(now.duration_s));
        ui.label(RichText::new(time).monospace().color(palette.faint));
    });
}

fn volume(ui: &mut Ui, state: &mut State, palette: Palette) {
    ui.vertical(|ui| {
        ui.add_space(GAP);
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new("Volume").color(palette.faint));
            let mut volume_db = state.player.state().volume_db;
            let slider =
                Slider::new(&mut volume_db, QUIETEST_DB..=0.0).suffix(" dB").fixed_decimals(0);
            ui.spacing_mut().slider_width = 80.0;
            if ui.add(slider).labelled_by(label.id).changed() {
                state.player.set_volume_db(volume_db);
            }
        });
        let gain = state.playing.clone().and_then(|playing| match state.shelf.get(&playing.key) {
            Found::Here(shelved) => shelved.gain_db,
            Found::Coming | Found::Missing(_) => None,
        });
        let text = match gain {
            Some(gain) if state.match_loudness => format!("Match loudness ({gain:+.1} dB)"),
            _ => "Match loudness".to_owned(),
        };
        let hint = "Play every sound at -23 LUFS, so that none is liked for being louder";
        if ui.checkbox(&mut state.match_loudness, text).on_hover_text(hint).changed() {
            let gain_db = if state.match_loudness { gain.unwrap_or(0.0) } else { 0.0 };
            state.player.set_gain_db(gain_db);
        }
    });
}

/// The outline of what is playing; a click goes there.
fn strip(ui: &mut Ui, state: &mut State, palette: Palette) {
    let size = vec2(ui.available_width(), 44.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    ui.painter().rect_filled(rect, 4.0, palette.ground);
    let now = state.player.state();
    response.widget_info(|| {
        WidgetInfo::slider(true, now.position_s, "Position in the sound, in seconds")
    });
    let Some(playing) = state.playing.clone() else { return };
    let Found::Here(shelved) = state.shelf.get(&playing.key) else { return };
    let playhead = state.playhead(&playing.key).unwrap_or(0.0);
    waveform(ui.painter(), rect, &shelved.outline, [palette.accent, palette.faint], playhead);
    if let Some(at) =
        response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on())
    {
        let share = ((at.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        state.player.seek(f64::from(share) * now.duration_s);
    }
}

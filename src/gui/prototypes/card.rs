//! A prototype at a glance.

use std::num::NonZeroUsize;

use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::{sounding, switched};
use crate::gui::paint::{meter, playhead_lines};
use crate::gui::shelf::Found;
use crate::gui::state::State;
use crate::gui::theme::{Palette, RADIUS, class_color};
use crate::gui::wish::Wish;
use crate::gui::words::points;
use crate::studio::session::PrototypeView;

/// One take.
pub(super) const ONE: NonZeroUsize = NonZeroUsize::MIN;
/// Of a card.
pub(super) const SIZE: Vec2 = vec2(168.0, 134.0);
/// Of its picture.
const PICTURE_HEIGHT: f32 = 76.0;
/// Between the edge of a card and its text.
const PADDING: f32 = 8.0;
/// What a bar of cost is full at: class-balanced accuracy that is lost.
const FULL_COST: f64 = 0.05;

/// Paints cards where they belong. Their pictures come last, as each is a mesh of its own, and all the rest is one.
pub(super) fn show(
    ui: &mut Ui,
    cards: &[(Rect, &PrototypeView)],
    state: &mut State,
    wishes: &mut Vec<Wish>,
) {
    let mut pictures = Vec::new();
    for (rect, prototype) in cards {
        card(ui, *rect, state, prototype, wishes);
        picture(ui, *rect, state, prototype, &mut pictures);
    }
    ui.painter().extend(pictures);
}

fn card(
    ui: &mut Ui,
    rect: Rect,
    state: &mut State,
    prototype: &PrototypeView,
    wishes: &mut Vec<Wish>,
) {
    let palette = Palette::of(ui.ctx());
    let row = &prototype.row;
    let is_selected = state.selected.as_ref() == Some(&row.name);
    let id = ui.scope_id().with(("card", &row.name));
    let response = ui.interact(rect, id, Sense::click());
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, spoken(prototype)));

    // No clip of its own: it would keep a card from being painted together with the others.
    let painter = ui.painter();
    let is_pointed = response.hovered() || response.has_focus();
    let fill = if is_pointed { palette.raised } else { Color32::TRANSPARENT };
    let edge = match (is_selected, response.has_focus()) {
        (true, _) => Stroke::new(2.0, palette.accent),
        (false, true) => Stroke::new(2.0, palette.text),
        (false, false) => Stroke::new(1.0, palette.line),
    };
    painter.rect(rect, CornerRadius::same(RADIUS), fill, edge, StrokeKind::Inside);

    let at = pos2(rect.left() + PADDING, rect.top() + PICTURE_HEIGHT + 8.0);
    let name_color = if row.enabled { palette.text } else { palette.faint };
    let font = FontId::proportional(11.0);
    let badges = painter.layout_no_wrap(badges(prototype), font, palette.warning);
    let badges_at = pos2(rect.right() - PADDING - badges.size().x, at.y + 1.0);
    let mut name =
        LayoutJob::simple_singleline(row.name.clone(), FontId::proportional(13.5), name_color);
    name.wrap = TextWrapping::truncate_at_width(badges_at.x - at.x - 6.0);
    painter.galley(at, painter.layout_job(name), name_color);
    painter.galley(badges_at, badges, palette.warning);
    let cost = row.cost_if_removed.unwrap_or(0.0);
    let bars = [
        ("used", row.usage * 4.0, format!("{:.0}%", row.usage * 100.0)),
        ("pure", row.purity, format!("{:.0}%", row.purity * 100.0)),
        ("cost", cost.max(0.0) / FULL_COST, points(cost).trim_start_matches('+').to_owned()),
    ];
    let small = FontId::proportional(9.5);
    for (i, (name, share, value)) in bars.into_iter().enumerate() {
        let width = (rect.width() - 2.0 * PADDING - 12.0) / 3.0;
        let left = rect.left() + PADDING + i as f32 * (width + 6.0);
        let y = at.y + 24.0;
        let text = format!("{name} {value}");
        painter.text(pos2(left, y), Align2::LEFT_TOP, text, small.clone(), palette.faint);
        let bar = Rect::from_min_size(pos2(left, y + 16.0), vec2(width, 4.0));
        meter(painter, bar, share as f32, [class_color(prototype.class), palette.line]);
    }

    let response = response.on_hover_ui(|ui| {
        ui.label(spoken(prototype));
    });
    let is_new = response.hovered() && state.prototypes.pointed.as_ref() != Some(&row.name);
    if is_new {
        state.prototypes.pointed = Some(row.name.clone());
    }
    if response.clicked() {
        wishes.push(Wish::Select(row.name.clone()));
    }
    if response.clicked() || (is_new && state.hover_play) {
        wishes.extend(sounding(prototype).map(Wish::Play));
    }
    response.context_menu(|ui| {
        let title = if row.enabled { "Disable" } else { "Enable" };
        if ui.button(title).clicked() {
            wishes.push(Wish::Edit(switched(prototype)));
            ui.close();
        }
    });
}

/// The picture of a card's sound, to be painted later, or in words why there is none.
fn picture(
    ui: &Ui,
    rect: Rect,
    state: &mut State,
    prototype: &PrototypeView,
    pictures: &mut Vec<Shape>,
) {
    let frame = rect.shrink(4.0).with_max_y(rect.top() + PICTURE_HEIGHT);
    let note = |text: &str| {
        let font = FontId::proportional(12.0);
        let color = Palette::of(ui.ctx()).faint;
        ui.painter().text(frame.center(), Align2::CENTER_CENTER, text, font, color);
    };
    let Some(sounding) = sounding(prototype) else {
        return note("no sound yet");
    };
    match state.shelf.get(&sounding.key) {
        Found::Coming => note("…"),
        Found::Missing(_) => note("its sound cannot be read"),
        Found::Here(shelved) => {
            let tint = if prototype.row.enabled { Color32::WHITE } else { Color32::from_gray(90) };
            pictures.push(shelved.picture.whole(frame, tint));
            let playhead = state.playhead(&sounding.key);
            pictures.extend(playhead.into_iter().flat_map(|at| playhead_lines(frame, at)));
        }
    }
}

/// What is to be known at once.
fn badges(prototype: &PrototypeView) -> String {
    let row = &prototype.row;
    let badges = [
        (!row.enabled, "off"),
        (row.dead, "dead"),
        (prototype.is_edited && row.enabled, "edited"),
        (prototype.takes.is_empty(), "not sonified"),
    ];
    let badges = badges.into_iter().filter(|(is_so, _)| *is_so).map(|(_, badge)| badge);
    badges.collect::<Vec<_>>().join(" · ")
}

/// The card in words.
fn spoken(prototype: &PrototypeView) -> String {
    let row = &prototype.row;
    let state = if row.enabled { "" } else { ", off" };
    let mut words = format!(
        "{}{state}: wins {:.0} % of segments, {:.0} % of the nearest ones are of its class",
        row.name,
        row.usage * 100.0,
        row.purity * 100.0
    );
    if let Some(cost) = row.cost_if_removed {
        words += &format!(", accuracy without it {} points", points(-cost));
    }
    if let Some(own) = prototype.takes.first().and_then(|take| take.check.as_ref()) {
        let heard = own.given.join(", ");
        words += &format!(", its sound is heard as {heard}");
    }
    words
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    use eframe::egui::{Context, RawInput};

    use super::*;
    use crate::audio::{WavFormat, Waveform, write_wav};
    use crate::gui::prototypes::order::tests::prototypes;
    use crate::playback::{NoDevice, Speakers};
    use crate::studio::session::Take;

    /// Meshes of a window with nothing in it but cards, once all sounds are seen.
    fn n_meshes(cards: &[(Rect, &PrototypeView)]) -> usize {
        let context = Context::default();
        let silent = Speakers::found_by(Vec::new, |_| Err(NoDevice::Slow));
        let wake: crate::gui::desk::Wake = Arc::new(|| ());
        let mut state = State::new(&context, PathBuf::new(), None, (silent, None), &wake);
        let began = Instant::now();
        loop {
            state.shelf.receive();
            let keys = || cards.iter().filter_map(|(_, prototype)| sounding(prototype));
            let is_all_here = keys().all(|s| matches!(state.shelf.get(&s.key), Found::Here(_)));
            let output = context.run_ui(RawInput::default(), |ui| {
                show(ui, cards, &mut state, &mut Vec::new());
            });
            if is_all_here {
                return context.tessellate(output.shapes, output.pixels_per_point).len();
            }
            assert!(began.elapsed() < Duration::from_secs(60), "they are never read");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn cards_cost_a_mesh_for_each_picture_and_one_for_all_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let mut all = prototypes();
        for (i, prototype) in all.iter_mut().enumerate() {
            let path = folder.path().join(format!("{i}.wav"));
            let samples = (0..24_000).map(|t| (t as f32 * 0.1).sin() * 0.5).collect();
            let sound = Waveform { samples, sample_rate_hz: 24_000 };
            write_wav(&path, &sound, WavFormat::Pcm16).unwrap();
            prototype.takes.push(Take { take: 0, seed: 0, path, gain_db: None, check: None });
        }
        // One of them is off, and says so.
        all[3].row.enabled = false;
        let place = |i: usize| Rect::from_min_size(pos2(i as f32 * (SIZE.x + 8.0), 0.0), SIZE);
        let cards: Vec<_> = all.iter().enumerate().map(|(i, of)| (place(i), of)).collect();
        assert_eq!(n_meshes(&cards), cards.len() + 1);
        assert_eq!(n_meshes(&cards[..1]), 2);
    }
}

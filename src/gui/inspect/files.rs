//! The list of files, with what each is called.

use eframe::egui::{Button, RichText, ScrollArea, Ui};

use super::{File, FileState};
use crate::gui::desk::name_of;
use crate::gui::state::State;
use crate::gui::theme::{GAP, Palette};
use crate::gui::wish::Wish;

pub(super) fn show(ui: &mut Ui, state: &mut State, wishes: &mut Vec<Wish>) {
    let palette = Palette::of(ui.ctx());
    ui.add_space(GAP);
    let n = state.inspect.files.len();
    ui.label(RichText::new(format!("{n} files")).strong());
    ui.checkbox(&mut state.inspect.by_doubt, "Least certain first");
    let mut order: Vec<usize> = (0..n).collect();
    if state.inspect.by_doubt {
        let files = &state.inspect.files;
        order.sort_by(|a, b| confidence(&files[*a]).total_cmp(&confidence(&files[*b])));
    }
    let mut chosen = None;
    ScrollArea::vertical().id_salt("files").auto_shrink(false).show(ui, |ui| {
        for number in order {
            let file = &state.inspect.files[number];
            let name = name_of(&file.path);
            let what = match &file.state {
                FileState::Waiting => "listening".to_owned(),
                FileState::Failed(_) => "cannot be used".to_owned(),
                FileState::Stopped => "stopped".to_owned(),
                FileState::Explained(found) => {
                    let verdict = &found.track.verdict;
                    format!("{} {:.0} %", verdict.labels.join(", "), verdict.confidence * 100.0)
                }
            };
            let is_current = number == state.inspect.current;
            let button = ui.add(Button::selectable(is_current, &name).truncate());
            if button.clicked() {
                chosen = Some(number);
            }
            let color = match file.state {
                FileState::Failed(_) => palette.negative,
                _ => palette.faint,
            };
            ui.label(RichText::new(what).small().color(color));
        }
    });
    if let Some(number) = chosen {
        state.inspect.current = number;
        state.inspect.turn();
        let path = state.inspect.files[number].path.clone();
        wishes.push(Wish::Ask(path, state.inspect.asking()));
    }
}

/// Files of which nothing is known stand last.
fn confidence(file: &File) -> f64 {
    match &file.state {
        FileState::Explained(found) => found.track.verdict.confidence,
        FileState::Waiting | FileState::Failed(_) | FileState::Stopped => f64::INFINITY,
    }
}

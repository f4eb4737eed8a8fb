//! What the map shows, what is gathered, and the same as a table.

use eframe::egui::{Button, ComboBox, Grid, RichText, ScrollArea, Sense, Ui, vec2};

use super::figure::Scene;
use super::section;
use super::sieve::{Coloring, Sieve};
use crate::dataset::Split;
use crate::gui::desk::name_of;
use crate::gui::export::{self, Drawing};
use crate::gui::state::State;
use crate::gui::table::Table;
use crate::gui::theme::{GAP, GROUP_GAP, Palette};
use crate::gui::wish::Wish;
use crate::studio::session::{MapPoint, RunView, SegmentMap};

/// Rows of the table.
const N_ROWS: usize = 200;

pub(super) fn show(ui: &mut Ui, state: &mut State, map: &SegmentMap, wishes: &mut Vec<Wish>) {
    let Some(run) = state.run.clone() else { return };
    let palette = Palette::of(ui.ctx());
    ScrollArea::vertical().id_salt("legend").auto_shrink(false).show(ui, |ui| {
        ui.add_space(GAP);
        ui.heading("Data map");
        let kept = (map.kept[0] + map.kept[1]) * 100.0;
        let text = format!(
            "This picture keeps {kept:.0} % of the variance of z; distances on it are approximate, similarities are computed from all of z."
        );
        ui.label(RichText::new(text).color(palette.faint));
        section(ui, "Color");
        let label = ui.label("By");
        ComboBox::from_id_salt("coloring")
            .selected_text(state.map.coloring.title())
            .width(200.0)
            .show_ui(ui, |ui| {
                for choice in Coloring::ALL {
                    ui.selectable_value(&mut state.map.coloring, choice, choice.title());
                }
            })
            .response
            .labelled_by(label.id);
        colors(ui, state.map.coloring, &run, palette);
        ui.horizontal(|ui| {
            let rect = state.map.place;
            let sieve = state.map.sieve.clone();
            let scene = Scene::of(state);
            let figures = || vec![("map", Drawing::of(scene.figure(map, &run)))];
            export::menu(ui, state, rect, None, Some(&figures), || {
                table(&shown(map, &sieve), map, &run)
            });
            let hint = "Lists every point that is shown, as if it had been drawn around";
            if ui.button("Gather all").on_hover_text(hint).clicked() {
                state.map.gather(map, |_| true);
            }
        });
        section(ui, "Show");
        filters(ui, state, &run);
        gathered(ui, state, map, &run, wishes);
    });
}

fn colors(ui: &mut Ui, coloring: Coloring, run: &RunView, palette: Palette) {
    let entries = coloring.legend(run, palette);
    Grid::new("colors").num_columns(2).spacing([GROUP_GAP, 2.0]).show(ui, |ui| {
        for (i, (name, color)) in entries.into_iter().enumerate() {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                ui.painter().circle_filled(rect.center(), 4.5, color);
                ui.label(name);
            });
            if i % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn filters(ui: &mut Ui, state: &mut State, run: &RunView) {
    let sieve = &mut state.map.sieve;
    Grid::new("filters").num_columns(2).spacing([GROUP_GAP, 4.0]).show(ui, |ui| {
        let label = ui.label("True class");
        let named = |class: Option<u32>| class.map_or("all", |class| &run.classes[class as usize]);
        ComboBox::from_id_salt("class")
            .selected_text(named(sieve.class))
            .show_ui(ui, |ui| {
                ui.selectable_value(&mut sieve.class, None, "all");
                for (class, name) in (0_u32..).zip(&run.classes) {
                    ui.selectable_value(&mut sieve.class, Some(class), name);
                }
            })
            .response
            .labelled_by(label.id);
        ui.end_row();
        let label = ui.label("Split");
        let named = |split: Option<Split>| match split {
            None => "train and validation".to_owned(),
            Some(split) => split.to_string(),
        };
        ComboBox::from_id_salt("split")
            .selected_text(named(sieve.split))
            .show_ui(ui, |ui| {
                for split in [None, Some(Split::Train), Some(Split::Validation), Some(Split::Test)]
                {
                    ui.selectable_value(&mut sieve.split, split, named(split));
                }
            })
            .response
            .labelled_by(label.id);
        ui.end_row();
    });
    ui.checkbox(&mut sieve.only_wrong, "Only mistakes");
}

fn gathered(
    ui: &mut Ui,
    state: &mut State,
    map: &SegmentMap,
    run: &RunView,
    wishes: &mut Vec<Wish>,
) {
    let palette = Palette::of(ui.ctx());
    section(ui, "Gathered");
    if state.map.gathered.is_empty() {
        let text = "Hold Shift and draw around points to gather them.";
        ui.label(RichText::new(text).color(palette.faint));
        return;
    }
    let gathered = state.map.gathered.clone();
    ui.label(format!(
        "{} segments of {} files, {:.0} % of them right by themselves",
        gathered.len(),
        gathered.n_tracks,
        100.0 * gathered.n_right as f64 / gathered.len().max(1) as f64
    ));
    if ui.button("Let go").clicked() {
        state.map.renew();
        return;
    }
    let rect = state.map.place;
    let scene = Scene::of(state);
    let figures = || vec![("map", Drawing::of(scene.figure(map, run)))];
    export::menu(ui, state, rect, None, Some(&figures), || {
        table(&gathered.of_map(map).collect::<Vec<_>>(), map, run)
    });
    for point in gathered.of_map(map).take(N_ROWS) {
        ui.horizontal(|ui| {
            let path = &map.paths[point.track as usize];
            let text = described(point, map, Some(run));
            if ui.add(Button::new(text).truncate()).on_hover_text("Inspect its file").clicked() {
                wishes.push(Wish::Inspect(path.into()));
            }
        });
    }
    if gathered.len() > N_ROWS {
        let text = format!("and {} more", gathered.len() - N_ROWS);
        ui.label(RichText::new(text).color(palette.faint));
    }
}

/// The points that a sieve lets through.
fn shown<'a>(map: &'a SegmentMap, sieve: &Sieve) -> Vec<&'a MapPoint> {
    map.points.iter().filter(|point| sieve.lets(point)).collect()
}

/// Points in columns.
fn table(points: &[&MapPoint], map: &SegmentMap, run: &RunView) -> Table {
    let class = |class: Option<u32>| {
        let named = class.and_then(|class| run.classes.get(class as usize));
        named.cloned().unwrap_or_default()
    };
    let row = |point: &&MapPoint| {
        let winner = point.winner.and_then(|winner| run.prototypes.get(winner as usize));
        vec![
            map.paths[point.track as usize].clone(),
            format!("{:.3}", point.start_s),
            format!("{:.3}", point.end_s),
            point.split.map_or_else(String::new, |split| split.to_string()),
            class(point.truth),
            class(point.given),
            winner.map_or_else(String::new, |winner| winner.row.name.clone()),
            point.at[0].to_string(),
            point.at[1].to_string(),
        ]
    };
    let headings =
        ["path", "start", "end", "split", "true class", "predicted class", "prototype", "x", "y"];
    Table {
        name: "map".to_owned(),
        headings: headings.map(str::to_owned).to_vec(),
        rows: points.iter().map(row).collect(),
    }
}

/// A point in words.
pub(super) fn described(point: &MapPoint, map: &SegmentMap, run: Option<&RunView>) -> String {
    let file = name_of(std::path::Path::new(&map.tracks[point.track as usize]));
    let class = |class: Option<u32>| {
        let named = class.and_then(|class| run?.classes.get(class as usize));
        named.map_or("none", String::as_str)
    };
    let (truth, given) = (class(point.truth), class(point.given));
    match point.is_correct {
        true => format!("{file} {:.0} s, {truth}", point.start_s),
        false => format!("{file} {:.0} s, {truth} taken for {given}", point.start_s),
    }
}

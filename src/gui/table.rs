//! The same as a picture, in words and numbers.

use eframe::egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::theme::{GAP, Palette};

/// Height of a row.
const ROW_HEIGHT: f32 = 20.0;
/// Rows of a table that unfolds.
const N_UNFOLDED: usize = 12;
/// Width of a letter, roughly.
const LETTER: f32 = 7.6;
/// Letters that a column has room for at least and at most.
const LETTERS: (usize, usize) = (6, 40);

/// What a picture shows, in words and numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    /// What it is, as a name of a file.
    pub(super) name: String,
    /// `[column]`
    pub(super) headings: Vec<String>,
    /// `[row][column]`
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Paints it; of many rows only those in sight.
    pub(super) fn show(&self, ui: &mut Ui) {
        let palette = Palette::of(ui.ctx());
        let letters = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            let longest = longest.max(self.headings[column].chars().count());
            longest.clamp(LETTERS.0, LETTERS.1)
        };
        let widths: Vec<f32> =
            (0..self.headings.len()).map(|column| letters(column) as f32 * LETTER).collect();
        let line = |ui: &mut Ui, cells: &[String], color| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = GAP;
                for (cell, width) in cells.iter().zip(&widths) {
                    let layout = Layout::left_to_right(Align::Center);
                    ui.allocate_ui_with_layout(vec2(*width, ROW_HEIGHT), layout, |ui| {
                        ui.set_min_width(*width);
                        let text = RichText::new(cell).monospace().color(color);
                        ui.add(eframe::egui::Label::new(text).truncate());
                    });
                }
            });
        };
        ScrollArea::horizontal().id_salt((&self.name, "across")).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            line(ui, &self.headings, palette.faint);
            ScrollArea::vertical().id_salt((&self.name, "down")).auto_shrink(false).show_rows(
                ui,
                ROW_HEIGHT,
                self.rows.len(),
                |ui, range| {
                    for row in &self.rows[range] {
                        line(ui, row, palette.text);
                    }
                },
            );
        });
    }

    /// Paints it below a line that unfolds it, no taller than a few rows.
    pub(super) fn fold(&self, ui: &mut Ui) {
        let height = ROW_HEIGHT * (self.rows.len() + 2).min(N_UNFOLDED) as f32;
        ui.push_id(("fold", &self.name), |ui| {
            ui.collapsing("As a table", |ui| {
                ui.allocate_ui(vec2(ui.available_width(), height), |ui| self.show(ui));
            });
        });
    }

    /// The same as CSV.
    pub(super) fn csv(&self) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        // Nothing fails in memory, where rows may be of any length.
        let mut lines = std::iter::once(&self.headings).chain(&self.rows);
        let written = lines.try_for_each(|line| writer.write_record(line));
        let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_csv_that_reads_back() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        let table = Table {
            name: "weights".to_owned(),
            headings: row(["prototype", "rock, pop"]),
            rows: vec![row(["a \"b\"", "-0.25"]), row(["c", "1"])],
        };
        let csv = table.csv();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        assert_eq!(reader.headers().unwrap(), &table.headings[..]);
        let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0], table.rows[0][..]);
    }
}

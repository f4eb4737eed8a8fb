//! The table of a sweep, as text and as CSV.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::SweepError;
use crate::evaluation::{Interval, Report};
use crate::files::write_atomic;
use crate::runs::Fold;
use crate::studio::columns::columns;

/// What a sweep found.
#[derive(Debug, Clone, Serialize)]
pub struct SweepTable {
    /// The sweep's name.
    pub name: String,
    /// What tracks are grouped by.
    pub grouped_by: Option<String>,
    /// One a run, in the order in which they were trained.
    pub cells: Vec<Cell>,
    /// What the probe reaches: one a fold.
    pub ceilings: Vec<Ceiling>,
    /// Where table.txt and table.csv are.
    pub folder: PathBuf,
}

/// One run.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// Its name.
    pub run: String,
    /// Prototypes of each class.
    pub per_class: usize,
    /// Its fold of a cross-validation.
    pub fold: Option<Fold>,
    /// Prototypes of all classes.
    pub n_prototypes: usize,
    /// Numbers that were learned.
    pub n_parameters: usize,
    /// Steps done.
    pub steps: usize,
    /// The step of the classifier that was kept.
    pub best_step: Option<usize>,
    /// On validation tracks; the classifier was chosen by them.
    pub validation: Option<Figure>,
    /// On test tracks.
    pub test: Option<Figure>,
    /// Why there is no such run.
    pub impossible: Option<String>,
}

/// Class-balanced accuracy of tracks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub balanced_accuracy: f64,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Tracks.
    pub n: u64,
}

/// What a simple network on z reaches on the same splits.
#[derive(Debug, Clone, Serialize)]
pub struct Ceiling {
    /// Its name.
    pub name: String,
    /// The fold.
    pub fold: Option<Fold>,
    /// On validation tracks; it was stopped by them.
    pub validation: Option<Figure>,
    /// On test tracks.
    pub test: Option<Figure>,
}

impl Figure {
    pub(super) fn of(report: &Report) -> Self {
        Self {
            balanced_accuracy: report.summary.balanced_accuracy,
            interval: report.intervals.as_ref().map(|found| found.balanced_accuracy),
            n: report.n,
        }
    }
}

impl Cell {
    pub(super) fn impossible(
        run: String,
        per_class: usize,
        fold: Option<Fold>,
        reason: String,
    ) -> Self {
        let (n_prototypes, n_parameters, steps) = (0, 0, 0);
        let (best_step, validation, test) = (None, None, None);
        let impossible = Some(reason);
        Self {
            run,
            per_class,
            fold,
            n_prototypes,
            n_parameters,
            steps,
            best_step,
            validation,
            test,
            impossible,
        }
    }
}

impl SweepTable {
    /// The table for people: one line a number of prototypes, over all folds.
    pub fn text(&self) -> String {
        let head = ["K", "prototypes", "parameters", "validation", "test", "gap to ceiling", ""];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let mut of_k: BTreeMap<usize, Vec<&Cell>> = BTreeMap::new();
        self.cells.iter().for_each(|cell| of_k.entry(cell.per_class).or_default().push(cell));
        let ceiling = self.ceilings.iter().map(|found| (found.validation, found.test));
        let (ceiling_validation, ceiling_test): (Vec<_>, Vec<_>) = ceiling.unzip();
        for (k, cells) in of_k {
            let possible: Vec<_> = cells.iter().filter(|cell| cell.impossible.is_none()).collect();
            let Some(first) = possible.first() else {
                rows.push([k.to_string(), "–".to_owned(), "no run".to_owned()].to_vec());
                continue;
            };
            let (validation, test): (Vec<_>, Vec<_>) =
                possible.iter().map(|cell| (cell.validation, cell.test)).unzip();
            let gap = mean(&test).zip(mean(&ceiling_test)).map(|(a, b)| format!("{:+.3}", a - b));
            let note = match cells.len() - possible.len() {
                0 => String::new(),
                n => format!("without {n} folds, whose classes are too small"),
            };
            rows.push(vec![
                k.to_string(),
                first.n_prototypes.to_string(),
                first.n_parameters.to_string(),
                figures(&validation),
                figures(&test),
                gap.unwrap_or_default(),
                note,
            ]);
        }
        if let Some(first) = self.ceilings.first() {
            let (validation, test) = (figures(&ceiling_validation), figures(&ceiling_test));
            let name = first.name.clone();
            rows.push(vec!["–".to_owned(), String::new(), name, validation, test]);
        }
        let lines = columns(&rows, 0);
        let reasons = self.cells.iter().filter_map(|cell| {
            cell.impossible.as_ref().map(|reason| format!("no run {}: {reason}", cell.run))
        });
        let lines = lines.into_iter().chain([self.legend()]).chain(reasons);
        lines.map(|line| line + "\n").collect()
    }

    fn legend(&self) -> String {
        let cell = self.cells.iter().find(|cell| cell.impossible.is_none());
        let n = |of: fn(&Cell) -> Option<Figure>| cell.and_then(of).map_or(0, |figure| figure.n);
        let (validation, test) = (n(|cell| cell.validation), n(|cell| cell.test));
        let grouped = self.grouped_by.as_deref().unwrap_or("none (!)");
        let what = match cell.and_then(|cell| cell.fold) {
            Some(Fold { of, .. }) => format!("mean ± standard deviation over {of} folds"),
            None => {
                format!("with 95 % interval; {validation} validation tracks, {test} test tracks")
            }
        };
        format!("class-balanced accuracy of tracks, {what}; grouped by: {grouped}")
    }

    /// Writes `table.txt` and `table.csv`, each whole or not at all.
    pub(super) fn write(&self) -> Result<(), SweepError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| SweepError::Write { source, path }
        };
        std::fs::create_dir_all(&self.folder).map_err(failed(&self.folder))?;
        let csv = self.folder.join("table.csv");
        self.csv().and_then(|bytes| write_atomic(&csv, &bytes)).map_err(failed(&csv))?;
        let text = self.folder.join("table.txt");
        write_atomic(&text, self.text().as_bytes()).map_err(failed(&text))
    }

    /// One line a run, then one a ceiling.
    fn csv(&self) -> io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record([
            "model",
            "run",
            "per_class",
            "fold",
            "prototypes",
            "parameters",
            "steps",
            "best_step",
            "validation",
            "validation_lower",
            "validation_upper",
            "validation_tracks",
            "test",
            "test_lower",
            "test_upper",
            "test_tracks",
            "impossible",
        ])?;
        let fold = |fold: Option<Fold>| fold.map_or_else(String::new, |fold| fold.test.to_string());
        for cell in &self.cells {
            let number =
                |n: usize| if cell.impossible.is_some() { String::new() } else { n.to_string() };
            let head = [
                "prototypes".to_owned(),
                cell.run.clone(),
                cell.per_class.to_string(),
                fold(cell.fold),
                number(cell.n_prototypes),
                number(cell.n_parameters),
                number(cell.steps),
                cell.best_step.map_or_else(String::new, |step| step.to_string()),
            ];
            let figures = [cell.validation, cell.test].into_iter().flat_map(in_cells);
            let last = cell.impossible.clone().unwrap_or_default();
            writer.write_record(head.into_iter().chain(figures).chain([last]))?;
        }
        for ceiling in &self.ceilings {
            let mut head = vec![String::new(); 8];
            (head[0], head[3]) = (ceiling.name.clone(), fold(ceiling.fold));
            let figures = [ceiling.validation, ceiling.test].into_iter().flat_map(in_cells);
            writer.write_record(head.into_iter().chain(figures).chain([String::new()]))?;
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// Figure, interval and number of tracks.
fn in_cells(figure: Option<Figure>) -> [String; 4] {
    let Some(Figure { balanced_accuracy, interval, n }) = figure else { return Default::default() };
    let end = |of: fn(&Interval) -> f64| {
        interval.as_ref().map_or_else(String::new, |i| format!("{:.6}", of(i)))
    };
    [format!("{balanced_accuracy:.6}"), end(|i| i.lower), end(|i| i.upper), n.to_string()]
}

fn mean(figures: &[Option<Figure>]) -> Option<f64> {
    let known: Vec<_> = figures.iter().flatten().map(|figure| figure.balanced_accuracy).collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// `0.812 (0.750 to 0.880)` for one, `0.812 ± 0.021` for several.
fn figures(figures: &[Option<Figure>]) -> String {
    let known: Vec<_> = figures.iter().flatten().collect();
    let Some(mean) = mean(figures) else { return "–".to_owned() };
    if let ([one], [Some(_)]) = (&known[..], figures) {
        let interval = one.interval.map(|i| format!(" ({:.3} to {:.3})", i.lower, i.upper));
        return format!("{mean:.3}{}", interval.unwrap_or_default());
    }
    let squares: f64 = known.iter().map(|figure| (figure.balanced_accuracy - mean).powi(2)).sum();
    let deviation = (squares / (known.len() as f64 - 1.0).max(1.0)).sqrt();
    format!("{mean:.3} ± {deviation:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(balanced_accuracy: f64) -> Option<Figure> {
        let interval =
            Some(Interval { lower: balanced_accuracy - 0.1, upper: balanced_accuracy + 0.1 });
        Some(Figure { balanced_accuracy, interval, n: 40 })
    }

    fn cell(per_class: usize, test: Option<usize>, accuracy: f64) -> Cell {
        let fold = test.map(|test| Fold { of: 2, test });
        Cell {
            n_prototypes: 4 * per_class,
            n_parameters: 100,
            steps: 10,
            validation: figure(accuracy),
            test: figure(accuracy),
            ..Cell::impossible(format!("d-k{per_class}"), per_class, fold, String::new())
        }
    }

    fn table(cells: Vec<Cell>, ceilings: &[f64]) -> SweepTable {
        let cells = cells.into_iter().map(|cell| Cell {
            impossible: cell.impossible.filter(|reason| !reason.is_empty()),
            ..cell
        });
        let ceiling = |accuracy: &f64| Ceiling {
            name: "probe".to_owned(),
            fold: None,
            validation: figure(*accuracy),
            test: figure(*accuracy),
        };
        SweepTable {
            name: "d".to_owned(),
            grouped_by: None,
            cells: cells.collect(),
            ceilings: ceilings.iter().map(ceiling).collect(),
            folder: PathBuf::new(),
        }
    }

    #[test]
    fn the_table_has_one_line_a_number_of_prototypes_and_the_ceiling_last() {
        let small = Cell::impossible("d-k9".to_owned(), 9, None, "too small".to_owned());
        let text = table(vec![cell(1, None, 0.7), cell(3, None, 0.8), small], &[0.9]).text();
        let lines: Vec<_> =
            text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(
            lines[1],
            [
                "1", "4", "100", "0.700", "(0.600", "to", "0.800)", "0.700", "(0.600", "to",
                "0.800)", "-0.200"
            ]
        );
        assert_eq!(lines[3], ["9", "–", "no", "run"]);
        assert_eq!(lines[4][..3], ["–", "probe", "0.900"]);
        assert!(
            text.contains(
                "with 95 % interval; 40 validation tracks, 40 test tracks; grouped by: none (!)\nno run d-k9: too small\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn folds_are_averaged() {
        let text = table(vec![cell(1, Some(0), 0.7), cell(1, Some(1), 0.9)], &[0.9, 0.9]).text();
        assert!(text.contains("0.800 ± 0.141"), "{text}");
        assert!(text.contains("mean ± standard deviation over 2 folds"), "{text}");
    }
}

//! Tables as text, aligned as a terminal shows them: 音 is as wide as two Latin letters.

use unicode_width::UnicodeWidthStr as _;

/// How many cells of a terminal a text fills.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text and blanks behind it, so many cells together.
pub(crate) fn left(text: &str, n_cells: usize) -> String {
    format!("{text}{}", blanks(text, n_cells))
}

/// The text and blanks before it, likewise.
pub(crate) fn right(text: &str, n_cells: usize) -> String {
    format!("{}{text}", blanks(text, n_cells))
}

fn blanks(text: &str, n_cells: usize) -> String {
    " ".repeat(n_cells.saturating_sub(width(text)))
}

/// Rows as lines: each column as wide as its widest cell, the first `n_left` flush left, the others flush right.
pub(crate) fn columns(rows: &[Vec<String>], n_left: usize) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..n_columns).map(widest).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| match i {
            i if i < n_left => left(cell, width),
            _ => right(cell, width),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let rows = [["a", "1"], ["čáp", "10"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows, 1), ["a     1", "čáp  10"]);
        let rows = [["a", "音"], ["雅楽", "10"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows, 1), ["a     音", "雅楽  10"]);
        assert!(columns(&rows, 1).iter().all(|line| width(line) == 8));
    }
}

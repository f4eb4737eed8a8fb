//! Tables as text.

/// Rows as lines: each column as wide as its widest cell, the first `n_left` flush left, the others flush right.
pub(crate) fn columns(rows: &[Vec<String>], n_left: usize) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..n_columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| match i {
            i if i < n_left => format!("{cell:width$}"),
            _ => format!("{cell:>width$}"),
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
    }
}

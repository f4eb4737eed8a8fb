//! Which class is taken for which.

use serde::{Deserialize, Serialize};

use super::items::Decided;

/// Items by true class (rows) and given class (columns).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Names of the classes, in the order of rows and columns.
    pub labels: Vec<String>,
    /// `counts[true][given]`.
    pub counts: Vec<Vec<u64>>,
}

impl Confusion {
    pub(super) fn new(decided: &Decided, labels: &[String]) -> Self {
        let mut counts = vec![vec![0; labels.len()]; labels.len()];
        for (truth, given) in decided.truth.outer_iter().zip(decided.predicted.outer_iter()) {
            let class = |row: ndarray::ArrayView1<'_, bool>| row.iter().position(|yes| *yes);
            if let Some((truth, given)) = class(truth).zip(class(given)) {
                counts[truth][given] += 1;
            }
        }
        Self { labels: labels.to_vec(), counts }
    }

    /// Each row divided by its sum: shares of a true class; rows without items are 0.
    pub fn shares(&self) -> Vec<Vec<f64>> {
        let share = |row: &Vec<u64>| {
            let sum: u64 = row.iter().sum();
            row.iter().map(|count| super::counts::ratio(*count, sum)).collect()
        };
        self.counts.iter().map(share).collect()
    }

    /// Pairs of different classes with the number of items of the first taken for the second, the most frequent first.
    pub fn most_confused(&self) -> Vec<(&str, &str, u64)> {
        let mut pairs = Vec::new();
        for (truth, row) in self.labels.iter().zip(&self.counts) {
            for (given, &count) in self.labels.iter().zip(row) {
                if truth != given && count > 0 {
                    pairs.push((truth.as_str(), given.as_str(), count));
                }
            }
        }
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.2));
        pairs
    }

    /// CSV of the counts: a header with the given classes, then one row a true class.
    pub fn to_csv(&self) -> String {
        let counts = self.counts.iter().map(|row| row.iter().map(ToString::to_string).collect());
        self.csv_of(counts)
    }

    /// CSV of the shares of each true class.
    pub fn shares_to_csv(&self) -> String {
        let shares = self.shares();
        self.csv_of(
            shares.iter().map(|row| row.iter().map(|share| format!("{share:.6}")).collect()),
        )
    }

    fn csv_of(&self, rows: impl Iterator<Item = Vec<String>>) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header =
            std::iter::once("true \\ predicted").chain(self.labels.iter().map(String::as_str));
        let mut written = writer.write_record(header);
        for (label, row) in self.labels.iter().zip(rows) {
            written = written
                .and_then(|()| writer.write_record(std::iter::once(label.clone()).chain(row)));
        }
        let bytes = written.ok().and_then(|()| writer.into_inner().ok());
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).expect("text is written to memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion() -> Confusion {
        let labels = ["blues", "r&b, soul", "rock"].map(String::from).to_vec();
        Confusion { labels, counts: vec![vec![3, 1, 0], vec![2, 2, 0], vec![0, 0, 0]] }
    }

    #[test]
    fn a_matrix_becomes_a_table() {
        insta::assert_snapshot!(confusion().to_csv(), @r#"
        true \ predicted,blues,"r&b, soul",rock
        blues,3,1,0
        "r&b, soul",2,2,0
        rock,0,0,0
        "#);
        insta::assert_snapshot!(confusion().shares_to_csv(), @r#"
        true \ predicted,blues,"r&b, soul",rock
        blues,0.750000,0.250000,0.000000
        "r&b, soul",0.500000,0.500000,0.000000
        rock,0.000000,0.000000,0.000000
        "#);
    }

    #[test]
    fn the_most_frequent_confusion_comes_first() {
        assert_eq!(
            confusion().most_confused(),
            [("r&b, soul", "blues", 2), ("blues", "r&b, soul", 1)]
        );
    }
}

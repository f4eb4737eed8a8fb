//! `evaluation/NAME/`: report.json, report.txt, predictions.csv, confusion.csv.

use std::io;
use std::path::Path;

use super::{EvaluateError, Evaluation};
use crate::files::write_atomic;

/// Between the labels of one item.
const SEPARATOR: &str = ";";

impl Evaluation {
    /// Writes all files, each whole or not at all; the report, which stands for the rest, comes last.
    pub(super) fn write(&self, labels: &[String]) -> Result<(), EvaluateError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| EvaluateError::Write { source, path }
        };
        std::fs::create_dir_all(&self.folder).map_err(failed(&self.folder))?;
        let write = |name: &str, bytes: io::Result<Vec<u8>>| {
            let path = self.folder.join(name);
            bytes.and_then(|bytes| write_atomic(&path, &bytes)).map_err(failed(&path))
        };
        write("predictions.csv", self.predictions_csv(labels))?;
        if let Some(confusion) = &self.report.confusion {
            write("confusion.csv", Ok(confusion.to_csv().into_bytes()))?;
        }
        write("report.txt", Ok(self.text().into_bytes()))?;
        let json = serde_json::to_vec_pretty(self).map_err(io::Error::from);
        write("report.json", json)
    }

    fn predictions_csv(&self, labels: &[String]) -> io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let probabilities = labels.iter().map(|label| format!("p({label})"));
        let head = ["id", "path", "start_s", "end_s", "true", "predicted", "correct", "confidence"];
        writer.write_record(head.map(str::to_owned).into_iter().chain(probabilities))?;
        for item in &self.predictions {
            let (start, end) =
                item.seconds.map_or_else(Default::default, |(a, b)| (a.to_string(), b.to_string()));
            let cells = [
                item.id.clone(),
                item.path.clone(),
                start,
                end,
                item.truth.join(SEPARATOR),
                item.given.join(SEPARATOR),
                item.is_correct().to_string(),
                format!("{:.6}", item.confidence),
            ];
            let probabilities = item.probabilities.iter().map(|p| format!("{p:.6}"));
            writer.write_record(cells.into_iter().chain(probabilities))?;
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

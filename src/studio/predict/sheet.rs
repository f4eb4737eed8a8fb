//! Predictions as lines of a file.

use serde_json::{Value, json};

use super::{FilePrediction, SegmentPrediction};
use crate::studio::Verdict;

/// How predictions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table with a header.
    Csv,
    /// One JSON object a file.
    Jsonl,
    /// A label track for Audacity, one a file: `start⇥end⇥label`, in seconds.
    Audacity,
    /// A region layer for Sonic Visualiser, one a file: `start,confidence,duration,label`, in seconds, without header.
    SonicVisualiser,
}

impl Format {
    /// What the files end in where each has its own, without the dot; `None` where all go into one file.
    pub fn track_extension(self) -> Option<&'static str> {
        match self {
            Self::Csv | Self::Jsonl => None,
            Self::Audacity => Some("txt"),
            Self::SonicVisualiser => Some("csv"),
        }
    }
}

/// What is written of each prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sheet {
    /// Segments, too; a label track has nothing else.
    pub segments: bool,
    /// Classes that are ranked; `None` ranks none in a table and all in JSON.
    pub top_k: Option<usize>,
}

/// Between labels of one item, in a table.
const LABEL_SEPARATOR: &str = ";";

impl Sheet {
    /// The first line of a table.
    pub fn csv_header(self) -> String {
        let places = if self.segments { &["segment", "start_s", "end_s"][..] } else { &[] };
        let verdict = [
            "label",
            "confidence",
            "margin",
            "top_prototype",
            "similarity",
            "familiarity",
            "unfamiliar",
            "silent",
        ];
        let lengths = if self.segments { &[][..] } else { &["segments", "seconds"] };
        let names = ["path"].iter().chain(places).chain(&verdict).chain(lengths);
        let ranks = 2..=self.top_k.unwrap_or(1);
        let ranks = ranks.flat_map(|k| [format!("label_{k}"), format!("confidence_{k}")]);
        csv_line(names.map(ToString::to_string).chain(ranks))
    }

    /// The line of a file, or the lines of its segments.
    pub fn csv(self, prediction: &FilePrediction) -> String {
        let FilePrediction { path, verdict, seconds, silent, segments, .. } = prediction;
        if !self.segments {
            let lengths = [segments.len().to_string(), format!("{seconds:.3}")];
            let cells = [path.clone()].into_iter().chain(cells(verdict, *silent)).chain(lengths);
            return csv_line(cells.chain(self.ranks(verdict)));
        }
        let of_segment = |segment: &SegmentPrediction| {
            let SegmentPrediction { segment, start_s, end_s, silent, verdict } = segment;
            let place = [segment.to_string(), format!("{start_s:.3}"), format!("{end_s:.3}")];
            let cells = [path.clone()].into_iter().chain(place).chain(cells(verdict, *silent));
            csv_line(cells.chain(self.ranks(verdict)))
        };
        segments.iter().map(of_segment).collect()
    }

    /// The second to the last ranked class and their probabilities.
    fn ranks(self, verdict: &Verdict) -> impl Iterator<Item = String> {
        let n = self.top_k.unwrap_or(1);
        let ranked = verdict.ranking.iter().map(Some).chain(std::iter::repeat(None));
        ranked.take(n).skip(1).flat_map(|ranked| {
            let label = ranked.map(|ranked| ranked.label.clone());
            let probability = ranked.map(|ranked| format!("{:.6}", ranked.probability));
            [label.unwrap_or_default(), probability.unwrap_or_default()]
        })
    }

    /// The object of a file.
    pub fn json(self, prediction: &FilePrediction) -> Value {
        let mut value = json!(prediction);
        value["n_segments"] = prediction.segments.len().into();
        let n = self.top_k.unwrap_or(usize::MAX);
        let shorten = |value: &mut Value| {
            if let Some(ranking) = value["ranking"].as_array_mut() {
                ranking.truncate(n);
            }
        };
        shorten(&mut value);
        match value["segments"].as_array_mut() {
            Some(segments) if self.segments => segments.iter_mut().for_each(shorten),
            _ => drop(value.as_object_mut().and_then(|fields| fields.remove("segments"))),
        }
        value
    }

    /// The label track of a file; a segment without a label has no line.
    pub fn audacity(self, prediction: &FilePrediction) -> String {
        let line = |segment: &SegmentPrediction| {
            let SegmentPrediction { start_s, end_s, verdict, .. } = segment;
            // A tab or a line break would end the field.
            let label = verdict.labels.join(", ").replace(['\t', '\n', '\r'], " ");
            format!("{start_s:.6}\t{end_s:.6}\t{label} {:.2}\n", verdict.confidence)
        };
        labeled(prediction).map(line).collect()
    }

    /// The region layer of a file; a segment without a label has no line.
    pub fn sonic_visualiser(self, prediction: &FilePrediction) -> String {
        let line = |segment: &SegmentPrediction| {
            let SegmentPrediction { start_s, end_s, verdict, .. } = segment;
            let numbers = [*start_s, verdict.confidence, end_s - start_s];
            let label = verdict.labels.join(", ").replace(['\n', '\r'], " ");
            csv_line(numbers.iter().map(|number| format!("{number:.6}")).chain([label]))
        };
        labeled(prediction).map(line).collect()
    }
}

/// The segments that are given a label.
fn labeled(prediction: &FilePrediction) -> impl Iterator<Item = &SegmentPrediction> {
    prediction.segments.iter().filter(|segment| !segment.verdict.labels.is_empty())
}

fn cells(verdict: &Verdict, silent: bool) -> [String; 8] {
    let familiarity = verdict.familiarity;
    [
        verdict.labels.join(LABEL_SEPARATOR),
        format!("{:.6}", verdict.confidence),
        format!("{:.6}", verdict.margin),
        verdict.top_prototype.clone().unwrap_or_default(),
        format!("{:.6}", verdict.similarity),
        familiarity.map_or_else(String::new, |reading| format!("{:.4}", reading.rank)),
        familiarity.map_or_else(String::new, |reading| reading.low.to_string()),
        silent.to_string(),
    ]
}

/// Cells as a line, quoted where needed.
fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.map(String::into_bytes)).expect("cells go into memory");
    let bytes = writer.into_inner().expect("memory can be flushed");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explanation::Reading;
    use crate::studio::Ranked;

    fn verdict(labels: &[&str]) -> Verdict {
        let ranked = |label: &str, probability| {
            let (label, threshold) = (label.to_owned(), None);
            Ranked { label, probability, threshold }
        };
        Verdict {
            labels: labels.iter().map(ToString::to_string).collect(),
            confidence: 0.75,
            margin: 0.5,
            ranking: vec![ranked("rock, hard", 0.75), ranked("jazz", 0.25)],
            top_prototype: Some("rock/2".to_owned()),
            similarity: 0.5,
            familiarity: Some(Reading { rank: 0.01, threshold: 0.6, low: true }),
        }
    }

    fn prediction() -> FilePrediction {
        let segment = |segment, labels: &[&str]| SegmentPrediction {
            segment,
            start_s: 4.0 * f64::from(segment),
            end_s: 4.0 * f64::from(segment + 1),
            silent: false,
            verdict: verdict(labels),
        };
        FilePrediction {
            path: "d/a.wav".to_owned(),
            id: "a.wav".to_owned(),
            verdict: verdict(&["rock, hard"]),
            seconds: 8.0,
            silent: false,
            segments: vec![segment(0, &["rock, hard"]), segment(1, &[])],
        }
    }

    #[test]
    fn a_table_has_as_many_cells_in_every_line_as_in_its_header() {
        for segments in [false, true] {
            for top_k in [None, Some(1), Some(2), Some(4)] {
                let sheet = Sheet { segments, top_k };
                let text = sheet.csv_header() + &sheet.csv(&prediction());
                let mut reader = csv::Reader::from_reader(text.as_bytes());
                let lines: Vec<_> = reader.records().collect::<Result<_, _>>().unwrap();
                assert_eq!(lines.len(), if segments { 2 } else { 1 });
                assert_eq!(&lines[0][if segments { 4 } else { 1 }], "rock, hard");
            }
        }
        let sheet = Sheet { segments: false, top_k: Some(2) };
        insta::assert_snapshot!(sheet.csv_header() + &sheet.csv(&prediction()), @r#"
        path,label,confidence,margin,top_prototype,similarity,familiarity,unfamiliar,silent,segments,seconds,label_2,confidence_2
        d/a.wav,"rock, hard",0.750000,0.500000,rock/2,0.500000,0.0100,true,false,2,8.000,jazz,0.250000
        "#);
    }

    #[test]
    fn json_has_what_was_asked_for() {
        let whole = Sheet { segments: true, top_k: None }.json(&prediction());
        assert_eq!(whole["segments"][1]["ranking"][1]["label"], "jazz");
        assert_eq!((&whole["familiarity"]["low"], &whole["n_segments"]), (&json!(true), &json!(2)));
        let brief = Sheet { segments: false, top_k: Some(1) }.json(&prediction());
        assert_eq!(brief["ranking"].as_array().unwrap().len(), 1);
        assert!(brief.get("segments").is_none());
    }

    #[test]
    fn a_label_track_has_a_line_for_each_labeled_segment() {
        let sheet = Sheet { segments: true, top_k: None };
        assert_eq!(sheet.audacity(&prediction()), "0.000000\t4.000000\trock, hard 0.75\n");
        let layer = sheet.sonic_visualiser(&prediction());
        assert_eq!(layer, "0.000000,0.750000,4.000000,\"rock, hard\"\n");
    }
}

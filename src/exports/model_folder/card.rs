//! The README of a model folder: a model card with the front matter that hubs read.

use std::fmt::Write as _;

use serde_json::json;

use crate::classifier::{Classifier, Objective};
use crate::evaluation::{Interval, Summary};
use crate::exports::{ArrayFile, Provenance, UNKNOWN};

/// What a model card says.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// What it is about.
    pub classifier: &'a Classifier,
    /// What it derives from.
    pub provenance: &'a Provenance,
    /// What it was measured on; `None` where that is not known.
    pub figures: Option<&'a Figures>,
    /// What it learned from; `None` where that is not known.
    pub data: Option<&'a LearnedFrom>,
    /// The arrays of the folder.
    pub arrays: &'a [ArrayFile],
    /// Prototypes with a sound in the folder.
    pub n_sounds: usize,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// On which split.
    pub split: String,
    /// How many tracks.
    pub n_tracks: u64,
    /// The figures.
    pub summary: Summary,
    /// Their intervals, where there are enough tracks.
    pub intervals: Option<Summary<Interval>>,
}

/// What a classifier learned from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedFrom {
    /// Tracks in train, validation and test.
    pub n_tracks: [usize; 3],
    /// Segments in train, validation and test.
    pub n_segments: [usize; 3],
    /// What is not torn apart between splits; `None` if each track stands for itself.
    pub grouped_by: Option<String>,
}

/// A word as YAML takes it whatever is in it: every JSON string is one.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

impl Card<'_> {
    /// The README.
    pub fn markdown(&self) -> String {
        let Self { classifier, provenance, .. } = self;
        let mut text = self.front_matter();
        let labels = classifier.labels();
        let (n_prototypes, n_classes) = (classifier.n_prototypes(), labels.len());
        let embeddings = classifier.embeddings();
        let seconds = embeddings.segment_samples as f64 / f64::from(embeddings.sample_rate_hz);
        let _ = write!(
            text,
            "\n# {}\n\n\
             A music-audio classifier that explains itself in sound: {n_prototypes} prototypes of {n_classes} classes in the \
             space of a frozen encoder. A segment of audio is compared with every prototype, the similarities are weighed \
             and summed, and the sums are the logits; so every prediction is a list of prototypes with a contribution each.\n\n\
             Classes: {}.\n",
            provenance.run,
            labels.join(", "),
        );
        self.write_use(&mut text, seconds);
        self.write_figures(&mut text);
        self.write_data(&mut text);
        self.write_limits(&mut text, seconds);
        let _ = write!(text, "\n## Where it comes from\n\n{}", provenance.markdown());
        text
    }

    fn front_matter(&self) -> String {
        let Self { provenance, figures, .. } = self;
        let mut text = format!(
            "---\nlicense: {}\nlibrary_name: pecmae\npipeline_tag: audio-classification\nbase_model: {}\n\
             tags:\n- audio\n- music\n- interpretability\n- prototypes\n",
            quoted(&provenance.licenses.export.to_lowercase()),
            quoted(&provenance.model.name),
        );
        let Some(figures) = figures else {
            return text + "metrics: []\n---\n";
        };
        text += "metrics:\n- accuracy\n- f1\nmodel-index:\n";
        let _ = write!(
            text,
            "- name: {}\n  results:\n  - task:\n      type: audio-classification\n    dataset:\n      name: {}\n      type: {}\n      \
             split: {}\n    metrics:\n",
            quoted(&provenance.run),
            quoted("the data of the run"),
            quoted(UNKNOWN),
            quoted(&figures.split),
        );
        let Summary { accuracy, balanced_accuracy, macro_f1, .. } = figures.summary;
        for (kind, name, value) in [
            ("accuracy", "accuracy", accuracy),
            ("accuracy", "class-balanced accuracy", balanced_accuracy),
            ("f1", "macro F1", macro_f1),
        ] {
            let _ = write!(
                text,
                "    - type: {kind}\n      name: {}\n      value: {value:.4}\n",
                quoted(name)
            );
        }
        text + "---\n"
    }

    fn write_use(&self, text: &mut String, seconds: f64) {
        let Self { classifier, provenance, arrays, n_sounds, .. } = self;
        let (n_prototypes, n_features) = classifier.adapted().dim();
        let array = |ArrayFile { name, shape, about, .. }: &ArrayFile| {
            format!("| `{name}.npy` | {shape:?}: {about} |\n")
        };
        let rows: String = arrays.iter().map(array).collect();
        let probabilities = match classifier.objective() {
            Objective::Softmax { .. } => "one label a track",
            Objective::Sigmoid { .. } => "any number of labels a track",
        };
        let _ = write!(
            text,
            "\n## Files\n\n\
             | file | is |\n| --- | --- |\n\
             | `model.safetensors` | the classifier; `pecmae predict model.safetensors AUDIO` takes it as it is |\n\
             | `classifier.onnx` | z `[n, {n_features}]` → `logits`, `similarities`, `probabilities`, for any ONNX runtime |\n\
             | `predict.py` | the same by NumPy alone, from `config.json` and the arrays |\n\
             {rows}\
             | `config.json` | classes by number (`id2label`), sizes, formulas, prototypes |\n\
             | `labels.txt` | the classes, one a line, in the order of the logits |\n\
             | `prototypes/` | {n_sounds} of {n_prototypes} prototypes as sound |\n\
             | `manifest.json` | every file with its SHA-256 |\n\n\
             ## Use\n\n\
             All of them start from z, the vector that the frozen encoder makes of {seconds} s of audio at {} Hz \
             ({probabilities}: the mean of the logits of its segments decides). z must come from the encoder whose fingerprint \
             stands below.\n\n\
             ```sh\npecmae embed song.wav -o z.parquet\n\
             python -c \"import numpy, pandas; numpy.save('z.npy', numpy.stack(pandas.read_parquet('z.parquet')['z']))\"\n\
             python predict.py z.npy                    # z.npy: [segment, {n_features}]\n\
             pecmae predict model.safetensors song.wav  # with the frozen model {} installed\n```\n",
            classifier.embeddings().sample_rate_hz,
            provenance.model.name,
        );
    }

    fn write_figures(&self, text: &mut String) {
        *text += "\n## How good it is\n\n";
        let Some(Figures { split, n_tracks, summary, intervals }) = self.figures else {
            let _ = writeln!(text, "Measured on: {UNKNOWN}. Nothing is claimed.");
            return;
        };
        let _ = write!(
            text,
            "On the {split} split of the data of the run, {n_tracks} tracks:\n\n\
             | figure | value | 95 % interval |\n| --- | --- | --- |\n"
        );
        let intervals = intervals.as_ref();
        for (name, value, interval) in [
            ("accuracy", summary.accuracy, intervals.map(|of| of.accuracy)),
            (
                "class-balanced accuracy",
                summary.balanced_accuracy,
                intervals.map(|of| of.balanced_accuracy),
            ),
            ("macro F1", summary.macro_f1, intervals.map(|of| of.macro_f1)),
        ] {
            let interval = match interval {
                Some(Interval { lower, upper, .. }) => format!("{lower:.3} to {upper:.3}"),
                None => format!("{UNKNOWN}, too few tracks"),
            };
            let _ = writeln!(text, "| {name} | {value:.3} | {interval} |");
        }
    }

    fn write_data(&self, text: &mut String) {
        *text += "\n## What it learned from\n\n";
        let Some(LearnedFrom { n_tracks, n_segments, grouped_by }) = self.data else {
            let _ = writeln!(text, "{UNKNOWN}.");
            return;
        };
        let _ = write!(text, "| split | tracks | segments |\n| --- | --- | --- |\n");
        for (i, split) in ["train", "validation", "test"].into_iter().enumerate() {
            let _ = writeln!(text, "| {split} | {} | {} |", n_tracks[i], n_segments[i]);
        }
        let grouped = match grouped_by {
            Some(by) => format!("Tracks of one {by} are in one split only."),
            None => "Tracks are grouped by nothing, so one artist may be in training and test, and figures may be too good."
                .to_owned(),
        };
        let _ = writeln!(text, "\n{grouped}");
    }

    fn write_limits(&self, text: &mut String, seconds: f64) {
        let n_classes = self.classifier.labels().len();
        let _ = write!(
            text,
            "\n## Limits\n\n\
             - It knows its {n_classes} classes and names one of them whatever it hears, speech and silence included; a low largest \
             similarity is the only sign that something is unlike its training.\n\
             - It hears {seconds} s at a time and knows nothing of the order of segments.\n\
             - z of another encoder, of other settings or of audio at another rate give numbers without meaning and no error.\n\
             - An explanation is exact about the sum that the classifier computes. That a prototype sounds like something is an \
             impression of the listener, and a decoder made the sound.\n"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classifier::tests::parts;
    use crate::exports::provenance::tests::provenance;

    fn figures() -> Figures {
        let summary = Summary {
            accuracy: 0.75,
            balanced_accuracy: 0.5,
            macro_f1: 0.25,
            micro_f1: 0.75,
            roc_auc: None,
            average_precision: None,
        };
        Figures { split: "test".to_owned(), n_tracks: 8, summary, intervals: None }
    }

    #[test]
    fn the_front_matter_is_yaml_whatever_the_names_are() {
        let classifier = Classifier::new(parts(1)).unwrap();
        let mut provenance = provenance();
        provenance.run = "a: \"b\" # c".to_owned();
        let figures = figures();
        let card = Card {
            classifier: &classifier,
            provenance: &provenance,
            figures: Some(&figures),
            data: None,
            arrays: &[],
            n_sounds: 0,
        };
        let text = card.markdown();
        let (front, rest) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
        assert!(front.contains("\n- name: \"a: \\\"b\\\" # c\"\n"), "{front}");
        assert!(
            front.contains("license: \"unknown\"") && front.contains("value: 0.7500"),
            "{front}"
        );
        assert!(rest.contains("| accuracy | 0.750 | unknown, too few tracks |"), "{rest}");
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let classifier = Classifier::new(parts(2)).unwrap();
        let provenance = provenance();
        let card = Card {
            classifier: &classifier,
            provenance: &provenance,
            figures: None,
            data: None,
            arrays: &[],
            n_sounds: 0,
        };
        let text = card.markdown();
        assert!(text.contains("Measured on: unknown. Nothing is claimed."), "{text}");
        assert!(text.contains("## What it learned from\n\nunknown."), "{text}");
        assert!(text.contains("metrics: []\n---\n"), "{text}");
    }
}

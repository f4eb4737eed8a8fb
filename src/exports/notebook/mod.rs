//! What a notebook export says about itself, and the three notebooks that read it.
//!
//! The notebooks are the same for every run: they read everything from the folder that they lie in.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::model_folder::Formulas;
use super::{ArrayFile, Provenance, Sheet};
use crate::classifier::Classifier;

/// The notebooks, by name; without outputs.
pub const NOTEBOOKS: [(&str, &str); 3] = [
    ("01_load_and_listen.ipynb", include_str!("templates/01_load_and_listen.ipynb")),
    ("02_explain_a_prediction.ipynb", include_str!("templates/02_explain_a_prediction.ipynb")),
    ("03_edit_and_rescore.ipynb", include_str!("templates/03_edit_and_rescore.ipynb")),
];

/// What the notebooks need, for `pip install -r`.
pub const REQUIREMENTS: &str =
    "numpy\npandas\npyarrow\nlibrosa\nmatplotlib\nnbconvert\nipykernel\n";

/// What an export says about itself.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The classifier.
    pub classifier: &'a Classifier,
    /// What it derives from.
    pub provenance: &'a Provenance,
    /// The tables, by name.
    pub tables: &'a [(&'static str, &'a Sheet)],
    /// The arrays.
    pub arrays: &'a [ArrayFile],
    /// Whether the notebooks have outputs.
    pub is_executed: bool,
}

impl Contents<'_> {
    /// What the manifest says besides the list of files.
    pub fn manifest(&self) -> Map<String, Value> {
        let Self { classifier, provenance, tables, arrays, .. } = self;
        let embeddings = classifier.embeddings();
        let array = |array: &ArrayFile| {
            let ArrayFile { name, axes, shape, about } = array;
            let entry = json!({ "axes": axes, "shape": shape, "dtype": "float32", "about": about });
            ((*name).to_owned(), entry)
        };
        let entries = json!({
            "classes": classifier.labels(),
            "objective": classifier.objective(),
            "normalization": classifier.normalization(),
            "similarity": classifier.parts().similarity,
            "formulas": Formulas::of(classifier),
            "sample_rate_hz": embeddings.sample_rate_hz,
            "segment_s": embeddings.segment_samples as f64 / f64::from(embeddings.sample_rate_hz),
            "embedding_settings": embeddings,
            "provenance": provenance,
            "arrays": arrays.iter().map(array).collect::<Map<_, _>>(),
            "tables": tables
                .iter()
                .map(|(name, sheet)| ((*name).to_owned(), sheet.dictionary()))
                .collect::<Map<_, _>>(),
        });
        match entries {
            Value::Object(entries) => entries,
            _ => Map::new(),
        }
    }

    /// The README: how to load it, what every file and column is, and where it comes from.
    pub fn readme(&self) -> String {
        let Self { provenance, tables, arrays, is_executed, .. } = self;
        let state = match is_executed {
            true => "with outputs",
            false => "without outputs until somebody runs them",
        };
        let mut text = format!(
            "# {}, for notebooks\n\n\
             What one run of PECMAE Studio knows, as Parquet tables, NumPy arrays and WAV files. Nothing of PECMAE Studio is \
             needed to read it:\n\n{LOADER}\n\
             The notebooks in `notebooks/` ({state}) do that and check it: contributions and bias sum to the logits that the program \
             prints, and the labels follow from them.\n\n\
             1. `01_load_and_listen.ipynb`: tables, the map of segments and prototypes, sounds\n\
             2. `02_explain_a_prediction.ipynb`: from z to a label, in sums that add up\n\
             3. `03_edit_and_rescore.ipynb`: switch a prototype off, move one, and score everything anew\n\n\
             ```sh\npip install -r requirements.txt\njupyter nbconvert --to notebook --execute --inplace notebooks/*.ipynb\n```\n\n\
             ## Arrays\n\n\
             float32. Row i of an array is row i of the table of that axis.\n\n\
             | file | axes | shape | is |\n| --- | --- | --- | --- |\n",
            provenance.run,
        );
        for ArrayFile { name, axes, shape, about } in *arrays {
            let _ = writeln!(text, "| `{name}.npy` | {axes} | {shape:?} | {about} |");
        }
        for (name, sheet) in *tables {
            let _ = write!(
                text,
                "\n## `{name}.parquet`\n\n{} rows.\n\n| column | type | is |\n| --- | --- | --- |\n",
                sheet.n_rows()
            );
            for column in sheet.columns() {
                let (name, kind, about) = (&column.name, column.cells.kind(), &column.about);
                let _ = writeln!(text, "| `{name}` | {kind} | {about} |");
            }
        }
        let _ = write!(
            text,
            "\n## Other files\n\n\
             - `manifest.json`: classes, formulas, units, fingerprints, and every file with its SHA-256\n\
             - `history.csv`: how the training went\n\
             - `edits.jsonl`: what was changed since, if anything was\n\
             - `audio/`: sounds of prototypes, at their raw level, and segments of the data if the export was asked for them\n\n\
             ## Where it comes from\n\n{}",
            provenance.markdown(),
        );
        text
    }
}

/// Eight lines that load everything.
const LOADER: &str = r#"```python
import json, librosa, numpy as np, pandas as pd
from pathlib import Path
B = Path("."); meta = json.loads((B / "manifest.json").read_text(encoding="utf-8"))  # where this README is
files, segments, prototypes = (pd.read_parquet(B / f"{t}.parquet") for t in ("files", "segments", "prototypes"))
S, E, P, W, b = (np.load(B / f"{n}.npy") for n in ("similarity", "embeddings", "prototypes", "weights", "bias"))
i = segments.index[segments.file_id == 0]                                 # the segments of file 0
contributions = pd.DataFrame(S[i].mean(0) * W, index=meta["classes"], columns=prototypes.name)  # + b = logits
sounds = {p.name: librosa.load(B / p.audio, sr=None) for p in prototypes.dropna(subset="audio").itertuples()}
```
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notebooks_are_notebooks_without_outputs() {
        for (name, text) in NOTEBOOKS {
            let notebook: Value = serde_json::from_str(text).unwrap();
            assert_eq!(notebook["nbformat"], 4, "{name}");
            for cell in notebook["cells"].as_array().unwrap() {
                let is_code = cell["cell_type"] == "code";
                assert!(!is_code || cell["outputs"].as_array().unwrap().is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn the_loader_has_eight_lines() {
        let lines: Vec<_> = LOADER.lines().filter(|line| !line.starts_with("```")).collect();
        assert_eq!(lines.len(), 8);
    }
}

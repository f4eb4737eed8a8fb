"""Compares the exports of a run with what the program printed: check.py RUN, in the folder of check.sh."""
import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import yaml

TOLERANCE = 1e-5
run = sys.argv[1]
model, notebook, tables = (Path(f"{run}-{kind}") for kind in ("model", "notebook", "csv"))
read_json = lambda path: json.loads(path.read_text(encoding="utf-8"))
config, manifest = read_json(model / "config.json"), read_json(notebook / "manifest.json")
classes = manifest["classes"]


def agree(what, found, wanted):
    found, wanted = np.asarray(found, float), np.asarray(wanted, float)
    assert found.shape == wanted.shape, (what, found.shape, wanted.shape)
    difference = np.abs(found - wanted).max()
    assert difference < TOLERANCE, (what, difference)
    print(f"{run}: {what} agree to {difference:.1e}, {found.size} numbers")


# What the program printed of the test files, segment by segment.
printed = [json.loads(line) for line in Path(f"{run}.jsonl").read_text().splitlines()]
by_class = lambda item: [next(r["probability"] for r in item["ranking"] if r["label"] == c) for c in classes]
of_segments = np.array([by_class(segment) for item in printed for segment in item["segments"]])
of_files = np.array([by_class(item) for item in printed])

# The same files in the tables: one row a segment, in the same order.
files, segments = (pd.read_parquet(notebook / f"{t}.parquet") for t in ("files", "segments"))
id_of = {path: i for i, path in zip(files.file_id, files.path)}
file_ids = [id_of[str(Path(item["path"]).relative_to("set"))] for item in printed]
rows = np.concatenate([segments.index[segments.file_id == i] for i in file_ids])
z = np.load(notebook / "embeddings.npy")[rows]

spec = importlib.util.spec_from_file_location("predict", model / "predict.py")
predict = importlib.util.module_from_spec(spec)
spec.loader.exec_module(predict)
similarities, logits, probabilities = predict.predict(z)
agree("probabilities of predict.py", probabilities, of_segments)
agree("similarities of predict.py", similarities, np.load(notebook / "similarity.npy")[rows])
of_file = np.array([logits[segments.file_id.to_numpy()[rows] == i].mean(0) for i in file_ids])
agree("logits of predict.py", of_file, np.load(notebook / "logits.npy")[file_ids])
agree("probabilities of predict.py by file", predict.probabilities(of_file), of_files)
assert predict.labels == classes == (model / "labels.txt").read_text().splitlines()
assert [config["id2label"][str(i)] for i in range(len(classes))] == classes

onnx.checker.check_model(onnx.load(model / "classifier.onnx"), full_check=True)
session = onnxruntime.InferenceSession(model / "classifier.onnx", providers=["CPUExecutionProvider"])
found = dict(zip((o.name for o in session.get_outputs()), session.run(None, {"z": z})))
agree("probabilities of classifier.onnx", found["probabilities"], of_segments)
agree("similarities of classifier.onnx", found["similarities"], similarities)
agree("logits of classifier.onnx", found["logits"], logits)
one = session.run(["logits"], {"z": z[:1]})[0]
agree("logits of classifier.onnx, of one segment", one, logits[:1])

# What `explain` prints of the first file.
explained = [json.loads(line) for line in Path(f"{run}.explained.jsonl").read_text().splitlines()]
track = next(line for line in explained if line["event"] == "result")["track"]
agree("logits that `explain` prints", [total["logit"] for total in track["totals"]], of_file[0])

# The script from the command line, on the segments of the first file.
first = [i for i, row in enumerate(rows) if segments.file_id[row] == file_ids[0]]
np.save("z.npy", z[first])
said = subprocess.run([sys.executable, model / "predict.py", "z.npy"], capture_output=True, text=True, check=True).stdout
shown = {line.split("  ")[1]: float(line.split("  ")[0]) for line in said.splitlines()}
agree("what predict.py prints", [shown[c] for c in classes], of_files[0])

# The loader in the README, as it stands there.
loader = re.search(r"```python\n(.*?)```", (notebook / "README.md").read_text(encoding="utf-8"), re.S)[1]
here, names = Path.cwd(), {}
os.chdir(notebook)
exec(loader, names)
os.chdir(here)
agree("logits by the loader", names["contributions"].sum(axis=1) + names["b"], np.load(notebook / "logits.npy")[0])
assert len(names["sounds"]) == names["prototypes"].audio.notna().sum() > 0

# The notebooks have outputs and no errors, are small, and say nothing of the machine that ran them.
for path in sorted((notebook / "notebooks").glob("*.ipynb")):
    text = path.read_text(encoding="utf-8")
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in cells) and any(cell["outputs"] for cell in cells), path
    assert str(here) not in text and ".pecmae-export" not in text, path
    assert len(text) < 5_000_000, (path, len(text))

# The card's front matter is YAML, with the figures of the tables.
card = yaml.safe_load((model / "README.md").read_text(encoding="utf-8").split("---\n")[1])
assert card["license"] == "cc0-1.0" and card["pipeline_tag"] == "audio-classification", card
summary = pd.read_csv(tables / "test" / "summary.csv", index_col="figure").value
metrics = {m["name"]: m["value"] for m in card["model-index"][0]["results"][0]["metrics"]}
assert abs(metrics["class-balanced accuracy"] - summary.balanced_accuracy) < 1e-4, (metrics, summary)

# CSV and Parquet are the same tables.
for name in ("files", "segments", "prototypes"):
    csv, parquet = pd.read_csv(tables / f"{name}.csv"), pd.read_parquet(notebook / f"{name}.parquet")
    numbers = parquet.select_dtypes("number").columns.drop(["seed", "steps", "guidance", "refinement", "lufs", "gain_db"], errors="ignore")
    assert list(csv.columns) == list(parquet.columns) and (csv[numbers].fillna(0) == parquet[numbers].fillna(0)).all(axis=None), name

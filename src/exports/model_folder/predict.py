"""z -> similarities, logits, probabilities and labels, by NumPy alone: python predict.py z.npy

z.npy holds one vector a segment, [segment, feature], as the frozen encoder gives it. Read config.json for its settings.
"""
import json
import sys
from pathlib import Path

import numpy as np

folder = Path(__file__).parent
config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
labels = [config["id2label"][str(i)] for i in range(config["num_labels"])]
# [prototype, feature] after the adaptor, [class, prototype] with 0 for disabled prototypes, [class]
prototypes, weights, bias = (np.load(folder / f"{n}.npy").astype(float) for n in ("adapted", "weights", "bias"))


def predict(z):
    """[segment, feature] -> similarities [segment, prototype], logits and probabilities [segment, class]"""
    z = np.atleast_2d(np.asarray(z, float))
    if z.ndim != 2 or z.shape[1] != prototypes.shape[1] or not np.isfinite(z).all():
        sys.exit(f"z must be finite and [segment, {prototypes.shape[1]}], found {list(z.shape)}")
    z = (z - config["normalization"]["mean"]) / (2 * config["normalization"]["std"])
    squares = (z[:, None] - prototypes) ** 2
    distances = squares.mean(-1) if config["similarity"] == "mean_squared" else squares.sum(-1)
    similarities = np.exp(-distances)
    logits = similarities @ weights.T + bias
    return similarities, logits, probabilities(logits)


def probabilities(logits):
    """Of a track: give it the mean of the logits of its segments."""
    if config["objective"]["kind"] == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    e = np.exp((logits - logits.max(-1, keepdims=True)) / config["objective"]["temperature"])
    return e / e.sum(-1, keepdims=True)


if __name__ == "__main__":
    _, logits, _ = predict(np.load(sys.argv[1]))
    for p, label in sorted(zip(probabilities(logits.mean(0)), labels), reverse=True):
        print(f"{p:.6f}  {label}")

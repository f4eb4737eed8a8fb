"""z -> similarities, logits, probabilities and labels, by NumPy alone: python predict.py z.npy

z.npy holds one vector a segment, [segment, feature], as the frozen encoder gives it. Read config.json for its settings.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np

raw = (Path(__file__).parent / "model.safetensors").read_bytes()
start = 8 + struct.unpack("<Q", raw[:8])[0]
header = json.loads(raw[8:start])
info = json.loads(header.pop("__metadata__")["pecmae.classifier"])
tensors = {
    name: np.frombuffer(raw[start:][slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).astype(float)
    for name, entry in header.items()
}


def dense(x, name):
    return x @ tensors[f"adaptor.{name}.weight"].T + tensors[f"adaptor.{name}.bias"]


def norm(x, name):
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5)
    return x * tensors[f"adaptor.{name}.weight"] + tensors[f"adaptor.{name}.bias"]


prototypes = tensors["prototypes"]  # [prototype, feature], normalized
if "adaptor.up.weight" in tensors:
    prototypes = norm(prototypes + dense(dense(prototypes, "value"), "output"), "norm1")
    prototypes = norm(prototypes + dense(np.maximum(dense(prototypes, "up"), 0), "down"), "norm2")
weight = tensors["weight"] * [prototype["enabled"] for prototype in info["prototypes"]]  # [class, prototype]


def predict(z):
    """[segment, feature] -> similarities [segment, prototype], logits and probabilities [segment, class]"""
    z = (np.asarray(z, float) - info["normalization"]["mean"]) / (2 * info["normalization"]["std"])
    squares = (z[:, None] - prototypes) ** 2
    distances = squares.mean(-1) if info["similarity"] == "mean_squared" else squares.sum(-1)
    similarities = np.exp(-distances)
    return similarities, (logits := similarities @ weight.T + tensors["bias"]), probabilities(logits)


def probabilities(logits):
    """Of a track: give it the mean of the logits of its segments."""
    if info["objective"]["kind"] == "sigmoid":
        return 1 / (1 + np.exp(-logits))
    e = np.exp((logits - logits.max(-1, keepdims=True)) / info["objective"]["temperature"])
    return e / e.sum(-1, keepdims=True)


if __name__ == "__main__":
    _, logits, _ = predict(np.load(sys.argv[1]))
    ranking = sorted(zip(probabilities(logits.mean(0)), info["labels"]), reverse=True)
    print("\n".join(f"{p:.6f}  {label}" for p, label in ranking))

#!/usr/bin/env bash
# What is exported, read by the programs that it is for: the notebooks by Jupyter, classifier.onnx by onnxruntime, predict.py by
# NumPy, each against what the program itself prints.
#
#     tests/notebooks/check.sh [PECMAE] [VENV]
#
# PECMAE is the program under test. VENV is kept where it is named, and a temporary one is made and filled from PyPI where not.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pecmae=$(realpath "${1:-$here/../../target/release/pecmae}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
venv=$(realpath -m "${2:-$work/venv}")

if [ ! -x "$venv/bin/jupyter" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi

# A set, a model and runs of its own: the built-in model on music made by formulas.
export PECMAE_HOME="$work/home" PECMAE_RUNS="$work/runs"
cd "$work"
"$pecmae" -q synth instruments set --per-class 6,3,2 --soundfont none
train() {
    "$pecmae" -q train set --name "$1" -k 2 --steps 300 "${@:2}"
    "$pecmae" -q sonify "$1" --steps 2 --takes 1
}
train one --hidden 64                           # one label a track, with an adaptor
first=$("$pecmae" -q prototypes list one --json | sed -n '1s/.*"name":"\([^"]*\)".*/\1/p')
"$pecmae" -q edit one disable "$first" >/dev/null
train several --loss binary --no-adaptor        # any number of labels, without

for run in one several; do
    "$pecmae" -q export model "$run" -o "$run-model" --license CC0-1.0
    "$pecmae" -q export csv "$run" -o "$run-csv"
    # Every assertion in the notebooks must hold, or there is no export.
    "$pecmae" -q export notebook "$run" -o "$run-notebook" --excerpts 2 --execute --jupyter "$venv/bin/jupyter"
    find set/test -name '*.wav' | sort >"$run.txt"
    "$pecmae" -q predict "$run" - --format jsonl --segments <"$run.txt" >"$run.jsonl"
    "$pecmae" -q explain "$run" "$(head -n 1 "$run.txt")" --json >"$run.explained.jsonl"
    "$venv/bin/python" "$here/check.py" "$run"
done

#!/usr/bin/env python3
"""The figures of a model's card, made again.

    pip install librosa pyarrow scikit-learn
    python models/measure.py PECMAE MODEL WORK [FOLDER ...]

PECMAE is the program, MODEL the name or path of a model, WORK a folder for runs and sounds; what is there already is not made again.
Each FOLDER holds WAV, FLAC or Ogg files that the model's codec is measured on, beside Griffin-Lim from as many mel numbers a second.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

try:
    import librosa
    import numpy
    import pyarrow.parquet
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC
except ImportError as missing:
    sys.exit(f"{missing.name} is not installed: pip install librosa pyarrow scikit-learn")

SETS = Path(__file__).resolve().parent / "demo"
RATE_HZ = 24_000
# 64 bands and 37.5 frames a second: as many numbers as the built-in model's latents.
N_MELS, HOP = 64, 640
# As `pecmae demo` does, but with sounds that no one has picked.
TAKES, SEED = 2, 1000
# As `pecmae demo` trains.
TRAINING = ["-k", 5, "--lambda", 0.5, "--no-adaptor", "--diversity", 1, "--lr", 0.003, "--steps", 3000]
# As the sets of the demonstration are made, but for the seed and the test split.
MORE_CLIPS = {
    "instruments": ["--seed", 9501, "--per-class", "22,5,60", "--format", "ogg", "--quality", 0],
    "genres": ["--seed", 9502, "--per-class", "8,2,40", "--format", "ogg", "--quality", 10],
}


def call(program, *arguments):
    """Runs the program and says so; what it says itself is shown if it fails."""
    command = [program, *map(str, arguments)]
    print("$", *command, file=sys.stderr, flush=True)
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"cannot run {program} ({error.strerror}); name the program by its path")
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return done.stdout


def mfccs(path):
    """Means and deviations of 20 MFCCs."""
    pcm, _ = librosa.load(path, sr=RATE_HZ)
    frames = librosa.feature.mfcc(y=pcm, sr=RATE_HZ, n_mfcc=20)
    return numpy.concatenate([frames.mean(1), frames.std(1)])


def within_between(z, labels):
    """Mean distance of two of one class, as a share of that of two of two classes."""
    distances = numpy.linalg.norm(z[:, None] - z[None], axis=2)
    same = labels[:, None] == labels[None]
    return distances[same & ~numpy.eye(len(z), dtype=bool)].mean() / distances[~same].mean()


def embedded(program, model, folder, table):
    """File names and z of the audio of a folder, one row a file."""
    if not table.exists():
        call(program, "embed", folder, "-o", table, "--model", model)
    rows = pyarrow.parquet.read_table(table).to_pydict()
    z = {}
    for path, row in zip(rows["path"], rows["z"]):
        z.setdefault(Path(path).name, []).append(row)
    return {name: numpy.mean(rows, 0) for name, rows in z.items()}


def ear_of(source):
    """An SVM on MFCCs of a set's training clips, which knows nothing of the model."""
    paths = sorted((source / "train").rglob("*.ogg"))
    ear = make_pipeline(StandardScaler(), SVC(C=10.0))
    return ear.fit([mfccs(path) for path in paths], [path.parent.name for path in paths])


def measure_classes(program, model, runs, source, name):
    """Classification on a set's test split; the run, and an SVM on MFCCs that learned from the same clips."""
    run = runs / name
    if not run.exists():
        call(program, "train", source, "--model", model, *TRAINING, "--name", name, "--runs", runs)
    if not (run / "evaluation/test/report.json").exists():
        call(program, "evaluate", name, "--runs", runs)
    report = json.loads((run / "evaluation/test/report.json").read_text())
    for who, figures in [("prototypes", report["report"])] + [(other["name"], other["report"]) for other in report["baselines"]]:
        interval = figures["intervals"]["balanced_accuracy"]
        balanced = figures["summary"]["balanced_accuracy"]
        print(f"{name}: class-balanced accuracy of {who}: {balanced:.3f} ({interval['lower']:.3f} to {interval['upper']:.3f})")
    ear, paths = ear_of(source), sorted((source / "test").rglob("*.ogg"))
    heard, truth = ear.predict([mfccs(path) for path in paths]), numpy.array([path.parent.name for path in paths])
    print(f"{name}: accuracy of the SVM on the {len(paths)} test clips: {(heard == truth).mean():.3f}", flush=True)
    return run, ear


def measure_more_clips(program, model, work, name, options):
    """Classification on a set like that of the demonstration with many more test clips, which chance says less about."""
    source = work / f"more-{name}"
    if not source.exists():
        call(program, "synth", name, source, *options)
    measure_classes(program, model, work / "runs", source, source.name)


def measure_set(program, model, work, name):
    """Classification and sounds on a set of the demonstration."""
    runs, source = work / "runs", SETS / name
    run, ear = measure_classes(program, model, runs, source, name)

    call(program, "sonify", name, "--runs", runs, "--model", model, "--takes", TAKES, "--seed", SEED, "--check")
    sounds = json.loads((run / "sounds/sounds.json").read_text())["sounds"]
    own = sum(sound["check"]["is_own"] for sound in sounds)
    print(f"{name}: heard by the model as their own class: {own} of {len(sounds)}")
    loudest = max(sounds, key=lambda sound: sound["peak"])
    played = loudest["peak"] * 10 ** (loudest["gain_db"] / 20)
    print(f"{name}: largest sample {loudest['peak']:.2f}, {played:.2f} where it is played at -23 LUFS")

    labels = numpy.array([sound["class"] for sound in sounds])
    paths = sorted((source / "train").rglob("*.ogg"))
    heard = ear.predict([mfccs(run / "sounds" / sound["file"]) for sound in sounds])
    print(f"{name}: heard as their own class by an SVM on MFCCs of the training clips: {(heard == labels).sum()} of {len(sounds)}")

    z = embedded(program, model, run / "sounds", work / f"{name}-sounds.parquet")
    ratio = within_between(numpy.stack([z[sound["file"]] for sound in sounds]), labels)
    print(f"{name}: distance within a class as a share of that between classes, sounds of prototypes: {ratio:.2f}")

    # Five training clips a class, as they are and through z and back.
    z = embedded(program, model, source / "train", work / f"{name}-clips.parquet")
    chosen = [path for label in sorted(set(labels)) for path in [p for p in paths if p.parent.name == label][:5]]
    of_clips = numpy.array([path.parent.name for path in chosen])
    ratio = within_between(numpy.stack([z[path.name] for path in chosen]), of_clips)
    print(f"{name}: the same of five training clips a class: {ratio:.2f}")
    back = work / f"{name}-back"
    if not back.exists():
        numpy.save(work / f"{name}.npy", numpy.stack([z[path.name] for path in chosen]).astype(numpy.float32))
        call(program, "sonify", "--z", work / f"{name}.npy", "-o", back, "--model", model, "--seed", SEED)
    names = sorted(path.name for path in back.glob("*.wav"))
    z = embedded(program, model, back, work / f"{name}-back.parquet")
    ratio = within_between(numpy.stack([z[name] for name in names]), of_clips)
    print(f"{name}: the same of those clips through z and back: {ratio:.2f}")
    heard = ear.predict([mfccs(back / name) for name in names])
    print(f"{name}: those heard as their own class by the SVM: {(heard == of_clips).sum()} of {len(names)}", flush=True)


def log_mels(pcm, n_fft):
    """Logarithms of mel magnitudes."""
    spectra = librosa.feature.melspectrogram(
        y=pcm, sr=RATE_HZ, n_fft=n_fft, hop_length=n_fft // 4, power=1.0, n_mels=5 * n_fft // 32
    )
    return numpy.log10(numpy.maximum(spectra, 1e-5))


def mel_distance(found, wanted):
    """Mean absolute difference of log mel magnitudes, mean of seven transforms (Kumar et al. 2023)."""
    terms = [numpy.abs(log_mels(found, n) - log_mels(wanted, n)).mean() for n in (32, 64, 128, 256, 512, 1024, 2048)]
    return float(numpy.mean(terms))


def signal_to_distortion_db(found, wanted):
    """SI-SDR."""
    target = found @ wanted / (wanted @ wanted) * wanted
    return 10 * numpy.log10((target @ target) / ((found - target) @ (found - target)))


def measure_codec(program, model, work, folder):
    """The codec's sound of a folder's audio, beside Griffin-Lim's."""
    rows = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".wav", ".flac", ".ogg")):
        wanted, _ = librosa.load(path, sr=RATE_HZ)
        out = work / "through-codec.wav"
        call(program, "reconstruct", path, "-o", out, "--through", "codec", "--float", "--model", model)
        found, _ = librosa.load(out, sr=RATE_HZ)
        found, wanted = found[: len(wanted)], wanted[: len(found)]
        mel = librosa.feature.melspectrogram(y=wanted, sr=RATE_HZ, n_fft=2048, hop_length=HOP, n_mels=N_MELS)
        stft = librosa.feature.inverse.mel_to_stft(mel, sr=RATE_HZ, n_fft=2048)
        griffin = librosa.griffinlim(stft, n_iter=64, hop_length=HOP, length=len(wanted), random_state=0)
        rows.append(
            [f(x, wanted) for f in (mel_distance, signal_to_distortion_db) for x in (found, griffin)]
        )
    if not rows:
        sys.exit(f"{folder}: no file that ends in .wav, .flac or .ogg")
    codec, griffin, codec_db, griffin_db = numpy.mean(rows, 0)
    print(
        f"{folder.name}, {len(rows)} files: multi-scale log-mel distance of the codec {codec:.3f}, of Griffin-Lim {griffin:.3f}; "
        f"SI-SDR {codec_db:.1f} and {griffin_db:.1f} dB",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", metavar="PECMAE")
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("work", metavar="WORK", type=Path)
    parser.add_argument("folders", metavar="FOLDER", type=Path, nargs="*")
    given = parser.parse_args()
    program, model, work = given.program, given.model, given.work
    work.mkdir(parents=True, exist_ok=True)
    # What is there already must be of the same model.
    info, told = call(program, "models", "info", model), work / "model.txt"
    if told.exists() and told.read_text() != info:
        sys.exit(f"{work} has figures of another model; name another folder")
    told.write_text(info)
    for folder in given.folders:
        measure_codec(program, model, work, folder)
    for name in ("instruments", "genres"):
        measure_set(program, model, work, name)
    for name, options in MORE_CLIPS.items():
        measure_more_clips(program, model, work, name, options)


if __name__ == "__main__":
    main()

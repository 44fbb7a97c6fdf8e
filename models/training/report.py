"""Figures of the shipped models on labelled logs that no training saw, into their manifests and into FIGURES.md."""
from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np

from .corpus import normalised, without_level
from .evaluate import VIEWS, average_precision, evaluate, hashed, joined, learned, load_systems, remembered, tf_idf
from .manifest import read_manifest
from .progress import Progress
from .runtime import OnnxEncoder
from .sequence import pad


def evaluate_models(folders: list[Path], logs: Path, seed: int, write: bool) -> dict[str, object]:
    """P@1 tables of the line encoders beside lexical vectors, average precision of the failure head, AUC of the sequence head."""
    encoders = {f.name: OnnxEncoder(f) for f in folders if read_manifest(f)["task"] == "line-encoder"}
    lexical = remembered(hashed)
    makers = {"tf-idf": tf_idf, "hash": lexical}
    for name, encoder in encoders.items():
        own = remembered(learned(encoder))
        makers |= {name: own, f"{name} + hash": joined(own, lexical)}
    systems = load_systems(logs / "parsing")
    progress, table = Progress("evaluate", len(makers)), {}
    for step, (name, make) in enumerate(makers.items(), 1):
        table |= evaluate({name: make}, systems, seed)
        progress.tell(step)
    figures = {name: {"precisionAt1": {v: table[name][v]["mean"] for v in VIEWS}, "joinedWithHash": {v: table[f"{name} + hash"][v]["mean"] for v in VIEWS}} for name in encoders}
    for name, encoder in encoders.items():
        if "failure" in encoder.outputs and (logs / "bgl").exists():
            figures[name]["failureAveragePrecision"] = {"bgl": failure_precision(encoder, logs / "bgl" / "lines.ndjson.gz")}
    for folder in folders:
        if read_manifest(folder)["task"] == "sequence-scorer" and (logs / "hdfs").exists():
            if (under := read_manifest(folder)["encoder"]["name"]) not in encoders:
                raise ValueError(f"{folder.name} works on the vectors of {under}: give --model {under} too")
            figures[folder.name] = {"hdfsAuc": sequence_auc(folder, encoders[under], next((logs / "hdfs").glob("*.gz")))}
    if write:
        for folder in folders:
            manifest = read_manifest(folder)
            manifest["figures"] = {**manifest.get("figures", {}), **figures.get(folder.name, {})}
            (folder / "manifest.json").write_text(json.dumps(manifest, indent="\t", ensure_ascii=False) + "\n")
        (folders[0].parent / "FIGURES.md").write_text(markdown(table, figures, list(systems)))
    return {"figures": figures, "baselines": {n: {v: table[n][v]["mean"] for v in VIEWS} for n in ("tf-idf", "hash")}}


def failure_precision(encoder: OnnxEncoder, path: Path) -> dict[str, float]:
    """AP of the failure head on labelled lines, their level taken out, as they are and normalised."""
    with gzip.open(path, "rt", encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    labels = np.array([row["anomalous"] for row in rows], dtype=float)
    raw = [without_level(row["line"]) for row in rows]
    texts = [r["text"] for r in normalised(raw)]
    return {
        "raw": round(average_precision(encoder.failure(raw), labels), 4),
        "normalised": round(average_precision(encoder.failure(texts), labels), 4),
        "share": round(float(labels.mean()), 4),
    }


def sequence_auc(folder: Path, encoder: OnnxEncoder, path: Path) -> dict[str, float]:
    """AUC of sessions: baseline the healthy ones of the first 70 %, asked about the rest. Distances are to the baseline's own sessions."""
    import onnxruntime

    with gzip.open(path, "rt", encoding="utf-8") as f:
        rows = [json.loads(line) for line in f]
    flat = [line for row in rows for line in row["lines"]]
    keys: dict[str, int] = {}
    at = iter([keys.setdefault(r["text"], len(keys)) for r in normalised(flat)])
    sessions = [[next(at) for _ in row["lines"]] for row in rows]
    vectors = encoder.encode(list(keys))
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    distinct = {tuple(s[:256]): None for s in sessions}
    for key in distinct:
        x, mask = pad([vectors[list(key)]])
        error, whole, _ = session.run(None, {"embeddings": x.numpy(), "mask": mask.numpy().astype(np.int32)})
        distinct[key] = (float(error.mean()), float(error.max()), whole[0])
    found = [distinct[tuple(s[:256])] for s in sessions]
    labels, cut = np.array([row["anomalous"] for row in rows]), int(len(rows) * 0.7)
    base = [i for i in range(cut) if not labels[i]]
    centre = np.mean([found[i][2] for i in base], axis=0)
    known = np.unique(np.round([found[i][2] for i in base], 5), axis=0)
    asked = found[cut:]
    scores = {
        "meanError": [f[0] for f in asked],
        "maxError": [f[1] for f in asked],
        "centreDistance": [float(((f[2] - centre) ** 2).sum()) for f in asked],
        "nearestDistance": [float(((known - f[2]) ** 2).sum(axis=1).min()) for f in asked],
    }
    return {name: round(auc(np.array(s), labels[cut:]), 4) for name, s in scores.items()}


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve, ties counted half (Mann-Whitney)."""
    from scipy.stats import rankdata

    positive = int(labels.sum())
    return float((rankdata(scores)[labels.astype(bool)].sum() - positive * (positive + 1) / 2) / (positive * (len(labels) - positive)))


def markdown(table: dict, figures: dict, systems: list[str]) -> str:
    lines = [
        "# Figures of the shipped models", "",
        "Written by `python -m training evaluate --write`. No labelled line was in any training set, so that each system is one left out.",
        "P@1: the share of distinct lines whose nearest other line is of the same event, over events of two lines or more; mean of the systems.",
        "`words`: each word of the query is another with probability 0.1; `prefix`: the query's first 60 % of words.",
        "`+ hash`: learned and lexical vectors side by side, each with half of the weight.", "",
        "| encoder | " + " | ".join(VIEWS) + " |", "| --- |" + " ---: |" * len(VIEWS),
    ]  # fmt: skip
    lines += [f"| {name} | " + " | ".join(f"{rows[v]['mean']:.3f}" for v in VIEWS) + " |" for name, rows in table.items()]
    for view in ("raw", "normalised", "words normalised"):
        lines += ["", f"## {view.capitalize()}, by system", "", "| encoder | " + " | ".join(systems) + " |", "| --- |" + " ---: |" * len(systems)]
        lines += [f"| {name} | " + " | ".join(f"{rows[view][s]:.3f}" for s in systems) + " |" for name, rows in table.items()]
    lines += ["", "## Other heads", "", "```json", json.dumps({n: {k: v for k, v in f.items() if k not in ("precisionAt1", "joinedWithHash")} for n, f in figures.items()}, indent=2), "```", ""]
    return "\n".join(lines)

"""Evaluation on labelled lines that no training saw: nearest neighbour of the same event, raw, normalised and disturbed, beside lexical vectors.

P@1 of a system: the share of distinct lines whose nearest other line (cosine) has the same event, over lines whose event has two lines or more;
then the mean over the systems. `words` makes each word of the query another with probability 0.1, `prefix` keeps the first 60 % of each query's words; the lines that
are searched stay as they are, the query's own left out.
"""
from __future__ import annotations

import csv
import gzip
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .corpus import normalised
from .runtime import OnnxEncoder
from .views import words_changed

Encode = Callable[[list[str]], np.ndarray]
VIEWS = ("raw", "normalised", "words raw", "words normalised", "prefix raw", "prefix normalised")


def load_systems(folder: Path) -> dict[str, dict[str, list[str]]]:
    """Distinct lines of each labelled system: {system: {raw, normalised, event}}."""
    csv.field_size_limit(1 << 30)
    systems = {}
    if not (paths := sorted(folder.glob("*.csv.gz"))):
        raise FileNotFoundError(f"no labelled lines in {folder}: SYSTEM.csv.gz is wanted")
    for path in paths:
        seen: dict[str, str] = {}
        for row in csv.DictReader(io.StringIO(gzip.open(path, "rt", encoding="utf-8").read())):
            seen.setdefault(" ".join(row["content"].splitlines()) or " ", row["eventId"])
        texts = [r["text"] for r in normalised(seen)]
        systems[path.name.split(".")[0]] = {"raw": list(seen), "normalised": texts, "event": list(seen.values())}
    return systems


def hits(base: np.ndarray, queries: np.ndarray, events: list[str]) -> tuple[list[int], np.ndarray]:
    """The lines that are asked about, those whose event has another, and for each whether the nearest line but itself is of its event."""
    counts = Counter(events)
    asked = [i for i, e in enumerate(events) if counts[e] > 1]
    similar = queries[asked] @ base.T
    similar[np.arange(len(asked)), asked] = -2
    nearest = similar.argmax(axis=1)
    return asked, np.array([events[j] == events[i] for i, j in zip(asked, nearest)], dtype=float)


def precision_at_1(base: np.ndarray, queries: np.ndarray, events: list[str]) -> float:
    return float(np.mean(hits(base, queries, events)[1]))


def disturbed(texts: list[str], view: str, words: list[str], seed: int) -> list[str]:
    random_ = random.Random(seed)
    if view.startswith("words"):
        return [words_changed(t, 0.1, words, random_) for t in texts]
    if view.startswith("prefix"):
        return [" ".join(t.split()[: max(1, round(0.6 * len(t.split())))]) for t in texts]
    return texts


def evaluate(encoders: dict[str, Callable[[list[str]], Encode]], systems: dict, seed: int = 7) -> dict[str, dict[str, dict[str, float]]]:
    """{encoder: {view: {system: P@1, "mean": ...}}}. An encoder is made of a system's lines, since TF-IDF needs them."""
    vocabulary = sorted({w for s in systems.values() for t in s["normalised"] for w in re.findall(r"[A-Za-z]{3,}", t)})
    table: dict[str, dict[str, dict[str, float]]] = {}
    for name, make in encoders.items():
        rows = table.setdefault(name, {view: {} for view in VIEWS})
        for system, held in systems.items():
            for form in ("raw", "normalised"):
                encode = make(held[form])
                base = encode(held[form])
                for view in (v for v in VIEWS if v.endswith(form)):
                    queries = base if view == form else encode(disturbed(held[form], view, vocabulary, seed))
                    rows[view][system] = round(precision_at_1(base, queries, held["event"]), 4)
        for view in VIEWS:
            rows[view]["mean"] = round(float(np.mean(list(rows[view].values()))), 4)
    return table


def tf_idf(texts: list[str]) -> Encode:
    """Words, idf from the same lines, as the floor that an encoder must beat."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    fitted = TfidfVectorizer(token_pattern=r"[^\s]+", lowercase=False).fit(texts)
    return lambda queries: np.asarray(fitted.transform(queries).todense(), dtype=np.float32)


def hashed(_: list[str], dimensions: int = 512) -> Encode:
    """Words and character 3-5-grams hashed into signed buckets, as the product's `hash` encoder does (another hash function)."""
    from sklearn.feature_extraction.text import HashingVectorizer

    def grams(text: str) -> list[str]:
        words = re.findall(r"<[a-z*-]+>|\w+|[^\s\w]+", text.lower())
        return [w + "$" for w in words] + [f" {w} "[i : i + n] for w in words for n in (3, 4, 5) for i in range(len(w) + 3 - n)]

    hasher = HashingVectorizer(analyzer=grams, n_features=dimensions, norm=None)

    def encode(queries: list[str]) -> np.ndarray:
        found = np.asarray(hasher.transform(queries).todense(), dtype=np.float32)
        found = np.sign(found) * np.sqrt(np.abs(found))
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)

    return encode


def remembered(make: Callable[[list[str]], Encode]) -> Callable[[list[str]], Encode]:
    """The same vectors for texts that were asked about before: an encoder and its join ask the same."""
    held: dict[tuple[int, int], np.ndarray] = {}

    def made(texts: list[str]) -> Encode:
        encode = make(texts)

        def encode_once(queries: list[str]) -> np.ndarray:
            key = (hash(tuple(texts)), hash(tuple(queries)))
            if key not in held:
                held[key] = encode(queries)
            return held[key]

        return encode_once

    return made


def learned(encoder: OnnxEncoder) -> Callable[[list[str]], Encode]:
    """Equal texts get one vector: int8 activations depend a little on the batch, and no tie is to be decided by that."""

    def encode(queries: list[str]) -> np.ndarray:
        rows: dict[str, int] = {}
        at = [rows.setdefault(q, len(rows)) for q in queries]
        return encoder.encode(list(rows))[at]

    return lambda _: encode


def joined(first: Callable[[list[str]], Encode], second: Callable[[list[str]], Encode], weight: float = 0.5) -> Callable[[list[str]], Encode]:
    """[sqrt(w) first, sqrt(1 - w) second]: its cosine is the weighted mean of the two."""

    def make(texts: list[str]) -> Encode:
        a, b = first(texts), second(texts)
        return lambda queries: np.hstack([weight**0.5 * a(queries), (1 - weight) ** 0.5 * b(queries)])

    return make


def average_precision(scores: np.ndarray, labels: np.ndarray) -> float:
    """Ties are resolved as one group."""
    order = np.argsort(-scores, kind="stable")
    found = total = 0.0
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        right = float(labels[order[at:end]].sum())
        found += right
        total += right * found / end
        at = end
    return total / labels.sum() if labels.sum() else 0.0

"""Streams of lines in their order, for the sequence head: by pod where records carry one, by trace, else the file as it is."""
from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from .corpus import MAX_CHARS, normalised, read_lines
from .runtime import OnnxEncoder


def read_streams(paths: list[Path], most_lines: int) -> list[list[str]]:
    """Streams of at least four raw lines; at most `most_lines` lines in all, shared equally among the files."""
    streams: list[list[str]] = []
    for path in paths:
        held: dict[str, list[str]] = defaultdict(list)
        taken = 0
        for key, line in _keyed(path):
            held[key].append(line)
            taken += 1
            if taken >= most_lines / len(paths):
                break
        streams += [s for s in held.values() if len(s) >= 4]
    return streams


def _keyed(path: Path):
    if ".ndjson" not in path.suffixes:
        yield from (("", line) for line in read_lines(path))
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as f:
        for n, text in enumerate(f):
            record = json.loads(text)
            line = (record.get("body") or "").split("\n")[0][:MAX_CHARS]
            if line.strip():
                yield record.get("traceId" if n % 2 else "pod") or record.get("pod") or "", line


def to_keys(groups: dict[str, list[list[str]]], encoder: OnnxEncoder) -> tuple[np.ndarray, dict[str, list[list[int]]]]:
    """Vectors of the distinct normalised lines, and the streams as rows of them: a line is embedded once however often it comes."""
    flat = [line for streams in groups.values() for s in streams for line in s]
    distinct: dict[str, int] = {}
    keys = iter([distinct.setdefault(r["text"], len(distinct)) for r in normalised(flat)])
    rows = {name: [[next(keys) for _ in s] for s in streams] for name, streams in groups.items()}
    return encoder.encode(list(distinct)), rows

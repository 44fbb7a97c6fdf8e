"""Labelled series of generated captures: the onset is the truth's, the shape only where the kind of fault has one shape and the series shows it."""
import csv
import gzip
import json
from datetime import datetime
from pathlib import Path

import numpy as np
from training.tcn_shapes import SHAPES
from training.tcn_windows import CELLS, FEWEST, to_cells, to_channels

# what the generator's table of faults says of each kind's course in time; the others take several
RAMPS = {"memory-leak", "disk-full", "deploy-memory"}
SEVERAL = {
    "cpu", "network-loss", "crash-loop", "probe-failing", "slow-query", "lock-contention", "connections-exhausted", "pool-exhausted", "rate-limited",
    "cache-stampede", "traffic-surge", "bad-data", "queue-backlog", "provider-slow",
}
QUIET = {"quiet", "health-check"}


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def series_of(folder):
    found = {}
    with gzip.open(folder / "metrics.csv.gz", "rt") as rows:
        for row in csv.DictReader(rows):
            t, v = found.setdefault((row["resource"], row["metric"]), ([], []))
            t.append(moment(row["time"]))
            v.append(float(row["value"]) if row["value"] else np.nan)
    return found


def labelled(root, seed):
    """(channels, shape index or -1 where it is unknown, onset cell or -1) of every series that can be labelled."""
    rng = np.random.default_rng(seed)
    out = []
    for path in sorted(Path(root).glob("*/*/truth.json")):
        truth = json.loads(path.read_text())
        folder = path.parent
        if not (folder / "metrics.csv.gz").exists():
            continue
        series = series_of(folder)
        if truth["healthy"]:
            if set(truth["kinds"]) <= QUIET:
                out += [one for t, v in series.values() if (one := window(rng, t, v, None, 0)) is not None]
            continue
        if len(truth["kinds"]) != 1:
            continue
        at, kind = moment(truth["injectTime"]), truth["kinds"][0]
        services = {c["service"] for c in truth["rootCauses"]}
        for (resource, _), (t, v) in series.items():
            if not any(s in resource for s in services):
                continue
            label = shape_of(kind, np.array(t), np.array(v), at)
            if label is not None and (one := window(rng, t, v, at, label)) is not None:
                out.append(one)
    return out


def shape_of(kind, t, v, at):
    """None where the series does not show the fault, -1 where it does in a way that is not known."""
    before, after = v[(t < at) & np.isfinite(v)], v[(t >= at) & np.isfinite(v)]
    if len(before) < 6 or len(after) < 4:
        return None
    centre = np.median(before)
    spread = max(1.4826 * np.median(np.abs(before - centre)), 0.03 * abs(centre), 1e-9)
    moved = (np.median(after) - centre) / spread
    if kind in RAMPS:
        rank = np.corrcoef(np.arange(len(after)), np.argsort(np.argsort(after)))[0, 1]
        return SHAPES.index("ramp") if abs(moved) > 4 and rank * np.sign(moved) > 0.8 else None
    if abs(moved) < 6:
        return None
    if kind in SEVERAL:
        return -1
    if np.median(after) < 0.02 * centre:
        return SHAPES.index("gone")
    return SHAPES.index("step-up" if moved > 0 else "step-down")


def window(rng, times, values, at, label):
    cells, width = to_cells(times, values)
    n = len(cells)
    if n < FEWEST:
        return None
    k = n if at is None else int((at - times[0]) / width + 1)  # the first sample after the fault began
    if at is not None and not 4 <= k < n:
        return None
    cut = rng.uniform(n / 4, n) if at is None else k + rng.normal(0, 0.05 * n)
    reference = cells[: int(np.clip(cut, 4, n))]
    return to_channels(cells, reference), label, -1 if at is None else CELLS - n + k

"""Series of known shape: noise of many kinds, seasons, drifts and gaps, with a fault of one shape drawn over them. No series is a recording."""
import numpy as np
from training.tcn_windows import CELLS, FEWEST, to_channels

SHAPES = ["none", "step-up", "step-down", "ramp", "spikes", "plateau", "oscillation", "recovered", "gone"]


def noise(rng, n):
    """Zero mean, about unit spread."""
    kind = rng.integers(7)
    if kind == 0:
        return rng.standard_normal(n)
    if kind == 1:
        return rng.standard_t(3, n) / 1.7
    if kind == 2:
        sigma = rng.uniform(0.3, 1.0)
        x = rng.lognormal(0, sigma, n)
        return (x - np.exp(sigma**2 / 2)) / max(0.1, np.sqrt((np.exp(sigma**2) - 1) * np.exp(sigma**2)))
    if kind == 3:
        lam = np.exp(rng.uniform(0, 5))
        return (rng.poisson(lam, n) - lam) / np.sqrt(lam)
    if kind == 4:
        rho = rng.uniform(0.3, 0.9)
        x = np.zeros(n)
        e = rng.standard_normal(n) * np.sqrt(1 - rho**2)
        for i in range(1, n):
            x[i] = rho * x[i - 1] + e[i]
        return x
    if kind == 5:
        return np.where(rng.random(n) < 0.1, rng.standard_normal(n), 0) * rng.uniform(0, 1)
    return np.round(rng.standard_normal(n) * rng.uniform(0.3, 2)) / 2


def calm(rng, n):
    """A healthy series and the spread of its noise."""
    spread = 1.0
    level = rng.choice([0.0, rng.uniform(2, 8), np.exp(rng.uniform(2, 6))], p=[0.15, 0.3, 0.55])
    x = level + noise(rng, n) * spread
    t = np.arange(n)
    if rng.random() < 0.35:
        x += rng.uniform(0.3, 4) * np.sin(2 * np.pi * (t / rng.uniform(12, 200) + rng.random()))
    if rng.random() < 0.2:
        x += rng.uniform(-2, 2) * t / n
    if rng.random() < 0.15:
        x[rng.integers(n)] += rng.choice([-1, 1]) * rng.uniform(2, 5)
    if rng.random() < 0.7 and level > 0:
        x = np.maximum(x, 0)
    return x, level, spread


def fault(rng, shape, x, k, level):
    """x with the fault of a shape that begins at cell k; gives the series and where it begins to show."""
    n = len(x)
    rest = n - k
    size = np.exp(rng.uniform(np.log(6), np.log(300)))
    up = rng.random() < 0.8
    sign = 1 if up else -1
    i = np.arange(rest)
    after = x[k:].copy()
    # a fault changes the noise too
    louder = np.exp(rng.uniform(-0.5, 1.5))
    if shape == "step-up" or shape == "recovered":
        rise = np.minimum(1, (i + 1) / rng.integers(1, 4))
        moved = after + (size if shape == "step-up" else sign * size) * rise + (louder - 1) * (after - level) * 0.5
        if shape == "recovered":
            length = rng.integers(4, max(5, int(0.75 * rest)))
            moved[length:] = after[length:]
        after = moved
    elif shape == "step-down":
        level = max(level, size / rng.uniform(0.25, 0.85))
        x = x - np.median(x) + level
        after = x[k:] - size * np.minimum(1, (i + 1) / rng.integers(1, 4))
    elif shape == "ramp":
        size = max(size, 10)
        after = after + sign * size * ((i + 1) / rest) ** rng.uniform(0.75, 1.5)
    elif shape == "spikes":
        at = 0
        for _ in range(rng.integers(1, 5)):
            width = rng.integers(1, 3)
            after[at : at + width] += sign * max(size, 10) * rng.uniform(0.5, 1.2)
            at += width + rng.integers(4, max(5, rest // 2))
            if at >= rest:
                break
    elif shape == "plateau":
        size = max(size, 10)
        rise = rng.integers(5, max(6, int(0.6 * rest)))
        after = after + sign * size * np.minimum(1, (i + 1) / rise)
        top = x[:k].mean() + sign * size * rng.uniform(0.9, 1.0)
        after = np.minimum(after, top) if up else np.maximum(after, top)
    elif shape == "oscillation":
        period = rng.uniform(3, max(3.5, min(20, rest / 2.5)))
        wave = np.sin(2 * np.pi * i / period + 0.6)
        if rng.random() < 0.65:
            wave = (wave > rng.uniform(-0.5, 0.5)).astype(float)
        after = after + sign * max(size, 8) * wave
    elif shape == "gone":
        level = np.exp(rng.uniform(2.2, 6))
        x = x - np.median(x) + level
        after = np.full(rest, np.nan) if rng.random() < 0.5 else np.where(rng.random(rest) < 0.1, rng.random(rest), 0.0)
    return np.concatenate([x[:k], after]), k


def draw(rng, shape=None):
    """Cells, the reference before the cut, the shape's index, and the cell of the onset counted from the window's end; -1 for none."""
    n = int(rng.choice([CELLS, rng.integers(16, CELLS), rng.integers(16, 60)]))
    shape = SHAPES[rng.integers(len(SHAPES))] if shape is None else shape
    x, level, _ = calm(rng, n)
    least = {"none": 1, "ramp": 6, "plateau": 11, "oscillation": 8, "recovered": 7, "spikes": 2, "gone": 2}.get(shape, 3)
    k = int(rng.integers(max(5, int(0.15 * n)), max(6, n - least))) if n - least > 6 else 5
    onset = None
    if shape != "none":
        x, onset = fault(rng, shape, x, k, level)
    factor = np.exp(rng.uniform(-10, 12))
    x = x * factor * (1 if rng.random() < 0.95 else -1) if shape not in ("step-up", "step-down") else x * factor
    if rng.random() < 0.3:
        x = np.where(rng.random(n) < rng.uniform(0, 0.15), np.nan, x)
    cut = k + rng.normal(0, 0.06 * n) if rng.random() < 0.7 else n / 3
    cut = int(np.clip(cut, 4, n))
    reference = x[:cut]
    return x, reference, SHAPES.index(shape), -1 if onset is None else CELLS - n + onset


def batch(rng, size):
    drawn = [draw(rng) for _ in range(size)]
    inputs = np.stack([to_channels(x, reference) for x, reference, _, _ in drawn])
    return inputs, np.array([d[2] for d in drawn]), np.array([d[3] for d in drawn])


assert FEWEST <= 16

"""A metric series as the shape network sees it: 128 cells of four channels, free of units. apps/orchestrator/src/models/shape-window.ts is the same."""
import numpy as np

CELLS = 128
CHANNELS = 4
FEWEST = 12  # cells of a series that say anything of a shape


def to_cells(times, values, end=None):
    """On a regular grid of the median step, at most CELLS of them; cells without a value are NaN. Gives the cells and their width."""
    times, values = np.asarray(times, float), np.asarray(values, float)
    gaps = np.sort(np.diff(times))
    step = gaps[len(gaps) // 2] if len(gaps) else 0.0
    if not step > 0:
        return np.array([]), 0.0
    last = max(times[-1], times[0] if end is None else end)
    count = int(np.floor((last - times[0]) / step + 0.5)) + 1
    cells = min(CELLS, count)
    width = step * count / cells
    at = np.clip(np.floor((times - times[0]) / width + (0.5 if cells == count else 0.0)).astype(int), 0, cells - 1)
    known = np.isfinite(values)
    total = np.bincount(at[known], values[known], minlength=cells)
    number = np.bincount(at[known], minlength=cells)
    with np.errstate(invalid="ignore"):
        return np.where(number > 0, total / np.maximum(number, 1), np.nan), width


def to_channels(cells, reference):
    """[CHANNELS, CELLS], the last cell last: log deviation, relative deviation, share of the largest, and 1 present, -1 missing, 0 not in the series."""
    out = np.zeros((CHANNELS, CELLS), np.float32)
    n = len(cells)
    known = np.isfinite(cells)
    if n == 0 or not known.any():
        return out
    held = np.where(known, np.arange(n), -1)
    held = np.maximum.accumulate(held)
    held[held < 0] = np.argmax(known)
    x = cells[held]
    before = reference[np.isfinite(reference)]
    if len(before) == 0:
        before = x[known]
    centre = np.median(before)
    largest = np.abs(x).max()
    floor = max(0.02 * abs(centre), 0.001 * np.abs(before).max(), 0.001 * largest, 1e-12)
    scale = max(1.4826 * np.median(np.abs(before - centre)), floor)
    away = x - centre
    most = np.abs(away).max()
    out[0, -n:] = np.sign(away) * np.minimum(np.log1p(np.abs(away) / scale) / 3, 2.5)
    out[1, -n:] = away / most if most > 0 else 0
    out[2, -n:] = x / largest if largest > 0 else 0
    out[3, -n:] = np.where(known, 1, -1)
    return out

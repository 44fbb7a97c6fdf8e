"""Figures of scipy and numpy that the kernels of temporal/ are tested against.

usage: python3 make_figures.py > figures.json      (made with numpy 2, scipy 1)

The data is drawn by the generator that contracts/ports.ts has (mulberry32), so that both sides see the same numbers.
"""
import json

import numpy as np
from scipy import special, stats


def mulberry32(seed):
    state = seed & 0xFFFFFFFF
    m = 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & m
        t = state
        t = ((t ^ (t >> 15)) * (t | 1)) & m
        t ^= (t + (((t ^ (t >> 7)) * (t | 61)) & m)) & m
        yield ((t ^ (t >> 14)) & m) / 4294967296


def draw(seed, n):
    g = mulberry32(seed)
    return np.array([next(g) for _ in range(n)])


def pettitt(x):
    n = len(x)
    u = np.array([np.sign(x[: t + 1, None] - x[None, t + 1 :]).sum() for t in range(n - 1)])
    k = np.abs(u).max()
    return {"index": int(np.abs(u).argmax()) + 1, "p": float(min(1, 2 * np.exp(-6 * k**2 / (n**3 + n**2))))}


def hinge(x):
    n = len(x)
    best = (np.inf, 0)
    for k in range(n - 3):
        a = np.column_stack([np.ones(n), np.maximum(0, np.arange(n) - k)])
        coef, *_ = np.linalg.lstsq(a, x, rcond=None)
        sse = ((x - a @ coef) ** 2).sum()
        if sse < best[0] - 1e-12:
            best = (sse, k, coef[1])
    return {"index": best[1], "slope": float(best[2]), "explained": float(1 - best[0] / ((x - x.mean()) ** 2).sum())}


if __name__ == "__main__":
    a, b = draw(1, 60), draw(2, 60)
    y = 0.6 * a + 0.4 * b
    step = np.concatenate([draw(3, 40), 0.7 + draw(4, 25)])
    drift = np.concatenate([draw(5, 30), draw(6, 50) + 0.2 * np.arange(50)])
    lagged = np.concatenate([draw(7, 4), a[:-4]])
    out = {
        "student": [[t, v, float(2 * stats.t.sf(abs(t), v))] for t in (0, 0.3, 1, 2.5, -4, 12, 60) for v in (1, 2, 5, 30, 1000)],
        "beta": [[x, p, q, float(special.betainc(p, q, x))] for x in (0.01, 0.3, 0.5, 0.9, 0.999) for p, q in ((0.5, 0.5), (2, 3), (30, 0.5), (0.1, 50))],
        "pearson": [float(v) for v in stats.pearsonr(a, y)],
        "quantiles": [[q, float(np.quantile(a, q))] for q in (0, 0.1, 0.25, 0.5, 0.9, 1)],
        "mad": float(stats.median_abs_deviation(a, scale=1 / 1.4826)),
        "ranks": [float(r) for r in stats.rankdata([3, 1, 2, 2, 5, 3, 3])],
        "pettitt": pettitt(step),
        "hinge": hinge(drift),
        "lag": {"lag": 4, "r": float(stats.pearsonr(a[:-4], lagged[4:])[0])},
        "shares": [[k, n, l, m, float(stats.chi2_contingency([[k, n - k], [l, m - l]], correction=False, lambda_="log-likelihood")[0] / 2)] for k, n, l, m in ((8, 10, 1, 20), (30, 60, 31, 60), (1, 50, 40, 45))],
    }
    print(json.dumps(out, indent=1))

"""Figures of statsmodels, dtaidistance and a plain numpy/scipy form of Adams & MacKay that temporal/ is tested against.

usage: python3 make_temporal_figures.py > temporal-figures.json      (pip install numpy scipy statsmodels dtaidistance)
"""
import contextlib
import io
import json

import dtaidistance
import numpy as np
import scipy
import statsmodels
from dtaidistance import dtw
from make_figures import draw
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.tsa.stattools import grangercausalitytests


def granger(x, y, lags):
    with contextlib.redirect_stdout(io.StringIO()):
        f, p, _, _ = grangercausalitytests(np.column_stack([y, x]), [lags])[lags][0]["ssr_ftest"]
    return [float(f), float(p)]


def run_lengths(x, hazard):
    """Every run length, none dropped: what the bounded form must agree with."""
    r = np.array([1.0])
    mean, kappa, alpha, beta = np.zeros(1), np.ones(1), np.ones(1), np.ones(1)
    out = []
    for value in x:
        pi = stats.t.pdf(value, 2 * alpha, loc=mean, scale=np.sqrt(beta * (kappa + 1) / (alpha * kappa)))
        r = np.concatenate([[(r * pi * hazard).sum()], r * pi * (1 - hazard)])
        r /= r.sum()
        beta = np.concatenate([[1.0], beta + kappa * (value - mean) ** 2 / (2 * (kappa + 1))])
        mean = np.concatenate([[0.0], (kappa * mean + value) / (kappa + 1)])
        kappa, alpha = np.concatenate([[1.0], kappa + 1]), np.concatenate([[1.0], alpha + 0.5])
        out.append([float(v) for v in r])
    return out


x, noise = draw(11, 120) - 0.5, draw(12, 120) - 0.5
follows = np.concatenate([[0, 0], x[:-2]]) * 0.8 + 0.2 * noise
a, b = draw(13, 40), draw(14, 40)
shifted = np.concatenate([draw(15, 30) - 0.5, draw(16, 20) + 3])
ps = [0.001, 0.2, 0.03, 0.04, 0.9, 0.012]
print(json.dumps({
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "dtaidistance": dtaidistance.__version__},
    "granger": {f"{name}{lags}": granger(*pair, lags) for lags in (1, 3, 5) for name, pair in (("leads", (x, follows)), ("follows", (follows, x)), ("apart", (x, noise)))},
    "dtw": {"free": float(dtw.distance(a, b)), "uneven": float(dtw.distance(a, b[:29])), "band5": float(dtw.distance(a, b, window=6))},
    "runLengths": run_lengths(shifted, 1 / 50),
    "falseDiscovery": [float(p) for p in multipletests(ps, method="fdr_bh")[1]],
}))

"""Fits of scipy.stats.genpareto that the tail of a calibration is tested against.

usage: python3 make_pareto.py > pareto.json
"""
import json
import sys

import scipy
from scipy.stats import genpareto

CASES = ((0.3, 2.0, 120), (-0.2, 1.0, 150), (0.0, 5.0, 100), (0.8, 1e-3, 150), (0.1, 1.0, 15))


def main():
    fits = []
    for seed, (shape, scale, n) in enumerate(CASES):
        excesses = [float(f"{y:.9g}") for y in genpareto.rvs(shape, scale=scale, size=n, random_state=seed)]
        fitted, _, width = genpareto.fit(excesses, floc=0)
        probes = [width * p for p in (0.1, 1.0, 2.0)]
        survival = [float(genpareto.sf(p, fitted, scale=width)) for p in probes]
        fits.append({"excesses": excesses, "shape": float(fitted), "scale": float(width), "probes": [float(p) for p in probes], "survival": survival})
    json.dump({"versions": {"scipy": scipy.__version__}, "fits": fits}, sys.stdout, indent=1)
    print()


main()

"""Figures of scipy, numpy and scikit-learn that the detectors are tested against.

usage: python3 make_figures.py > figures.json      (made with numpy 2, scipy 1, scikit-learn 1)

The data is drawn by the generator that contracts/ports.ts has (mulberry32), so that both sides see the same numbers.
"""
import json
import sys

import numpy as np
import scipy
import sklearn
from draw import mulberry32, normal
from scipy import stats
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors


def cluster_and_outliers(seed, n, outliers, dimensions):
    draw = mulberry32(seed)
    points = [[normal(draw) for _ in range(dimensions)] for _ in range(n)]
    points += [[draw() * 12 - 6 for _ in range(dimensions)] for _ in range(outliers)]
    return np.array(points), np.array([0] * n + [1] * outliers)


def main():
    draw = mulberry32(7)
    values = [normal(draw) * 3 + 10 for _ in range(50)] + [40.0, -25.0]
    v = np.array(values)
    probes = [10.0, 18.5, 40.0, -25.0]
    q1, q3 = np.quantile(v, [0.25, 0.75])
    figures = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "values": values,
        "probes": probes,
        "quantiles": {str(q): float(np.quantile(v, q)) for q in (0, 0.1, 0.5, 0.9, 0.995, 1)},
        "zscore": [float((p - v.mean()) / v.std(ddof=1)) for p in probes],
        "robustZ": [float((p - np.median(v)) / stats.median_abs_deviation(v, scale="normal")) for p in probes],
        "iqr": [float((p - q3) / (q3 - q1) if p > q3 else (p - q1) / (q3 - q1) if p < q1 else 0) for p in probes],
    }
    forests = []
    for seed, n, outliers, dimensions in ((1, 500, 25, 2), (2, 1000, 20, 8), (3, 300, 30, 16)):
        points, labels = cluster_and_outliers(seed, n, outliers, dimensions)
        aucs, means = [], []
        for state in range(5):
            forest = IsolationForest(n_estimators=200, max_samples=256, random_state=state).fit(points)
            scores = -forest.score_samples(points)
            aucs.append(float(roc_auc_score(labels, scores)))
            means.append([float(scores[labels == 0].mean()), float(scores[labels == 1].mean())])
        forests.append({"seed": seed, "n": n, "outliers": outliers, "dimensions": dimensions, "auc": float(np.mean(aucs)), "meanScores": np.mean(means, axis=0).tolist()})
    figures["isolationForest"] = forests
    draw = mulberry32(11)
    baseline = np.array([[normal(draw) for _ in range(8)] for _ in range(200)])
    queries = np.array([[normal(draw) for _ in range(8)] for _ in range(5)])
    baseline /= np.linalg.norm(baseline, axis=1, keepdims=True)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    near = NearestNeighbors(n_neighbors=2, metric="cosine").fit(baseline)
    own = near.kneighbors(baseline)[0][:, 1]
    distances, ids = near.kneighbors(queries, n_neighbors=1)
    figures["novelty"] = {"threshold": float(np.quantile(own, 0.9)), "scores": distances[:, 0].tolist(), "nearest": ids[:, 0].tolist()}
    json.dump(figures, sys.stdout, indent=1)
    print()


main()

"""How well scikit-learn's Isolation Forest ranks the noise of the sets of draw.py above their clusters: AUC, mean of ten forests.

usage: python3 make_forest.py > forest.json
       python3 make_forest.py --live FILE > aucs.json      points, labels and sizes from FILE
"""
import json
import sys

import numpy as np
import sklearn
from draw import draw_noise, draw_set
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

KINDS = ("blobs", "uneven", "blobs", "uneven", "moons", "blobs", "uneven", "blobs", "uneven", "blobs")
DIMENSIONS = (2, 2, 4, 4, 2, 8, 8, 16, 16, 32)


def specs():
    for i, (kind, dimensions) in enumerate(zip(KINDS, DIMENSIONS)):
        clusters = 2 if kind == "moons" else 1 + i % 4
        yield {"name": f"{kind} {i}", "kind": kind, "seed": 200 + i, "n": 400 + 60 * i, "dimensions": dimensions, "clusters": clusters, "spread": 0.1 if kind == "moons" else 1.0, "noise": 0.03 + 0.01 * (i % 5)}


def auc(points, labels, trees, sample):
    forests = (IsolationForest(n_estimators=trees, max_samples=min(sample, len(points)), random_state=seed).fit(points) for seed in range(10))
    return float(np.mean([roc_auc_score(labels, -forest.score_samples(points)) for forest in forests]))


def main():
    if len(sys.argv) == 3:
        given = json.load(open(sys.argv[2]))
        json.dump([auc(np.array(g["points"]), g["labels"], g["trees"], g["sample"]) for g in given], sys.stdout)
        return
    sets = [{**spec, "trees": 100, "sample": 256, "auc": auc(draw_set(spec), draw_noise(spec), 100, 256)} for spec in specs()]
    json.dump({"versions": {"scikit-learn": sklearn.__version__}, "sets": sets}, sys.stdout, indent=1)
    print()


main()

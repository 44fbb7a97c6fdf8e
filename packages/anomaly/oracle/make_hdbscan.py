"""Clusterings of scikit-learn that HDBSCAN is tested against, and outlier scores (GLOSH) worked out from their definition.

usage: python3 make_hdbscan.py > hdbscan.json
       python3 make_hdbscan.py --live FILE > labels.json     points and options from FILE, labels out

The ten sets are drawn by the generator that contracts/ports.ts has (mulberry32), see draw.py; the tests draw them again.

scikit-learn sorts the edges of its spanning tree by numpy's unstable argsort. Mutual reachability is full of equal edges, so its labels depend
on how that sort happens to leave them: with `stable` the same code sorts stably, and on sparse sets the two differ from each other (on 63 sets
of 500 points, most with much noise, 17 had an adjusted Rand index of .83 to .99 between the two).
"""
import json
import sys

import numpy as np
import sklearn
import sklearn.cluster._hdbscan.hdbscan as implementation
from draw import SETS, draw_set, mulberry32, normal
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist
from sklearn.cluster import HDBSCAN
from sklearn.metrics import adjusted_rand_score


def cluster(points, options, stable=False):
    argsort = implementation.np.argsort
    if stable:
        implementation.np.argsort = lambda x: argsort(x, kind="stable")
    try:
        return fit(points, options)
    finally:
        implementation.np.argsort = argsort


def fit(points, options):
    return HDBSCAN(
        min_cluster_size=options["minClusterSize"],
        min_samples=options["minSamples"],
        cluster_selection_method="leaf" if options.get("selection") == "leaf" else "eom",
        allow_single_cluster=options.get("allowSingleCluster", False),
        copy=True,
    ).fit(points)


def glosh(points, least, samples):
    """Campello et al. 2015, eq. 8, by brute force: at each radius the components of at least `least` points are the clusters."""
    d = cdist(points, points)
    core = np.sort(d, axis=1)[:, samples - 1]
    reach = np.maximum(d, np.maximum(core[:, None], core[None, :]))
    np.fill_diagonal(reach, 0)
    n = len(points)
    eps = np.full(n, np.inf)
    home = [None] * n
    for radius in sorted(set(reach[np.triu_indices(n, 1)]), reverse=True):
        _, component = connected_components(reach <= radius)
        for c in set(component):
            members = np.flatnonzero(component == c)
            if len(members) >= least:
                for m in members:
                    eps[m] = radius
                    home[m] = members
    return [float(1 - min(eps[m] for m in home[i]) / eps[i]) for i in range(n)]


def main():
    if len(sys.argv) == 3:
        given = json.load(open(sys.argv[2]))
        pairs = [[cluster(np.array(g["points"]), g["options"], stable).labels_.tolist() for stable in (False, True)] for g in given]
        json.dump([{"labels": plain, "stable": stable} for plain, stable in pairs], sys.stdout)
        return
    sets = []
    for spec in SETS:
        points = draw_set(spec)
        fitted, stable = cluster(points, spec["options"]), cluster(points, spec["options"], stable=True)
        print(spec["name"], "unstable against stable:", adjusted_rand_score(fitted.labels_, stable.labels_), file=sys.stderr)
        probabilities = [round(float(p), 3) for p in stable.probabilities_]
        sets.append({**spec, "labels": fitted.labels_.tolist(), "stable": stable.labels_.tolist(), "probabilities": probabilities})
    draw = mulberry32(99)
    points = [[normal(draw) + 6 * (i % 3), normal(draw) * (1 + i % 2)] for i in range(60)]
    outliers = {"points": points, "minClusterSize": 5, "minSamples": 4, "scores": glosh(np.array(points), 5, 4)}
    json.dump({"versions": {"scikit-learn": sklearn.__version__}, "sets": sets, "glosh": outliers}, sys.stdout)
    print()


main()

"""scikit-learn's side of detectors.mjs: reads points as raw float32 from files, prints seconds (best of `rounds`) and labels."""
import json
import sys
import time

import numpy as np
from sklearn.cluster import HDBSCAN
from sklearn.ensemble import IsolationForest


def hdbscan(points):
    return HDBSCAN(min_cluster_size=15, copy=True).fit(points).labels_.tolist()


def forest(points):
    return (-IsolationForest(random_state=1).fit(points).score_samples(points)).tolist()


def main():
    task, path, dimensions, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    points = np.fromfile(path, dtype=np.float32).reshape(-1, dimensions)
    work = {"hdbscan": hdbscan, "forest": forest}[task]
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = work(points)
        seconds.append(time.perf_counter() - start)
    json.dump({"seconds": seconds, "result": result}, sys.stdout)


main()

"""The sets that detectors are tested on, drawn by mulberry32 (contracts/ports.ts), so that both languages see the same numbers."""
import math

import numpy as np


def mulberry32(seed):
    state = seed & 0xFFFFFFFF

    def imul(a, b):
        return (a * b) & 0xFFFFFFFF

    def draw():
        nonlocal state
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = state
        t = imul(t ^ (t >> 15), t | 1)
        t ^= (t + imul(t ^ (t >> 7), t | 61)) & 0xFFFFFFFF
        return ((t ^ (t >> 14)) & 0xFFFFFFFF) / 4294967296

    return draw


def normal(draw):
    """Sum of twelve uniforms: near enough to normal, and the same to the bit in both languages."""
    return sum(draw() for _ in range(12)) - 6


def options(least, samples, **more):
    return {"minClusterSize": least, "minSamples": samples, **more}


"""n points in `clusters` blobs (some wide, some narrow) or moons or one blob, and a share of noise over the whole box."""
SETS = [
    {"name": "well separated blobs", "kind": "blobs", "seed": 1, "n": 300, "dimensions": 2, "clusters": 4, "spread": 0.5, "noise": 0.05, "options": options(10, 5)},
    {"name": "touching blobs", "kind": "blobs", "seed": 2, "n": 800, "dimensions": 2, "clusters": 5, "spread": 1.2, "noise": 0.1, "options": options(15, 10)},
    {"name": "blobs in 8 dimensions", "kind": "blobs", "seed": 3, "n": 400, "dimensions": 8, "clusters": 6, "spread": 1.0, "noise": 0.1, "options": options(10, 10)},
    {"name": "blobs in 64 dimensions", "kind": "blobs", "seed": 4, "n": 400, "dimensions": 64, "clusters": 8, "spread": 1.0, "noise": 0.1, "options": options(8, 4)},
    {"name": "blobs of unequal density", "kind": "uneven", "seed": 5, "n": 400, "dimensions": 3, "clusters": 5, "spread": 0.3, "noise": 0.1, "options": options(10, 8)},
    {"name": "two moons", "kind": "moons", "seed": 6, "n": 600, "dimensions": 2, "clusters": 2, "spread": 0.08, "noise": 0.05, "options": options(10, 5)},
    {"name": "noise alone", "kind": "blobs", "seed": 7, "n": 200, "dimensions": 3, "clusters": 1, "spread": 1.0, "noise": 1.0, "options": options(12, 6)},
    {"name": "leaves of the tree", "kind": "uneven", "seed": 8, "n": 400, "dimensions": 4, "clusters": 5, "spread": 0.4, "noise": 0.1, "options": options(10, 5, selection="leaf")},
    {"name": "one blob, allowed", "kind": "blobs", "seed": 9, "n": 250, "dimensions": 2, "clusters": 1, "spread": 1.0, "noise": 0.05, "options": options(20, 10, allowSingleCluster=True)},
    {"name": "each point several times", "kind": "copies", "seed": 10, "n": 300, "dimensions": 5, "clusters": 4, "spread": 0.6, "noise": 0.1, "options": options(12, 6)},
]


def draw_set(spec):
    return np.array(draw_both(spec)[0])


def draw_noise(spec):
    """Which points of the set are noise."""
    return draw_both(spec)[1]


def draw_both(spec):
    draw = mulberry32(spec["seed"])
    d, clusters = spec["dimensions"], spec["clusters"]
    centres = [[draw() * 20 - 10 for _ in range(d)] for _ in range(clusters)]
    points, noise = [], []
    for i in range(spec["n"]):
        c = i % clusters
        noise.append(draw() < spec["noise"])
        if noise[-1]:
            points.append([draw() * 24 - 12 for _ in range(d)])
        elif spec["kind"] == "moons":
            angle = math.pi * draw()
            x, y = (math.cos(angle), math.sin(angle)) if c == 0 else (1 - math.cos(angle), 0.5 - math.sin(angle))
            points.append([6 * (x + spec["spread"] * normal(draw)), 6 * (y + spec["spread"] * normal(draw))])
        else:
            spread = spec["spread"] * ((1 + c) if spec["kind"] == "uneven" else 1)
            points.append([x + spread * normal(draw) for x in centres[c]])
        if spec["kind"] == "copies" and i % 3 != 0:
            points[-1] = list(points[-2])
    return points, noise

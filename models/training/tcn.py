"""A temporal convolutional network that names the shape of a fault in a metric series and the cell where it began: causal dilated residual blocks
(Bai, Kolter & Koltun, "An empirical evaluation of generic convolutional and recurrent networks for sequence modeling", 2018, 3.1-3.4), the shape read
off the last state and the pooled ones, the onset by a scorer of cells that the whole window's state tells what to look for.

usage: python -m training.tcn --out DIR --figures FIGURES.json --captures DIR --held DIR [--minutes 10] [--seed 7]
       writes DIR/{model.onnx, manifest.json}, and PyTorch's answers that the reader of the model is tested against
       (pip install torch onnx numpy; captures by `sandbox generate`, another seed for those held out)
"""
import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from training.tcn_captures import labelled
from training.tcn_export import export, weights_of
from training.tcn_shapes import SHAPES, batch, draw
from training.tcn_windows import CELLS, CHANNELS, to_cells, to_channels
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

WIDTH, KERNEL, DILATIONS = 32, 3, (1, 2, 4, 8, 16, 32)
KEYS, REACH = 16, 9
DROPOUT = 0.05


class Block(nn.Module):
    def __init__(self, inputs, outputs, dilation):
        super().__init__()
        self.past = (KERNEL - 1) * dilation
        self.first = weight_norm(nn.Conv1d(inputs, outputs, KERNEL, dilation=dilation))
        self.second = weight_norm(nn.Conv1d(outputs, outputs, KERNEL, dilation=dilation))
        self.through = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x):
        h = F.dropout(F.relu(self.first(F.pad(x, (self.past, 0)))), DROPOUT, self.training)
        h = F.dropout(F.relu(self.second(F.pad(h, (self.past, 0)))), DROPOUT, self.training)
        return F.relu(h + (x if self.through is None else self.through(x)))


class ShapeNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [CHANNELS] + [WIDTH] * len(DILATIONS)
        self.blocks = nn.ModuleList(Block(a, b, d) for a, b, d in zip(sizes, sizes[1:], DILATIONS))
        self.shape = nn.Linear(3 * WIDTH, len(SHAPES))
        self.key = nn.Conv1d(WIDTH, KEYS, REACH, padding=REACH // 2)
        self.query = nn.Linear(3 * WIDTH, KEYS)
        self.cell = nn.Conv1d(KEYS, 1, 1)

    def forward(self, x):
        h = x
        for block in self.blocks:
            h = block(h)
        whole = torch.cat([h[:, :, -1], h.amax(2), h.mean(2)], 1)
        onset = self.cell(F.relu(self.key(h) + self.query(whole)[:, :, None]))[:, 0]
        return self.shape(whole), onset + 1e4 * (x[:, 3].abs() - 1)


def loss_of(net, x, shape, onset):
    logits, cells = net(x)
    known, dated = shape >= 0, onset >= 0
    loss = F.cross_entropy(logits[known], shape[known], label_smoothing=0.02)
    near = (-0.5 * ((torch.arange(CELLS) - onset[dated, None]) / 0.8) ** 2).exp()
    near = near * (x[dated, 3] != 0)
    return loss + 0.5 * F.cross_entropy(cells[dated], near / near.sum(1, keepdim=True))


def train(net, rng, examples, seconds, report):
    calm, struck = [e for e in examples if e[2] < 0], [e for e in examples if e[2] >= 0]
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-3)
    began, step = time.monotonic(), 0
    while (spent := time.monotonic() - began) < seconds:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (0.5 + 0.5 * np.cos(np.pi * min(1, spent / seconds))) + 1e-5
        x, shape, onset = batch(rng, 48)
        picked = [calm[i] for i in rng.integers(len(calm), size=5)] + [struck[i] for i in rng.integers(len(struck), size=11)]
        x = np.concatenate([x, np.stack([p[0] for p in picked])])
        shape = np.concatenate([shape, [p[1] for p in picked]])
        onset = np.concatenate([onset, [p[2] for p in picked]])
        loss = loss_of(net, torch.from_numpy(x), torch.from_numpy(shape), torch.from_numpy(onset))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        step += 1
        if step % 100 == 0:
            report({"step": step, "seconds": round(spent), "loss": round(loss.item(), 4)})
    return step


@torch.no_grad()
def judge(net, x, shape, onset):
    net.eval()
    parts = [net(torch.from_numpy(x[i : i + 256])) for i in range(0, len(x), 256)]
    logits, cells = torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])
    said, at = logits.argmax(1).numpy(), cells.argmax(1).numpy()
    known, dated = shape >= 0, onset >= 0
    off = np.abs(at - onset)[dated]
    return said, at, {
        "windows": len(x),
        "accuracy": share(said[known] == shape[known]),
        "byShape": {name: {"n": int((shape == i).sum()), "right": share(said[shape == i] == i)} for i, name in enumerate(SHAPES) if (shape == i).any()},
        "onset": {"n": int(dated.sum()), "medianCells": float(np.median(off)), "meanCells": round(float(off.mean()), 2), "within2": share(off <= 2)},
    }


def share(right):
    return round(float(np.mean(right)), 4)


def order_of_pairs(net, rng, pairs=600):
    """Of two series whose faults began some cells apart, both dated by the network: how often the right one is told to be first."""
    x, gaps = [], []
    for _ in range(pairs):
        while True:
            (a, ra, sa, ka), (b, rb, sb, kb) = draw(rng), draw(rng)
            if sa > 0 and sb > 0 and len(a) == len(b) == CELLS and 1 <= abs(ka - kb) <= 24:
                break
        x += [to_channels(a, ra), to_channels(b, rb)]
        gaps.append(kb - ka)
    with torch.no_grad():
        at = torch.cat([net(torch.from_numpy(np.stack(x[i : i + 256])))[1].argmax(1) for i in range(0, len(x), 256)]).numpy().reshape(-1, 2)
    told = np.sign(at[:, 1] - at[:, 0])
    gaps = np.array(gaps)
    spoke = told != 0
    return {"pairs": pairs, "spoke": share(spoke), "right": share(told[spoke] == np.sign(gaps)[spoke]), "rightFrom3Cells": share((told == np.sign(gaps))[np.abs(gaps) >= 3])}


def run_train(args):
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    examples, held = labelled(args.captures, args.seed), labelled(args.held, args.seed + 1)
    net = ShapeNetwork()
    size = sum(p.numel() for p in net.parameters())
    report = lambda progress: print(json.dumps(progress), file=sys.stderr, flush=True)
    report({"parameters": size, "labelled": len(examples), "heldOut": len(held)})
    steps = train(net, rng, examples, args.minutes * 60, report)
    other = np.random.default_rng(args.seed + 1000)
    figures = {"synthetic": judge(net, *batch(other, 3000))[2]}
    figures["generated"] = judge(net, *(np.array(column) for column in zip(*held)))[2]
    figures["order"] = order_of_pairs(net, other)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    export(net, out / "model.onnx")
    weights = sum(w.size for w in weights_of(net).values())
    manifest = {
        "name": "tcn", "version": "1.0.0", "task": "tcn", "quantisation": "none", "licence": "Apache-2.0", "input": "windows",
        "shapes": SHAPES, "cells": CELLS, "channels": CHANNELS, "parameters": weights, "seed": args.seed,
        "corpus": [
            {"name": "series drawn by models/training/tcn_shapes.py", "licence": "Apache-2.0", "lines": steps * 48},
            {"name": f"series of captures made by {made_by(args.captures)}; held out: {made_by(args.held)}", "licence": "Apache-2.0", "lines": len(examples)},
        ],
        "trainedWith": f"models/training/tcn.py, torch {torch.__version__}, {steps} steps of 64 windows in {args.minutes:g} minutes on one thread",
        "figures": figures,
        "sha256": {"model.onnx": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest()},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent="\t") + "\n")
    write_oracle(net, Path(args.figures))
    print(json.dumps(figures))


def made_by(root):
    """What the captures say of themselves: the generator and the seed of the first."""
    first = sorted(Path(root).glob("*/*/capture.json"))
    return json.loads(first[0].read_text())["provenance"]["source"] if first else "nothing"


def write_oracle(net, path):
    """Raw series, their channels by numpy, and what PyTorch says of them."""
    net.eval()
    rng = np.random.default_rng(11)
    cases = []
    for i, shape in enumerate(SHAPES + ["step-up", "ramp"]):
        x, reference, _, _ = draw(rng, shape)
        times = 1_700_000_000_000 + 30_000 * np.arange(len(x))
        if i >= len(SHAPES):  # longer than the cells, with samples that are late or lost
            x = np.repeat(x, 3) * (1 + 0.01 * rng.standard_normal(3 * len(x)))
            times = 1_700_000_000_000 + 10_000 * np.arange(len(x)) + rng.integers(0, 900, len(x))
            keep = rng.random(len(x)) > 0.1
            x, times = x[keep], times[keep]
        cells, width = to_cells(times, x)
        cut = int(np.clip(len(cells) * 0.4, 4, None))
        channels = to_channels(cells, cells[:cut])
        with torch.no_grad():
            shapes, onset = net(torch.from_numpy(channels[None]))
        number = lambda v: None if not np.isfinite(v) else float(v)
        cases.append({
            "times": times.tolist(), "values": [number(v) for v in x], "cut": cut, "width": float(width),
            "channels": [[round(float(v), 6) for v in row] for row in channels],
            "shape": [float(v) for v in shapes[0]], "onset": [float(v) for v in onset[0, CELLS - len(cells) :]],
        })
    path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, help="the model's folder")
    parser.add_argument("--figures", required=True, help="where PyTorch's figures go, for the tests of the reader")
    parser.add_argument("--captures", required=True)
    parser.add_argument("--held", required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=7)
    run_train(parser.parse_args())

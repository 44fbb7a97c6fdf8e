"""The sequence head: LogBERT's masked keys and hypersphere over the line vectors of a session.

  L = InfoNCE(predicted, true; t = 0.1) over the masked positions + 0.1 |cls - centre|^2

Guo, Yuan & Wu, "LogBERT: Log Anomaly Detection via BERT", IJCNN 2021. Differs from the paper: a key is the line's vector instead of an id of a
closed vocabulary, so that a system that was never seen can be scored; the masks are fixed (position i is hidden in pass i mod PASSES), so that
scores repeat; and the vector of the session is an output, since its distance is to be taken to the centre of the system's own baseline.
"""
from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from onnx import TensorProto
from torch import Tensor, nn
from torch.nn import functional as F

from .encoder import Block, EncoderConfig
from .export import array, export_block, matrix, norm
from .onnx_graph import Graph, tensor
from .progress import Progress

PASSES = 4
TEMPERATURE = 0.1


@dataclass(frozen=True)
class SequenceConfig:
    dimensions: int = 128
    layers: int = 2
    heads: int = 4
    inner: int = 256
    max_length: int = 256


class SequenceModel(nn.Module):
    def __init__(self, config: SequenceConfig) -> None:
        super().__init__()
        self.config = config
        d = config.dimensions
        block = EncoderConfig(vocabulary=1, dimensions=d, heads=config.heads, inner=config.inner)
        self.enter = nn.Linear(d, d)
        self.positions = nn.Embedding(config.max_length + 1, d)
        self.hidden = nn.Parameter(torch.randn(d) * 0.1)
        self.start = nn.Parameter(torch.randn(d) * 0.1)
        self.blocks = nn.ModuleList(Block(block) for _ in range(config.layers))
        self.norm = nn.LayerNorm(d)
        self.leave = nn.Linear(d, d)
        self.register_buffer("centre", torch.zeros(d))
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, vectors: Tensor, mask: Tensor, hide: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors [b, n, d], mask [b, n], hide [b, n] (1 = masked): predicted unit vectors [b, n, d] and the session's vector [b, d]."""
        x = self.enter(vectors) * (1 - hide[..., None]) + self.hidden * hide[..., None]
        x = torch.cat([self.start.expand(len(x), 1, -1), x], dim=1) + self.positions.weight[: x.shape[1] + 1]
        bias = ((1.0 - F.pad(mask, (1, 0), value=1.0)) * -1e4)[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias)
        x = self.norm(x)
        return F.normalize(self.leave(x[:, 1:]), dim=-1), x[:, 0]

    @torch.no_grad()
    def score(self, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(error [b, n] in [0, 2], session [b, d], distance [b]): as the exported graph."""
        error = torch.zeros_like(mask)
        for turn in range(PASSES):
            hide = ((torch.arange(mask.shape[1], device=mask.device) % PASSES) == turn).float().expand_as(mask)
            predicted, _ = self(vectors, mask, hide)
            error = error + (1 - (predicted * vectors).sum(-1)) * hide * mask
        _, session = self(vectors, mask, torch.zeros_like(mask))
        return error, session, ((session - self.centre) ** 2).mean(-1)


def pad(sessions: list[np.ndarray]) -> tuple[Tensor, Tensor]:
    width = max(map(len, sessions))
    vectors = np.zeros((len(sessions), width, sessions[0].shape[1]), dtype=np.float32)
    mask = np.zeros((len(sessions), width), dtype=np.float32)
    for row, s in enumerate(sessions):
        vectors[row, : len(s)] = s
        mask[row, : len(s)] = 1
    return torch.from_numpy(vectors), torch.from_numpy(mask)


def windows(streams: list[list[int]], random_: random.Random, shortest: int = 4, longest: int = 48) -> list[int]:
    """A stretch of one stream, of random length: sessions are short and long."""
    stream = random_.choice(streams)
    size = min(len(stream), int(math.exp(random_.uniform(math.log(shortest), math.log(longest)))))
    at = random_.randrange(len(stream) - size + 1)
    return stream[at : at + size]


def masked_key_loss(model: SequenceModel, vectors: Tensor, mask: Tensor, keys: Tensor, generator: torch.Generator) -> Tensor:
    """Hides a half of the positions; each predicted vector must be nearest to its own key among the distinct keys of the batch."""
    hide = ((torch.rand(mask.shape, generator=generator) < 0.4) & (mask == 1)).float()
    if hide.sum() == 0:
        hide[:, 0] = 1
    predicted, session = model(vectors, mask, hide)
    told = hide.bool()
    distinct, target = torch.unique(keys[told], return_inverse=True)
    first = torch.zeros(len(distinct), dtype=torch.long).scatter_(0, target, torch.arange(len(target)))
    table = vectors[told][first]
    loss = F.cross_entropy(predicted[told] @ table.T / TEMPERATURE, target)
    centre = model.centre if model.centre.abs().sum() > 0 else session.detach().mean(0)
    return loss + 0.1 * ((session - centre) ** 2).mean()


def train_sequence(vectors: np.ndarray, groups: dict[str, list[list[int]]], minutes: float, seed: int, max_steps: int = 1_000_000, batch: int = 64) -> tuple[SequenceModel, dict[str, float]]:
    """`vectors` of the distinct lines; `groups` of streams (rows of `vectors`, in order) by system. A third of the batches is rotated at random, so
    that what is learned is how lines follow each other, not only which."""
    torch.manual_seed(seed)
    random_, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    model = SequenceModel(SequenceConfig(dimensions=vectors.shape[1])).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    progress, started, step, smooth = Progress("sequence", 1000), time.monotonic(), 0, 0.0
    names = sorted(groups)
    while (done := max((time.monotonic() - started) / (minutes * 60), step / max_steps)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = 1e-3 * min(1, (step + 1) / 100) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * done)))
        rows = [windows(groups[random_.choice(names)], random_) for _ in range(batch)]
        x, mask = pad([vectors[r] for r in rows])
        if random_.random() < 1 / 3:
            x = x @ torch.linalg.qr(torch.randn(x.shape[-1], x.shape[-1], generator=generator))[0]
        keys = torch.zeros(mask.shape, dtype=torch.long)
        for i, r in enumerate(rows):
            keys[i, : len(r)] = torch.tensor(r)
        loss = masked_key_loss(model, x, mask, keys, generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step += 1
        smooth = loss.item() if step == 1 else 0.98 * smooth + 0.02 * loss.item()
        if step % 200 == 0:
            with torch.no_grad():
                model.centre.copy_(model(x, mask, torch.zeros_like(mask))[1].mean(0) * 0.1 + (model.centre if step > 200 else model(x, mask, torch.zeros_like(mask))[1].mean(0)) * 0.9)
        progress.tell(min(999, int(done * 1000)), smooth, step * batch)
    progress.tell(1000, smooth, step * batch)
    return model.eval(), {"steps": step, "minutes": round((time.monotonic() - started) / 60, 1), "loss": round(smooth, 4)}


def export_sequence(model: SequenceModel, path: Path) -> None:
    """Inputs `embeddings` float [batch, length, d], `mask` int32 [batch, length]; outputs `error` [batch, length], `session` [batch, d], `distance` [batch]."""
    g = Graph(int8=False)
    d, one = model.config.dimensions, g.number(1)
    mask = g.add("Cast", "mask", to=TensorProto.FLOAT)
    length = g.add("Slice", g.add("Shape", "mask"), g.ints(1), g.ints(2))
    batch = g.add("Slice", g.add("Shape", "mask"), g.ints(0), g.ints(1))
    start = g.add("Expand", g.weight(array(model.start)[None, None]), g.add("Concat", batch, g.ints(1, d), axis=0))
    ones = g.add("Expand", one, g.add("Concat", batch, g.ints(1), axis=0))
    absent = g.add("Mul", g.add("Sub", one, g.add("Concat", ones, mask, axis=1)), g.number(-1e4))
    bias = g.add("Unsqueeze", absent, g.ints(1, 2))
    places = g.add("Slice", g.weight(array(model.positions.weight)), g.ints(0), g.add("Add", length, g.ints(1)), g.ints(0))
    entered = g.linear("embeddings", matrix(model.enter), array(model.enter.bias))
    total = ""
    for turn in range(PASSES + 1):
        x = entered
        if turn < PASSES:
            pattern = (np.arange(model.config.max_length) % PASSES == turn).astype(np.float32)
            hide = g.add("Slice", g.weight(pattern), g.ints(0), length, g.ints(0))
            column = g.add("Unsqueeze", hide, g.ints(0, 2))
            x = g.add("Add", g.add("Mul", x, g.add("Sub", one, column)), g.add("Mul", g.weight(array(model.hidden)), column))
        x = g.add("Add", g.add("Concat", start, x, axis=1), places)
        for block in model.blocks:
            x = export_block(g, x, bias, block, d)
        x = norm(g, x, model.norm)
        if turn < PASSES:
            found = g.linear(g.add("Slice", x, g.ints(1), g.ints(1 << 40), g.ints(1)), matrix(model.leave), array(model.leave.bias))
            found = g.add("Div", found, g.add("Max", g.add("ReduceL2", found, axes=[-1], keepdims=1), g.number(1e-12)))
            like = g.add("ReduceSum", g.add("Mul", found, "embeddings"), g.ints(2), keepdims=0)
            part = g.add("Mul", g.add("Mul", g.add("Sub", one, like), g.add("Unsqueeze", hide, g.ints(0))), mask)
            total = g.add("Add", total, part, name="error" if turn == PASSES - 1 else None) if total else part
    session = g.add("Gather", x, g.weight(np.asarray(0, dtype=np.int64)), axis=1, name="session")
    away = g.add("Sub", session, g.weight(array(model.centre)))
    g.add("ReduceMean", g.add("Mul", away, away), axes=[-1], keepdims=0, name="distance")
    inputs = [tensor("embeddings", TensorProto.FLOAT, "batch", "length", d), tensor("mask", TensorProto.INT32, "batch", "length")]
    outputs = [tensor("error", TensorProto.FLOAT, "batch", "length"), tensor("session", TensorProto.FLOAT, "batch", d), tensor("distance", TensorProto.FLOAT, "batch")]
    g.save(path, inputs, outputs, "sequence-scorer")

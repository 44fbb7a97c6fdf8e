"""Training of a line encoder: masked words, InfoNCE between views of a template, and the failure head where the corpus carries levels.

  L = InfoNCE(z, z'; t = 0.07) + 0.3 CE(masked words) + 0.3 BCE(failure)

van den Oord et al., "Representation Learning with Contrastive Predictive Coding", 2018; Gao et al., "SimCSE", EMNLP 2021; the masked words are
Devlin et al., "BERT", NAACL 2019 (15 %: 80 % mask, 10 % random, 10 % kept).
"""
from __future__ import annotations

import math
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from .corpus import Line, without_level
from .encoder import EncoderConfig, LineEncoder
from .progress import Progress
from .tokenisers import MASK, SPECIAL
from .views import Views

TEMPERATURE = 0.07


@dataclass(frozen=True)
class TrainOptions:
    minutes: float
    seed: int = 7
    batch: int = 128
    rate: float = 1e-3
    word_share: float = 0.3
    failure_share: float = 0.3
    max_steps: int = 1_000_000
    """A run ends by steps or minutes, whichever comes first, and the schedule follows whichever is further: to repeat one, minutes are infinite."""


class Batches:
    """Templates by source; half of the batches are of one source, where the near misses are."""

    def __init__(self, lines: list[Line], size: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.size = size
        self.templates: dict[str, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
        for line in lines:
            self.templates[line.source][line.template].append(line)
        self.sources = sorted(self.templates)
        self.keys = {s: sorted(self.templates[s]) for s in self.sources}
        self.weights = [math.sqrt(len(self.keys[s])) for s in self.sources]

    def draw(self) -> list[tuple[Line, Line]]:
        """Pairs of lines of one template, each pair of another template."""
        chosen: dict[str, str] = {}
        hard = self.random.choices(self.sources, self.weights)[0] if self.random.random() < 0.5 else None
        wanted = min(self.size, len(self.keys[hard])) if hard else self.size
        for _ in range(4 * self.size):
            source = hard or self.random.choices(self.sources, self.weights)[0]
            chosen[self.random.choice(self.keys[source])] = source
            if len(chosen) >= wanted:
                break
        pairs = []
        for key, source in chosen.items():
            held = self.templates[source][key]
            pairs.append((self.random.choice(held), self.random.choice(held)))
        return pairs


def to_tensors(tokeniser: Tokenizer, texts: list[str], max_tokens: int, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """Ids and mask [batch, longest], cut at max_tokens; the padding id is 0."""
    encoded = [e.ids[:max_tokens] for e in tokeniser.encode_batch(texts)]
    width = max(map(len, encoded))
    ids = np.zeros((len(encoded), width), dtype=np.int64)
    mask = np.zeros((len(encoded), width), dtype=np.int64)
    for row, e in enumerate(encoded):
        ids[row, : len(e)] = e
        mask[row, : len(e)] = 1
    return torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)


def info_nce(a: Tensor, b: Tensor, same: Tensor | None = None, temperature: float = TEMPERATURE) -> Tensor:
    """Cross-entropy of finding each row's partner among the other side's rows, both ways. `same[i, j]` rows other than the partner are left out."""
    scores = a @ b.T / temperature
    if same is not None:
        scores = scores.masked_fill(same, -1e4)
    target = torch.arange(len(a), device=a.device)
    return (F.cross_entropy(scores, target) + F.cross_entropy(scores.T, target)) / 2


def mask_words(ids: Tensor, mask: Tensor, mask_id: int, vocabulary: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Masked copy of the ids, and which positions are to be told."""
    draw = torch.rand(ids.shape, generator=generator).to(ids.device)
    told = (draw < 0.15) & (mask == 1) & (ids >= len(SPECIAL))
    out = ids.clone()
    out[told & (draw < 0.12)] = mask_id
    swap = told & (draw >= 0.12) & (draw < 0.135)
    out[swap] = torch.randint(len(SPECIAL), vocabulary, ids.shape, generator=generator).to(ids.device)[swap]
    return out, told


def same_text(a: list[str], b: list[str]) -> Tensor:
    """Pairs off the diagonal whose normalised forms are equal: false negatives."""
    grid = torch.tensor([[x == y for y in b] for x in a])
    return grid & ~torch.eye(len(a), dtype=torch.bool)


@dataclass
class Trainer:
    """State of one run; `step` gives the losses of one batch, ready to be summed."""

    model: LineEncoder
    tokeniser: Tokenizer
    lines: list[Line]
    options: TrainOptions

    def __post_init__(self) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model.to(self.device).train()
        torch.manual_seed(self.options.seed)
        self.generator = torch.Generator().manual_seed(self.options.seed)
        self.random = random.Random(self.options.seed)
        self.views = Views(self.lines, self.options.seed)
        self.batches = Batches(self.lines, self.options.batch, self.options.seed)
        self.labelled = [[line for line in self.lines if line.failure == label] for label in (0, 1)]
        self.mask_id = self.tokeniser.token_to_id(MASK)

    def states(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        with torch.autocast(self.device.type, torch.bfloat16):
            z, states = self.model(ids, mask)
        return z.float(), states.float()

    def chunks(self, texts: list[str], size: int = 64) -> list[tuple[list[int], Tensor, Tensor]]:
        """Rows of like length together, so that little is padding."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        parts = [order[at : at + size] for at in range(0, len(order), size)]
        return [(part, *to_tensors(self.tokeniser, [texts[i] for i in part], self.model.config.max_tokens, self.device)) for part in parts]

    def vectors(self, chunks: list[tuple[list[int], Tensor, Tensor]]) -> Tensor:
        """Unit vectors in the order of the texts."""
        order = torch.tensor([i for part, _, _ in chunks for i in part], device=self.device)
        return torch.cat([self.states(ids, mask)[0] for _, ids, mask in chunks])[torch.argsort(order)]

    def step(self, number: int) -> dict[str, Tensor]:
        pairs = self.batches.draw()
        n = len(pairs)
        texts = [self.views.draw(a) for a, _ in pairs] + [self.views.draw(b) for _, b in pairs]
        chunks = self.chunks(texts)
        z = self.vectors(chunks)
        forms = [a.text for a, _ in pairs]
        losses = {"pairs": info_nce(z[:n], z[n:], same_text(forms, forms).to(self.device))}
        if number % 3 < 2:
            losses["words"] = self.word_loss(*self.random.choice(chunks)[1:])
        elif self.model.config.failure_head and all(self.labelled):
            losses["failure"] = self.failure_loss()
        return losses

    def word_loss(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden, told = mask_words(ids, mask, self.mask_id, self.model.config.vocabulary, self.generator)
        if not told.any():
            return torch.zeros((), device=self.device)
        return F.cross_entropy(self.model.words(self.states(hidden, mask)[1][told]), ids[told])

    def failure_loss(self) -> Tensor:
        """Half failures, half not, the level taken out; a source counts by the root of its lines."""
        drawn = [self.random.choices(group, self._weights(label), k=32) for label, group in enumerate(self.labelled)]
        rows = [(without_level(line.raw if self.random.random() < 0.5 else line.text), label) for label, g in enumerate(drawn) for line in g]
        rows = [(self.views.perturbed(t) if self.random.random() < 0.3 else t, label) for t, label in rows]
        total = torch.zeros((), device=self.device)
        for part, ids, mask in self.chunks([t for t, _ in rows]):
            target = torch.tensor([float(rows[i][1]) for i in part], device=self.device)
            logits = self.model.failure(self.states(ids, mask)[1], mask)
            total = total + F.binary_cross_entropy_with_logits(logits, target, reduction="sum")
        return total / len(rows)

    def _weights(self, label: int) -> list[float]:
        if not hasattr(self, "_by_label"):
            self._by_label = {}
        if label not in self._by_label:
            counts = Counter(line.source for line in self.labelled[label])
            self._by_label[label] = [counts[line.source] ** -0.5 for line in self.labelled[label]]
        return self._by_label[label]


def train(model: LineEncoder, tokeniser: Tokenizer, lines: list[Line], options: TrainOptions, stage: str = "train") -> dict[str, float]:
    """Trains in place; gives the last losses and what it cost."""
    return run(Trainer(model, tokeniser, lines, options), stage)


def run(trainer: Trainer, stage: str) -> dict[str, float]:
    """Steps until minutes or steps are over, the rate warmed up and let down by a cosine."""
    model, options = trainer.model, trainer.options
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01)
    progress = Progress(stage, 1000)
    shares = {"pairs": 1.0, "teachers": 1.0, "words": 1.5 * options.word_share, "failure": 3 * options.failure_share}
    started, step, seen, smooth = time.monotonic(), 0, 0, {}
    while True:
        done = max((time.monotonic() - started) / (options.minutes * 60), step / options.max_steps)
        if done >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1.0, (step + 1) / 100) * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * done)))
        losses = trainer.step(step)
        optimiser.zero_grad(set_to_none=True)
        sum(shares[k] * v for k, v in losses.items()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        step, seen = step + 1, seen + 2 * options.batch
        for k, v in losses.items():
            smooth[k] = 0.98 * smooth.get(k, v.item()) + 0.02 * v.item()
        progress.tell(min(999, int(done * 1000)), smooth["pairs"], seen)
    progress.tell(1000, smooth.get("pairs"), seen)
    model.to("cpu").eval()
    minutes = (time.monotonic() - started) / 60
    return {"steps": step, "minutes": round(minutes, 1), "lines": seen, **{f"loss_{k}": round(v, 4) for k, v in smooth.items()}}

"""Going on from a shipped encoder on a user's own logs, and whether that was worth it on lines of theirs that were held out.

What was learned is taken as far as it costs nothing: the weights are (1 - a) of the old and a of the new, with the a that does best on other held-out lines
(Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
"""
from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional as F

from .corpus import Line
from .encoder import LineEncoder
from .evaluate import hits
from .manifest import sha256
from .shipped import load_encoder, save_encoder
from .tokenisers import MASK
from .train import TrainOptions, mask_words, to_tensors, train
from .verdict import Measure, beats, change
from .views import words_changed

HELD_OUT, CHOSEN_BY = 0.2, 0.1
"""Shares of the lines that the encoder is judged by in the end, and of the rest that `a` is chosen by."""
SHARES = (0.25, 0.5, 0.75, 1.0)
JUDGED_BY = 3000
"""Held-out lines at most that are asked about: each is asked about once as it is and DRAWS times changed, before and after."""
DRAWS = 3


def hold_out(lines: list[Line], seed: int, share: float = HELD_OUT) -> tuple[list[Line], list[Line]]:
    """A share of the templates as a whole, and as large a share of the lines of the others: (kept, held out)."""
    random_ = random.Random(seed)
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.template].append(line)
    kept, held = [], []
    for template in sorted(groups):
        rows = groups[template]
        out = len(rows) if random_.random() < share else int(len(rows) * share)
        held += rows[:out]
        kept += rows[out:]
    return kept, held


@torch.no_grad()
def vectors_of(model: LineEncoder, tokeniser: Tokenizer, texts: list[str]) -> np.ndarray:
    found = np.zeros((len(texts), model.config.dimensions), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for at in range(0, len(order), 64):
        rows = order[at : at + 64]
        found[rows] = model(*to_tensors(tokeniser, [texts[i] for i in rows], model.config.max_tokens))[0].numpy()
    return found


@torch.no_grad()
def word_losses(model: LineEncoder, tokeniser: Tokenizer, texts: list[str], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each line, the cross-entropy of its masked words, summed, and how many were masked; equal seeds mask the same words."""
    generator = torch.Generator().manual_seed(seed)
    sums, counts = np.zeros(len(texts)), np.zeros(len(texts))
    for at in range(0, len(texts), 64):
        ids, mask = to_tensors(tokeniser, texts[at : at + 64], model.config.max_tokens)
        hidden, told = mask_words(ids, mask, tokeniser.token_to_id(MASK), model.config.vocabulary, generator)
        if told.any():
            rows = told.nonzero()[:, 0].numpy() + at
            losses = F.cross_entropy(model.words(model(hidden, mask)[1][told]), ids[told], reduction="none").numpy()
            np.add.at(sums, rows, losses)
            np.add.at(counts, rows, 1)
    return sums, counts


def judged(model: LineEncoder, tokeniser: Tokenizer, held: list[Line], seed: int) -> dict[str, Measure]:
    """P@1 by template over the held-out raw lines, the same with a tenth of the query's words changed (the mean of some draws), and the loss of masked words."""
    texts, events = [line.raw for line in held], [line.template for line in held]
    words = sorted({w for t in texts for w in t.split() if w.isalpha()}) or ["word"]
    random_ = random.Random(seed)
    base = vectors_of(model, tokeniser, texts)
    asked, found = hits(base, base, events)
    changed = [vectors_of(model, tokeniser, [words_changed(t, 0.1, words, random_) for t in texts]) for _ in range(DRAWS)]
    groups, ones = [events[i] for i in asked], np.ones(len(asked))
    sums, counts = word_losses(model, tokeniser, texts, seed)
    return {
        "precisionAt1": Measure(found, ones, groups),
        "precisionAt1WordsChanged": Measure(np.mean([hits(base, c, events)[1] for c in changed], axis=0), ones, groups),
        "maskedWordLoss": Measure(sums, counts, events, lower_is_better=True),
    }


def settle(model: LineEncoder, tokeniser: Tokenizer, old: dict[str, torch.Tensor], lines: list[Line], seed: int) -> float:
    """Leaves the mixture in `model` that loses nothing on `lines` and knows them best, or the least of what was learned where each loses something; gives its share."""
    new = {k: v.clone() for k, v in model.state_dict().items()}

    def mixed(share: float) -> dict[str, Measure]:
        model.load_state_dict({k: torch.lerp(old[k], new[k], share) for k in new})
        return judged(model, tokeniser, lines, seed)

    before = mixed(0.0)
    found = {share: mixed(share) for share in SHARES}
    harmless = [s for s, after in found.items() if not any(change(before[n], after[n]).verdict == "worse" for n in before)]
    share = min(harmless, key=lambda s: found[s]["maskedWordLoss"].figure, default=SHARES[0])
    model.load_state_dict({k: torch.lerp(old[k], new[k], share) for k in new})
    return share


def finetune(start: Path, lines: list[Line], rehearsal: list[Line], out: Path, options: TrainOptions, corpus: dict[str, object]) -> dict[str, object]:
    """Trains on the user's lines and, so that nothing else is forgotten, on `rehearsal`; writes `out` whatever came of it and says so in `figures`."""
    model, tokeniser, manifest = load_encoder(start)
    kept, held = hold_out(lines, options.seed)
    if not kept or len(held) < 10:
        raise ValueError(f"{len(lines)} distinct lines are too few to train on and to be judged by: give at least some hundred")
    asked = random.Random(options.seed).sample(held, min(len(held), JUDGED_BY))
    before = judged(model, tokeniser, asked, options.seed)
    known = [replace(line, source="rehearsal") for line in rehearsal]  # one source beside the user's, so that theirs is half of what is seen
    kept, rest = hold_out(kept, options.seed + 1, CHOSEN_BY)
    chosen_by = random.Random(options.seed).sample(rest, min(len(rest), JUDGED_BY // 3))
    old = {k: v.clone() for k, v in model.state_dict().items()}
    cost = train(model, tokeniser, kept + known, replace(options, word_share=1.0), stage="finetune")
    cost["shareOfNew"] = settle(model, tokeniser, old, chosen_by, options.seed) if len(chosen_by) >= 10 else 1.0
    after = judged(model, tokeniser, asked, options.seed)
    changes = {name: change(before[name], after[name]) for name in before}
    figures = {
        "heldOutLines": len(asked),
        "before": {name: measure.figure for name, measure in before.items()},
        "after": {name: measure.figure for name, measure in after.items()},
        "change": {name: c.told() for name, c in changes.items()},
        "beatsShipped": beats(changes),
    }
    told = {
        "version": f"{manifest['version']}-tuned",
        "input": manifest["input"],
        "from": {"name": manifest["name"], "sha256": sha256(start / "model.onnx")},
        "corpus": [corpus, *manifest["corpus"]],
        "seed": options.seed,
        "trainedWith": cost,
        "figures": figures,
    }
    return save_encoder(out, model, tokeniser, told, [line.raw for line in held[:256]])

"""A head start: an encoder takes what it can from one that is trained. Layers of like shape are copied, and positions as far as both go; a token that the other vocabulary lacks
begins as the mean of the other's pieces of its text (Dobler & de Melo, "FOCUS", EMNLP 2023, in its plainest form)."""
from __future__ import annotations

import torch
from tokenizers import Tokenizer

from .encoder import LineEncoder


@torch.no_grad()
def take_over(model: LineEncoder, tokeniser: Tokenizer, elder: LineEncoder, elders: Tokenizer) -> int:
    """Fills `model` in place from `elder`; gives how many tensors were copied as they are. Nothing is copied where the width differs."""
    if model.config.dimensions != elder.config.dimensions:
        return 0
    theirs = elder.state_dict()
    mine = model.state_dict()
    copied = [k for k in mine if k not in ("tokens.weight", "word_bias") and k in theirs and mine[k].shape == theirs[k].shape]
    for key in copied:
        mine[key].copy_(theirs[key])
    shared = min(model.config.max_tokens, elder.config.max_tokens)
    mine["positions.weight"][:shared] = theirs["positions.weight"][:shared]
    vocabulary = elders.get_vocab()
    for token, row in tokeniser.get_vocab().items():
        ids = [vocabulary[token]] if token in vocabulary else elders.encode(tokeniser.decode([row]), add_special_tokens=False).ids
        if ids:
            mine["tokens.weight"][row] = theirs["tokens.weight"][ids].mean(0)
            mine["word_bias"][row] = theirs["word_bias"][ids].mean()
    return len(copied)

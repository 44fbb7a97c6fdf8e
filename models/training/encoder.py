"""The line encoder: token ids in, a unit vector out, with a head for masked words and one for lines that report a failure."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class EncoderConfig:
    vocabulary: int
    dimensions: int = 128
    layers: int = 2
    heads: int = 4
    inner: int = 512
    max_tokens: int = 64
    pooling: str = "weighted"
    failure_head: bool = True

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent="\t") + "\n")

    @staticmethod
    def load(path: Path) -> "EncoderConfig":
        return EncoderConfig(**json.loads(path.read_text()))


class Block(nn.Module):
    """Attention and a two-layer network, each normalised before and added to its input (pre-LN)."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        d = config.dimensions
        self.heads = config.heads
        self.attention_norm = nn.LayerNorm(d)
        self.qkv = nn.Linear(d, 3 * d)
        self.out = nn.Linear(d, d)
        self.inner_norm = nn.LayerNorm(d)
        self.up = nn.Linear(d, config.inner)
        self.down = nn.Linear(config.inner, d)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, tokens, d = x.shape
        q, k, v = (
            self.qkv(self.attention_norm(x)).view(batch, tokens, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        )
        weights = torch.softmax(q @ k.transpose(-1, -2) * (d // self.heads) ** -0.5 + bias, dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(batch, tokens, d))
        return x + self.down(torch.relu(self.up(self.inner_norm(x))))


class LineEncoder(nn.Module):
    """`forward` gives (unit vectors, states of the last layer); `failure` a logit a line; `words` logits of the vocabulary."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        d = config.dimensions
        self.tokens = nn.Embedding(config.vocabulary, d)
        self.positions = nn.Embedding(config.max_tokens, d)
        self.embedding_norm = nn.LayerNorm(d)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(d)
        self.pool = nn.Linear(d, 1)
        self.word_bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.failure_pool = nn.Linear(d, 1)
        self.failure_up = nn.Linear(d, 32)
        self.failure_out = nn.Linear(32, 1)
        nn.init.normal_(self.tokens.weight, std=0.1)
        nn.init.normal_(self.positions.weight, std=0.02)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        x = self.embedding_norm(self.tokens(ids) + self.positions.weight[: ids.shape[1]])
        bias = ((1.0 - mask.float()) * -1e4)[:, None, None, :]
        for block in self.blocks:
            x = block(x, bias)
        states = self.norm(x)
        return F.normalize(self._pooled(states, mask), dim=-1), states

    def _pooled(self, states: Tensor, mask: Tensor) -> Tensor:
        if self.config.pooling == "mean":
            held = mask.float()[..., None]
            return (states * held).sum(1) / held.sum(1)
        return weighted_mean(states, self.pool(states), mask)

    def failure(self, states: Tensor, mask: Tensor) -> Tensor:
        """Logit that the line reports a failure, [batch]."""
        pooled = weighted_mean(states, self.failure_pool(states), mask)
        return self.failure_out(torch.relu(self.failure_up(pooled)))[:, 0]

    def words(self, states: Tensor) -> Tensor:
        """Logits of the vocabulary for each state, the token table being the output layer."""
        return states @ self.tokens.weight.T + self.word_bias


def weighted_mean(states: Tensor, scores: Tensor, mask: Tensor) -> Tensor:
    """Mean of the states by softmax(scores) over the tokens that are there."""
    weights = torch.softmax(scores + (1.0 - mask.float())[..., None] * -1e4, dim=1)
    return (states * weights).sum(1)

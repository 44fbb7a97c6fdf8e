"""Distilling: a smaller encoder learns how near its teachers find the lines of a batch to each other, and the views of a template beside that.

  L = KL(softmax(mean_t S_t / t) | softmax(S / t)) + InfoNCE,   S the cosines within the batch

Only nearness is taught, so that teachers and pupil may differ in length of vector and vocabulary (Park et al., "Relational Knowledge
Distillation", CVPR 2019; Fang et al., "SEED", ICLR 2021).
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .runtime import OnnxEncoder
from .train import TEMPERATURE, Trainer, info_nce, same_text


@dataclass
class Distiller(Trainer):
    teachers: list[OnnxEncoder] = field(default_factory=list)

    def step(self, number: int) -> dict[str, Tensor]:
        pairs = self.batches.draw()
        n = len(pairs)
        texts = [self.views.draw(a) for a, _ in pairs] + [self.views.draw(b) for _, b in pairs]
        z = self.vectors(self.chunks(texts))
        forms = [a.text for a, _ in pairs]
        taught = np.mean([v @ v.T for v in (t.encode(texts) for t in self.teachers)], axis=0)
        return {
            "pairs": info_nce(z[:n], z[n:], same_text(forms, forms).to(self.device)),
            "teachers": nearness_loss(z, torch.from_numpy(taught).to(self.device)),
        }


def nearness_loss(z: Tensor, taught: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """KL from the teachers' softmax over the other lines of the batch to the pupil's."""
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    target = F.softmax((taught / temperature).masked_fill(itself, -1e4), dim=1)
    pupil = F.log_softmax((z @ z.T / temperature).masked_fill(itself, -1e4), dim=1)
    return F.kl_div(pupil, target, reduction="batchmean")

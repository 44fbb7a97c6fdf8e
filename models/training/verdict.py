"""Whether one encoder is better than another on the same lines: paired differences, how far chance alone moves them, and what follows.

Lines of one template stand or fall together, so that the standard error is clustered by template (Liang & Zeger, "Longitudinal data analysis using
generalized linear models", Biometrika 1986; for a ratio of sums, Cochran, "Sampling Techniques", 1977, section 6).
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BETTER_BY = 1.645
"""Standard errors that a gain must exceed: one chance in twenty where nothing changed."""
WORSE_BY = 1.282
"""Standard errors that a loss may have and still be noise: one in ten, since who claims to be better has to show that nothing was lost."""
LARGEST_FALL = 0.01
"""A share (P@1) that fell by more than this is worse, however few the lines: that they are too few to tell is no excuse."""


@dataclass(frozen=True)
class Measure:
    """A figure as a sum over lines: values.sum() / weights.sum(). Of one system's lines, each with the template that it is of."""

    values: np.ndarray
    weights: np.ndarray
    groups: list[str]
    lower_is_better: bool = False

    @property
    def figure(self) -> float:
        total = float(self.weights.sum())
        return round(float(self.values.sum()) / total, 4) if total else 0.0


@dataclass(frozen=True)
class Change:
    difference: float
    """After less before, in the figure's own unit."""
    standard_error: float
    verdict: str
    """better, same or worse."""

    def told(self) -> dict[str, object]:
        return {"difference": round(self.difference, 4), "standardError": round(self.standard_error, 4), "verdict": self.verdict}


def change(before: Measure, after: Measure) -> Change:
    """What became of a figure. Both must be of the same lines in the same order."""
    total = float(before.weights.sum())
    if total == 0:
        return Change(0.0, 0.0, "same")
    gained = after.values - before.values
    difference = float(gained.sum()) / total
    residues: dict[str, float] = {}
    for group, residue in zip(before.groups, gained - difference * before.weights, strict=True):
        residues[group] = residues.get(group, 0.0) + float(residue)
    error = float(np.sqrt(sum(r * r for r in residues.values()))) / total
    gain = -difference if before.lower_is_better else difference
    share = not before.lower_is_better
    if gain < 0 and (-gain > WORSE_BY * error or (share and -gain > LARGEST_FALL)):
        return Change(difference, error, "worse")
    return Change(difference, error, "better" if gain > BETTER_BY * error and gain > 0 else "same")


def beats(changes: dict[str, Change]) -> bool:
    """Something is better beyond noise, and nothing is worse."""
    verdicts = [c.verdict for c in changes.values()]
    return "better" in verdicts and "worse" not in verdicts

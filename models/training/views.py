"""Views of one template for the contrastive objective: its raw lines, its normalised form, between the two, and each with words changed."""
from __future__ import annotations

import random
import re
import string

from .corpus import Line, without_level

PLACEHOLDER = re.compile(r"<[a-z*][a-z0-9-]*>")
NUMBER = re.compile(r"\d+")
WORD = re.compile(r"\S+")


class Views:
    """Draws views. Seeded: equal seeds give equal views."""

    def __init__(self, lines: list[Line], seed: int) -> None:
        self.random = random.Random(seed)
        words = {w for line in lines for w in re.findall(r"[A-Za-z]{3,}", PLACEHOLDER.sub(" ", line.text))}
        self.words = sorted(words)
        self.values: dict[str, list[str]] = {}
        for line in lines:
            for kind, value in line.values:
                self.values.setdefault(kind, []).append(value)

    def draw(self, line: Line, perturb: bool = True) -> str:
        """One view: raw, normalised, or the normalised form with some or all placeholders filled at random."""
        kind = self.random.random()
        if kind < 0.35:
            text = self._fresh_digits(line.raw) if self.random.random() < 0.5 else line.raw
        elif kind < 0.6:
            text = line.text
        else:
            share = 1.0 if kind < 0.8 else self.random.random()
            text = PLACEHOLDER.sub(lambda m: self._value(m[0][1:-1]) if self.random.random() < share else m[0], line.text)
        if self.random.random() < 0.3:
            text = without_level(text)
        return self.perturbed(text) if perturb and self.random.random() < 0.65 else text

    def _value(self, kind: str) -> str:
        known = self.values.get(kind)
        return self._fresh_digits(self.random.choice(known)) if known else str(self.random.randrange(100_000))

    def _fresh_digits(self, text: str) -> str:
        return NUMBER.sub(lambda m: "".join(self.random.choices(string.digits, k=min(len(m[0]), 19))), text)

    def perturbed(self, text: str, share: float | None = None) -> str:
        """Words replaced by others, dropped or doubled, or the end cut off; a share of them, at random up to a quarter."""
        share = self.random.random() * 0.25 if share is None else share
        words = text.split()
        if len(words) > 4 and self.random.random() < 0.25:
            words = words[: max(3, int(len(words) * self.random.uniform(0.5, 1)))]
        out: list[str] = []
        for word in words:
            draw = self.random.random()
            if draw >= share or len(words) < 3:
                out.append(word)
            elif draw < share * 0.6:
                out.append(self.random.choice(self.words))
            elif draw < share * 0.7:
                out.extend((word, self.random.choice(self.words)))
        return " ".join(out) or text


def words_changed(text: str, share: float, words: list[str], random_: random.Random) -> str:
    """Evaluation's disturbance: each word is another with probability `share`."""
    return " ".join(random_.choice(words) if random_.random() < share else word for word in text.split()) or text

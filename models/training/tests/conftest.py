import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # models this small only wait for each other's threads
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from training.corpus import Line  # noqa: E402
from training.encoder import EncoderConfig, LineEncoder  # noqa: E402
from training.tokenisers import word_pieces  # noqa: E402

WORDS = "opened closed received deleted started stopped refused accepted".split()


def lines_of(templates: int = 24, each: int = 4) -> list[Line]:
    found = []
    for t in range(templates):
        verb, noun = WORDS[t % len(WORDS)], f"thing{chr(97 + t)}"
        for n in range(each):
            raw = f"{verb} {noun} {t * 100 + n} for client 10.0.0.{n}"
            found.append(Line("a" if t % 2 else "b", raw, f"{verb} {noun} <num> for client <ip>", f"t{t}", (("num", str(n)), ("ip", "10.0.0.1")), t % 2))
    return found


@pytest.fixture
def lines() -> list[Line]:
    return lines_of()


@pytest.fixture
def tokeniser(lines):
    return word_pieces((t for line in lines for t in (line.raw, line.text)), 300)


@pytest.fixture
def model(tokeniser):
    import torch

    torch.manual_seed(1)
    return LineEncoder(EncoderConfig(tokeniser.get_vocab_size(), dimensions=32, heads=2, inner=64, max_tokens=24)).eval()

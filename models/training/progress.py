"""Progress as JSON lines on standard error, one object a step, for a progress bar in front of it."""
from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Progress:
    """Says at most every `every` seconds how far a stage is; `done` always says the end."""

    stage: str
    of: int
    every: float = 1.0
    started: float = field(default_factory=time.monotonic)
    last: float = 0.0

    def tell(self, step: int, loss: float | None = None, lines: int = 0) -> None:
        """`step` of `of`; `lines` seen since the start of the stage."""
        now = time.monotonic()
        if step < self.of and now - self.last < self.every:
            return
        self.last = now
        seconds = max(now - self.started, 1e-9)
        report: dict[str, object] = {"stage": self.stage, "step": step, "of": self.of}
        if loss is not None:
            report["loss"] = round(loss, 4)
        if lines:
            report["linesPerSecond"] = round(lines / seconds)
        print(json.dumps(report), file=sys.stderr, flush=True)

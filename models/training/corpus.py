"""Prepare: raw lines from files, what the product makes of them, and a sample in which no system and no template drowns the others."""
from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .progress import Progress

NORMALISER = Path(__file__).with_name("normalise-lines.ts")
MAX_CHARS = 600
WARNING, ERROR = 13, 17


@dataclass(frozen=True)
class Line:
    source: str
    raw: str
    text: str
    template: str
    values: tuple[tuple[str, str], ...]
    failure: int | None
    """1 where its logger wrote error or worse, 0 below a warning, None where it wrote a warning or no level."""


def read_lines(path: Path) -> Iterator[str]:
    """Lines of a text file, the bodies of NDJSON log records (`body`, `line` or `message`), perhaps gzipped; or the texts of a JSON list."""
    if path.suffix == ".json":
        for record in json.loads(path.read_text()):
            yield from (x[:MAX_CHARS] for x in (record.get("text") or record.get("message") or "").split("\n") if x.strip())
        return
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="replace") as f:
        for line in f:
            if ".ndjson" in path.suffixes and line.startswith("{"):
                record = json.loads(line)
                line = record.get("body") or record.get("line") or record.get("message") or ""
            for part in line.split("\n"):
                if part.strip():
                    yield part.rstrip("\r")[:MAX_CHARS]


def product_node() -> str:
    """FAULTLINE_NODE, the checkout's own, or the first on PATH."""
    toolchain = NORMALISER.parents[2] / ".toolchain" / "node_modules" / ".bin" / "node"
    return os.environ.get("FAULTLINE_NODE") or (str(toolchain) if toolchain.exists() else "node")


def normalised(lines: Iterable[str]) -> Iterator[dict]:
    """Streams lines through the product's normaliser and template tree; one record a line, in order."""
    command = [product_node(), str(NORMALISER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        feeder = threading.Thread(target=_feed, args=(process.stdin, lines), daemon=True)
        feeder.start()
        for answer in process.stdout:
            yield json.loads(answer)
        feeder.join()
    if process.returncode != 0:
        raise RuntimeError(f"the normaliser ended with exit code {process.returncode}; it needs node 24 or later (FAULTLINE_NODE)")


def _feed(stdin, lines: Iterable[str]) -> None:
    with stdin:
        for line in lines:
            stdin.write(re.sub(r"[\r\n\u2028\u2029\x85\x0b\x0c\ud800-\udfff]", " ", line) + "\n")


LEVELS = "trace|debug|info|information|notice|warn|warning|error|err|severe|crit|critical|alert|emerg|fatal|panic"
NAMED_LEVEL = re.compile(rf'"?\b(?:level|lvl|severity|loglevel|log\.level|levelname)"?\s?[=:]\s?"?(?:{LEVELS}|\d+)\b"?,?\s?', re.I)
BRACKETED_LEVEL = re.compile(rf"[\[(|<]\s*(?:[\w.]+:)?(?:{LEVELS})\s*[\])|>]", re.I)
LOUD_LEVEL = re.compile(rf"(?<![\w.-])(?:{LEVELS.upper()}|LOG|DETAIL|HINT|STATEMENT)(?![\w.-])\s?:?")
PREFIXED_LEVEL = re.compile(rf"^(?:{LEVELS})\s?[:\]|-]\s*", re.I)
KLOG = re.compile(r"^([IWEF])(?=\d{4} )")


def without_level(line: str) -> str:
    """The line without the level that its logger wrote, so that a head can only learn from the words."""
    head, tail = line[:160], line[160:]
    head = KLOG.sub("", head)
    for pattern in (NAMED_LEVEL, BRACKETED_LEVEL, LOUD_LEVEL, PREFIXED_LEVEL):
        head = pattern.sub(" ", head, count=1)
    return re.sub(r"\s{2,}", " ", NAMED_LEVEL.sub(" ", head + tail)).strip() or line


QUIET = re.compile(r"\b(?:LOG|DEBUG\d):\s")


def failure_label(line: str, severity: int) -> int | None:
    """Only where taking the level out changes the line: what the words alone suggest is what is to be learned, not the label."""
    if QUIET.search(line[:160]):
        return 0
    if severity == 0 or without_level(line) == line.strip():
        return None
    return 1 if severity >= ERROR else 0 if severity < WARNING else None


def prepare(sources: dict[str, list[Path]], per_template: int, per_source: int, seed: int) -> list[Line]:
    """Distinct raw lines: at most `per_template` of a template, and of a source a number that grows with its size to the power 0.5."""
    chosen: list[Line] = []
    random_ = random.Random(seed)
    progress = Progress("prepare", len(sources))
    for step, (source, paths) in enumerate(sorted(sources.items()), 1):
        raws = list(dict.fromkeys(line for path in paths for line in read_lines(path)))
        if len(raws) > 4 * per_source:
            raws = random_.sample(raws, 4 * per_source)
        groups: dict[str, list[Line]] = defaultdict(list)
        for record in normalised(raws):
            label = failure_label(record["raw"], record["severity"])
            values = tuple((v["type"], v["value"]) for v in record["values"])
            line = Line(source, record["raw"], record["text"], f"{source}:{record['template']}", values, label)
            groups[line.template].append(line)
        chosen.extend(balanced(groups, per_template, per_source, random_))
        progress.tell(step, lines=len(chosen))
    return chosen


def trimmed(lines: list[str], per_template: int) -> list[str]:
    """In their order, at most `per_template` lines of each template: what is kept of a recording."""
    seen: Counter[str] = Counter()
    kept = []
    for record in normalised(lines):
        seen[record["template"]] += 1
        if seen[record["template"]] <= per_template:
            kept.append(record["raw"])
    return kept


def filled_in(lines: list[Line]) -> list[Line]:
    """Generated lines with their normalised form and values."""
    return [
        replace(line, text=r["text"], values=tuple((v["type"], v["value"]) for v in r["values"]))
        for line, r in zip(lines, normalised(line.raw for line in lines), strict=True)
    ]


def balanced(groups: dict[str, list[Line]], per_template: int, per_source: int, random_: random.Random) -> list[Line]:
    """Rounds over the templates, a line of each a round, until the source has its share."""
    for lines in groups.values():
        random_.shuffle(lines)
    kept: list[Line] = []
    for turn in range(per_template):
        row = [lines[turn] for lines in groups.values() if turn < len(lines)]
        random_.shuffle(row)
        kept.extend(row[: per_source - len(kept)])
        if len(kept) >= per_source:
            break
    return kept


def write_dataset(lines: list[Line], path: Path) -> None:
    """NDJSON, gzipped, written beside its place and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    with gzip.open(temporary, "wt", encoding="utf-8") as f:
        for line in lines:
            f.write(json.dumps(line.__dict__, ensure_ascii=False) + "\n")
    temporary.rename(path)


def read_dataset(path: Path) -> list[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as f:
        return [Line(**{**r, "values": tuple(map(tuple, r["values"]))}) for r in map(json.loads, f)]


def describe(lines: list[Line]) -> dict[str, dict[str, int]]:
    """Lines and templates by source."""
    counts = Counter(line.source for line in lines)
    templates = Counter(source for source, _ in {(line.source, line.template) for line in lines})
    return {source: {"lines": counts[source], "templates": templates[source]} for source in sorted(counts)}

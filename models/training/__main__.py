"""The commands. Every one takes --seed; what a command prints on standard output is its result, one JSON object."""
from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import signal
import sys
from pathlib import Path

for name, value in (("OMP_WAIT_POLICY", "passive"), ("TOKENIZERS_PARALLELISM", "false")):
    os.environ.setdefault(name, value)

from . import corpus as corpora  # noqa: E402
from .manifest import read_manifest, replaced_folder, write_manifest  # noqa: E402

SHAPES = {
    "logbert": {"pieces": "words", "size": 4096, "layers": 2, "dimensions": 128, "heads": 4, "inner": 512, "max_tokens": 64, "pooling": "weighted"},
    "roberta": {"pieces": "bytes", "size": 8192, "layers": 2, "dimensions": 128, "heads": 4, "inner": 512, "max_tokens": 96, "pooling": "mean", "failure_head": False, "input": "normalised"},
    "sbert": {"pieces": "words", "size": 4096, "layers": 1, "dimensions": 96, "heads": 4, "inner": 384, "max_tokens": 64, "pooling": "weighted", "failure_head": False},
}
REHEARSAL = Path(__file__).with_name("recorded")


def named_paths(values: list[str]) -> dict[str, list[Path]]:
    """NAME=PATH,PATH: files, or folders whose files are meant."""
    found: dict[str, list[Path]] = {}
    for value in values:
        name, _, paths = value.partition("=") if "=" in value else (Path(value).name.split(".")[0], "", value)
        for path in map(Path, paths.split(",")):
            if not path.exists():
                raise SystemExit(f"no such file or folder: {path}")
            found.setdefault(name, []).extend(sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path])
    return found


def licences(values: list[str]) -> dict[str, str]:
    if wrong := [v for v in values if "=" not in v]:
        raise ValueError(f"--licence {wrong[0]}: SOURCE=LICENCE is wanted")
    return dict(v.split("=", 1) for v in values)


def licence_of(source: str, given: dict[str, str]) -> str:
    """What was given for the source, or for all whose name begins as its does up to a hyphen ("generated" for "generated-kernel")."""
    return given.get(source, given.get(source.split("-")[0], "unstated"))


def prepare(o: argparse.Namespace) -> dict[str, object]:
    from .generate import generate

    lines = corpora.prepare(named_paths(o.source), o.per_template, o.per_source, o.seed)
    if o.generated:
        lines += corpora.filled_in(generate(o.generated, 4, o.seed))
    corpora.write_dataset(lines, o.out)
    return {"lines": len(lines), "sources": corpora.describe(lines)}


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("a number above 0 is wanted")
    return value


def span(o: argparse.Namespace) -> tuple[float, int]:
    """How long a run is: (minutes, steps). Steps alone where they are given, since a schedule that looks at the clock cannot be repeated."""
    if o.steps is None:
        return o.minutes, 1_000_000_000
    if o.steps < 1:
        raise ValueError("--steps: a number above 0 is wanted")
    return math.inf, o.steps


def corpus_of(lines: list[corpora.Line], given: dict[str, str]) -> list[dict[str, object]]:
    return [{"name": n, "licence": licence_of(n, given), "lines": d["lines"], "templates": d["templates"]} for n, d in corpora.describe(lines).items()]


def new_encoder(shape: dict[str, object], lines: list[corpora.Line], seed: int, vocabulary: Path | None = None):
    import torch
    from tokenizers import Tokenizer

    from .encoder import EncoderConfig, LineEncoder
    from .tokenisers import byte_pairs, word_pieces

    torch.manual_seed(seed)
    learn = word_pieces if shape["pieces"] == "words" else byte_pairs
    texts = (t for line in lines for t in (line.raw, line.text))
    tokeniser = Tokenizer.from_file(str(vocabulary)) if vocabulary else learn(texts, shape["size"])
    rest = {k: v for k, v in shape.items() if k not in ("pieces", "size", "input")}
    return LineEncoder(EncoderConfig(vocabulary=tokeniser.get_vocab_size(), **rest)), tokeniser


def begin(o: argparse.Namespace, lines: list[corpora.Line], elder: Path | None, same_vocabulary: bool):
    """A new encoder, with a head start from `elder`, perhaps with its vocabulary."""
    from .encoder import EncoderConfig, LineEncoder
    from .shipped import load_encoder
    from .transfer import take_over

    shape = SHAPES[o.shape]
    if elder is None:
        return new_encoder(shape, lines, o.seed, getattr(o, "tokenizer", None))
    trained, elders, _ = load_encoder(elder)
    if same_vocabulary:
        rest = {k: v for k, v in shape.items() if k not in ("pieces", "size", "input")}
        model, tokeniser = LineEncoder(EncoderConfig(vocabulary=trained.config.vocabulary, **rest)), elders
    else:
        model, tokeniser = new_encoder(shape, lines, o.seed, getattr(o, "tokenizer", None))
    take_over(model, tokeniser, trained, elders)
    return model, tokeniser


def train(o: argparse.Namespace) -> dict[str, object]:
    from .shipped import save_encoder
    from .train import TrainOptions
    from .train import train as run

    minutes, steps = span(o)
    options = TrainOptions(minutes=minutes, seed=o.seed, max_steps=steps)
    if o.start:
        if o.shape or o.tokenizer or o.begin_as:
            raise ValueError("--from keeps the shape and the vocabulary of the model: --shape, --tokenizer and --begin-as are for a new one")
        return tune(o, options)
    o.shape = o.shape or "logbert"
    if o.begin_as and read_manifest(o.begin_as)["dimensions"] != SHAPES[o.shape]["dimensions"]:
        raise ValueError(f"--begin-as {o.begin_as}: its vectors are not as long as those of {o.shape}, nothing could be taken over")
    lines = read_training_lines(o)
    model, tokeniser = begin(o, lines, o.begin_as, same_vocabulary=False)
    cost = run(model, tokeniser, lines, options)
    begun = {"begunAs": read_manifest(o.begin_as)["name"]} if o.begin_as else {}
    told = {"input": SHAPES[o.shape].get("input", "raw"), "corpus": corpus_of(lines, licences(o.licence)), "seed": o.seed, "trainedWith": {**cost, **begun}}
    return save_encoder(o.out, model, tokeniser, told, [line.raw for line in lines[:: max(1, len(lines) // 256)]])


def read_training_lines(o: argparse.Namespace) -> list[corpora.Line]:
    if o.data:
        return corpora.read_dataset(o.data)
    if not o.corpus:
        raise SystemExit("give --data (from prepare) or --corpus FILE")
    return corpora.prepare(named_paths(o.corpus), 20, 12_000, o.seed)


def tune(o: argparse.Namespace, options) -> dict[str, object]:
    from .finetune import finetune

    lines = read_training_lines(o)
    rehearsal = corpora.prepare({p.name.split(".")[0]: [p] for p in sorted(REHEARSAL.glob("*.gz"))}, 4, 600, o.seed)
    return finetune(o.start, lines, rehearsal, o.out, options, {"name": "yours", "licence": "yours", "lines": len(lines)})


def distil(o: argparse.Namespace) -> dict[str, object]:
    from .distil import Distiller
    from .runtime import OnnxEncoder
    from .shipped import save_encoder
    from .train import TrainOptions, run

    lines = corpora.read_dataset(o.data)
    model, tokeniser = begin(o, lines, o.teacher[0], same_vocabulary=True)
    minutes, steps = span(o)
    options = TrainOptions(minutes=minutes, seed=o.seed, max_steps=steps)
    cost = run(Distiller(model, tokeniser, lines, options, [OnnxEncoder(t) for t in o.teacher]), "distil")
    told = {"corpus": corpus_of(lines, licences(o.licence)), "seed": o.seed, "trainedWith": {**cost, "teachers": [" ".join((str(m["name"]), str(m["version"]))) for m in map(read_manifest, o.teacher)]}}
    return save_encoder(o.out, model, tokeniser, told, [line.raw for line in lines[:: max(1, len(lines) // 256)]])


def export(o: argparse.Namespace, int8: bool | None = None) -> dict[str, object]:
    from .shipped import load_encoder, save_encoder

    model, tokeniser, manifest = load_encoder(o.model)
    kept = {k: v for k, v in manifest.items() if k not in ("name", "quantisation", "sha256", "figures")}  # another precision has other figures
    probes = [r for p in sorted(REHEARSAL.glob("*.gz")) for r in list(corpora.read_lines(p))[:40]]
    return save_encoder(o.out, model, tokeniser, kept, probes, int8=(o.precision == "int8") if int8 is None else int8)


def sequence(o: argparse.Namespace) -> dict[str, object]:
    from .runtime import OnnxEncoder
    from .sequence import export_sequence, train_sequence
    from .sessions import read_streams, to_keys

    groups = {name: read_streams(paths, o.lines) for name, paths in named_paths(o.source).items()}
    groups = {name: streams for name, streams in groups.items() if streams}
    vectors, rows = to_keys(groups, OnnxEncoder(o.encoder))
    minutes, steps = span(o)
    model, cost = train_sequence(vectors, rows, minutes, o.seed, steps)
    given = licences(o.licence)
    told = {
        "name": o.out.name, "version": "1.0.0", "task": "sequence-scorer", "dimensions": int(vectors.shape[1]), "maxLength": model.config.max_length,
        "input": "embeddings", "encoder": {"name": read_manifest(o.encoder)["name"], "sha256": read_manifest(o.encoder)["sha256"]["model.onnx"]},
        "outputs": ["error", "session", "distance"], "quantisation": "none", "licence": "Apache-2.0", "seed": o.seed, "trainedWith": cost,
        "corpus": [{"name": n, "licence": licence_of(n, given), "lines": sum(map(len, s)), "sessions": len(s)} for n, s in rows.items()], "figures": {},
    }  # fmt: skip
    with replaced_folder(o.out) as folder:
        export_sequence(model, folder / "model.onnx")
        write_manifest(folder, told)
    return told


def evaluate(o: argparse.Namespace) -> dict[str, object]:
    from .report import evaluate_models

    return evaluate_models(o.model, o.logs, o.seed, o.write)


def trim(o: argparse.Namespace) -> dict[str, object]:
    kept = {}
    o.out.mkdir(parents=True, exist_ok=True)
    for path in sorted(o.recorded.glob("*.txt.gz")):
        lines = corpora.trimmed(list(corpora.read_lines(path)), o.per_template)
        with gzip.GzipFile(o.out / path.name, "wb", 9, mtime=0) as f:
            f.write(("\n".join(lines) + "\n").encode())
        kept[path.name] = len(lines)
    return kept


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = root.add_subparsers(dest="command", required=True)

    def command(name: str, run, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        made.add_argument("--seed", type=int, default=7)
        made.set_defaults(run=run)
        return made

    def timed(made: argparse.ArgumentParser, minutes: float) -> None:
        made.add_argument("--minutes", type=positive, default=minutes, help=f"the end by time (default: {minutes:g})")
        made.add_argument("--steps", type=int, help="the end by steps, however long they take: with it, equal seeds give equal weights")
        made.add_argument("--licence", action="append", default=[], metavar="SOURCE=LICENCE", help="for the manifest; SOURCE is a name, or its part before a hyphen for all that begin so")
        made.add_argument("--out", type=Path, required=True)

    c = command("prepare", prepare, "raw lines -> a balanced set of distinct lines with what the product makes of them")
    c.add_argument("--source", action="append", required=True, metavar="NAME=PATH[,PATH]", help="lines of one origin: text, NDJSON (body, line or message) or a JSON list, gzipped or not; a folder means its files")
    c.add_argument("--out", type=Path, required=True)
    c.add_argument("--generated", type=int, default=0, help="sentences of the grammar to add")
    c.add_argument("--per-template", type=int, default=20)
    c.add_argument("--per-source", type=int, default=12_000)

    c = command("train", train, "an encoder from nothing, or with --from one that goes on on your own logs")
    c.add_argument("--data", type=Path, metavar="FILE", help="what prepare wrote")
    c.add_argument("--corpus", action="append", metavar="FILE", help="or raw lines (text, NDJSON, gzipped or not), prepared on the way; may be repeated")
    c.add_argument("--from", dest="start", type=Path, metavar="MODEL", help="a model's folder with its weights.npz, to go on from")
    c.add_argument("--shape", choices=sorted(SHAPES), help="its size and its kind of vocabulary (default: logbert)")
    c.add_argument("--tokenizer", type=Path, help="a tokenizer.json to use instead of learning one")
    c.add_argument("--begin-as", type=Path, metavar="MODEL", help="a head start from a trained encoder of the same width")
    timed(c, 20)

    c = command("distil", distil, "a smaller encoder from larger ones; with the vocabulary of the first teacher, and its first layer where both are as wide")
    c.add_argument("--data", type=Path, required=True)
    c.add_argument("--teacher", type=Path, action="append", required=True)
    c.add_argument("--shape", choices=sorted(SHAPES), default="sbert")
    timed(c, 10)

    for name, run, text in (("export", export, "weights -> model.onnx, checked against PyTorch"), ("quantise", lambda o: export(o, True), "weights -> int8 model.onnx")):
        c = command(name, run, text)
        c.add_argument("--model", type=Path, required=True)
        c.add_argument("--out", type=Path, required=True)
        if name == "export":
            c.add_argument("--precision", choices=("int8", "float"), default="int8")

    c = command("sequence", sequence, "the head over sessions of line vectors")
    c.add_argument("--source", action="append", required=True, metavar="NAME=PATH[,PATH]")
    c.add_argument("--encoder", type=Path, required=True)
    c.add_argument("--lines", type=int, default=20_000, help="lines of a source at most")
    timed(c, 5)

    c = command("evaluate", evaluate, "figures on labelled logs that no training saw")
    c.add_argument("--model", type=Path, action="append", required=True)
    c.add_argument("--logs", type=Path, required=True, help="a folder with parsing/SYSTEM.csv.gz (columns content, eventId) and, where there, bgl/lines.ndjson.gz ({line, anomalous}) and hdfs/*.gz ({lines, anomalous})")
    c.add_argument("--write", action="store_true", help="into each manifest, and a FIGURES.md of these models alone beside them: name all")

    c = command("trim", trim, "recorded logs -> at most some lines of each template, in their order")
    c.add_argument("recorded", type=Path)
    c.add_argument("--out", type=Path, required=True)
    c.add_argument("--per-template", type=int, default=6)
    return root


def main() -> int:
    options = parser().parse_args()
    for stop in (signal.SIGINT, signal.SIGTERM):  # a shell starts what runs behind it deaf to Ctrl-C
        signal.signal(stop, signal.default_int_handler)
    try:
        print(json.dumps(options.run(options), ensure_ascii=False))
    except KeyboardInterrupt:
        print("stopped; nothing was written", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

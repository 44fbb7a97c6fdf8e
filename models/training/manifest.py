"""A model's folder: written whole beside its place, then renamed, so that an interrupted run leaves what was there."""
from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Gives an empty folder that takes `target`'s place when the block ends well, and vanishes otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    fresh.chmod(0o755)
    try:
        yield fresh
        old = target.with_name(f".{target.name}-old")
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_manifest(folder: Path, manifest: dict[str, object], files: tuple[str, ...] = ("model.onnx", "tokenizer.json")) -> None:
    """Writes manifest.json with the hash of each file that is there."""
    hashes = {name: sha256(folder / name) for name in files if (folder / name).exists()}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "sha256": hashes}, indent="\t", ensure_ascii=False) + "\n")


def read_manifest(folder: Path) -> dict[str, object]:
    return json.loads((folder / "manifest.json").read_text())

"""What is kept of a trained encoder: `models/<name>/` with the int8 graph, the tokenizer, the manifest, and the weights to go on from (half precision)."""
from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from .encoder import EncoderConfig, LineEncoder
from .export import export_encoder
from .manifest import read_manifest, replaced_folder, write_manifest
from .runtime import OnnxEncoder
from .train import to_tensors

FILES = ("model.onnx", "tokenizer.json", "weights.npz")
LEAST_COSINE = 0.99


def save_encoder(target: Path, model: LineEncoder, tokeniser: Tokenizer, manifest: dict[str, object], probes: list[str], int8: bool = True) -> dict[str, object]:
    """Exports, checks the graph against PyTorch on `probes`, then puts the folder in place. Raises ValueError where the cosine falls short."""
    config = model.config
    with replaced_folder(target) as folder:
        export_encoder(model, folder / "model.onnx", int8)
        tokeniser.save(str(folder / "tokenizer.json"))
        np.savez_compressed(folder / "weights.npz", **{k: v.numpy().astype(np.float16) for k, v in model.state_dict().items()})
        full = {
            "name": target.name,
            "version": "1.0.0",
            "task": "line-encoder",
            "dimensions": config.dimensions,
            "maxTokens": config.max_tokens,
            "input": "raw",
            "pooling": "in-graph",
            "quantisation": "int8-dynamic" if int8 else "none",
            "outputs": ["embedding", "failure"] if config.failure_head else ["embedding"],
            "architecture": dataclasses.asdict(config),
            "licence": "Apache-2.0",
            **manifest,
        }
        write_manifest(folder, full, FILES)
        write_oracle(folder, model, tokeniser, probes[:: max(1, len(probes) // 16)][:16])
        cosine = agreement(folder, model, tokeniser, probes)
        full["figures"] = {**full.get("figures", {}), "leastCosineWithPyTorch": round(cosine, 5)}
        write_manifest(folder, full, FILES)
        if cosine < LEAST_COSINE:
            raise ValueError(f"{target.name}: the exported graph agrees with PyTorch to a cosine of {cosine:.4f} only")
    return full


@torch.no_grad()
def write_oracle(folder: Path, model: LineEncoder, tokeniser: Tokenizer, texts: list[str]) -> None:
    """What PyTorch answers, for whoever runs the graph elsewhere to compare with: oracle.json {texts, vectors, minCosine}."""
    vectors = model.eval()(*to_tensors(tokeniser, texts, model.config.max_tokens))[0]
    told = {"texts": texts, "vectors": [[round(x, 5) for x in v.tolist()] for v in vectors], "minCosine": LEAST_COSINE}
    (folder / "oracle.json").write_text(json.dumps(told, ensure_ascii=False) + "\n")


@torch.no_grad()
def agreement(folder: Path, model: LineEncoder, tokeniser: Tokenizer, probes: list[str]) -> float:
    """The least cosine between the vectors of the graph and of PyTorch."""
    found = OnnxEncoder(folder).encode(probes)
    ids, mask = to_tensors(tokeniser, probes, model.config.max_tokens)
    return float((model.eval()(ids, mask)[0].numpy() * found).sum(axis=1).min())


def load_encoder(folder: Path) -> tuple[LineEncoder, Tokenizer, dict[str, object]]:
    """The PyTorch side of a shipped encoder. Raises FileNotFoundError where its weights are not there to go on from."""
    manifest = read_manifest(folder)
    model = LineEncoder(EncoderConfig(**manifest["architecture"]))
    with np.load(folder / "weights.npz", allow_pickle=False) as held:
        model.load_state_dict({k: torch.from_numpy(held[k].astype(np.float32)) for k in held.files})
    return model.eval(), Tokenizer.from_file(str(folder / "tokenizer.json")), manifest

"""A shipped encoder as onnxruntime runs it: tokenizer.json and model.onnx, batches by length."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from .manifest import read_manifest


class OnnxEncoder:
    def __init__(self, folder: Path, threads: int = 1) -> None:
        manifest = read_manifest(folder)
        self.max_tokens = int(manifest["maxTokens"])
        self.dimensions = int(manifest["dimensions"])
        self.tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
        self.outputs = [o.name for o in self.session.get_outputs()]

    def encode(self, texts: list[str]) -> np.ndarray:
        return self.run(texts)["embedding"]

    def failure(self, texts: list[str]) -> np.ndarray:
        return self.run(texts)["failure"]

    def run(self, texts: list[str], batch: int = 64) -> dict[str, np.ndarray]:
        encoded = [e.ids[: self.max_tokens] for e in self.tokeniser.encode_batch(list(texts))]
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i]))
        found: dict[str, np.ndarray] = {}
        for at in range(0, len(order), batch):
            rows = order[at : at + batch]
            ids = np.zeros((len(rows), len(encoded[rows[-1]])), dtype=np.int32)
            mask = np.zeros_like(ids)
            for row, i in enumerate(rows):
                ids[row, : len(encoded[i])] = encoded[i]
                mask[row, : len(encoded[i])] = 1
            for name, values in zip(self.outputs, self.session.run(None, {"input_ids": ids, "attention_mask": mask})):
                held = found.setdefault(name, np.zeros((len(encoded), *values.shape[1:]), dtype=np.float32))
                held[rows] = values
        return found

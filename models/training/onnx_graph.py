"""An ONNX graph built node by node, so that a file does not depend on a tracer's version. Opset 17."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17


class Graph:
    """Nodes and weights by name. With `int8`, `linear` quantises weights per channel and activations as they come."""

    def __init__(self, int8: bool) -> None:
        self.int8 = int8
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self.known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        """A weight that is used more than once is kept once."""
        self.count = 0

    def weight(self, array: np.ndarray, name: str | None = None) -> str:
        array = np.asarray(array, order="C")
        held = (str(array.dtype), array.shape, array.tobytes())
        if name is None and held in self.known:
            return self.known[held]
        name = name or f"w{len(self.weights)}"
        self.known[held] = name
        self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def ints(self, *values: int) -> str:
        return self.weight(np.asarray(values, dtype=np.int64))

    def number(self, value: float) -> str:
        return self.weight(np.asarray(value, dtype=np.float32))

    def add(self, op: str, *inputs: str, outputs: int = 1, name: str | None = None, **attributes: object) -> str:
        """Appends a node and gives its first output's name; the others end in .1, .2."""
        self.count += 1
        first = name or f"{op.lower()}{self.count}"
        names = [first] + [f"{first}.{i}" for i in range(1, outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return first

    def linear(self, x: str, matrix: np.ndarray, bias: np.ndarray) -> str:
        """x W + b, W of [in, out]."""
        if not self.int8:
            return self.add("Add", self.add("MatMul", x, self.weight(matrix)), self.weight(bias))
        quantised, scale = quantise_columns(matrix)
        xq = self.add("DynamicQuantizeLinear", x, outputs=3)
        zero = self.weight(np.zeros(matrix.shape[1], dtype=np.int8))
        product = self.add("Cast", self.add("MatMulInteger", xq, self.weight(quantised), f"{xq}.2", zero), to=TensorProto.FLOAT)
        scaled = self.add("Mul", product, self.add("Mul", f"{xq}.1", self.weight(scale)))
        return self.add("Add", scaled, self.weight(bias))

    def layer_norm(self, x: str, scale: np.ndarray, bias: np.ndarray) -> str:
        return self.add("LayerNormalization", x, self.weight(scale), self.weight(bias), axis=-1, epsilon=1e-5)

    def table(self, rows: np.ndarray, ids: str) -> str:
        """Rows of a table by id, the table kept as int8 with one scale a row where int8 is asked for."""
        if not self.int8:
            return self.add("Gather", self.weight(rows), ids)
        quantised, scale = quantise_columns(rows.T, levels=127)
        held = self.add("Cast", self.add("Gather", self.weight(quantised.T), ids), to=TensorProto.FLOAT)
        return self.add("Mul", held, self.add("Gather", self.weight(scale[:, None]), ids))

    def save(self, path: Path, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto], name: str) -> None:
        graph = helper.make_graph(self.nodes, name, inputs, outputs, list(self.weights.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="faultline")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, str(path))


def quantise_columns(matrix: np.ndarray, levels: int = 63) -> tuple[np.ndarray, np.ndarray]:
    """Symmetric int8, one scale a column. 63 levels: sums of pairs must not saturate on processors without VNNI."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-8) / levels
    return np.round(matrix / scale).astype(np.int8), scale.astype(np.float32)


def tensor(name: str, kind: int, *shape: str | int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, list(shape))

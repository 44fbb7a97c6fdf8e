"""A trained encoder as `model.onnx`: pooling, unit length and the failure head inside the graph, opset 17, int8 or float."""
from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto

from .encoder import Block, LineEncoder
from .onnx_graph import Graph, tensor


def export_encoder(model: LineEncoder, path: Path, int8: bool) -> None:
    """Inputs `input_ids`, `attention_mask` (int32, [batch, tokens]); outputs `embedding` [batch, d] and, with that head, `failure` [batch]."""
    g = Graph(int8)
    config = model.config
    length = g.add("Slice", g.add("Shape", "input_ids"), g.ints(1), g.ints(2))
    positions = g.add("Slice", g.weight(array(model.positions.weight)), g.ints(0), length, g.ints(0))
    x = g.add("Add", g.table(array(model.tokens.weight), "input_ids"), positions)
    x = norm(g, x, model.embedding_norm)
    absent = g.add(
        "Mul", g.add("Sub", g.number(1), g.add("Cast", "attention_mask", to=TensorProto.FLOAT)), g.number(-1e4)
    )
    bias = g.add("Unsqueeze", absent, g.ints(1, 2))
    for block in model.blocks:
        x = export_block(g, x, bias, block, config.dimensions)
    states = norm(g, x, model.norm)
    column = g.add("Unsqueeze", absent, g.ints(2))
    if config.pooling == "mean":
        mask = g.add("Unsqueeze", g.add("Cast", "attention_mask", to=TensorProto.FLOAT), g.ints(2))
        total = g.add("ReduceSum", g.add("Mul", states, mask), g.ints(1), keepdims=0)
        pooled = g.add("Div", total, g.add("ReduceSum", mask, g.ints(1), keepdims=0))
    else:
        pooled = export_weighted_mean(g, states, column, model.pool)
    length2 = g.add("ReduceL2", pooled, axes=[-1], keepdims=1)
    g.add("Div", pooled, g.add("Max", length2, g.number(1e-12)), name="embedding")
    outputs = [tensor("embedding", TensorProto.FLOAT, "batch", config.dimensions)]
    if config.failure_head:
        export_failure(g, states, column, model)
        outputs.append(tensor("failure", TensorProto.FLOAT, "batch"))
    inputs = [tensor(n, TensorProto.INT32, "batch", "tokens") for n in ("input_ids", "attention_mask")]
    g.save(path, inputs, outputs, "line-encoder")


def export_block(g: Graph, x: str, bias: str, block: Block, d: int) -> str:
    heads = block.heads
    qkv = g.linear(norm(g, x, block.attention_norm), matrix(block.qkv), array(block.qkv.bias))
    split = g.add("Split", qkv, g.ints(d, d, d), outputs=3, axis=-1)
    shape = g.ints(0, 0, heads, d // heads)
    q = g.add("Transpose", g.add("Reshape", split, shape), perm=[0, 2, 1, 3])
    k = g.add("Transpose", g.add("Reshape", f"{split}.1", shape), perm=[0, 2, 3, 1])
    v = g.add("Transpose", g.add("Reshape", f"{split}.2", shape), perm=[0, 2, 1, 3])
    scores = g.add("Mul", g.add("MatMul", q, k), g.number((d // heads) ** -0.5))
    weights = g.add("Softmax", g.add("Add", scores, bias), axis=-1)
    mixed = g.add("Transpose", g.add("MatMul", weights, v), perm=[0, 2, 1, 3])
    mixed = g.add("Reshape", mixed, g.ints(0, 0, d))
    x = g.add("Add", x, g.linear(mixed, matrix(block.out), array(block.out.bias)))
    inner = g.add("Relu", g.linear(norm(g, x, block.inner_norm), matrix(block.up), array(block.up.bias)))
    return g.add("Add", x, g.linear(inner, matrix(block.down), array(block.down.bias)))


def export_weighted_mean(g: Graph, states: str, absent: str, scorer) -> str:
    scores = g.add("Add", g.add("MatMul", states, g.weight(matrix(scorer))), g.weight(array(scorer.bias)))
    weights = g.add("Softmax", g.add("Add", scores, absent), axis=1)
    return g.add("ReduceSum", g.add("Mul", states, weights), g.ints(1), keepdims=0)


def export_failure(g: Graph, states: str, absent: str, model: LineEncoder) -> None:
    pooled = export_weighted_mean(g, states, absent, model.failure_pool)
    up = g.add("Gemm", pooled, g.weight(matrix(model.failure_up)), g.weight(array(model.failure_up.bias)))
    out = g.add("Gemm", g.add("Relu", up), g.weight(matrix(model.failure_out)), g.weight(array(model.failure_out.bias)))
    g.add("Sigmoid", g.add("Squeeze", out, g.ints(1)), name="failure")


def norm(g: Graph, x: str, layer) -> str:
    return g.layer_norm(x, array(layer.weight), array(layer.bias))


def array(t) -> np.ndarray:
    return t.detach().cpu().numpy().astype(np.float32)


def matrix(layer) -> np.ndarray:
    """A Linear's weight as [in, out]."""
    return array(layer.weight).T.copy()

"""An encoder of all-MiniLM-L6-v2's exact shape with random weights, as Hugging Face's tools export it: what test/bench/encoders.mjs compares with.

usage: python encoders_minilm.py TOKENIZER OUT     needs onnx, onnxruntime, numpy

6 layers x 384, 12 heads, 1,536 inside, vocabulary 30,522, 512 positions, 2 token types; 64 bit integers in, last_hidden_state out. OUT/fp32 holds 32 bit
weights, OUT/int8 the same quantised by onnxruntime's own tool. TOKENIZER is a word-piece tokenizer.json; its vocabulary is filled up to 30,522.
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

LAYERS, D, HEADS, INNER, VOCABULARY, POSITIONS = 6, 384, 12, 1536, 30522, 512
nodes, weights = [], []
random = np.random.default_rng(1)


def node(op, *inputs, **attributes):
    name = f"{op}_{len(nodes)}"
    nodes.append(helper.make_node(op, list(inputs), [name], name=name, **attributes))
    return name


def constant(value, kind=np.float32):
    name = f"c{len(weights)}"
    weights.append(numpy_helper.from_array(np.array(value, dtype=kind), name))
    return name


def weight(*shape):
    return constant(random.normal(0, 0.02, shape))


def linear(x, inside, out):
    return node("Add", node("MatMul", x, weight(inside, out)), constant(np.zeros(out)))


def norm(x):
    return node("LayerNormalization", x, constant(np.ones(D)), constant(np.zeros(D)), epsilon=1e-12)


def gelu(x):
    return node("Mul", node("Mul", x, constant(0.5)), node("Add", node("Erf", node("Div", x, constant(2**0.5))), constant(1)))


def layer(x, mask):
    heads = constant([0, 0, HEADS, D // HEADS], np.int64)
    q, k, v = (node("Reshape", linear(x, D, D), heads) for _ in range(3))
    q, v = (node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
    scores = node("Div", node("MatMul", q, node("Transpose", k, perm=[0, 2, 3, 1])), constant((D // HEADS) ** 0.5))
    mixed = node("MatMul", node("Softmax", node("Add", scores, mask), axis=-1), v)
    mixed = node("Reshape", node("Transpose", mixed, perm=[0, 2, 1, 3]), constant([0, 0, D], np.int64))
    x = norm(node("Add", x, linear(mixed, D, D)))
    return norm(node("Add", x, linear(gelu(linear(x, D, INNER)), INNER, D)))


tokenizer, out = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
count = node("Squeeze", node("Shape", "input_ids", start=1, end=2), constant([0], np.int64))
at = node("Range", constant(0, np.int64), count, constant(1, np.int64))
x = node("Add", node("Gather", weight(VOCABULARY, D), "input_ids"), node("Gather", weight(2, D), "token_type_ids"))
x = norm(node("Add", x, node("Gather", weight(POSITIONS, D), at)))
seen = node("Unsqueeze", node("Cast", "attention_mask", to=TensorProto.FLOAT), constant([1, 2], np.int64))
mask = node("Mul", node("Sub", constant(1), seen), constant(-1e4))
for _ in range(LAYERS):
    x = layer(x, mask)
nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"]))
shape = ["texts", "tokens"]
inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, shape) for n in ("input_ids", "attention_mask", "token_type_ids")]
outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, D])]
model = helper.make_model(helper.make_graph(nodes, "minilm", inputs, outputs, weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
onnx.checker.check_model(model)

vocabulary = tokenizer["model"]["vocab"]
for token in tokenizer["added_tokens"]:
    vocabulary.setdefault(token["content"], token["id"])
for id_ in range(len(vocabulary), VOCABULARY):
    vocabulary[f"[unused{id_}]"] = id_
for kind in ("fp32", "int8"):
    folder = out / kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "max_position_embeddings": 256, "vocab_size": VOCABULARY}))
onnx.save(model, out / "fp32" / "model.onnx")
quantize_dynamic(out / "fp32" / "model.onnx", out / "int8" / "model.onnx", weight_type=QuantType.QInt8)

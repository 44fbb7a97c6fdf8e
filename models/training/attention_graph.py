"""The graph attention network of packages/correlation/src/graph/attention as one ONNX graph for any size: its weights are inputs, since each labelled
set trains its own. Writes models/gat/model.onnx, and figures of the same network in PyTorch that the TypeScript form is tested against.

usage: python attention_graph.py MODEL.onnx FIGURES.json      (pip install onnx numpy torch)
"""
import json
import sys

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper

LEAK = 0.2


def layer(n, x, suffix):
    """From x [nodes, inputs] to [nodes, heads * width]; gives the output's name."""
    s = suffix
    n("MatMul", [x, f"w{s}"], [f"wide{s}"])
    n("Shape", [f"a{s}"], [f"shape_a{s}"])  # heads, width
    n("Concat", ["minus_one", f"shape_a{s}"], [f"by_head{s}"], axis=0)
    n("Reshape", [f"wide{s}", f"by_head{s}"], [f"h3{s}"])  # nodes, heads, width
    n("Mul", [f"h3{s}", f"a{s}"], [f"ha{s}"])
    n("ReduceSum", [f"ha{s}", "axis2"], [f"own{s}"], keepdims=0)  # nodes, heads
    n("Mul", [f"h3{s}", f"b{s}"], [f"hb{s}"])
    n("ReduceSum", [f"hb{s}", "axis2"], [f"others{s}"], keepdims=0)
    n("Transpose", [f"own{s}"], [f"own_t{s}"], perm=[1, 0])
    n("Unsqueeze", [f"own_t{s}", "axis2"], [f"own3{s}"])  # heads, nodes, 1
    n("Transpose", [f"others{s}"], [f"others_t{s}"], perm=[1, 0])
    n("Unsqueeze", [f"others_t{s}", "axis1"], [f"others3{s}"])  # heads, 1, nodes
    n("Unsqueeze", [f"c{s}", "axis23"], [f"c4{s}"])  # heads, R, 1, 1
    n("Mul", [f"c4{s}", "relations"], [f"bias4{s}"])
    n("ReduceSum", [f"bias4{s}", "axis1"], [f"bias{s}"], keepdims=0)  # heads, nodes, nodes
    n("Add", [f"own3{s}", f"others3{s}"], [f"pair{s}"])
    n("Add", [f"pair{s}", f"bias{s}"], [f"z{s}"])
    n("LeakyRelu", [f"z{s}"], [f"leaky{s}"], alpha=LEAK)
    n("Where", ["linked", f"leaky{s}", "never"], [f"masked{s}"])
    n("Softmax", [f"masked{s}"], [f"alpha{s}"], axis=2)
    n("Transpose", [f"h3{s}"], [f"h_by_head{s}"], perm=[1, 0, 2])  # heads, nodes, width
    n("MatMul", [f"alpha{s}", f"h_by_head{s}"], [f"mixed{s}"])
    n("Transpose", [f"mixed{s}"], [f"mixed_t{s}"], perm=[1, 0, 2])
    n("Shape", [f"wide{s}"], [f"shape_wide{s}"])
    n("Reshape", [f"mixed_t{s}", f"shape_wide{s}"], [f"flat{s}"])
    n("Elu", [f"flat{s}"], [f"out{s}"])
    return f"out{s}"


def build():
    nodes = []

    def n(op, inputs, outputs, **attributes):
        nodes.append(helper.make_node(op, inputs, outputs, **attributes))

    n("ReduceSum", ["relations", "axis0"], ["links"], keepdims=0)
    n("Greater", ["links", "zero"], ["linked"])
    first = layer(n, "features", "1")
    second = layer(n, first, "2")
    n("Concat", [first, second], ["both"], axis=1)
    n("MatMul", ["both", "u"], ["heard"])
    n("MatMul", ["features", "v"], ["own_score"])
    n("Add", ["heard", "own_score"], ["scores"])
    f, i = TensorProto.FLOAT, TensorProto.INT64
    inputs = [("features", ["nodes", "columns"]), ("relations", ["kinds", "nodes", "nodes"])]
    for s, rows in (("1", "columns"), ("2", "wide")):
        inputs += [(f"w{s}", [rows, "wide"]), (f"a{s}", ["heads", "width"]), (f"b{s}", ["heads", "width"]), (f"c{s}", ["heads", "kinds"])]
    inputs += [("u", ["twice_wide"]), ("v", ["columns"])]
    constants = [("minus_one", [-1]), ("axis0", [0]), ("axis1", [1]), ("axis2", [2]), ("axis23", [2, 3])]
    initializers = [helper.make_tensor(k, i, [len(v)], v) for k, v in constants]
    initializers += [helper.make_tensor("zero", f, [], [0.0]), helper.make_tensor("never", f, [], [-1e30])]
    graph = helper.make_graph(
        nodes,
        "graph-attention",
        [helper.make_tensor_value_info(name, f, shape) for name, shape in inputs],
        [helper.make_tensor_value_info("scores", f, ["nodes"])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="faultline", ir_version=9)
    onnx.checker.check_model(model)
    return model


def in_torch(x, relations, weights):
    """The same, written from the paper once more, and differentiable."""
    linked = relations.sum(0) > 0

    def attention(h, w, a, b, c):
        heads, width = a.shape
        h = (h @ w).view(-1, heads, width)
        z = torch.einsum("nhd,hd->hn", h, a)[:, :, None] + torch.einsum("nhd,hd->hn", h, b)[:, None, :] + torch.einsum("hr,rij->hij", c, relations)
        alpha = F.leaky_relu(z, LEAK).masked_fill(~linked, float("-inf")).softmax(-1)
        return F.elu(torch.einsum("hij,jhd->ihd", alpha, h).reshape(len(h), -1))

    first = attention(x, *(weights[f"{k}1"] for k in "wabc"))
    second = attention(first, *(weights[f"{k}2"] for k in "wabc"))
    return torch.cat([first, second], 1) @ weights["u"] + x @ weights["v"]


def figures():
    torch.manual_seed(5)
    nodes, columns, heads, width, kinds = 7, 9, 2, 3, 5
    x = torch.rand(nodes, columns) * (torch.rand(nodes, columns) < 0.5)
    relations = (torch.rand(kinds, nodes, nodes) < 0.2).float()
    relations[0] = torch.eye(nodes)
    wide = heads * width
    shapes = {"w1": (columns, wide), "w2": (wide, wide), "u": (2 * wide,), "v": (columns,)}
    shapes |= {f"{k}{s}": (heads, width) for k in "ab" for s in "12"} | {f"c{s}": (heads, kinds) for s in "12"}
    weights = {k: torch.randn(shape, requires_grad=True) for k, shape in shapes.items()}
    scores = in_torch(x, relations, weights)
    (-scores.log_softmax(0)[2]).backward()
    return {
        "torch": torch.__version__,
        "shape": {"features": columns, "heads": heads, "width": width, "relations": kinds},
        "features": x.tolist(),
        "relations": relations.int().tolist(),
        "weights": {k: v.detach().flatten().tolist() for k, v in weights.items()},
        "scores": scores.tolist(),
        "right": 2,
        "gradients": {k: v.grad.flatten().tolist() for k, v in weights.items()},
    }


if __name__ == "__main__":
    onnx.save(build(), sys.argv[1])
    found = figures()
    import onnxruntime

    session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    s = found["shape"]
    wide = s["heads"] * s["width"]
    form = {"w1": (s["features"], wide), "w2": (wide, wide), "u": (2 * wide,), "v": (s["features"],)}
    form |= {f"{k}{i}": (s["heads"], s["width"]) for k in "ab" for i in "12"} | {f"c{i}": (s["heads"], s["relations"]) for i in "12"}
    feed = {k: np.array(found["weights"][k], np.float32).reshape(shape) for k, shape in form.items()}
    feed |= {"features": np.array(found["features"], np.float32), "relations": np.array(found["relations"], np.float32)}
    assert np.abs(session.run(None, feed)[0] - np.array(found["scores"])).max() < 1e-4
    with open(sys.argv[2], "w") as out:
        json.dump(found, out)

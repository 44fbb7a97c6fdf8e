"""The shape network as an ONNX graph, written out node by node: opset 17, any batch."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def weights_of(net):
    """By name, with weight normalisation worked in."""
    found = {}
    for i, block in enumerate(net.blocks):
        for name in ("first", "second", "through"):
            if getattr(block, name) is not None:
                found |= named(f"{name}{i}", getattr(block, name))
    for name in ("shape", "key", "query", "cell"):
        found |= named(name, getattr(net, name))
    return found


def named(name, module):
    return {f"{name}.w": module.weight.detach().numpy().astype(np.float32), f"{name}.b": module.bias.detach().numpy().astype(np.float32)}


def export(net, path):
    nodes = []

    def n(op, inputs, output, **attributes):
        nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def conv(x, name, pads, dilation=1):
        return n("Conv", [x, f"{name}.w", f"{name}.b"], f"{name}.out", pads=pads, dilations=[dilation])

    x = "windows"
    for i, block in enumerate(net.blocks):
        dilation, past = block.first.dilation[0], block.past
        h = n("Relu", [conv(x, f"first{i}", [past, 0], dilation)], f"relu{i}a")
        h = n("Relu", [conv(h, f"second{i}", [past, 0], dilation)], f"relu{i}b")
        if block.through is not None:
            x = conv(x, f"through{i}", [0, 0])
        x = n("Relu", [n("Add", [h, x], f"sum{i}")], f"block{i}")
    last = n("Gather", [x, "minus_one"], "last", axis=2)
    most = n("ReduceMax", [x], "most", axes=[2], keepdims=0)
    mean = n("ReduceMean", [x], "mean", axes=[2], keepdims=0)
    whole = n("Concat", [last, most, mean], "whole", axis=1)
    n("Gemm", [whole, "shape.w", "shape.b"], "shape", transB=1)
    query = n("Unsqueeze", [n("Gemm", [whole, "query.w", "query.b"], "asked", transB=1), "axis2"], "query")
    reach = net.key.padding[0]
    keys = n("Relu", [n("Add", [conv(x, "key", [reach, reach]), query], "met")], "keys")
    scores = n("Squeeze", [conv(keys, "cell", [0, 0]), "axis1"], "scores")
    present = n("Abs", [n("Gather", ["windows", "three"], "presence", axis=1)], "present")
    outside = n("Mul", [n("Sub", [present, "one"], "absent"), "far"], "outside")
    n("Add", [scores, outside], "onset")
    f, i64 = TensorProto.FLOAT, TensorProto.INT64
    constants = [numpy_helper.from_array(w, k) for k, w in weights_of(net).items()]
    constants += [helper.make_tensor(k, i64, [], [v]) for k, v in (("minus_one", -1), ("three", 3))]
    constants += [helper.make_tensor(k, i64, [1], [v]) for k, v in (("axis1", 1), ("axis2", 2))]
    constants += [helper.make_tensor("one", f, [], [1.0]), helper.make_tensor("far", f, [], [1e4])]
    graph = helper.make_graph(
        nodes,
        "temporal-convolution",
        [helper.make_tensor_value_info("windows", f, ["batch", 4, 128])],
        [helper.make_tensor_value_info("shape", f, ["batch", 9]), helper.make_tensor_value_info("onset", f, ["batch", 128])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="faultline", ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, path)

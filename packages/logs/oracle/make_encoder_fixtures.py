"""Tiny encoders of random weights for the tests, and what onnxruntime and tokenizers (Python) answer for them.

usage: python make_encoder_fixtures.py [OUT]     needs onnx, onnxruntime, tokenizers, numpy

pooled  WordPiece, 32 bit integers in, pooled in the graph, with a manifest
hidden  the same words, 64 bit integers and token_type_ids in, one vector per token out, without a manifest: as Hugging Face's tools export it
bytes   byte-level BPE as RoBERTa's, one vector per token out, with a manifest
"""
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "src/encoders/testing/fixtures")
DIMENSIONS = 16
POSITIONS = 40
MAX_TOKENS = 12
CORPUS = [
    "connection to <host> refused", "connection to <ip> was refused after <num> ms", "disk quota exceeded for volume <path>",
    "user <id> logged in from <ip>", "request <uuid> took <num> ms", "cache miss for key <hex>", "worker <num> started", "worker <num> stopped",
    "out of memory: killed process <num>", "retrying in <num> seconds", "Fehler: Datenträger voll", "temps de réponse dépassé",
]
TEXTS = CORPUS + [
    "", " ", "a", "Connection REFUSED by Peer", "unbekanntes Wort: größer als 10 GB", "日本語のログ 失敗しました", "tab\tand\u0000control \u200b characters",
    "naïve café 🚀 emoji", "x" * 300, " ".join(["worker <num> started"] * 30), "[CLS] [SEP] </s> <pad>", "path=/var/log/app.log level=ERROR code=0x7f",
]


def word_pieces():
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=180, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    t.decoder = decoders.WordPiece()
    return t


def byte_pairs():
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=340, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    return t


def graph(vocabulary, seed, integers, pooled, types):
    """tanh(embedding + position + what the masked mean of the text says), per token or as their masked mean."""
    random = np.random.default_rng(seed)
    weight = lambda name, *shape: numpy_helper.from_array(random.normal(0, 0.4, shape).astype(np.float32), name)  # noqa: E731
    constant = lambda name, value, kind=np.int64: numpy_helper.from_array(np.array(value, dtype=kind), name)  # noqa: E731
    n = helper.make_node
    nodes = [
        n("Gather", ["words", "input_ids"], ["word"]),
        n("Shape", ["input_ids"], ["tokens"], start=1, end=2), n("Squeeze", ["tokens", "zero_axis"], ["count"]),
        n("Range", ["zero", "count", "one"], ["at"]), n("Gather", ["positions", "at"], ["position"]),
        n("Add", ["word", "position"], ["placed"]),
        n("Cast", ["attention_mask"], ["mask_f"], to=TensorProto.FLOAT), n("Unsqueeze", ["mask_f", "last"], ["mask"]),
        n("Mul", ["placed", "mask"], ["kept"]), n("ReduceSum", ["kept", "middle"], ["sum"], keepdims=1), n("ReduceSum", ["mask", "middle"], ["length"], keepdims=1),
        n("Div", ["sum", "length"], ["context"]), n("MatMul", ["context", "mix"], ["mixed"]), n("Add", ["placed", "mixed"], ["both"]),
    ]
    if types:
        nodes += [n("Gather", ["kinds", "token_type_ids"], ["kind"]), n("Add", ["both", "kind"], ["typed"])]
    nodes += [n("Tanh", ["typed" if types else "both"], ["last_hidden_state"])]
    if pooled:
        nodes += [
            n("Mul", ["last_hidden_state", "mask"], ["h"]), n("ReduceSum", ["h", "middle"], ["hs"], keepdims=0),
            n("ReduceSum", ["mask", "middle"], ["hl"], keepdims=0), n("Div", ["hs", "hl"], ["embedding"]),
        ]
    weights = [weight("words", vocabulary, DIMENSIONS), weight("positions", POSITIONS, DIMENSIONS), weight("mix", DIMENSIONS, DIMENSIONS)]
    weights += [constant("zero", 0), constant("one", 1), constant("zero_axis", [0]), constant("last", [2]), constant("middle", [1])]
    if types:
        weights.append(weight("kinds", 2, DIMENSIONS))
    shape = ["texts", "tokens"]
    inputs = [helper.make_tensor_value_info(name, integers, shape) for name in ["input_ids", "attention_mask"] + (["token_type_ids"] if types else [])]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", DIMENSIONS])] if pooled else [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*shape, DIMENSIONS])]
    if types:  # what BERT's exports have beside it
        nodes += [n("Gather", ["last_hidden_state", "zero"], ["pooler_output"], axis=1)]
        outputs.append(helper.make_tensor_value_info("pooler_output", TensorProto.FLOAT, ["texts", DIMENSIONS]))
    model = helper.make_model(helper.make_graph(nodes, "encoder", inputs, outputs, weights), opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    return model


def answers(folder, tokenizer, max_tokens):
    """One text at a time, so that nothing depends on padding."""
    session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    tokenizer.enable_truncation(max_tokens)
    vectors = []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        feeds = {}
        for i in session.get_inputs():
            kind = np.int64 if "int64" in i.type else np.int32
            feeds[i.name] = np.array([ids if i.name == "input_ids" else [1 if i.name == "attention_mask" else 0] * len(ids)], dtype=kind)
        out = session.run([session.get_outputs()[0].name], feeds)[0]
        v = out[0] if out.ndim == 2 else out[0].mean(axis=0)
        vectors.append([round(float(x), 6) for x in v / np.linalg.norm(v)])
    return vectors


def write(name, tokenizer, model, manifest, extra):
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    (folder / "tokenizer.json").write_text(tokenizer.to_str())
    for file, content in extra.items():
        (folder / file).write_text(json.dumps(content, indent=1) + "\n")
    if manifest is not None:
        hashes = {f: hashlib.sha256((folder / f).read_bytes()).hexdigest() for f in ["model.onnx", "tokenizer.json"]}
        full = {"name": name, "version": "1", "task": "line-encoder", "dimensions": DIMENSIONS, "maxTokens": MAX_TOKENS, **manifest, "sha256": hashes, "licence": "Apache-2.0", "corpus": [], "figures": {}}
        (folder / "manifest.json").write_text(json.dumps(full, indent=1) + "\n")
    limit = MAX_TOKENS if manifest is not None else POSITIONS
    (folder / "oracle.json").write_text(json.dumps({"texts": TEXTS, "vectors": answers(folder, Tokenizer.from_str(tokenizer.to_str()), limit)}) + "\n")


words, pairs = word_pieces(), byte_pairs()
write("pooled", words, graph(words.get_vocab_size(), 1, TensorProto.INT32, True, False), {"pooling": "in-graph", "input": "normalised"}, {})
config = {"model_type": "bert", "vocab_size": words.get_vocab_size(), "max_position_embeddings": POSITIONS, "hidden_size": DIMENSIONS}
write("hidden", words, graph(words.get_vocab_size(), 2, TensorProto.INT64, False, True), None, {"config.json": config, "tokenizer_config.json": {"model_max_length": 10**30, "pad_token": "[PAD]"}})
write("bytes", pairs, graph(pairs.get_vocab_size(), 3, TensorProto.INT64, False, False), {"pooling": "mean", "input": "raw"}, {})

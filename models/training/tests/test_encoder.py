import dataclasses
import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from training.distil import nearness_loss
from training.encoder import LineEncoder
from training.export import export_encoder
from training.finetune import SHARES, finetune, hold_out, settle
from training.manifest import replaced_folder, sha256
from training.runtime import OnnxEncoder
from training.sequence import SequenceConfig, SequenceModel, export_sequence, pad, train_sequence
from training.shipped import load_encoder, save_encoder
from training.tokenisers import PLACEHOLDERS, SPECIAL, byte_pairs, word_pieces
from training.train import TrainOptions, info_nce, to_tensors, train
from training.transfer import take_over
from training.views import Views, words_changed


def test_numbers_and_placeholders_are_one_piece_each(tokeniser):
    pieces = tokeniser.encode("received blk_-160899968 from <ip> 0xdeadbeef12").tokens
    assert pieces.count("0") >= 1
    assert "<ip>" in pieces
    assert not [p for p in pieces if any(c in "123456789" for c in p)]
    assert all(tokeniser.token_to_id(p) is not None for p in PLACEHOLDERS)


def test_word_pieces_are_numbered_in_order(lines):
    vocabulary = word_pieces((line.raw for line in lines), 300).get_vocab()
    pieces = [p for p, _ in sorted(vocabulary.items(), key=lambda x: x[1]) if p not in SPECIAL and p not in PLACEHOLDERS]
    assert pieces == sorted(pieces)
    assert [vocabulary[p] for p in SPECIAL] == [0, 1, 2, 3]


def test_byte_pairs_know_every_character(lines):
    tokeniser = byte_pairs((line.raw for line in lines), 400)
    assert tokeniser.decode(tokeniser.encode("Ünïcode 日本 42").ids) == "Ünïcode 日本 42"


@pytest.mark.parametrize("pooling", ["weighted", "mean"])
@pytest.mark.parametrize("int8", [False, True])
def test_the_graph_answers_as_pytorch(tmp_path, model, tokeniser, lines, pooling, int8):
    model = LineEncoder(dataclasses.replace(model.config, pooling=pooling)).eval()
    export_encoder(model, tmp_path / "model.onnx", int8)
    ids, mask = to_tensors(tokeniser, [line.raw for line in lines[:16]] + ["x", ""], model.config.max_tokens)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    vectors, failure = session.run(None, {"input_ids": ids.numpy().astype(np.int32), "attention_mask": mask.numpy().astype(np.int32)})
    with torch.no_grad():
        expected, states = model(ids, mask)
        probability = torch.sigmoid(model.failure(states, mask)).numpy()
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5
    if int8:
        assert (vectors * expected.numpy()).sum(axis=1).min() >= 0.99
    else:
        assert np.abs(vectors - expected.numpy()).max() < 1e-3
        assert np.abs(failure - probability).max() < 1e-3


def test_padding_changes_nothing(model, tokeniser):
    alone = model(*to_tensors(tokeniser, ["opened thinga"], 24))[0]
    padded = model(*to_tensors(tokeniser, ["opened thinga", "opened thinga 1 for client 10.0.0.1 and more and more"], 24))[0]
    assert torch.allclose(alone[0], padded[0], atol=1e-5)


def test_views_repeat_by_seed_and_keep_some_of_the_line(lines):
    assert [Views(lines, 5).draw(line) for line in lines] == [Views(lines, 5).draw(line) for line in lines]
    assert words_changed("a b c", 0.0, ["zz"], random.Random(1)) == "a b c"
    assert words_changed("a b c", 1.0, ["zz"], random.Random(1)) == "zz zz zz"


def test_the_objective_wants_partners_together():
    z = torch.eye(4)
    assert info_nce(z, z) < 0.01 < info_nce(z, z[[1, 2, 3, 0]])
    same = torch.zeros(4, 4, dtype=torch.bool)
    same[0, 1] = True
    assert info_nce(z, z[[1, 0, 2, 3]], same) < info_nce(z, z[[1, 0, 2, 3]])


def test_a_pupil_that_agrees_has_no_loss():
    z = torch.nn.functional.normalize(torch.randn(6, 8, generator=torch.Generator().manual_seed(1)), dim=1)
    assert nearness_loss(z, z @ z.T) < 1e-5 < nearness_loss(z, (z @ z.T).flip(0))


def test_equal_seeds_and_steps_give_equal_weights_and_less_loss(model, tokeniser, lines):
    def trained():
        torch.manual_seed(1)
        fresh = LineEncoder(model.config)
        cost = train(fresh, tokeniser, lines, TrainOptions(minutes=10, max_steps=8, batch=16))
        return fresh.state_dict(), cost

    (a, cost), (b, _) = trained(), trained()
    assert cost["steps"] == 8
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_a_saved_encoder_comes_back_and_can_go_on(tmp_path, model, tokeniser, lines):
    save_encoder(tmp_path / "m", model, tokeniser, {"corpus": [], "seed": 1, "trainedWith": {}}, [line.raw for line in lines])
    again, _, manifest = load_encoder(tmp_path / "m")
    oracle = json.loads((tmp_path / "m" / "oracle.json").read_text())
    assert (OnnxEncoder(tmp_path / "m").encode(oracle["texts"]) * np.array(oracle["vectors"])).sum(axis=1).min() >= oracle["minCosine"]
    assert manifest["sha256"]["model.onnx"] == sha256(tmp_path / "m" / "model.onnx")
    assert manifest["figures"]["leastCosineWithPyTorch"] >= 0.99
    vectors = OnnxEncoder(tmp_path / "m").encode([lines[0].raw, "", lines[9].raw])
    expected = again(*to_tensors(tokeniser, [lines[0].raw, "", lines[9].raw], 24))[0].detach().numpy()
    assert (vectors * expected).sum(axis=1).min() >= 0.99
    tuned = finetune(tmp_path / "m", lines, [], tmp_path / "t", TrainOptions(minutes=10, max_steps=60, batch=16), {"name": "yours"})
    assert tuned["figures"]["after"]["maskedWordLoss"] < tuned["figures"]["before"]["maskedWordLoss"]
    assert tuned["trainedWith"]["shareOfNew"] in SHARES
    assert tuned["figures"]["change"]["maskedWordLoss"]["verdict"] == "better"
    lost = [name for name, c in tuned["figures"]["change"].items() if c["verdict"] == "worse"]
    assert tuned["figures"]["beatsShipped"] is (not lost)
    assert tuned["from"]["sha256"] == manifest["sha256"]["model.onnx"]


def test_a_head_start_carries_layers_and_words_over(model, tokeniser, lines):
    other = byte_pairs((line.raw for line in lines), 500)
    young = LineEncoder(dataclasses.replace(model.config, vocabulary=other.get_vocab_size(), layers=1))
    assert take_over(young, other, model, tokeniser) > 10
    assert torch.equal(young.blocks[0].qkv.weight, model.blocks[0].qkv.weight)
    assert torch.equal(young.positions.weight, model.positions.weight)
    longer = LineEncoder(dataclasses.replace(model.config, max_tokens=32))
    take_over(longer, tokeniser, model, tokeniser)
    assert torch.equal(longer.positions.weight[:24], model.positions.weight)
    assert torch.equal(young.tokens.weight[other.token_to_id("<ip>")], model.tokens.weight[tokeniser.token_to_id("<ip>")])
    narrow = LineEncoder(dataclasses.replace(model.config, dimensions=16))
    assert take_over(narrow, tokeniser, model, tokeniser) == 0


def test_what_is_held_out_is_not_trained_on(lines):
    kept, held = hold_out(lines, 3)
    assert not {line.raw for line in kept} & {line.raw for line in held}
    assert len(kept) + len(held) == len(lines)


def test_what_was_learned_is_taken_only_as_far_as_it_costs_nothing(model, tokeniser, lines):
    torch.manual_seed(5)
    old = {k: v.clone() for k, v in model.state_dict().items()}
    train(model, tokeniser, lines, TrainOptions(minutes=10, max_steps=40, batch=16))
    learned = {k: v.clone() for k, v in model.state_dict().items()}
    assert settle(model, tokeniser, old, lines, 1) >= 0.5
    noise = LineEncoder(model.config).eval()
    wild = {k: v + torch.randn_like(v) for k, v in learned.items()}
    noise.load_state_dict(wild)
    assert settle(noise, tokeniser, learned, lines, 1) == SHARES[0]
    assert torch.allclose(noise.norm.bias, torch.lerp(learned["norm.bias"], wild["norm.bias"], SHARES[0]))


def test_too_few_lines_are_refused(tmp_path, model, tokeniser, lines):
    save_encoder(tmp_path / "m", model, tokeniser, {"corpus": [], "seed": 1, "trainedWith": {}}, [lines[0].raw])
    with pytest.raises(ValueError, match="too few"):
        finetune(tmp_path / "m", lines[:5], [], tmp_path / "t", TrainOptions(minutes=1), {})
    assert not (tmp_path / "t").exists()


def test_an_interrupted_run_leaves_what_was_there(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "old").write_text("old")
    with pytest.raises(KeyboardInterrupt), replaced_folder(tmp_path / "m") as folder:
        (folder / "new").write_text("half")
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["m"]
    assert (tmp_path / "m" / "old").read_text() == "old"


def test_an_interrupted_command_writes_nothing_and_ends_with_130(tmp_path, lines):
    from training.corpus import write_dataset

    write_dataset(lines, tmp_path / "d.ndjson.gz")
    command = [sys.executable, "-m", "training", "train", "--data", str(tmp_path / "d.ndjson.gz"), "--out", str(tmp_path / "m"), "--minutes", "5"]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert '"stage": "train"' in first
    assert process.returncode == 130
    assert not (tmp_path / "m").exists()


def test_a_masked_position_does_not_see_itself_and_the_graph_agrees(tmp_path):
    torch.manual_seed(2)
    sequence = SequenceModel(SequenceConfig(dimensions=16, heads=2, inner=32)).eval()
    rows = np.random.default_rng(1).normal(size=(12, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    x, mask = pad([rows[:9], rows[3:12], rows[:1]])
    hide = torch.zeros_like(mask)
    hide[:, 2] = 1
    other = x.clone()
    other[:, 2] = torch.randn(16)
    assert torch.allclose(sequence(x, mask, hide)[0][:, 2], sequence(other, mask, hide)[0][:, 2], atol=1e-6)
    export_sequence(sequence, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    found = session.run(None, {"embeddings": x.numpy(), "mask": mask.numpy().astype(np.int32)})
    for graph, expected in zip(found, sequence.score(x, mask), strict=True):
        assert np.abs(graph - expected.numpy()).max() < 1e-3


def test_the_sequence_head_learns_an_order():
    rows = np.eye(16, dtype=np.float32)[:8]
    streams = {"a": [[i % 8 for i in range(start, start + 200)] for start in range(8)]}
    model, cost = train_sequence(rows, streams, minutes=10, seed=1, max_steps=300, batch=16)
    right, mask = pad([rows[[0, 1, 2, 3, 4, 5, 6, 7]]])
    wrong, _ = pad([rows[[0, 1, 2, 6, 4, 5, 3, 7]]])
    assert model.score(right, mask)[0].sum() < model.score(wrong, mask)[0].sum()
    assert cost["steps"] == 300

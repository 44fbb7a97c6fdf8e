import gzip
import json
import random
import shutil

import pytest

from training.corpus import Line, balanced, failure_label, prepare, product_node, read_dataset, read_lines, trimmed, without_level, write_dataset
from training.generate import generate
from training.sessions import read_streams

needs_node = pytest.mark.skipif(shutil.which(product_node()) is None, reason="no node to run the product's normaliser with")


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("2024-01-01 10:00:00 ERROR [main] disk is full", "2024-01-01 10:00:00 [main] disk is full"),
        ('{"level":"error","msg":"no error here"}', '{ "msg":"no error here"}'),
        ("[warn] slow", "slow"),
        ("level=info msg=ready", "msg=ready"),
        ("E0619 09:00:00.1 pod.go:1] crash", "0619 09:00:00.1 pod.go:1] crash"),
        ("an error in the words stays", "an error in the words stays"),
    ],
)
def test_takes_the_level_out_and_leaves_the_words(line, left):
    assert without_level(line) == left


def test_labels_only_lines_whose_logger_wrote_a_level():
    assert failure_label("ERROR x broke", 17) == 1
    assert failure_label("INFO x works", 9) == 0
    assert failure_label("WARN x is slow", 13) is None
    assert failure_label("x.Exception: the words alone", 17) is None
    assert failure_label("2024 UTC [1] LOG:  checkpoint starting", 0) == 0


def test_reads_text_ndjson_and_json(tmp_path):
    with gzip.open(tmp_path / "a.ndjson.gz", "wt") as f:
        f.write(json.dumps({"body": "one\ntwo"}) + "\n" + json.dumps({"message": "three"}) + "\n")
    (tmp_path / "b.txt").write_bytes(b"x\r\n\n\xff\xfe y\n")
    (tmp_path / "c.json").write_text(json.dumps([{"text": "p\nq"}]))
    assert list(read_lines(tmp_path / "a.ndjson.gz")) == ["one", "two", "three"]
    assert list(read_lines(tmp_path / "b.txt")) == ["x", "\ufffd\ufffd y"]
    assert list(read_lines(tmp_path / "c.json")) == ["p", "q"]


def test_streams_are_of_a_pod_gzipped_or_not(tmp_path):
    records = [json.dumps({"pod": "ab"[n % 2], "body": f"line {n}"}) for n in range(10)]
    (tmp_path / "plain.ndjson").write_text("\n".join(records) + "\n")
    with gzip.open(tmp_path / "packed.ndjson.gz", "wt") as f:
        f.write("\n".join(records) + "\n")
    for name in ("plain.ndjson", "packed.ndjson.gz"):
        assert read_streams([tmp_path / name], 100) == [[f"line {n}" for n in range(start, 10, 2)] for start in (0, 1)]


def test_no_template_drowns_the_others(lines):
    groups = {"many": [lines[0]] * 500, "few": [lines[1]] * 2}
    kept = balanced(groups, per_template=50, per_source=40, random_=random.Random(1))
    assert len(kept) == 40
    assert kept.count(lines[1]) == 2


def test_a_data_set_comes_back_as_it_was(tmp_path, lines):
    write_dataset(lines, tmp_path / "d.ndjson.gz")
    assert read_dataset(tmp_path / "d.ndjson.gz") == lines
    assert [p.name for p in tmp_path.iterdir()] == ["d.ndjson.gz"]


@needs_node
def test_prepares_with_the_rules_of_the_product(tmp_path):
    (tmp_path / "app.txt").write_text("".join(f"INFO took {n} ms from 10.0.0.{n}\n" for n in range(9)) + "ERROR disk is full\n")
    found = prepare({"app": [tmp_path / "app.txt"]}, per_template=3, per_source=100, seed=1)
    assert {line.text for line in found} == {"INFO took <duration> from <ip>", "ERROR disk is full"}
    assert len(found) == 4
    assert {line.failure for line in found} == {0, 1}


@needs_node
def test_trimming_keeps_the_order():
    lines = [f"request {n} done" if n % 2 else f"took {n} s in all" for n in range(20)]
    assert trimmed(lines, 2) == lines[:4]


def test_the_grammar_fills_every_place_and_repeats_by_seed():
    lines = generate(200, 2, seed=3)
    assert not [line.raw for line in lines if "{" in line.raw or "}" in line.raw]
    assert lines == generate(200, 2, seed=3)
    assert {line.failure for line in lines} == {0, 1}
    assert isinstance(lines[0], Line)

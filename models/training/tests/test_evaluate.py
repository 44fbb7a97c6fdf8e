import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluate import VIEWS, average_precision, disturbed, evaluate, hashed, joined, learned, precision_at_1, remembered, tf_idf
from training.report import auc


def test_precision_counts_lines_whose_event_has_another_line():
    vectors = np.array([[1, 0], [0.9, 0.1], [0, 1], [0.5, 0.6]], dtype=np.float32)
    assert precision_at_1(vectors, vectors, ["a", "a", "b", "c"]) == 1.0
    assert precision_at_1(vectors, vectors, ["a", "b", "a", "c"]) == 0.0


def test_measures_agree_with_scikit_learn():
    random = np.random.default_rng(1)
    labels = random.random(300) < 0.2
    scores = random.random(300) + labels
    assert abs(average_precision(scores, labels.astype(float)) - average_precision_score(labels, scores)) < 1e-9
    assert abs(auc(np.round(scores, 1), labels) - roc_auc_score(labels, np.round(scores, 1))) < 1e-9


def test_disturbs_as_it_says():
    assert disturbed(["a b c d e f g h i j"], "prefix raw", [], 1) == ["a b c d e f"]
    changed = disturbed(["a b c d e f g h i j"] * 200, "words raw", ["zz"], 1)
    assert 0.5 <= np.mean([c.split().count("zz") for c in changed]) < 1.5


def test_lexical_vectors_find_like_lines_and_join_keeps_unit_length():
    systems = {"s": {"raw": [f"open {w} {i}" for w in "abc" for i in range(3)], "normalised": [f"open {w} <num>" for w in ("xa", "yb", "zc") for _ in range(3)], "event": list("aaabbbccc")}}
    table = evaluate({"tf-idf": tf_idf, "hash": hashed}, systems)
    assert table["hash"]["normalised"]["mean"] == 1.0
    assert set(table["tf-idf"]) == set(VIEWS)

    class Unit:
        def encode(self, texts):
            return np.tile(np.array([[0.6, 0.8]], dtype=np.float32), (len(texts), 1))

    both = joined(learned(Unit()), remembered(hashed))(["a"])(["one line", "another"])
    assert np.allclose(np.linalg.norm(both, axis=1), 1)

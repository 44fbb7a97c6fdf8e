import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from training.evaluate import VIEWS, average_precision, disturbed, evaluate, hashed, joined, learned, precision_at_1, remembered, tf_idf
from training.report import auc
from training.verdict import Change, Measure, beats, change


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


def measure(values, groups=None, lower_is_better=False):
    return Measure(np.array(values, dtype=float), np.ones(len(values)), groups or [str(i) for i in range(len(values))], lower_is_better)


@pytest.mark.parametrize(
    ("lost", "won", "verdict"),
    [(0, 0, "same"), (1, 0, "same"), (2, 0, "worse"), (6, 2, "worse"), (4, 4, "same"), (0, 2, "same"), (0, 3, "better"), (20, 20, "same")],
)
def test_a_share_is_better_or_worse_only_beyond_noise(lost, won, verdict):
    before = np.array([1.0] * 200 + [0.0] * 100)
    after = before.copy()
    after[:lost] = 0
    after[200 : 200 + won] = 1
    assert change(measure(before), measure(after)).verdict == verdict


def test_a_fall_of_more_than_a_hundredth_is_never_noise():
    before, after = np.array([1.0] * 12 + [0.0] * 38), np.array([0.0] * 7 + [1.0] * 5 + [1.0] * 6 + [0.0] * 32)
    found = change(measure(before), measure(after))
    assert (round(found.difference, 4), found.verdict) == (-0.02, "worse")
    assert -found.difference < found.standard_error


def test_lines_of_one_template_count_as_one_witness():
    before, after = np.zeros(100), np.array([1.0] * 10 + [0.0] * 90)
    alone = change(measure(before), measure(after))
    together = change(measure(before, ["t"] * 10 + [str(i) for i in range(90)]), measure(after))
    assert together.difference == alone.difference
    assert alone.verdict == "better"
    assert together.verdict == "same"


def test_the_standard_error_is_that_of_many_repetitions():
    random = np.random.default_rng(3)
    drawn = []
    for _ in range(400):
        weights = random.integers(1, 6, 200).astype(float)
        before = Measure(random.normal(3, 1, 200) * weights, weights, [str(i) for i in range(200)], lower_is_better=True)
        after = Measure(before.values - random.normal(0.2, 1, 200) * weights, weights, before.groups, lower_is_better=True)
        drawn.append(change(before, after))
    assert np.mean([c.standard_error for c in drawn]) == pytest.approx(np.std([c.difference for c in drawn]), rel=0.15)
    assert np.mean([c.verdict == "better" for c in drawn]) > 0.7


def test_nothing_lost_and_something_gained_is_what_beats():
    better, same, worse = Change(0.1, 0.01, "better"), Change(0, 0, "same"), Change(-0.1, 0.01, "worse")
    assert beats({"a": better, "b": same})
    assert not beats({"a": same, "b": same})
    assert not beats({"a": better, "b": worse})

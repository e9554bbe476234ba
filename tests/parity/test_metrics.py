"""Our scores beside those of scikit-learn and scipy."""

import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from luodi.data import Dataset
from luodi.tasks import Classify, Label, rate
from luodi.tasks.metrics import bootstrap, calibration_error, count, macro_f1, precision_recall_f1, share_of

N_LABELS = 5
_PAIRS = st.lists(st.tuples(st.integers(0, N_LABELS - 1), st.integers(0, N_LABELS - 1)), min_size=1, max_size=80)
_SURE = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=200)


def columns(pairs):
    gold, answered = np.array(pairs, np.int64).T
    return gold, answered


@given(_PAIRS)
def test_macro_f1(pairs):
    from sklearn.metrics import f1_score

    gold, answered = columns(pairs)
    expected = f1_score(gold, answered, average="macro", zero_division=0)
    assert macro_f1(gold, answered, n_labels=N_LABELS) == pytest.approx(expected, abs=1e-12)


@given(_PAIRS)
def test_precision_recall_and_f1_of_each_label(pairs):
    from sklearn.metrics import precision_recall_fscore_support

    gold, answered = columns(pairs)
    expected = precision_recall_fscore_support(gold, answered, labels=range(N_LABELS), zero_division=0)
    counts = count(gold, answered, n_labels=N_LABELS)
    for ours, theirs in zip((*precision_recall_f1(counts), counts.rows), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


@given(_PAIRS)
def test_accuracy_and_wilsons_interval(pairs):
    from scipy.stats import binomtest
    from sklearn.metrics import accuracy_score

    gold, answered = columns(pairs)
    found = share_of(gold == answered)
    expected = binomtest(int((gold == answered).sum()), len(gold)).proportion_ci(method="wilson")
    assert found.value == pytest.approx(accuracy_score(gold, answered))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@given(_SURE)
@example([(1.0, False), (0.95, True)])
def test_calibration_error_is_its_definition(rows):
    confidence, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    expected = 0.0
    for place in range(15):
        low, high = place / 15, (place + 1) / 15
        inside = (confidence * 15 >= place) & ((confidence * 15 < place + 1) | ((place == 14) & (confidence <= high)))
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
        assert low < high
    assert calibration_error(confidence, right) == pytest.approx(expected, abs=1e-9)


def test_bootstrap_is_the_percentile_interval():
    """Two sets of 4,000 resamples of 300 rows: their ends differ by less than a tenth of the interval."""
    from scipy.stats import bootstrap as reference

    rng = np.random.default_rng(0)
    values = rng.exponential(size=300)
    ours = bootstrap(lambda i: float(values[i].mean()), n=300, rng=np.random.default_rng(1), n_resamples=4000)
    theirs = reference((values,), np.mean, n_resamples=4000, method="percentile", rng=np.random.default_rng(2))
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.value == values.mean()
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=width / 10)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=width / 10)


@settings(max_examples=25, deadline=None)
@given(_PAIRS)
def test_a_head_reports_what_scikit_learn_reports(pairs):
    from sklearn.metrics import classification_report

    names = [f"l{i}" for i in range(N_LABELS)]
    gold, answered = [names[g] for g, _ in pairs], [names[a] for _, a in pairs]
    head = Classify("y", tuple(names))
    data = Dataset.of([""] * len(pairs), {"y": gold})
    found = rate(head, data, [Label(a, 0.5, np.zeros(N_LABELS, np.float32)) for a in answered], intervals=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels that do not occur
        expected = classification_report(gold, answered, labels=names, output_dict=True, zero_division=0)
    for name in names:
        ours, theirs = found.per_class[name], expected[name]
        assert [ours[k] for k in ("precision", "recall", "f1", "support")] == pytest.approx(
            [theirs[k] for k in ("precision", "recall", "f1-score", "support")]
        )

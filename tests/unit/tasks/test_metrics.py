"""Our scores equal scikit-learn's, and the intervals hold what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.tasks.metrics import (
    bootstrap,
    calibration,
    calibration_error,
    count,
    macro_f1,
    precision_recall_f1,
    share_of,
)

#: Two floats that were summed in another order.
SUMMED = 1e-12

codes = st.integers(1, 60).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 5), min_size=n, max_size=n) for _ in range(2)))
)


@given(codes)
def test_f1_is_that_of_scikit_learn(pair):
    from sklearn.metrics import f1_score, precision_recall_fscore_support

    gold, answered = (np.array(side, np.int64) for side in pair)
    assert macro_f1(gold, answered, n_labels=6) == pytest.approx(f1_score(gold, answered, average="macro"), abs=SUMMED)
    ours = precision_recall_f1(count(gold, answered, n_labels=6))
    theirs = precision_recall_fscore_support(gold, answered, labels=range(6), zero_division=0)
    assert np.allclose(ours, theirs[:3], atol=SUMMED)


def test_nothing_to_score_scores_nothing():
    none = np.zeros(0, np.int64)
    assert macro_f1(none, none, n_labels=3) == 0.0
    assert math.isnan(share_of(none == none).value)
    assert calibration_error(np.zeros(0), np.zeros(0, bool)) == 0.0


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_of_accuracy_is_wilsons(pair):
    from scipy.stats import binomtest

    hits, n = pair
    found = share_of(np.arange(n) < hits)
    expected = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert (found.value, found.low, found.high) == pytest.approx((hits / n, *expected), abs=1e-9)


def test_calibration_error_is_the_gap_between_what_is_said_and_what_is_so():
    confidence = np.full(1000, 0.9)
    right = np.arange(1000) < 700
    assert calibration_error(confidence, right) == pytest.approx(0.2, abs=1e-9)
    assert calibration_error(np.ones(4), np.ones(4, bool)) == 0.0
    mixed = np.r_[np.full(50, 0.95), np.full(50, 0.55)]
    hits = np.r_[np.ones(50, bool), np.arange(50) < 25]
    assert calibration_error(mixed, hits) == pytest.approx(0.5 * 0.05 + 0.5 * 0.05, abs=1e-9)


def test_the_bootstrap_interval_holds_the_truth_about_as_often_as_it_says():
    """95 % of intervals should; of 200, between 180 and 199 do (binomial, 4 standard deviations)."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        right = rng.random(150) < 0.8
        found = bootstrap(lambda rows, right=right: float(right[rows].mean()), n=150, rng=rng, n_resamples=200)
        held += found.low <= 0.8 <= found.high
    assert 177 <= held <= 199


def simulated(rng, n, *, overstated):
    """Confidences of a model that is right less often than it says, by that much."""
    confidence = 0.5 + 0.4 * rng.beta(4, 2, n)
    return confidence, rng.random(n) < confidence - overstated


@pytest.mark.parametrize("overstated", [0.0, 0.03, 0.1, 0.2])
def test_the_interval_of_the_calibration_error_holds_the_true_one(overstated):
    """It does in 87 % of cases or more (a percentile interval holds a true 0 never); 3 standard deviations less: 76."""
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(100):
        found = calibration(*simulated(rng, 300, overstated=overstated), rng=rng, n_resamples=200)
        assert 0 <= found.low <= found.value <= found.high <= 1
        held += found.low <= overstated <= found.high
    assert held >= 76


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_the_interval_of_the_calibration_error_holds_its_own_value(rows):
    confidence, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], bool)
    found = calibration(confidence, right, rng=np.random.default_rng(0), n_resamples=20)
    assert found.value == calibration_error(confidence, right)
    assert found.low is None or 0 <= found.low <= found.value <= found.high <= 1 + SUMMED
    assert (found.low is None) == (not rows)


def test_the_bootstrap_gives_the_value_of_all_rows_and_repeats_itself():
    values = np.array([1.0, 2.0, 6.0])

    def mean(rows):
        return float(values[rows].mean())

    one, other = (bootstrap(mean, n=3, rng=np.random.default_rng(5)) for _ in range(2))
    assert one == other
    assert one.value == 3.0
    assert one.low <= one.value <= one.high
    assert bootstrap(mean, n=3, rng=np.random.default_rng(0), n_resamples=0).low is None

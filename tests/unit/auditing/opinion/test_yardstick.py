"""The yardstick reads off how many labels are wrong."""

import numpy as np
import pytest

from luodi.auditing.opinion.yardstick import Yardstick


def yardstick(wrong, *, n=20_000, m=400, seed=0):
    """Right labels look suspect by beta(1, 8), wrong ones, planted or not, by beta(8, 2)."""
    rng = np.random.default_rng(seed)
    is_wrong = rng.random(n) < wrong
    others = np.where(is_wrong, rng.beta(8, 2, n), rng.beta(1, 8, n))
    return Yardstick(rng.beta(8, 2, m), others), others, is_wrong


@pytest.mark.parametrize("wrong", [0.0, 0.01, 0.05, 0.2])
def test_the_share_is_found(wrong):
    found = yardstick(wrong)[0].share_wrong()
    assert found == pytest.approx(wrong, rel=0.25, abs=0.003)


def test_sureness_is_what_it_says():
    stick, others, is_wrong = yardstick(0.05)
    sure = stick.sureness(others)
    for low, high in ((0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        chosen = (sure >= low) & (sure < high)
        if chosen.sum() > 50:
            assert is_wrong[chosen].mean() == pytest.approx(sure[chosen].mean(), abs=0.15)
    assert (np.diff(sure[np.argsort(others)]) >= -1e-9).all()


def test_without_planted_labels_nothing_is_claimed():
    empty = Yardstick(np.zeros(0), np.zeros(0))
    assert empty.share_wrong() == 0.0
    assert empty.sureness(np.array([0.1, 0.9])).tolist() == [0.0, 0.0]
    assert Yardstick(np.ones(5), np.ones(100)).share_wrong() == 0.0

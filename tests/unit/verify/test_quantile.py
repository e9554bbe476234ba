"""Quantiles of times and how far they can be trusted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.verify.quantile import quantile

_TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=300)


@given(_TIMES, st.sampled_from([0.5, 0.95]))
def test_the_interval_holds_the_value_and_lies_within_the_times(values, share):
    found = quantile(values, share)
    assert min(values) <= found.low <= found.value <= found.high <= max(values)
    assert found.value == pytest.approx(np.quantile(values, share))


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_the_interval_holds_the_true_quantile_as_often_as_it_says(share):
    """2,000 draws of 400 exponential times: the share that holds the truth is 95 %, give or take 3 errors (1.5 %)."""
    rng, truth = np.random.default_rng(0), -np.log(1 - share)
    found = [quantile(rng.exponential(size=400), share) for _ in range(2000)]
    held = np.mean([q.low <= truth <= q.high for q in found])
    assert 0.935 <= held <= 0.975

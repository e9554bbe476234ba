"""How many answers of a cascade may differ: beside the exact binomial bound of scipy."""

import pytest

from luodi.bundle.cascade import most_allowed


@pytest.mark.parametrize("risk", [0.002, 0.01, 0.05, 0.3])
@pytest.mark.parametrize("n", [1, 29, 59, 299, 1000, 20_000])
def test_as_clopper_and_pearson(n, risk):
    from scipy.stats import beta

    allowed = most_allowed(n, risk=risk)
    if allowed >= 0:
        assert beta.ppf(0.95, allowed + 1, n - allowed) <= risk + 1e-9
    assert beta.ppf(0.95, allowed + 2, n - allowed - 1) > risk or allowed + 1 >= n

"""The threshold beside crepes: the conformal quantile of the same scores."""

import numpy as np
import pytest
from crepes import ConformalRegressor

from luodi.bundle.abstain import threshold


@pytest.mark.parametrize("risk", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("seed", range(5))
def test_the_same_quantile_as_crepes(risk, seed):
    """An interval of crepes around 0 reaches as far as the quantile of the residuals that it was fitted on."""
    rng = np.random.default_rng(seed)
    said = rng.dirichlet(np.full(5, 0.4), 397)
    labels = np.array([rng.choice(5, p=row) for row in said])
    scores = np.where(said.argmax(1) == labels, 0.0, said.max(1))
    interval = ConformalRegressor().fit(scores).predict_int(np.zeros(1), confidence=1 - risk)
    assert threshold(said.max(1), said.argmax(1) == labels, risk=risk) == pytest.approx(
        float(interval[0, 1]), abs=1.1e-6
    )

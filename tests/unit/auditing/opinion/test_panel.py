"""Models of a panel count as much as makes the labels likeliest."""

import numpy as np

from luodi.auditing.opinion import panel
from luodi.auditing.opinion.panel import fit_shares


def tables(n: int, n_labels: int) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(3)
    targets = rng.integers(0, n_labels, n)
    telling = rng.normal(size=(n, n_labels)) + 2 * (targets[:, None] == np.arange(n_labels))
    return [telling.astype(np.float32), rng.normal(size=(n, n_labels)).astype(np.float32)], targets


def test_a_model_that_tells_counts_more_than_one_that_guesses():
    telling, guessing = fit_shares(*tables(2000, 4), rng=np.random.default_rng(0))
    assert telling > 1 > 0.2 > guessing


def test_with_very_many_labels_few_rows_set_the_shares(monkeypatch):
    monkeypatch.setattr(panel, "_CELLS_FITTED", 5000)
    scores, targets = tables(1000, 50)
    rows = np.sort(np.random.default_rng(0).choice(1000, 5000 // 50, replace=False))
    drawn = fit_shares([table[rows] for table in scores], targets[rows], rng=np.random.default_rng(1))
    assert np.allclose(fit_shares(scores, targets, rng=np.random.default_rng(0)), drawn)

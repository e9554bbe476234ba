"""The quick linear models do what their textbooks say."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from luodi.auditing.opinion.linear import Linear, combine, learn, ridge


def rows(n=400, n_labels=3, seed=0):
    """n sparse rows of length 1; the label's own columns are the heavier ones."""
    rng = np.random.default_rng(seed)
    targets = rng.integers(n_labels, size=n)
    table = rng.random((n, 30)) * (rng.random((n, 30)) < 0.3)
    table[np.arange(n), targets] += 1.0
    table /= np.linalg.norm(table, axis=1, keepdims=True)
    return csr_matrix(table.astype(np.float32)), targets


@pytest.mark.parametrize("n_labels", [2, 3])
def test_the_ridge_is_the_ridge_of_scikit_learn(n_labels, monkeypatch):
    from sklearn.linear_model import Ridge

    monkeypatch.setattr("luodi.auditing.opinion.linear._STEPS", 100)
    features, targets = rows(n_labels=n_labels)
    found = ridge(features, targets, n_labels=n_labels)
    exact = Ridge(alpha=2.0).fit(features.toarray(), np.eye(n_labels)[targets])
    assert np.allclose(found.scores(features), exact.predict(features.toarray()), atol=1e-3)


def test_few_steps_decide_as_the_exact_solution_does():
    features, targets = rows()
    from sklearn.linear_model import Ridge

    exact = Ridge(alpha=2.0).fit(features.toarray(), np.eye(3)[targets]).predict(features.toarray()).argmax(1)
    assert (ridge(features, targets, n_labels=3).scores(features).argmax(1) == exact).mean() > 0.99


def test_every_model_learns():
    features, targets = rows()
    models = learn(features, targets, n_labels=3, ridge_rows=1000)
    assert len(models) == 3
    assert all((model.scores(features).argmax(1) == targets).mean() > 0.9 for model in models)
    assert len(learn(features, targets, n_labels=3, ridge_rows=0)) == 2
    dense = learn(features.toarray(), targets, n_labels=3, ridge_rows=0)
    assert len(dense) == 2
    assert all((model.scores(features.toarray()).argmax(1) == targets).mean() > 0.9 for model in dense)


def test_a_label_without_rows_is_never_the_answer():
    features, targets = rows()
    for model in learn(features, targets, n_labels=4, ridge_rows=1000):
        assert (model.scores(features).argmax(1) != 3).all()


def test_models_add_up():
    one = Linear(np.ones((2, 3), np.float32), np.zeros(3, np.float32))
    assert combine([one, one], [0.5, 1.5]).scores(np.ones((1, 2))).tolist() == [[4.0, 4.0, 4.0]]

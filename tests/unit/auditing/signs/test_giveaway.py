"""A trait counts by how surely it tells a label, not by how often it happens to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.giveaway import FEWEST, Labelled, lowest, told_by


def has(n, rows):
    mask = np.zeros(n, bool)
    mask[list(rows)] = True
    return mask


def test_a_sure_trait_tells_nearly_all():
    labels = Labelled(["a", "b"] * 500, n_traits=100)
    told = labels.tell(has(1000, range(0, 1000, 2)), coverage=0.1)
    assert (told.label, told.n, told.precision, told.base, told.coverage) == ("a", 500, 1.0, 0.5, 1.0)
    assert told.gain > 0.9


def test_chance_tells_nothing():
    rng = np.random.default_rng(0)
    labels = Labelled([str(k) for k in rng.integers(0, 4, 2000)], n_traits=200)
    told = [labels.tell(rng.random(2000) < 0.1, coverage=0.01) for _ in range(200)]
    assert sum(one is not None for one in told) <= 2  # meant: 5 % of a single one in 200 traits times 4 labels


def test_a_label_of_nearly_all_rows_is_not_told_by_being_there():
    labels = Labelled(["a"] * 950 + ["b"] * 50, n_traits=1)
    assert labels.tell(has(1000, range(500)), coverage=0.1) is None


def test_few_rows_and_rare_traits_tell_nothing():
    labels = Labelled(["a", "b"] * 500, n_traits=1)
    assert labels.tell(has(1000, range(0, 2 * FEWEST - 2, 2)), coverage=0.0) is None
    assert labels.tell(has(1000, range(0, 80, 2)), coverage=0.1) is None  # 40 of 500
    assert labels.tell(has(1000, range(0, 80, 2)), coverage=0.05) is not None
    assert Labelled(["a"] * 100, n_traits=1).tell(np.ones(100, bool), coverage=0.0) is None


def test_unlabelled_rows_do_not_count():
    labels = Labelled(["a", None, "b", None] * 100, n_traits=1)
    told = labels.tell(has(400, range(0, 400, 4)) | has(400, range(1, 400, 4)), coverage=0.1)
    assert (told.label, told.n, told.precision) == ("a", 100, 1.0)


def test_a_column_that_tells_the_label():
    labels = Labelled(["a"] * 100 + ["b"] * 100, n_traits=1)
    told = told_by([f"shop {row // 10}" for row in range(200)], labels)
    assert (told.share, told.right) == (1.0, 1.0)
    assert told.gain > 0.9


def test_a_column_of_single_rows_or_of_mixed_groups_tells_nothing():
    labels = Labelled(["a", "b"] * 100, n_traits=1)
    assert told_by([str(row) for row in range(200)], labels) is None
    assert told_by([str(row // 10) for row in range(200)], labels).gain < 0.1
    assert told_by(["x"] * 200, Labelled(["a"] * 200, n_traits=1)) is None


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(1, 5))
def test_the_lowest_share_lies_below_the_share(counts, z):
    k, n = counts
    assert -1e-9 <= lowest(np.array([k]), n, z=z)[0] <= k / n + 1e-9


@pytest.mark.parametrize("n_traits", [1, 1000])
def test_more_trials_ask_for_more(n_traits):
    assert Labelled(["a", "b"], n_traits=n_traits).z > (3 if n_traits > 1 else 1.9)

"""The head that rates: its scale, its answers, its intervals."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from luodi.data import Dataset
from luodi.errors import DataError
from luodi.language import speak
from luodi.tasks.score import Score, explained, rank_correlation

STARS = Score("星", (1.0, 2.0, 3.0, 4.0, 5.0), True, 0.5)


def of(*cells):
    return Dataset.of([f"t{row}" for row in range(len(cells))], {"星": cells})


def test_few_numbers_are_the_levels_and_many_a_scale():
    assert Score.fit("星", of("5", "1", None, "3")).levels == (1.0, 3.0, 5.0)
    assert Score.fit("星", of("5", "1", None, "3")).tolerance == 1.0
    real = Score.fit("星", of(*(str(number / 7) for number in range(50))))
    assert (real.is_graded, real.n_outputs, real.levels[0], real.levels[-1]) == (False, 21, 0.0, 7.0)


@pytest.mark.parametrize("cells", [("1", "x"), ("1", "inf"), ("1", "1"), (None, None)])
def test_what_is_no_scale_is_refused(cells):
    with speak("en"), pytest.raises(DataError):
        Score.fit("星", of(*cells))


@pytest.mark.parametrize("levels", [(), (1.0,), (2.0, 1.0)])
def test_levels_rise(levels):
    with pytest.raises(ValueError, match="levels"):
        Score("星", levels, True, 0.5)


def test_between_two_levels_both_are_learned():
    targets = torch.from_numpy(STARS.targets(of("2.5", "5", None, "9")))
    assert targets.tolist() == [1.5, 4.0, -100.0, 4.0]
    sure = torch.full((4, 5), -30.0)
    sure[0, 1] = sure[0, 2] = sure[1, 4] = sure[3, 4] = 0.0
    assert float(STARS.loss(sure, targets)) == pytest.approx(np.log(2) / 3, abs=1e-5)


def test_of_few_levels_the_middle_one_is_the_answer():
    shares = np.log(np.array([[0.3, 0.05, 0.1, 0.1, 0.45], [0.01, 0.01, 0.01, 0.01, 0.96]], np.float32))
    first, second = STARS.decode(shares)
    assert (first.value, first.label, second.value) == (4.0, "4", 5.0)
    assert (first.low, first.high) == (1.0, 5.0)
    assert second.probability == pytest.approx(0.96, abs=1e-6)


def test_of_many_levels_the_mean_is():
    real = Score("星", (0.0, 1.0, 2.0), False, 1.0)
    (found,) = real.decode(np.log(np.array([[0.25, 0.5, 0.25]], np.float32)))
    assert found.value == pytest.approx(1.0)
    assert found.probability == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=30))
def test_rank_correlation_is_scipys(pairs):
    from scipy.stats import spearmanr

    true, said = np.array(pairs).T
    ours = rank_correlation(true, said)
    if len(set(true)) > 1 and len(set(said)) > 1:
        assert ours == pytest.approx(spearmanr(true, said).statistic, abs=1e-9)
    else:
        assert ours == 0.0


def test_variance_explained_is_scikit_learns():
    from sklearn.metrics import r2_score

    rng = np.random.default_rng(0)
    true, said = rng.normal(size=50), rng.normal(size=50)
    assert explained(true, said) == pytest.approx(r2_score(true, said))
    assert explained(np.ones(3), np.ones(3)) == 0.0


def test_the_temperature_changes_how_sure_an_answer_is_alone():
    logits = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    for scale in (STARS, Score("星", (0.0, 1.0, 2.0, 3.0, 9.0), False, 1.0)):
        one, other = (scale.decode(logits, temperature=temperature) for temperature in (0.2, 4.0))
        assert [a.label for a in one] == [b.label for b in other]
        assert np.mean([a.probability for a in one]) > np.mean([b.probability for b in other])


def test_large_levels_are_written_whole():
    scale = Score("y", (1234567.0, 1234568.0, 20240105.0), True, 0.5)
    assert [one.label for one in scale.decode(9 * np.eye(3, dtype=np.float32))] == ["1234567", "1234568", "20240105"]


def test_answers_within_the_tolerance_are_the_same_to_parity():
    from luodi.bundle import parity
    from luodi.tasks import Task

    scale = Score("y", tuple(map(float, range(21))), False, 1.0)
    logits = np.random.default_rng(0).normal(size=(40, 21)).astype(np.float32)
    one, other = scale.decode(logits), scale.decode(logits + np.float32(1e-4) * np.arange(21, dtype=np.float32))
    assert [a.label for a in one] != [b.label for b in other]
    apart = parity(Task((scale,)), {"y": one}, {"y": other}, names=("fp32", "int8"))
    assert 0 < apart.max_abs_diff < 1e-3
    assert apart.label_flips == 0


@pytest.mark.parametrize("levels", [(1.0, float("inf")), (1, "2"), (1.0, 10**400), (False, True)])
def test_what_a_stranger_calls_levels_is_refused(levels):
    with pytest.raises((ValueError, OverflowError)):
        Score("y", levels, True, 0.5)


def test_the_cheap_peer_needs_no_square_of_the_rows():
    """At 6,000 rows a leave-one-out ridge held 1.5 GB; the peer's memory grows with the rows alone."""
    import tracemalloc

    from luodi.tasks.score import fit_ridge
    from luodi.tasks.terms import Ground

    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("好坏快慢甲乙丙丁"), 6)) for _ in range(6000)]
    data = Dataset.of(texts, {"星": [str(text.count("好")) for text in texts]})
    head = Score.fit("星", data)
    tracemalloc.start()
    answer = fit_ridge(head, Ground(data.take(range(5000)), data.take(range(5000, 6000)), n_outputs=head.n_outputs))
    assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    tracemalloc.stop()
    said = answer(texts[5000:])
    judged = head.judge(data.labels["星"][5000:], [one.label for one in said])
    assert judged.scores["spearman"](np.arange(1000)) > 0.9

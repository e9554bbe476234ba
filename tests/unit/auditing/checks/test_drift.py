"""What changes over time is told with its periods; what does not, is not."""

from datetime import date, timedelta

import numpy as np
import pytest

from luodi.auditing.checks.drift import drift
from luodi.auditing.evidence import Evidence
from luodi.auditing.signs.chance import association, chi_square_tail, normal_tail, rank_difference
from luodi.auditing.signs.periods import periods_of
from luodi.data import Dataset, read

SIGNS = [chr(0x4E00 + place) for place in range(40)]
NEW_SIGNS = [chr(0x5E00 + place) for place in range(40)]


def days(n, *, span=500):
    return tuple((date(2024, 1, 1) + timedelta(days=row * span // n)).isoformat() for row in range(n))


def evidence(n=1000, *, share=0.5, late_share=0.5, length=20, late_length=20, late_signs=SIGNS, seed=0):
    """n rows over 500 days; in the last fifth of them labels, lengths or signs may be others."""
    rng = np.random.default_rng(seed)
    is_late = np.arange(n) >= n * 4 // 5
    labels = np.where(rng.random(n) < np.where(is_late, late_share, share), "yes", "no").tolist()
    sizes = rng.poisson(np.where(is_late, late_length, length)) + 1
    texts = [
        "".join(rng.choice(late_signs if late else SIGNS, size)) for late, size in zip(is_late, sizes, strict=True)
    ]
    return Evidence({"train": Dataset.of(texts, {"label": labels}, times=days(n))})


def test_labels_that_become_more_frequent_are_told_with_their_periods():
    (one,) = drift(evidence(late_share=0.9))
    assert one.severity in ("note", "warning")
    assert "most of all 'no'" in one.what or "most of all 'yes'" in one.what
    assert "2025-02-04 to 2025-05-14" in one.what
    assert "--time" in one.advice


def test_texts_that_become_longer_are_told():
    (one,) = drift(evidence(late_length=45))
    assert one.severity == "warning"
    assert "lengths" in one.what


def test_new_words_are_told_with_the_rows_that_hold_them():
    (one,) = drift(evidence(late_signs=NEW_SIGNS))
    assert one.severity == "warning"
    assert "100% of the pairs of characters" in one.what
    assert len(one.suspects) == 200
    assert {suspect.row for suspect in one.suspects} == set(range(800, 1000))
    assert any(sign in one.what for sign in NEW_SIGNS)


def test_what_does_not_change_raises_no_alarm():
    assert [list(drift(evidence(seed=seed))) for seed in range(20)] == [[]] * 20


def test_without_times_or_with_few_rows_nothing_is_said():
    data = evidence().data
    assert list(drift(Evidence({"train": Dataset.of(data.texts, data.labels)}))) == []
    assert list(drift(evidence(100, late_share=1.0, share=0.0))) == []
    assert list(drift(Evidence({"train": Dataset.of([], {"label": []}, times=())}))) == []


@pytest.mark.shared
def test_real_rows_in_any_order_raise_no_alarm(shared_data):
    data = read(shared_data / "waimai_10k.csv")
    for seed in range(3):
        rows = np.random.default_rng(seed).permutation(len(data))
        mixed = data.take(rows)
        assert list(drift(Evidence({"train": Dataset.of(mixed.texts, mixed.labels, times=days(len(rows)))}))) == []


def test_periods_keep_a_day_together_and_leave_undated_rows_out():
    times = ["2024-01-01"] * 300 + ["2024-01-02"] * 100 + ["2024-01-03"] * 100 + [""] * 10
    found = periods_of(times)
    assert found.spans == (("2024-01-01", "2024-01-01"), ("2024-01-02", "2024-01-02"), ("2024-01-03", "2024-01-03"))
    np.testing.assert_array_equal(np.bincount(found.of + 1), [10, 300, 100, 100])
    assert periods_of(["2024-01-01"] * 500) is None
    assert periods_of([""] * 500) is None


@pytest.mark.parametrize("freedom", [1, 4, 30, 300])
@pytest.mark.parametrize("chance", [0.5, 0.05, 0.003])
def test_the_tail_is_that_of_chi_square(freedom, chance):
    stats = pytest.importorskip("scipy.stats")
    value = float(stats.chi2.isf(chance, freedom))
    assert chi_square_tail(value, freedom=freedom) == pytest.approx(chance, rel=0.12)
    assert normal_tail(float(stats.norm.isf(chance))) == pytest.approx(chance)


def test_association_and_rank_difference_are_what_scipy_says():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    table = rng.integers(20, 60, (5, 4))
    tested = stats.chi2_contingency(table, correction=False)
    assert association(table)[1] == pytest.approx(tested.pvalue, rel=0.1)
    values, groups = rng.integers(0, 30, 400), np.repeat(np.arange(4), 100)
    values[:100] += 4
    kruskal = stats.kruskal(*(values[groups == group] for group in range(4)))
    share, by_chance = rank_difference(values, groups)
    assert share == pytest.approx(kruskal.statistic / 399)
    assert by_chance == pytest.approx(kruskal.pvalue, rel=0.2)


def test_labels_too_rare_to_count_are_put_together():
    table = np.array([[100, 1, 0, 1], [100, 0, 1, 0]])
    strength, by_chance = association(table)
    assert strength == 0.0
    assert by_chance > 0.2

"""Which candidate is built: by budget, by what is shown, by cost; the knee where there is no budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.budget import Quantity
from luodi.job.chosen import Terms, choose, knee
from luodi.job.rung import TEACHER
from luodi.job.weighed import Weighed
from luodi.verify import Comparison


def one(name, *, ms, gain=0.0, spread=0.005, size=10.0, breaks=False, n=1000):
    """A candidate of a latency, a gain and the half width of its interval."""
    found = Comparison(n, "macro_f1", Quantity(gain, gain - spread, gain + spread), Quantity(gain), 1.0,
                       max(0.0, spread - gain), None)  # fmt: skip
    compared = {} if name == TEACHER else {"y": {"n": n, **found.to_json()}}
    report = {"latency_p50_ms": {"value": ms}, "size_mib": size}
    breaches = ({"limit": "latency_p50_ms"},) if breaks else ()
    return Weighed(name, 1.0, report, breaches, compared, {}, {})


COST = "latency_p50_ms"


def chosen(*some, margin=0.01, has_budget=True):
    return choose(some, Terms(margin, has_budget=has_budget))


def test_the_cheapest_that_keeps_the_budget_and_is_no_worse():
    teacher = one(TEACHER, ms=10, breaks=True)
    found = chosen(teacher, one("bag", ms=0.1, gain=-0.08), one("2 layers", ms=1, gain=-0.002), one("4 layers", ms=3))
    assert (found.name, found.runner_up) == ("2 layers", "4 layers")
    assert "no worse" in found.why


def test_of_equally_fast_ones_the_smallest():
    assert chosen(one(TEACHER, ms=10, breaks=True), one("a", ms=1.0, size=9), one("b", ms=1.02, size=4)).name == "b"


def test_the_recipes_own_model_stays_if_nothing_is_shown_to_be_as_good():
    found = chosen(one(TEACHER, ms=10), one("bag", ms=0.1, gain=-0.02))
    assert (found.name, found.runner_up) == (TEACHER, "bag")


def test_what_is_not_shown_is_not_pretended_to_be():
    wide = one("2 layers", ms=1, gain=-0.002, spread=0.03)
    found = chosen(one(TEACHER, ms=10, breaks=True), wide, one("bag", ms=0.1, gain=-0.05))
    assert found.name == "2 layers"
    assert "is not shown" in found.why
    assert f"{wide.rows_needed(margin=0.01):,} validation rows" in found.why


def test_what_lies_below_says_by_how_much():
    assert "5.0 points below" in chosen(one(TEACHER, ms=10, breaks=True), one("bag", ms=0.1, gain=-0.05)).why


def test_where_nobody_keeps_the_budget_the_cheapest_that_is_no_worse():
    found = chosen(one(TEACHER, ms=10, breaks=True), one("2 layers", ms=2, breaks=True))
    assert found.name == "2 layers"
    assert "no candidate keeps the budget" in found.why


def test_enough_rows_show_it():
    """The interval shrinks with the square root of the rows: with as many as are said to be needed it is shown."""
    few = one("a", ms=1, gain=-0.002, spread=0.03)
    needed = few.rows_needed(margin=0.01)
    many = one("a", ms=1, gain=-0.002, spread=0.03 * (1000 / needed) ** 0.5)
    assert not few.is_good(margin=0.01)
    assert many.is_good(margin=0.01)
    assert many.rows_needed(margin=0.01) is None
    assert one("b", ms=1, gain=-0.05).rows_needed(margin=0.01) is None  # no number of rows would show it


def test_the_knee_lies_where_more_time_buys_little():
    curve = [
        one("bag", ms=0.1, gain=-0.10),
        one("2", ms=1, gain=-0.01),
        one("4", ms=2, gain=-0.006),
        one(TEACHER, ms=9),
    ]
    found = chosen(*curve, has_budget=False)
    assert found.name == "2"
    assert "knee" in found.why


def test_no_curve_has_no_knee_and_the_best_is_taken():
    teacher, bag = one(TEACHER, ms=9), one("bag", ms=0.1, gain=-0.50)
    assert chosen(teacher, bag, has_budget=False).name == TEACHER
    below = one("2 layers", ms=3, gain=-0.40)  # inside the chord: much time for little
    assert chosen(teacher, bag, below, has_budget=False).name == TEACHER


def test_what_could_not_be_compared_is_not_chosen():
    found = chosen(one(TEACHER, ms=9), one("a", ms=1, gain=float("nan")), has_budget=False)
    assert (found.name, found.runner_up) == (TEACHER, "")


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(-0.5, 0.1)), min_size=1, max_size=8))
def test_nobody_beats_the_knee(points):
    some = [one(str(place), ms=ms, gain=gain) for place, (ms, gain) in enumerate(points)]
    best = knee(some, cost=COST)
    assert not any(other.cost(COST) < best.cost(COST) and other.gain > best.gain for other in some)


@pytest.mark.parametrize("has_budget", [True, False])
def test_one_alone_is_built(has_budget):
    found = chosen(one(TEACHER, ms=10, breaks=True), has_budget=has_budget)
    assert (found.name, found.runner_up) == (TEACHER, "")

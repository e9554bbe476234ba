"""Limits of the command line reach the recipe under their whole names, whatever these hold."""

import pytest

from luodi.cli import build as verb
from luodi.errors import RecipeError
from luodi.job.recipe import Recipe


@pytest.fixture
def wished(luodi, monkeypatch):
    """Give the recipe that a command line makes, or what it ends with; nothing is built."""
    seen: list[Recipe] = []

    def stop(recipe, **_):
        seen.append(recipe)
        raise RecipeError("seen")

    monkeypatch.setattr(verb, "build_bundle", stop)

    def run(source, *wishes, more=()):
        seen.clear()
        words = [word for wish in wishes for word in ("--budget", wish)]
        ended = luodi("build", str(source), *words, *more, "--lang", "en")
        return seen[0] if seen else ended

    return run


@pytest.mark.parametrize(
    ("wish", "name", "sides"),
    [
        ("intent.accuracy>=0.9", "intent.accuracy", (0.9, None)),
        ("用户-意图/第 2 级.macro_f1 >= .5", "用户-意图/第 2 级.macro_f1", (0.5, None)),
        ("a>=b.accuracy>=1", "a>=b.accuracy", (1, None)),
        ("expected_calibration_error<=1e-2", "expected_calibration_error", (None, 0.01)),
        (" size_mib <= 30 ", "size_mib", (None, 30)),
    ],
)
def test_a_limit_keeps_its_name(wished, wish, name, sides):
    recipe = wished("a.csv", wish)
    assert list(recipe.budget.limits) == [name]
    limit = recipe.budget.limits[name]
    assert (limit.at_least, limit.at_most) == sides


def test_a_time_is_that_of_one_text_and_one_thread(wished):
    assert wished("a.csv", "latency_p95_ms<=10").budget.to_json() == {
        "latency_p95_ms": {"at_most": 10, "device": "cpu", "threads": 1, "batch": 1}
    }
    assert wished("a.csv", "throughput_per_s>=9").budget.to_json() == {"throughput_per_s": {"at_least": 9}}


def test_a_limit_takes_the_place_of_the_recipes_own(wished, tmp_path):
    recipe = tmp_path / "r.yaml"
    recipe.write_text("data: {path: a.csv}\nbudget: {size_mib: {at_most: 5}, accuracy: {at_most: 0.5}}\n", "utf-8")
    made = wished(recipe, "accuracy>=0.9", more=("--set", "budget.size_mib.at_most=6"))
    assert made.budget.to_json() == {"size_mib": {"at_most": 6}, "accuracy": {"at_least": 0.9}}
    recipe.write_text("data: {path: a.csv}\nbudget:\n", "utf-8")
    assert wished(recipe, "accuracy>=0.9").budget.to_json() == {"accuracy": {"at_least": 0.9}}
    recipe.write_text("data: {path: a.csv}\nbudget: 5\n", "utf-8")
    assert "r.yaml:2: budget: 5 is no block of fields" in wished(recipe, "accuracy>=0.9").err


def test_trials_reach_the_recipe(wished):
    recipe = wished("a.csv", more=("--trials", "20", "--time-limit", "1h30m"))
    assert (recipe.trials, recipe.time_limit, recipe.search) == (20, "1h30m", None)
    field = "search.stages.finetune.learning_rate={low: 1e-5, high: 1e-3, log: true}"
    recipe = wished("a.csv", more=("--trials", "2", "--set", field))
    assert recipe.search == {"stages.finetune.learning_rate": {"low": 1e-5, "high": 1e-3, "log": True}}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--trials", "-1"), "trials: -1 is below 0"),
        (("--trials", "many"), "--trials is a whole number, not 'many'"),
        (("--trials", "1.5"), "--trials is a whole number, not '1.5'"),
        (("--trails", "5"), "did you mean '--trials'?"),
        (("--time-limit", "30m"), "time_limit limits what is tried, and nothing is; add --trials 20"),
        (("--trials", "5", "--time-limit", "30"), "'30' is no span of time; write 90s, 30m or 1h30m"),
        (("--trials", "5", "--time-limit", ""), "'' is no span of time"),
        (("--trials", "5", "--set", "search.stages.finetune.epohcs=[1, 2]"), "did you mean 'epochs'?"),
        (("--trials", "5", "--set", "search.stages.finetune.dropout={low: 0.3, high: 0.1}"), "upside down"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_read(luodi, words, said):
    ended = luodi("build", "no-such-table.csv", *words, "--lang", "en")
    assert ended.code == 2
    assert said in ended.err


@pytest.mark.parametrize(("place", "proposed"), [("", "model.luodi"), ("/", "/model.luodi"), ("a.zip", "a.luodi")])
def test_a_bundle_is_told_how_its_name_ends(luodi, place, proposed):
    ended = luodi("build", "a.csv", "-o", place)
    assert ended.code == 2
    assert f"fix:   -o {proposed}" in ended.err


@pytest.mark.parametrize("wish", ["accuracy", "accuracy>0.9", "accuracy>=", "accuracy>=x", ">=0.9", "accuracy>=--1"])
def test_what_is_no_limit_is_refused(wished, wish):
    ended = wished("a.csv", wish)
    assert ended.code == 2
    assert f"--budget '{wish}' is no limit" in ended.err


def test_both_sides_of_one_name_are_refused(wished):
    assert "give one of at_least and at_most" in wished("a.csv", "accuracy>=0.9", "accuracy<=1").err

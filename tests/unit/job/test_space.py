"""What trials try: read from a recipe with every fault in its place, or proposed for whatever tunes."""

import pytest

from luodi.errors import RecipeError
from luodi.job.parts import enrol
from luodi.job.recipe import make_recipe, refusal
from luodi.job.space import Choices, Range, default_space, read_space
from luodi.registry import parts
from luodi.tune.finetune import Finetune

enrol()


def recipe(**fields):
    return make_recipe({"data": {"path": "a.csv"}, **fields})


def faults(**search):
    with pytest.raises(RecipeError) as refused:
        recipe(search={name.replace("__", "."): value for name, value in search.items()})
    return refused.value.what


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("stages.finetune.epohcs", [1, 2], "not a field; did you mean 'epochs'?"),
        ("stages.finetun.epochs", [1, 2], "there is no 'finetun' to set a field of; did you mean 'finetune'?"),
        ("stages.finetune.epochs", [1, 0], "epochs = 0 (wanted: at least 1)"),
        ("stages.finetune.epochs", [1, "x"], "'x' is not a whole number"),
        ("stages.finetune.dropout", {"low": 0.5, "high": 0.1}, "upside down: low 0.5 is not below high 0.1"),
        ("stages.finetune.dropout", {"low": 0.5, "high": 0.5}, "upside down"),
        ("stages.finetune.dropout", {"low": 0.5, "high": 1.5}, "dropout = 1.5 (wanted: from 0 to below 1)"),
        ("stages.finetune.learning_rate", {"low": 0, "high": 1, "log": True}, "begins above 0"),
        ("stages.finetune.learning_rate", {"low": 1e-4, "hihg": 1}, "no 'hihg'; did you mean 'high'?"),
        ("stages.finetune.learning_rate", {"low": 1e-4}, "wants low and high"),
        ("stages.finetune.learning_rate", {"low": 1e-4, "high": float("inf")}, "wants low and high"),
        ("stages.finetune.learning_rate", {"low": 1, "high": 2, "log": "yes"}, "log is true or false"),
        ("stages.finetune.learning_rate", [], "is empty"),
        ("stages.finetune.learning_rate", 5, "neither a list of values nor a range"),
        ("stages.finetune.seed", [1, 2], "the luckiest one"),
        ("stags.finetune.epochs", [1, 2], "did you mean 'stages'?"),
        ("data.split.seed", [1, 2], "stages, model, max_tokens alone"),
        ("seed", [1, 2], "stages, model, max_tokens alone"),
        ("max_tokens", [16, 1], "max_tokens: 1 is too few"),
    ],
)
def test_a_fault_is_named_with_its_place(field, value, said):
    what = faults(**{field: value})
    assert what.startswith(f"recipe: search.{field}: ")
    assert said in what


def test_every_fault_is_told_at_once():
    what = faults(stages__finetune__epochs=[0], model=[3], budget=[1])
    assert len(what.splitlines()) == 3


def test_a_line_of_the_file_is_named(tmp_path):
    from luodi.job.recipe import read_recipe

    file = tmp_path / "r.yaml"
    file.write_text("data: {path: a.csv}\nsearch:\n  stages.finetune.epohcs: [1, 2]\n", "utf-8")
    with pytest.raises(RecipeError, match=r"r\.yaml:3: search\.stages\.finetune\.epohcs: not a field"):
        read_recipe(file)


def test_what_is_no_block_is_refused():
    with pytest.raises(RecipeError, match="search: 5 is not a block of fields or nothing"):
        recipe(search=5)


@pytest.mark.parametrize(
    ("name", "raw", "read"),
    [
        ("epochs", {"low": 2, "high": 8}, Range(2, 8, whole=True)),
        ("dropout", {"low": 0, "high": 0.9}, Range(0, 0.9)),
        ("learning_rate", {"low": 1, "high": 2, "log": True}, Range(1, 2, log=True)),  # 1.5 would be taken too
        ("tuner", ["full", {"use": "lora", "rank": 2}], Choices(("full", {"use": "lora", "rank": 2}))),
    ],
)
def test_a_field_decides_whether_a_range_is_of_whole_numbers(name, raw, read):
    made = recipe(search={f"stages.finetune.{name}": raw})
    found = read_space(made.search, refused=lambda at, value: refusal(made, at, value), faults={})
    assert found == {f"stages.finetune.{name}": read}


def test_yaml_and_set_reach_the_search(tmp_path):
    from luodi.job.recipe import read_recipe

    file = tmp_path / "r.yaml"
    file.write_text("data: {path: a.csv}\nsearch:\n  stages.finetune.learning_rate: {low: 1e-5, high: 1e-3}\n", "utf-8")
    made = read_recipe(file, overrides=["search.stages.finetune.epochs=[1, 2]", "trials=3"])
    assert made.search == {
        "stages.finetune.learning_rate": {"low": 1e-5, "high": 1e-3},
        "stages.finetune.epochs": [1, 2],
    }
    assert make_recipe(made.to_json()) == made


@pytest.mark.parametrize("tuner", ["auto", *parts("tuner")])
@pytest.mark.parametrize("epochs", ["auto", 1, 5])
def test_what_is_proposed_is_taken_by_the_recipe(tuner, epochs):
    made = recipe(stages=[{"use": "trim_vocab"}, {"use": "finetune", "tuner": tuner, "epochs": epochs}])
    space = default_space(made.stages)
    assert len(space) >= 4
    for at, one in space.items():
        for value in one.values if isinstance(one, Choices) else (one.low, one.high):
            assert refusal(made, at, value) is None, (at, value)
    rates = [at for at in space if "rate" in at]
    assert rates == ([] if tuner == "auto" else [f"stages.finetune.{'head_' * (tuner == 'probe')}learning_rate"])


def test_rates_are_tried_around_what_suits():
    at = "stages.finetune.learning_rate"
    for stage, middle in ((Finetune(), 1e-4), (Finetune(learning_rate=3e-5), 3e-5)):
        one = default_space([stage])[at]
        assert one.low < middle < one.high
        assert one.auto == middle


def test_without_a_finetune_nothing_is_proposed():
    assert default_space(recipe(stages=["trim_vocab"]).stages) == {}

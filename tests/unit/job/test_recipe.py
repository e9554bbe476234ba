"""A recipe is read, checked whole, overridden and written back."""

import pytest

from luodi import registry
from luodi.errors import RecipeError
from luodi.job.recipe import make_recipe, read_recipe, write_recipe
from luodi.language import speak
from luodi.tune.full import Full

GOOD = """\
data: {path: tickets.jsonl, text: text, labels: {intent: classify}, split: {by: customer, test: 0.2, seed: 7}}
model: auto
stages:
  - {use: trim_vocab}
  - {use: finetune, tuner: {use: full}, epochs: 3}
budget:
  macro_f1: {at_least: 0.88}
  latency_p95_ms: {at_most: 20, device: cpu, threads: 1, batch: 1}
"""


def test_a_recipe_is_read_and_written_back_complete(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD, encoding="utf-8")
    recipe = read_recipe(path)
    assert recipe.stages[1].epochs == 3
    assert recipe.data.split.by == "customer"
    path.write_text(write_recipe(recipe), encoding="utf-8")
    assert read_recipe(path) == recipe
    assert "weight_decay" in path.read_text(encoding="utf-8")


def test_all_faults_are_reported_at_once_with_their_lines(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "data: {path: a.csv, txt: body}\n"
        "modle: auto\n"
        "stages:\n"
        "  - {use: finetun}\n"
        "  - {use: finetune, epochs: three}\n"
        "budget: {latency_p95_ms: {at_most: 10}}\n",
        encoding="utf-8",
    )
    with pytest.raises(RecipeError) as refused:
        read_recipe(path)
    lines = refused.value.what.splitlines()
    assert len(lines) == 5
    assert ":1: data.txt: not a field" in lines[0]
    assert "text" in lines[0]
    assert ":2: modle: not a field; did you mean 'model'?" in lines[1]
    assert ":4: stages.0.use: no stage is named 'finetun'; did you mean 'finetune'?" in lines[2]
    assert ":5: stages.1.epochs: 'three' is not a whole number or" in lines[3]
    assert ":6: budget.latency_p95_ms: a time means nothing without threads, batch" in lines[4]


def test_limits_are_refused_with_their_places_and_all_their_faults():
    budget = {"weighted_f1": {"at_least": 0.9}, "客户: x.accuracy": {"at_most": "y"}, "latency_p95_ms": {"batch": 1}}
    with speak("en"), pytest.raises(RecipeError) as refused:
        make_recipe({"data": {"path": "a.csv"}, "budget": budget})
    lines = refused.value.what.splitlines()
    assert len(lines) == 3
    assert "give one of at_least and at_most; a time means nothing without threads" in lines[0]
    assert "budget.weighted_f1: nothing by this name is measured" in lines[1]
    assert lines[2] == "recipe: budget.客户: x.accuracy.at_most: 'y' is no number"


def test_a_field_means_what_its_type_says_not_what_its_name_says(monkeypatch):
    """A plugin may enter parts under any word, that of a field too."""
    for kind in ("model", "seed", "data", "stages", "precision", "epochs", "budget", "label"):
        monkeypatch.setitem(registry._parts, kind, {"x": object})
    raw = {"data": {"path": "a.csv", "labels": {"a": "classify"}}, "model": "minilm-en", "seed": 3,
           "stages": [{"use": "finetune", "tuner": "full", "epochs": 2}]}  # fmt: skip
    made = make_recipe(raw)
    assert (made.model, made.seed, made.stages[0].epochs, made.stages[0].tuner) == ("minilm-en", 3, 2, Full())
    for stages in (None, {"use": "finetune"}, [{"use": "finetune", "tuner": None}]):
        with pytest.raises(RecipeError, match="stages"):
            make_recipe({**raw, "stages": stages})


def test_no_stays_a_text():
    recipe = make_recipe({"data": {"path": "a.csv", "labels": {"no": "classify"}}})
    assert recipe.data.labels == {"no": "classify"}


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("stages.1.epochs=5", lambda r: r.stages[1].epochs, 5),
        ("stages.finetune.epochs=5", lambda r: r.stages[1].epochs, 5),
        ("stages.finetune.learning_rate=1e-5", lambda r: r.stages[1].learning_rate, 1e-5),
        ("data.split.test=0.3", lambda r: r.data.split.test, 0.3),
        ("budget.size_mib.at_most=30", lambda r: r.budget.limits["size_mib"].at_most, 30),
        ("budget.v1.2 客户.accuracy.at_least=0.9", lambda r: r.budget.limits["v1.2 客户.accuracy"].at_least, 0.9),
        ("budget.a.macro_f1={at_least: 0.9}", lambda r: r.budget.limits["a.macro_f1"].at_least, 0.9),
        ("budget={accuracy: {at_least: 0.9}}", lambda r: r.budget.limits["accuracy"].at_least, 0.9),
        ("model=minilm-en", lambda r: r.model, "minilm-en"),
    ],
)
def test_any_field_is_set_from_outside(override, get, value):
    assert get(make_recipe({"data": {"path": "a.csv"}}, overrides=[override])) == value


@pytest.mark.parametrize(
    "override",
    [
        "budget.intent.accuracy.at_lest=1",
        "budget.=1",
        "stages.distill.layers=2",
        "stages.finetune.epoch=2",
        "nonsense",
        "seed=seven",
        "stages.9.epochs=1",
    ],
)
def test_an_override_that_fits_nothing_is_refused(override):
    with pytest.raises(RecipeError):
        make_recipe({"data": {"path": "a.csv"}}, overrides=[override])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "data: None is no block of fields"),
        ({"path": "a.csv", "split": None}, "data.split: None is no block of fields"),
        ({"path": "a\0b.csv"}, r"data: path: 'a\x00b.csv' cannot be the name of a file"),
        ({"path": "a.csv", "test": "\ud800"}, r"data: test: '\ud800' cannot be the name of a file"),
    ],
)
def test_a_block_left_empty_and_a_name_that_no_file_can_have_are_refused(data, said):
    with speak("en"), pytest.raises(RecipeError) as caught:
        make_recipe({"data": data})
    assert said in str(caught.value)


def test_shares_that_leave_nothing_to_learn_from_are_refused():
    with pytest.raises(RecipeError, match=r"data\.split"):
        make_recipe({"data": {"path": "a.csv", "split": {"test": 0.6, "validation": 0.5}}})


def test_faults_are_said_in_chinese(tmp_path):
    with speak("zh"), pytest.raises(RecipeError, match="没有这个字段"):
        make_recipe({"data": {"path": "a.csv"}, "modle": "auto"})


def test_yaml_that_is_none_is_named_by_its_line(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("data: {path: a.csv\nmodel: auto\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"r\.yaml:2"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("fields", "helps"),
    [({"stages": [{"use": "finetune", "epoch": 3}]}, True), ({"modle": "auto"}, False)],
)
def test_the_list_of_parts_is_named_where_it_helps(fields, helps):
    with speak("en"), pytest.raises(RecipeError) as caught:
        make_recipe({"data": {"path": "a.csv"}, **fields})
    assert bool(caught.value.fix) is helps

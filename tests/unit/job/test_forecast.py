"""What a build will take is foreseen, and nothing is made."""

import json

import pytest

from luodi.cli.app import main
from luodi.job.forecast import foresee, total
from luodi.job.recipe import make_recipe

STAGES = [{"use": "trim_vocab"}, {"use": "finetune", "epochs": 4}]


def minutes(model, data, *, packing=0.0, **fields):
    recipe = make_recipe({"data": {"path": "a.csv"}, "stages": STAGES, **fields})
    return {one.name: one.minutes - packing for one in foresee(recipe, model, data)}


def test_twice_the_epochs_or_rows_take_twice_as_long(tiny_model, toy_data):
    once = minutes(tiny_model, toy_data, packing=1.5)["teacher"]
    longer = minutes(tiny_model, toy_data, packing=1.5, stages=[{"use": "finetune", "epochs": 8}])["teacher"]
    assert longer == pytest.approx(2 * once)
    half = minutes(tiny_model, toy_data.take(range(0, 240, 2)), packing=1.5)["teacher"]
    assert half == pytest.approx(once / 2, rel=0.1)


def test_what_candidates_share_counts_once_and_a_smaller_one_takes_less(tiny_model, toy_data):
    half = {"use": "distill", "layers": 0.5, "epochs": 4}
    rungs = [{"name": "a", "stages": [half]}, {"name": "b", "stages": [half]},
             {"name": "c", "stages": [half, half], "cascade": 0.1}]  # fmt: skip
    found = minutes(tiny_model, toy_data, rungs=rungs, shrink="always")
    assert found["b"] == 1.5  # made already: packing alone
    assert found["a"] < found["teacher"]
    assert found["c"] > 3.0  # two models are packed


def test_with_nothing_to_look_for_one_model_is_foreseen(tiny_model, toy_data):
    assert list(minutes(tiny_model, toy_data)) == ["teacher"]


def ask(*words):
    with pytest.raises(SystemExit) as ended:
        main(["build", "a.csv", *words, "--dry-run"])
    assert ended.value.code == 0


def test_the_command_makes_nothing(tmp_path, tiny_encoder, toy_data, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        "text,label",
        *(f"{text},{label}" for text, label in zip(toy_data.texts, toy_data.labels["情感"], strict=True)),
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows), encoding="utf-8")
    ask("--model", str(tiny_encoder), "--json")
    said = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in said["candidates"]] == ["teacher"]
    ask("--model", str(tiny_encoder), "--lang", "zh")
    assert "配方本身的模型" in capsys.readouterr().out
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.csv"]


def test_the_sum_is_said(tiny_model, toy_data):
    recipe = make_recipe({"data": {"path": "a.csv"}, "stages": STAGES})
    assert "about 2 minutes" in total(foresee(recipe, tiny_model, toy_data))

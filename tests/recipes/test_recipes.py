"""Every shipped recipe builds a bundle from a small set."""

import csv
from pathlib import Path

import pytest

from luodi.bundle import open_predictor, read_bundle
from luodi.job import build
from luodi.job.recipe import read_recipe

RECIPES = sorted((Path(__file__).parents[2] / "recipes").glob("*.yaml"))


def test_recipes_are_found():
    assert len(RECIPES) >= 3


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_it_builds(recipe, tiny_encoder, toy_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wanted = read_recipe(recipe)
    with Path(wanted.data.path).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["text", "label", "date"])
        for row, example in enumerate(toy_data):
            writer.writerow([example.text, example.labels["情感"], f"2026-{row // 28 + 1:02d}-{row % 28 + 1:02d}"])
    quick = [f"model={tiny_encoder}", "stages.finetune.precision=fp32", "stages.finetune.epochs=2"]
    built = build(read_recipe(recipe, overrides=quick), output=tmp_path / "made.luodi")
    assert built.bundle.is_dir()
    assert not built.breaches
    with open_predictor(read_bundle(built.bundle)) as predictor:
        assert predictor.predict(["物流很快"])[0].label in ("正面", "负面")

"""Several seeds: the spread is told, nothing is chosen, what was finished is not done again."""

import json

import numpy as np
import pytest

from luodi import build
from luodi.bundle import read_bundle
from luodi.errors import RecipeError
from luodi.job.recipe import make_recipe
from luodi.job.spread import _seeded
from luodi.progress import Silent

#: The form that ships is named: which one is the fastest is told by a clock.
WEAK = {
    "precision": "fp32",
    "stages": [{"use": "finetune", "epochs": 1, "learning_rate": 1e-3, "precision": "fp32"}],
}


class Listening(Silent):
    def __init__(self):
        self.told = []

    def note(self, text):
        self.told.append(text)


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder, toy_data):
    folder = tmp_path_factory.mktemp("spread")
    how = {"model": str(tiny_encoder), "tracker": "none", **WEAK}
    return [build(toy_data, output=folder / f"{n}.luodi", seeds=n, **how) for n in (3, 1)]


def test_the_bundle_is_that_of_the_first_seed(made):
    several, one = made
    assert read_bundle(several.bundle).read("model.onnx") == read_bundle(one.bundle).read("model.onnx")


def test_the_spread_is_told(made):
    found = made[0].dossier["seeds"]
    assert found["seeds"] == [7, 8, 9]
    row = found["heads"]["情感"]["macro_f1"]
    assert len(set(row["values"])) > 1
    assert (row["low"], row["high"]) == (min(row["values"]), max(row["values"]))
    assert row["mean"] == pytest.approx(np.mean(row["values"]))
    assert row["sd"] == pytest.approx(np.std(row["values"], ddof=1))
    for page in ("report.html", "card.md"):
        assert "Over 3 seeds" in (made[0].bundle / page).read_text("utf-8")
        assert "Over 1 seeds" not in (made[1].bundle / page).read_text("utf-8")
    assert json.loads((made[1].bundle / "report.json").read_text("utf-8"))["seeds"] == {}


def test_nothing_of_the_other_seeds_stays(made):
    assert sorted(one.name for one in made[0].bundle.parent.iterdir()) == ["1.luodi", "3.luodi"]


def test_each_seed_is_another_model_on_the_same_rows():
    recipe = make_recipe({"data": {"path": "a.csv"}, "seed": 3, "stages": [
        {"use": "finetune"}, {"use": "finetune", "seed": 99},
    ]})  # fmt: skip
    other = _seeded(recipe, 4)
    assert (other.seed, other.stages[0].seed, other.stages[1].seed) == (4, 4, 99)
    assert other.data == recipe.data


def test_a_killed_build_goes_on_with_the_seed_that_it_was_at(tmp_path, tiny_encoder, toy_data):
    class Killed(Listening):
        def note(self, text):
            super().note(text)
            if text.startswith("seed 9"):
                raise KeyboardInterrupt

    how = {"output": tmp_path / "a.luodi", "model": str(tiny_encoder), "tracker": "none", "seeds": 3, **WEAK}
    with pytest.raises(KeyboardInterrupt):
        build(toy_data, progress=Killed(), **how)
    heard = Listening()
    build(toy_data, progress=heard, **how)
    assert sum("finished before" in one for one in heard.told) == 2
    assert [one.name for one in tmp_path.iterdir()] == ["a.luodi"]


def test_less_than_one_seed_is_refused(toy_data):
    with pytest.raises(RecipeError, match="less than one"):
        build(toy_data, seeds=0)

"""The ladder in a build: what is tried and when, what is built, what is told, how it goes on after a kill."""

import json

import pytest

from luodi import Budget, build
from luodi.bundle import read_bundle
from luodi.errors import RecipeError
from luodi.job.ladder import whole
from luodi.job.recipe import make_recipe
from luodi.job.rung import default_rungs
from luodi.progress import Silent

LEARN = {"use": "finetune", "precision": "fp32", "learning_rate": 3e-3}
OWN = {"stages": [{**LEARN, "epochs": 12}], "precision": "fp32"}
HEADS = {**LEARN, "epochs": 1, "tuner": {"use": "probe"}}
WEAK = {"use": "distill", "layers": 1, "epochs": 1, "learning_rate": 1e-4, "precision": "fp32", "logit_shift": "none"}
RUNGS = [{"name": "heads", "stages": [HEADS]}, {"name": "two together", "stages": [WEAK], "cascade": 0.12}]


class Listening(Silent):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)

    def of(self, word):
        return [one for one in self.notes if word in one]


def make(data, folder, encoder, *, name="a", **fields):
    listener = Listening()
    fields = {**OWN, "rungs": RUNGS, **fields}
    made = build(data, output=folder / f"{name}.luodi", model=str(encoder), tracker="none", progress=listener, **fields)
    return made, listener


@pytest.fixture(scope="module")
def built(tmp_path_factory, tiny_encoder, toy_data):
    """A size that the tiny model cannot keep, so that all candidates are weighed; none keeps it either."""
    folder = tmp_path_factory.mktemp("ladder")
    return make(toy_data, folder, tiny_encoder, budget=Budget(size_mib={"at_most": 0.05}), margin=0.5)


def test_a_budget_that_is_broken_makes_cheaper_candidates(built):
    made, listener = built
    assert [row["name"] for row in made.dossier["ladder"]["rows"]] == ["teacher", "heads", "two together"]
    assert len(listener.of("beside the recipe's own model")) == 3
    assert "no candidate keeps the budget" in made.dossier["ladder"]["why"]
    assert made.breaches  # it is said, not hidden


def test_the_report_shows_all_candidates(built):
    made, _ = built
    page = (made.bundle / "report.html").read_text(encoding="utf-8")
    assert 'id="ladder"' in page
    assert "two together" in page
    for row in made.dossier["ladder"]["rows"]:
        assert row["report"]["latency_p50_ms"]["value"] > 0
        assert row["breaches"][0]["limit"] == "size_mib"
        assert row["state"] in ("good", "unshown", "worse")
    assert sum(row["chosen"] for row in made.dossier["ladder"]["rows"]) == 1


def test_the_recipe_in_the_bundle_makes_the_candidate_again(built):
    made, _ = built
    chosen = next(row for row in made.dossier["ladder"]["rows"] if row["chosen"])
    recipe = made.dossier["recipe"]
    assert (recipe["shrink"], recipe["rungs"]) == ("never", None)
    assert [row["use"] for row in recipe["stages"][1:]] == [row["use"] for row in chosen["stages"]]
    assert recipe["cascade"] == chosen["cascade"]
    assert len(read_bundle(made.bundle).manifest.tiers) == 1 + (chosen["cascade"] is not None)


def test_a_budget_that_is_kept_tries_nothing(tmp_path, tiny_encoder, toy_data):
    made, listener = make(toy_data, tmp_path, tiny_encoder, budget=Budget(size_mib={"at_most": 50}))
    assert made.dossier["ladder"] == {}
    assert len(listener.of("candidate")) == 2  # the recipe's own model, begun and weighed


def test_the_first_good_one_ends_it_and_without_a_budget_all_are_weighed(tmp_path, tiny_encoder, toy_data):
    wide = Budget(size_mib={"at_most": 50})
    made, _ = make(toy_data, tmp_path, tiny_encoder, budget=wide, shrink="always", margin=0.9)
    assert [row["name"] for row in made.dossier["ladder"]["rows"]] == ["teacher", "heads"]
    assert made.dossier["ladder"]["rows"][1]["state"] == "good"
    made, _ = make(toy_data, tmp_path, tiny_encoder, name="b", shrink="always")
    assert len(made.dossier["ladder"]["rows"]) == 3
    assert "knee" in made.dossier["ladder"]["why"]


def test_a_killed_ladder_goes_on_with_what_was_weighed(tmp_path, tiny_encoder, toy_data):
    class Killer(Listening):
        def note(self, text):
            super().note(text)
            if text.startswith("candidate heads:"):
                raise KeyboardInterrupt

    fields = {**OWN, "rungs": RUNGS, "shrink": "always", "model": str(tiny_encoder)}
    with pytest.raises(KeyboardInterrupt):
        build(toy_data, output=tmp_path / "a.luodi", tracker="none", progress=Killer(), **fields)
    made, listener = make(toy_data, tmp_path, tiny_encoder, shrink="always")
    assert [one for one in listener.notes if one.startswith("candidate ") and "points" not in one] == [
        "candidate two together"
    ]
    assert len(made.dossier["ladder"]["rows"]) == 3
    assert not (tmp_path / "a.work").exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"rungs": [{"stages": []}], "shrink": "always"}, "no block with stages"),
        ({"rungs": ["bag"], "shrink": "always"}, "no block with stages"),
        ({"rungs": [{"stages": [{"use": "nonsense"}]}], "shrink": "always"}, "nonsense"),
        (
            {"rungs": [{"stages": [{**LEARN, "tuner": {"use": "top_k", "layers": -1}}]}], "shrink": "always"},
            r"rungs\.0",
        ),
        ({"rungs": RUNGS}, "nothing is tried"),
        ({"rungs": [{"stages": [3]}], "shrink": "always"}, "no block with stages"),
        ({"rungs": [{**RUNGS[0], "layers": 2}], "shrink": "always"}, "not layers"),
        ({"rungs": [RUNGS[0], RUNGS[0]], "shrink": "always"}, "'heads' is taken"),
        ({"rungs": [{**RUNGS[0], "name": "teacher"}], "shrink": "always"}, "'teacher' is taken"),
        ({"cascade": 0.1, "shrink": "always", "stages": [LEARN, HEADS]}, "leave out cascade"),
        ({"cascade": 0.1, "seeds": 3, "stages": [LEARN, HEADS]}, "seeds: not beside a cascade"),
        ({"margin": 1.5}, "margin"),
        ({"shrink": "sometimes"}, "one of auto, always, never"),
    ],
)
def test_what_cannot_be_tried_is_refused_before_anything_is_read(fields, said):
    with pytest.raises(RecipeError, match=said):
        make_recipe({"data": {"path": "a.csv"}, **fields})


def test_what_is_worth_trying_follows_the_model_and_a_recipe_takes_it(tiny_model):
    rungs = default_rungs(tiny_model)
    assert [rung.name for rung in rungs] == ["bag", "bag + 1 layers", "1 layers", "bag + teacher"]
    recipe = make_recipe({"data": {"path": "a.csv"}})
    for rung in rungs:
        made = whole(rung, recipe)
        assert len(made.stages) == len(recipe.stages) + len(rung.stages)
        assert (made.cascade, made.shrink) == (rung.cascade, "never")


def test_a_candidate_that_loses_is_passed_over(tmp_path, tiny_encoder, toy_data):
    """It keeps the budget, and is not built: so few rows do not show that it is as good."""
    bad = {"name": "bad", "stages": [WEAK]}
    wide = Budget(size_mib={"at_most": 50})
    made, _ = make(toy_data, tmp_path, tiny_encoder, budget=wide, shrink="always", rungs=[bad])
    row = made.dossier["ladder"]["rows"][1]
    assert row["state"] in ("unshown", "worse")
    assert (row["chosen"], row["runner_up"]) == (False, True)
    assert len(made.stages) == 1


def test_the_time_limit_begins_no_further_candidate(tmp_path, tiny_encoder, toy_data):
    made, listener = make(toy_data, tmp_path, tiny_encoder, shrink="always", time_limit="0.1s")
    assert len(made.dossier["ladder"]["rows"]) == 1
    assert listener.of("time limit")


def test_the_json_of_a_report_holds_the_ladder(built):
    made, _ = built
    raw = json.loads((made.bundle / "report.json").read_text(encoding="utf-8"))
    assert raw["ladder"]["rows"][0]["name"] == "teacher"
    assert "answers" not in raw["ladder"]["rows"][0]

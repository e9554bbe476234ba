"""A search tries the recipe first, builds what did best on validation, and goes on after any stop."""

import json
from dataclasses import replace

import pytest

from luodi import build
from luodi.bundle import read_bundle
from luodi.data import Dataset, split
from luodi.errors import DataError, MissingExtra, RecipeError
from luodi.job.ledger import Ledger, Tried
from luodi.job.recipe import make_recipe, read_raw
from luodi.job.trials import search
from luodi.job.workshop import workshop
from luodi.progress import Silent
from luodi.tune import finetune
from luodi.tune.digest import digest
from luodi.tune.loop import train

AT = "stages.finetune.learning_rate"
#: A rate at which the encoder learns nothing, and one at which it learns the toy data.
IDLE, APT = 1e-7, 2e-3
STAGES = [
    {"use": "finetune", "epochs": 2, "learning_rate": IDLE, "head_learning_rate": 5e-3, "batch_texts": 8,
     "logit_shift": "none", "precision": "fp32"}
]  # fmt: skip
#: The form that ships is named: which one is the fastest is told by a clock.
HOW = {"precision": "fp32", "tracker": "none", "audit": False, "stages": STAGES}
SEARCH = {AT: {"low": APT / 2, "high": APT, "log": True}, "stages.finetune.epochs": [1, 2, 3]}


class Listening(Silent):
    def __init__(self):
        self.told = []

    def note(self, text):
        self.told.append(text)

    def of_trial(self, number):
        """Give what was said from the beginning of a trial to the beginning of the next."""
        start = next(place for place, one in enumerate(self.told) if one.startswith(f"trial {number} of"))
        rest = self.told[start + 1 :]
        return rest[
            : next((place for place, one in enumerate(rest) if one.startswith("trial ") and " of " in one), None)
        ]


class Killed(Listening):
    """Ends the process where a trial has been evaluated so often, as a kill would: nothing more is written."""

    def __init__(self, trial, evaluation):
        super().__init__()
        self.trial, self.evaluation = trial, evaluation

    def note(self, text):
        super().note(text)
        started = [one for one in self.told if one.startswith(f"trial {self.trial} of")]
        if started and sum(one.startswith("epoch") for one in self.of_trial(self.trial)) == self.evaluation:
            raise KeyboardInterrupt


@pytest.fixture
def rows(toy_data):
    return split(toy_data)


def recipe(**fields):
    return make_recipe({"data": {"path": "a.csv"}, "stages": STAGES, **fields})


def found(folder, wanted, rows, model, *, before=(), progress=None):
    """Search; the ledger may hold rows from before."""
    with workshop(folder / "a.work", wanted, rows, model, progress=progress or Silent(), tracker="none") as bench:
        for row in before:
            Ledger(bench.folder / "trials.json").add(row)
        made = search(wanted, model, rows, bench=bench)
        return made, sorted(one.name for one in bench.folder.iterdir())


def same(one, other):
    """Tell whether two searches came to the same, the time that they took aside."""
    return [{**row, "seconds": 0} for row in one] == [{**row, "seconds": 0} for row in other]


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_encoder, toy_data):
    """Search and build; then build what was found, without a search."""
    folder = tmp_path_factory.mktemp("trials")
    how = {"model": str(tiny_encoder), "trials": 3, "seeds": 2, "search": SEARCH, **HOW}
    whole = build(toy_data, output=folder / "whole.luodi", **how)
    fields = json.loads(json.dumps(read_raw(whole.bundle / "recipe.yaml")))
    for block in ("data", "budget"):
        fields.pop(block)
    again = build(toy_data, output=folder / "again.luodi", tracker="none", **fields)
    return whole, again, fields


def test_the_recipe_as_it_stands_comes_first(made):
    first = made[0].trials[0]
    assert first["number"] == 1
    assert first["fields"] == {AT: IDLE, "stages.finetune.epochs": 2}
    assert len(made[0].trials) == 3


def test_what_did_best_on_validation_is_built(made):
    whole = made[0]
    done = [row for row in whole.trials if row["state"] == "done"]
    chosen = next(row for row in whole.trials if row["chosen"])
    assert chosen["score"] == max(row["score"] for row in done) > done[0]["score"]
    stage = whole.dossier["recipe"]["stages"][0]
    assert stage["learning_rate"] == chosen["fields"][AT]
    assert stage["epochs"] == chosen["fields"]["stages.finetune.epochs"]


def test_the_recipe_in_the_bundle_makes_it_again_without_a_search(made):
    whole, again, fields = made
    assert (fields["trials"], fields["time_limit"], fields["search"]) == (0, None, None)
    assert again.trials == ()
    assert read_bundle(whole.bundle).read("model.onnx") == read_bundle(again.bundle).read("model.onnx")


def test_the_spread_over_seeds_is_that_of_the_best(made):
    whole, again, fields = made
    assert fields["seeds"] == 2
    assert whole.dossier["seeds"]["seeds"] == [7, 8]
    assert whole.dossier["seeds"] == again.dossier["seeds"]


def test_nothing_of_the_search_stays(made):
    assert sorted(one.name for one in made[0].bundle.parent.iterdir()) == ["again.luodi", "whole.luodi"]


def test_the_report_lists_the_trials(made):
    whole, again, _ = made
    assert json.loads((whole.bundle / "report.json").read_text("utf-8"))["trials"] == list(whole.trials)
    assert whole.to_json()["trials"] == list(whole.trials)
    assert 'id="trials"' in (whole.bundle / "report.html").read_text("utf-8")
    assert 'id="trials"' not in (again.bundle / "report.html").read_text("utf-8")


def test_a_killed_search_comes_to_the_same(tmp_path, tiny_model, rows):
    wanted = recipe(trials=5, search=SEARCH)
    whole, _ = found(tmp_path / "whole", wanted, rows, tiny_model)
    for killed in (Killed(2, 2), Killed(4, 2)):
        with pytest.raises(KeyboardInterrupt):
            found(tmp_path / "killed", wanted, rows, tiny_model, progress=killed)
    heard = Listening()
    killed, _ = found(tmp_path / "killed", wanted, rows, tiny_model, progress=heard)
    assert "trials that ended before: 3" in heard.told
    assert same(whole.rows, killed.rows)
    assert digest(whole.made.model) == digest(killed.made.model)


def test_the_trial_that_was_under_way_goes_on_from_its_checkpoint(tmp_path, tiny_model, rows):
    """The second checkpoint of a trial is written when it is; the first one is written after its first evaluation."""
    heard, wanted = Listening(), recipe(trials=2, search=SEARCH)
    with pytest.raises(KeyboardInterrupt):
        found(tmp_path, wanted, rows, tiny_model, progress=Killed(2, 2))
    found(tmp_path, wanted, rows, tiny_model, progress=heard)
    assert any("going on from step" in one for one in heard.of_trial(2))


def test_the_test_rows_are_not_looked_at(tmp_path, tiny_model, rows):
    made, _ = found(tmp_path, recipe(trials=3), replace(rows, test=rows.test.with_columns({})), tiny_model)
    assert len(made.rows) == 3


def test_the_gain_is_that_of_a_paired_bootstrap(tmp_path, tiny_model, rows):
    made, _ = found(tmp_path, recipe(trials=2, search={AT: [IDLE, APT]}), rows, tiny_model)
    one, other = made.rows
    assert other["chosen"]
    assert other["gain"]["value"] == pytest.approx(other["score"] - one["score"])
    assert other["gain"]["low"] < other["gain"]["value"] < other["gain"]["high"]


def test_a_trial_that_lags_behind_is_stopped(tmp_path, tiny_model, rows):
    """Four trials are said to have had every row right from the first evaluation on: no tiny model has that."""
    wanted, heard = recipe(trials=5, search={AT: {"low": IDLE, "high": 9 * IDLE}}), Listening()
    fields = [{AT: IDLE * (1 + n / 10)} for n in range(4)]
    before = [Tried(n, one, "done", 1.0, 1.0, dict.fromkeys((1, 2, 3), 1.0)) for n, one in enumerate(fields, start=1)]
    made, left = found(tmp_path, wanted, rows, tiny_model, before=before, progress=heard)
    last = made.rows[-1]
    assert (last["state"], last["chosen"]) == ("pruned", False)
    assert last["score"] < 1
    said = heard.of_trial(5)
    stopped = next(place for place, one in enumerate(said) if one.startswith("trial 5 lags behind"))
    assert sum(one.startswith("epoch") for one in said[:stopped]) == 1
    assert left == ["trial-1", "trials.json"]


def test_only_the_first_and_the_best_keep_their_models(tmp_path, tiny_model, rows):
    made, left = found(tmp_path, recipe(trials=4), rows, tiny_model)
    best = next(row["number"] for row in made.rows if row["chosen"])
    assert left == sorted({"trial-1", f"trial-{best}", "trials.json"})


def test_more_trials_go_on_from_those_that_ended(tmp_path, tiny_model, rows):
    few, _ = found(tmp_path, recipe(trials=2), rows, tiny_model)
    more, _ = found(tmp_path, recipe(trials=3), rows, tiny_model)
    assert [row["seconds"] for row in more.rows[:2]] == [row["seconds"] for row in few.rows]
    assert len(more.rows) == 3


def test_another_search_begins_anew(tmp_path, tiny_model, rows):
    found(tmp_path, recipe(trials=2), rows, tiny_model)
    other, _ = found(tmp_path, recipe(trials=1, search={AT: [IDLE]}), rows, tiny_model)
    assert [row["fields"] for row in other.rows] == [{AT: IDLE}]


def test_after_the_time_limit_no_trial_begins(tmp_path, tiny_model, rows):
    heard = Listening()
    made, _ = found(tmp_path, recipe(trials=9, time_limit="0.001s"), rows, tiny_model, progress=heard)
    assert len(made.rows) == 1
    assert "the time limit of 0.001s is over: 1 of 9 trials were done" in heard.told


def test_a_trial_that_diverges_is_a_row_and_no_end(tmp_path, tiny_model, rows):
    heard = Listening()
    wanted = recipe(trials=5, search={AT: [IDLE, 1e38]})
    made, _ = found(tmp_path, wanted, rows, tiny_model, progress=heard)
    assert [row["state"] for row in made.rows] == ["done", "failed"]
    assert "the loss is no number any more" in made.rows[1]["why"]
    assert made.recipe.stages[0].learning_rate == IDLE
    assert "nothing else is left to try: 2 of 5 trials were done" in heard.told


def test_a_trial_that_finds_no_memory_is_a_row_and_no_end(tmp_path, tiny_model, rows, monkeypatch):
    def full(work, plan, *, run):
        if plan.batch_texts > 8:
            raise MemoryError
        return train(work, plan, run=run)

    monkeypatch.setattr(finetune, "learn", full)
    made, _ = found(tmp_path, recipe(trials=2, search={"stages.finetune.batch_texts": [8, 64]}), rows, tiny_model)
    assert [row["state"] for row in made.rows] == ["done", "failed"]
    assert made.rows[1]["why"] == "the memory is too small for it"


def test_where_no_trial_comes_to_an_end_it_says_why(tmp_path, tiny_model, rows):
    wanted = recipe(trials=1, search={AT: [1e38]}, stages=[{"use": "finetune", "learning_rate": 1e38}])
    with pytest.raises(RecipeError, match="no trial came to an end") as ended:
        found(tmp_path, wanted, rows, tiny_model)
    assert "no number any more" in ended.value.found


def test_the_length_of_texts_may_be_tried(tmp_path, tiny_model, tiny_encoder, rows):
    wanted = recipe(model=str(tiny_encoder), max_tokens=64, trials=3, search={"max_tokens": [64, 8], AT: [IDLE, APT]})
    made, _ = found(tmp_path, wanted, rows, tiny_model)
    assert {row["fields"]["max_tokens"] for row in made.rows} == {64, 8}
    chosen = next(row for row in made.rows if row["chosen"])
    assert made.made.model.max_tokens == made.recipe.max_tokens == chosen["fields"]["max_tokens"]


def test_validation_rows_without_labels_are_refused(tmp_path, tiny_model, rows):
    bare = Dataset.of(rows.validation.texts, {"情感": [None] * len(rows.validation)})
    with pytest.raises(DataError, match="none of them has a label"):
        found(tmp_path, recipe(trials=2), replace(rows, validation=bare), tiny_model)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trials": -1}, "trials: -1 is below 0"),
        ({"time_limit": "30m"}, "add --trials 20"),
        ({"trials": 2, "time_limit": "soon"}, "'soon' is no span of time; write 90s, 30m or 1h30m"),
        ({"trials": 2, "stages": ["trim_vocab"]}, "nothing says what to try"),
        ({"trials": 2, "search": {}}, "nothing says what to try"),
    ],
)
def test_what_cannot_be_searched_is_refused(toy_data, fields, said):
    with pytest.raises(RecipeError, match=said):
        build(toy_data, **fields)


def test_several_processes_are_refused(toy_data, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RecipeError, match="not under `accelerate launch`"):
        build(toy_data, trials=2)


def test_without_optuna_the_pip_line_is_given(toy_data, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingExtra) as missing:
        build(toy_data, trials=2)
    assert missing.value.fix == 'pip install "luodi[search]"'

"""The main job, end to end, on a tiny encoder: what is made, what is told, what is refused."""

import json
import subprocess
import sys

import pytest

from luodi import Budget, build, recheck
from luodi.bundle import open_predictor, read_bundle
from luodi.bundle.form import FORMS
from luodi.errors import LuodiError, RecipeError
from luodi.job.prove import prove
from luodi.job.recipe import make_recipe, read_recipe
from luodi.progress import Silent

FAST = {
    "stages": [{"use": "trim_vocab"}, {"use": "finetune", "epochs": 12, "learning_rate": 3e-3, "precision": "fp32"}]
}


@pytest.fixture(scope="module")
def built(tmp_path_factory, tiny_encoder, toy_data):
    folder = tmp_path_factory.mktemp("built")
    budget = Budget(accuracy={"at_least": 0.5}, size_mib={"at_most": 5})
    return build(toy_data, budget=budget, output=folder / "toy.luodi", model=str(tiny_encoder), tracker="none", **FAST)


def test_the_bundle_answers_and_holds_all_its_files(built):
    names = {entry.name for entry in built.bundle.iterdir()}
    assert names == {
        "manifest.json", "model.onnx", "tokenizer.json", "calibration.json", "report.json", "recipe.yaml", "card.md",
        "report.html",
    }  # fmt: skip
    with open_predictor(read_bundle(built.bundle)) as predictor:
        answers = predictor.predict(["物流很快", "", "🙂" * 5000])
    assert all(one.label in ("正面", "负面") and 0.5 <= one.probability <= 1 for one in answers)


def test_the_work_folder_is_gone(built):
    assert [entry.name for entry in built.bundle.parent.iterdir()] == ["toy.luodi"]


def test_every_form_gives_the_same_answers(built):
    chain = [(row.before, row.after) for row in built.report.parity]
    assert chain[0] == ("finetune", "exported")
    assert chain[-1][1] == "bundle"
    assert built.report.parity[0].max_abs_diff < 1e-4
    assert built.report.parity[-1].max_abs_diff == 0


def test_the_report_counts_what_lies_on_the_disk(built):
    on_disk = sum(entry.stat().st_size for entry in built.bundle.iterdir()) / 2**20
    assert built.report.costs["size_mib"].value == pytest.approx(on_disk, rel=0.01)
    raw = json.loads((built.bundle / "report.json").read_text(encoding="utf-8"))
    assert raw["report"] == built.report.to_json()
    assert raw["comparisons"]["情感"]["n"] == raw["data"]["rows"]["test"]


def test_the_report_says_what_the_audit_found(built):
    raw = json.loads((built.bundle / "report.json").read_text(encoding="utf-8"))
    assert raw["audit"]["n"] == sum(raw["data"]["rows"].values())
    assert raw["audit"]["findings"]
    assert 'id="audit"' in (built.bundle / "report.html").read_text(encoding="utf-8")


def test_the_recipe_in_the_bundle_is_spelled_out(built):
    recipe = read_recipe(built.bundle / "recipe.yaml")
    assert recipe.precision in FORMS
    assert recipe.max_tokens != "auto"
    assert recipe.data.labels == {"情感": "classify"}


def test_it_is_sound_here_too(built):
    found = recheck(built.bundle)
    assert found.same_answers
    assert not found.breaches


def test_a_breached_budget_leaves_the_bundle_under_a_name_that_says_so(built, tiny_encoder, toy_data, tmp_path):
    made = build(
        toy_data, budget=Budget(size_mib={"at_most": 0.01}), output=tmp_path / "toy.luodi", model=str(tiny_encoder),
        tracker="none", stages=[{"use": "finetune", "epochs": 1, "precision": "fp32"}],
    )  # fmt: skip
    assert made.bundle == tmp_path / "toy.over-budget.luodi"
    assert [breach.limit for breach in made.breaches] == ["size_mib"]
    assert not (tmp_path / "toy.luodi").exists()
    assert read_bundle(made.bundle).task.heads[0].name == "情感"


def test_what_would_be_overwritten_is_asked_about_before_anything_runs(tmp_path, tiny_encoder, toy_data):
    (tmp_path / "toy.luodi").mkdir()
    (tmp_path / "toy.luodi" / "diary.txt").write_text("dear diary")
    with pytest.raises(RecipeError, match="no bundle"):
        build(toy_data, output=tmp_path / "toy.luodi", model=str(tiny_encoder))


def test_fields_lie_over_any_kind_of_source(tmp_path):
    from luodi.job.build import _recipe

    recipe = make_recipe({"data": {"path": "a.csv", "split": {"test": 0.3}}})
    (tmp_path / "r.yaml").write_text("data: {path: a.csv, split: {test: 0.3}}\n", encoding="utf-8")
    for source in (recipe, tmp_path / "r.yaml"):
        made = _recipe(source, None, {"seed": 99, "data": {"split": {"seed": 5}}})
        assert (made.seed, made.data.split.seed, made.data.split.test, made.data.path) == (99, 5, 0.3, "a.csv")


def test_the_seed_reaches_the_stages_that_name_none():
    stages = [{"use": "finetune", "seed": 1}, "finetune"]
    recipe = make_recipe({"data": {"path": "a.csv"}, "stages": stages, "seed": 42})
    assert [stage.seed for stage in recipe.stages] == [1, 42]


@pytest.mark.parametrize("fields", [{"max_tokens": 1}, {"max_tokens": -3}, {"seed": -1}])
def test_numbers_that_mean_nothing_are_refused(fields):
    with pytest.raises(RecipeError):
        make_recipe({"data": {"path": "a.csv"}, **fields})


def test_a_proof_that_cannot_be_made_is_told_in_a_sentence(tmp_path, toy_data):
    with pytest.raises(LuodiError) as told:
        prove(tmp_path / "no.luodi", toy_data, probes=["a"], work=tmp_path, progress=Silent())
    assert "no.luodi" in str(told.value)


def test_the_measuring_process_loads_no_torch(built, tmp_path):
    script = (
        "import sys, luodi.job.proving; from luodi.bundle import open_predictor, read_bundle\n"
        "from luodi.verify import measure\n"
        f"open_predictor(read_bundle({str(built.bundle)!r})).predict(['a'])\n"
        "print([name for name in ('torch', 'transformers', 'sklearn', 'onnx') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_stated_risk_is_kept_by_abstaining(tmp_path, tiny_encoder, toy_data):
    weak = {"stages": [{"use": "finetune", "epochs": 1, "learning_rate": 1e-4, "precision": "fp32"}]}
    made = build(toy_data, output=tmp_path / "a.luodi", model=str(tiny_encoder), tracker="none", abstain=0.1, **weak)
    bundle = read_bundle(made.bundle)
    least = bundle.manifest.thresholds["情感"]
    assert 0 < least < 1
    with open_predictor(bundle) as predictor:
        answers = predictor.predict(toy_data.texts)
    assert {one.abstained for one in answers} == {True, False}
    assert all(one.abstained == (one.probability <= least) for one in answers)
    found = made.dossier["abstention"]["情感"]
    assert (found["risk"], found["threshold"]) == (0.1, least)
    assert found["answered"]["value"] < 1  # after one epoch it cannot be sure
    assert "abstain: 0.1" in bundle.read("recipe.yaml").decode()
    assert "10 % were promised" in (made.bundle / "report.html").read_text("utf-8")
    assert "10 % were promised" in (made.bundle / "card.md").read_text("utf-8")


def test_a_risk_that_the_rows_cannot_promise_is_told(tmp_path, tiny_encoder, toy_data):
    told = []

    class Listening(Silent):
        def note(self, text):
            told.append(text)

    build(toy_data, output=tmp_path / "a.luodi", model=str(tiny_encoder), tracker="none", abstain=0.001,
          progress=Listening(), **FAST)  # fmt: skip
    assert any("0.1% cannot be promised" in one and "999 are needed" in one for one in told)


@pytest.mark.parametrize("risk", [0, 1, -0.5, 1.5])
def test_a_risk_that_is_none_is_refused(toy_data, risk):
    with pytest.raises(RecipeError, match="no share between 0 and 1"):
        build(toy_data, abstain=risk)


def test_without_a_risk_it_always_answers(built):
    bundle = read_bundle(built.bundle)
    assert bundle.manifest.thresholds == {}
    assert built.dossier["abstention"] == {}

"""A recipe with a cascade: what is built, what is promised, what the report says of it, what is refused."""

import json
from dataclasses import replace

import pytest

from luodi import build, recheck
from luodi.bundle import open_predictor, read_bundle
from luodi.errors import RecipeError
from luodi.job.made import Made
from luodi.job.pack import pack
from luodi.job.recipe import make_recipe
from luodi.progress import Silent

LEARN = {"use": "finetune", "precision": "fp32", "learning_rate": 3e-3}
WEAK = {"use": "distill", "layers": 1, "epochs": 1, "learning_rate": 1e-4, "precision": "fp32", "logit_shift": "none"}
STAGES = [{"use": "trim_vocab"}, {**LEARN, "epochs": 12}, WEAK]


@pytest.fixture(scope="module")
def built(tmp_path_factory, tiny_encoder, toy_data):
    place = tmp_path_factory.mktemp("cascade") / "toy.luodi"
    fields = {"stages": STAGES, "precision": "fp32", "cascade": 0.12}
    return build(toy_data, output=place, model=str(tiny_encoder), tracker="none", **fields)


def test_both_models_are_in_the_bundle_and_answers_say_who_gave_them(built, toy_data):
    bundle = read_bundle(built.bundle)
    assert [tier.name for tier in bundle.manifest.tiers] == ["fast", "model"]
    with open_predictor(bundle) as predictor:
        answers = predictor.predict(toy_data.texts)
        behind = predictor.only("model").predict(toy_data.texts)
    assert "fast" in {one.tier for one in answers}
    apart = sum(one.label != other.label for one, other in zip(answers, behind, strict=True))
    assert apart <= 0.3 * len(answers)


def test_the_report_says_who_answered_and_at_which_cost(built):
    raw = json.loads((built.bundle / "report.json").read_text(encoding="utf-8"))
    first, last = raw["tiers"]
    assert (first["name"], last["name"], first["risk"]) == ("fast", "model", 0.12)
    assert first["share"]["value"] + last["share"]["value"] == pytest.approx(1.0)
    assert last["differs"]["value"] == 0.0
    assert set(first["costs"]) >= {"latency_p50_ms", "throughput_per_s"}
    assert raw["recipe"]["cascade"] == 0.12
    page, card = ((built.bundle / name).read_text(encoding="utf-8") for name in ("report.html", "card.md"))
    assert "12 % were promised" in page
    assert "12 % were promised" in card
    chain = [(row["from"], row["to"]) for row in raw["report"]["parity"]]
    assert chain[0] == ("fast: distill", "fast: exported")
    assert chain[-1] == ("cascade", "bundle")
    assert raw["report"]["parity"][-1]["max_abs_diff"] < 1e-5


def test_the_bundle_proves_itself_again(built, toy_data):
    assert recheck(built.bundle).same_answers


def test_a_first_tier_that_can_promise_nothing_is_left_out(tmp_path, tiny_encoder, toy_data):
    told = []

    class Listening(Silent):
        def note(self, text):
            told.append(text)

    made = build(toy_data, output=tmp_path / "a.luodi", model=str(tiny_encoder), tracker="none", stages=STAGES,
                 precision="fp32", cascade=0.001, progress=Listening())  # fmt: skip
    assert any("left out" in one for one in told)
    assert [tier.name for tier in read_bundle(made.bundle).manifest.tiers] == ["model"]
    assert not (made.bundle / "fast.onnx").exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cascade": 0.0}, "no share between 0 and 1"),
        ({"cascade": 0.1, "stages": STAGES[:2]}, "two stages have to learn"),
        ({"cascade": 0.1, "stages": [*STAGES[1:], STAGES[0]]}, "two stages have to learn"),
        ({"cascade": 0.1, "stages": []}, "two stages have to learn"),
    ],
)
def test_a_cascade_that_cannot_be_is_refused_before_anything_is_read(toy_data, fields, said):
    with pytest.raises(RecipeError, match=said):
        build(toy_data, **{"stages": STAGES, **fields})


def test_models_that_divide_texts_otherwise_are_refused(tiny_model, toy_data):
    short = replace(tiny_model, max_tokens=tiny_model.max_tokens // 2)
    recipe = make_recipe({"data": {"path": "a.csv"}, "stages": STAGES, "cascade": 0.1, "precision": "fp32"})
    with pytest.raises(RecipeError, match="does not divide texts"):
        pack(Made([("a", short)], behind=[("b", tiny_model)]), toy_data, recipe, progress=Silent())

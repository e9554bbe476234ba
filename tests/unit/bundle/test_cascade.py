"""Two tiers: the first answers what it is sure of, within a stated share of answers that differ from the second's."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.bundle import Tier, open_predictor, read_bundle
from luodi.bundle.cascade import hand_over_at, stands, together
from luodi.errors import BundleError
from luodi.tasks import Classify, Label, Task

TASK = Task((Classify("y", ("a", "b")),))


def said(labels, probabilities):
    return {
        "y": [Label(label, p, np.array([p, 1 - p], np.float32)) for label, p in zip(labels, probabilities, strict=True)]
    }


def test_the_bound_holds_on_new_texts_whatever_the_first_tier_is_worth():
    """In 95 of 100 sets: 300 draws of a first tier that is surer than it should be; the true share is known."""
    rng, risk, true = np.random.default_rng(0), 0.05, []
    for _ in range(300):
        sure = rng.uniform(0.5, 1.0, 400)
        alike = rng.random(400) < sure - 0.1
        first, behind = said(np.where(alike, "a", "b"), sure), said(["a"] * 400, [0.9] * 400)
        least = hand_over_at(TASK, first, behind, risk=risk)["y"]
        true.append((1 - least) * (1.1 - (1 + least) / 2) / 0.5)  # integral of 1.1 - p above the threshold
    kept = np.mean(np.array(true) <= risk)
    assert 0.93 <= kept < 1.0
    assert np.mean(true) > 0.6 * risk, "it withholds far more than it must"


def test_too_few_texts_promise_nothing_and_nothing_stands():
    first = said(["a"] * 5, [0.99] * 5)
    least = hand_over_at(TASK, first, first, risk=0.01)
    assert least == {"y": 1.0}
    assert not stands(first, least).any()


def test_a_text_stays_only_if_every_head_is_sure():
    answers = {"y": said(["a", "a"], [0.9, 0.9])["y"], "z": said(["a", "a"], [0.9, 0.4])["y"]}
    assert stands(answers, {"y": 0.5, "z": 0.5}).tolist() == [True, False]


@given(stand=st.lists(st.booleans(), max_size=20))
def test_every_text_keeps_its_place(stand):
    first = said(["a"] * len(stand), [0.9] * len(stand))
    later = said(["b"] * stand.count(False), [0.8] * stand.count(False))
    merged = together(first, later, np.array(stand, bool))
    assert [one.label for one in merged["y"]] == ["a" if is_sure else "b" for is_sure in stand]


@pytest.fixture
def cascade(forged, files, contents, tiny_model):
    """A bundle in which the first tier is the model itself at another temperature, so that its answers are known."""

    def make(least, **changes):
        calibration = json.dumps(
            {name: {"情感": {"temperature": heat}} for name, heat in (("fast", 1.0), ("model", 4.0))}
        )
        tiers = [Tier(name="fast", file="fast.onnx", least={"情感": least}), Tier()]
        changed = {"fast.onnx": files["model.onnx"], "calibration.json": calibration}
        return forged(changed, **{"tiers": tiers, **changes})

    return make


def test_the_sure_answers_are_the_first_tiers_and_the_others_the_seconds(cascade, toy_data):
    texts = toy_data.texts[:40]
    with open_predictor(read_bundle(cascade(0.0))) as first:
        middle = float(np.median([one.probability for one in first.predict(texts)]))
    with open_predictor(read_bundle(cascade(middle)), workers=2) as both:
        answers, fast, slow = both.predict(texts), both.only("fast").predict(texts), both.only("model").predict(texts)
        alone = [both.predict([text])[0] for text in texts]
        assert both.predict([]) == []
    assert {one.tier for one in answers} == {"fast", "model"}
    for one, here, behind in zip(answers, fast, slow, strict=True):
        want = here if here.probability > middle else behind
        assert (one.tier, one.label, one.probability) == (
            want.tier,
            want.label,
            pytest.approx(want.probability, abs=1e-5),
        )
    assert [one.tier for one in alone] == [one.tier for one in answers], "who answers depends on the company"


def _tiers(**last):
    return [Tier(name="fast", file="fast.onnx", least={"情感": 0.5}), Tier(**last)]


@pytest.mark.parametrize(
    "tiers",
    [
        [Tier(least={"情感": 0.5})],
        [Tier(name="fast", file="fast.onnx"), Tier()],
        _tiers(name="fast"),
        _tiers(file="fast.onnx"),
        _tiers(least={"情感": 0.5}),
        [Tier(name="fast", file="fast.onnx", least={"x": 0.5}), Tier()],
    ],
)
def test_tiers_that_make_no_cascade_are_refused(contents, tiers):
    with pytest.raises(ValueError, match="tiers"):
        contents(tiers=tiers)


def test_an_engine_file_that_nobody_uses_is_refused(forged, files):
    with pytest.raises(ValueError, match="no tier answers by"):
        forged({"fast.onnx": files["model.onnx"]})


def test_the_first_tiers_file_is_checked_as_every_other(cascade, files):
    path = cascade(0.5)
    (path / "fast.onnx").write_bytes(files["model.onnx"][:-1])
    with pytest.raises(BundleError, match=r"fast\.onnx"):
        read_bundle(path)

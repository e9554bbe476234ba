"""Every registered stage keeps every promise; there is no list of exceptions."""

import json
from dataclasses import fields

import numpy as np
import pytest
import torch

from luodi.bundle import Contents, Draft, Feeding, export, open_predictor, read_bundle
from luodi.data import Dataset
from luodi.job.parts import enrol
from luodi.job.schema import named_part
from luodi.models import Run, apply, describe, keep, read_kept
from luodi.progress import Silent
from luodi.registry import parts
from luodi.tune.evaluate import logits_of
from luodi.tune.tokens import tokenize

enrol()
STAGES = parts("stage")

#: What a quick trial of a stage sets, where the stage has such a field.
QUICK = {"epochs": 1, "precision": "fp32"}
ODD_TEXTS = ("", " \t\n", "🙂🙂", "ｶﾀｶﾅ", "\x00\x01", "ქართული", "很" * 100_000)


def test_stages_are_found():
    assert len(STAGES) >= 2


@pytest.fixture(params=sorted(STAGES))
def stage(request):
    cls = STAGES[request.param]
    return cls(**{f.name: QUICK[f.name] for f in fields(cls) if f.name in QUICK})


@pytest.fixture
def made(stage, tiny_model, toy_data):
    return apply(stage, tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240)))


def answers(model, texts):
    return logits_of(model.network, model, tokenize(model, texts, progress=Silent()))[0]


def test_the_model_given_stays_as_it_was(stage, tiny_model, toy_data):
    before = {name: value.clone() for name, value in tiny_model.network.state_dict().items()}
    tokenizer = tiny_model.tokenizer.to_str()
    apply(stage, tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240)))
    after = tiny_model.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert tiny_model.tokenizer.to_str() == tokenizer
    assert not any(weight.grad is not None for weight in tiny_model.network.parameters())


def test_the_same_seed_makes_the_same_model(stage, tiny_model, toy_data, made):
    state = torch.get_rng_state()
    again = apply(stage, tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240)))
    assert torch.equal(torch.get_rng_state(), state), "the caller's random numbers were used"
    one, other = made.network.state_dict(), again.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_any_text_gets_an_answer(made):
    logits = answers(made, ODD_TEXTS)
    assert logits.shape == (len(ODD_TEXTS), 2)
    assert np.isfinite(logits).all()


def test_it_rebuilds_from_its_fields(stage):
    faults = {}
    assert named_part("stage", describe(stage), place="stage", faults=faults) == stage
    assert not faults


def test_it_is_noted_in_the_model(stage, made, tiny_model):
    row = made.provenance[len(tiny_model.provenance)]
    assert row["use"] == describe(stage)["use"]
    assert row["parameters"] == made.n_parameters
    assert row["seconds"] >= 0


def test_the_model_survives_being_kept(made, tmp_path, toy_data):
    keep(made, tmp_path / "kept")
    back = read_kept(tmp_path / "kept")
    assert np.array_equal(answers(made, toy_data.texts[:20]), answers(back, toy_data.texts[:20]))
    assert back.provenance == made.provenance


def test_the_model_survives_as_a_bundle_with_equal_predictions(made, tmp_path, toy_data):
    """The fp32 graph adds up in another order than torch: logits of a few units agree to 1e-4."""
    with Draft(tmp_path) as draft:
        draft.add("model.onnx", export(made))
        draft.add("tokenizer.json", made.tokenizer.to_str())
        draft.add(
            "calibration.json", json.dumps({"model": {head.name: {"temperature": 1.0} for head in made.task.heads}})
        )
        feeding = Feeding(max_tokens=made.max_tokens, pad_id=made.pad_id)
        draft.seal(
            Contents(
                name="made",
                created="2026-01-02T03:04:05Z",
                luodi="0.1.0",
                task=made.task.to_json(),
                feeding=feeding,
                data="f" * 64,
            )
        )
        place = draft.publish(tmp_path / "made.luodi")
    texts = [*toy_data.texts[:40], *ODD_TEXTS]
    with open_predictor(read_bundle(place)) as predictor:
        found = predictor.logits(texts)
        said = [one.label for one in predictor.predict(texts)]
    want = answers(made, texts)
    head = made.task.heads[0]
    assert np.abs(found[head.name] - want).max() < 1e-4
    assert said == [head.labels[place] for place in found[head.name].argmax(axis=1)]


def test_a_stage_that_does_not_learn_leaves_the_answers(stage, made, tiny_model, toy_data):
    before, after = answers(tiny_model, toy_data.texts), answers(made, toy_data.texts)
    if stage.learns:
        assert not np.array_equal(before, after)
    else:
        assert np.abs(before - after).max() < 1e-5


def test_it_works_without_validation_rows(stage, tiny_model, toy_data):
    assert stage(tiny_model, toy_data, run=Run()).task == tiny_model.task


def test_rows_without_a_label_are_left_out(stage, tiny_model, toy_data):
    column = tuple(None if row % 3 else label for row, label in enumerate(toy_data.labels["情感"]))
    data = Dataset.of(toy_data.texts, {"情感": column})
    logits = answers(stage(tiny_model, data, run=Run()), toy_data.texts[:5])
    assert np.isfinite(logits).all()

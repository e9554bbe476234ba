"""A training that is stopped anywhere and started again ends with the very weights of one that was not."""

import contextlib
import dataclasses
import os
import signal

import numpy as np
import pytest
import torch

from luodi.data.batches import padding_share, token_batches
from luodi.errors import RecipeError
from luodi.models import Run
from luodi.progress import Silent
from luodi.tune import Finetune, rest
from luodi.tune.loop import train
from luodi.tune.plan import Plan, Work
from luodi.tune.tokens import tokenize

STAGE = Finetune(epochs=2, precision="fp32", batch_texts=16, evaluations_per_epoch=2)
PLAN = Plan(epochs=1, learning_rate=1e-3, head_learning_rate=1e-3, batch_texts=16)


def weights(model):
    return model.network.state_dict()


def are_equal(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


def work_on(model, data, *, objective=None, evaluate=lambda network: 0.0, after_step=lambda n_done, n_steps: None):
    tokens = tokenize(model, data.texts, progress=Silent())
    targets = torch.from_numpy(model.task.heads[0].targets(data))

    def loss(network, rows, ids, mask):
        return model.task.heads[0].loss(network(ids, mask)["0"], targets[rows])

    return Work(model.copy().network, tokens, model.pad_id, objective or loss, evaluate, after_step, "f")


@pytest.mark.parametrize("stop_after", [1, 7, 8, 15, 20])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("averages", [False, True])
def test_a_stopped_training_goes_on_to_the_same_weights(
    tiny_model, toy_data, tmp_path, stop_after, number, averages, stopper
):
    stage = dataclasses.replace(STAGE, averages=averages)
    learned, checked = toy_data.take(range(200)), toy_data.take(range(200, 240))
    whole = stage(tiny_model, learned, validation=checked)
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        stage(
            tiny_model,
            learned,
            validation=checked,
            run=Run(tmp_path, stopper(stop_after, lambda: os.kill(os.getpid(), number))),
        )
    assert signal.getsignal(number) is before
    listener = stopper()
    resumed = stage(tiny_model, learned, validation=checked, run=Run(tmp_path, listener))
    assert f"going on from step {stop_after}" in listener.notes
    assert listener.done == 400
    assert are_equal(weights(whole), weights(resumed))
    assert whole.findings["curve"] == resumed.findings["curve"]


@pytest.mark.parametrize("stop_after", [1, 2, 3, 4])
def test_patience_that_ends_within_an_epoch_ends_there_after_a_kill_too(
    tiny_model, toy_data, tmp_path, stop_after, stopper
):
    stage = dataclasses.replace(STAGE, patience=1, learning_rate=1e-9, head_learning_rate=1e-9)
    learned, checked = toy_data.take(range(64)), toy_data.take(range(200, 240))
    whole = stage(tiny_model, learned, validation=checked)
    assert [row["epoch"] for row in whole.findings["curve"]] == [0.5, 1.0]
    with contextlib.suppress(KeyboardInterrupt):  # the last signal comes with the last step
        stage(tiny_model, learned, validation=checked, run=Run(tmp_path, stopper(stop_after)))
    resumed = stage(tiny_model, learned, validation=checked, run=Run(tmp_path))
    assert are_equal(weights(whole), weights(resumed))
    assert whole.findings["curve"] == resumed.findings["curve"]


@pytest.mark.parametrize("evaluations", [0, 2])
def test_averages_are_what_is_kept(tiny_model, toy_data, evaluations):
    learned, checked = toy_data.take(range(64)), toy_data.take(range(200, 240))
    stages = [dataclasses.replace(STAGE, averages=averages, evaluations_per_epoch=evaluations) for averages in (0, 1)]
    plain, averaged = (weights(stage(tiny_model, learned, validation=checked)) for stage in stages)
    name = next(name for name in plain if name.endswith("query.weight"))
    assert not torch.equal(plain[name], averaged[name])
    assert torch.allclose(plain[name], averaged[name], atol=0.05)


def test_when_it_saves_changes_nothing(tiny_model, toy_data, tmp_path, monkeypatch, stopper):
    often = stopper()
    monkeypatch.setattr(rest, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(rest, "SAVE_SHARE", 1e9)
    saved = STAGE(tiny_model, toy_data, run=Run(tmp_path, often))
    assert are_equal(weights(STAGE(tiny_model, toy_data)), weights(saved))
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2


def test_a_finished_training_answers_the_same_when_asked_again(tiny_model, toy_data, tmp_path):
    once, again = (STAGE(tiny_model, toy_data, run=Run(tmp_path)) for _ in range(2))
    assert are_equal(weights(once), weights(again))


def test_another_recipe_starts_anew_and_says_so(tiny_model, toy_data, tmp_path, stopper):
    with pytest.raises(KeyboardInterrupt):
        STAGE(tiny_model, toy_data, run=Run(tmp_path, stopper(5)))
    for other in (dataclasses.replace(STAGE, learning_rate=2e-3), dataclasses.replace(STAGE, epochs=1)):
        listener = stopper()
        other(tiny_model, toy_data, run=Run(tmp_path, listener))
        assert any("starting anew" in note for note in listener.notes)
        assert not any("going on" in note for note in listener.notes)


def test_the_time_that_earlier_stages_took_does_not_matter(tiny_model, toy_data, tmp_path, stopper):
    with pytest.raises(KeyboardInterrupt):
        STAGE(tiny_model.noted({"use": "x", "seconds": 1}), toy_data, run=Run(tmp_path, stopper(5)))
    listener = stopper()
    STAGE(tiny_model.noted({"use": "x", "seconds": 2}), toy_data, run=Run(tmp_path, listener))
    assert "going on from step 5" in listener.notes


def test_a_disk_that_cannot_be_written_stops_nothing(tiny_model, toy_data, tmp_path, stopper):
    (tmp_path / "checkpoints").write_text("in the way")
    listener = stopper()
    tuned = STAGE(tiny_model, toy_data, run=Run(tmp_path, listener, tracker="none"))
    assert any("no checkpoint could be written" in note for note in listener.notes)
    assert are_equal(weights(tuned), weights(STAGE(tiny_model, toy_data)))


def test_best_weights_are_kept(tiny_model, toy_data):
    scores, seen = iter([0.1, 0.9, 0.3, 0.4]), []

    def evaluate(network):
        seen.append({name: value.clone() for name, value in network.state_dict().items()})
        return next(scores)

    work = work_on(tiny_model, toy_data, evaluate=evaluate)
    plan = dataclasses.replace(PLAN, epochs=2, evaluations_per_epoch=2)
    curve = train(work, plan, run=Run())
    assert [row["metric"] for row in curve] == [0.1, 0.9, 0.3, 0.4]
    assert are_equal(work.network.state_dict(), seen[1])
    assert not work.network.training


def test_the_last_weights_stay_where_nothing_is_evaluated(tiny_model, toy_data):
    work = work_on(tiny_model, toy_data, evaluate=lambda network: pytest.fail("asked"))
    assert train(work, dataclasses.replace(PLAN, evaluations_per_epoch=0), run=Run()) == []
    assert not are_equal(work.network.state_dict(), weights(tiny_model))


def test_hooks_are_called_as_promised(tiny_model, toy_data):
    steps, rows_seen, work = [], [], None
    plain = work_on(tiny_model, toy_data).objective

    def objective(network, rows, ids, mask):
        assert network.training
        assert ids.shape == mask.shape == (len(rows), int(mask.sum(1).max()))
        rows_seen.extend(rows)
        return plain(network, rows, ids, mask)

    def after_step(n_done, n_steps):
        assert all(weight.grad is not None for weight in work.network.heads.parameters())
        steps.append((n_done, n_steps))

    work = work_on(tiny_model, toy_data, objective=objective, after_step=after_step)
    train(work, PLAN, run=Run())
    assert sorted(rows_seen) == list(range(len(toy_data)))
    assert steps == [(n, len(steps)) for n in range(1, len(steps) + 1)]


def test_frozen_weights_stay(tiny_model, toy_data):
    work = work_on(tiny_model, toy_data)
    work.network.encoder.requires_grad_(False)
    train(work, dataclasses.replace(PLAN, evaluations_per_epoch=0), run=Run())
    moved = {n for n, w in work.network.state_dict().items() if not torch.equal(w, weights(tiny_model)[n])}
    assert moved == {"heads.0.weight", "heads.0.bias"}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_refused(tiny_model, toy_data, bad):
    def objective(network, rows, ids, mask):
        return network(ids, mask)["0"].sum() * bad

    with pytest.raises(RecipeError, match="no number any more, at step 1") as refused:
        train(work_on(tiny_model, toy_data, objective=objective), PLAN, run=Run())
    assert "learning_rate" in refused.value.fix


def test_nothing_to_learn_from_ends_at_once(tiny_model, toy_data):
    assert train(work_on(tiny_model, toy_data.take([])), PLAN, run=Run()) == []


def test_figures_reach_the_bar(tiny_model, toy_data, stopper):
    listener = stopper()
    STAGE(tiny_model, toy_data, run=Run(None, listener))
    assert all(figures["tokens_per_s"] > 0 and np.isfinite(figures["loss"]) for figures in listener.figures)
    assert 0 <= listener.figures[-1]["best"] <= 1
    assert sum(note.startswith("epoch ") for note in listener.notes) == 4


def test_bf16_trains_and_leaves_fp32_weights(tiny_model, toy_data):
    tuned = Finetune(epochs=1, precision="bf16")(tiny_model, toy_data)
    assert {value.dtype for value in weights(tuned).values() if value.is_floating_point()} == {torch.float32}
    assert tuned.findings["bf16"] is True


def test_padding_is_under_a_tenth_of_the_tokens():
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.lognormal(2.8, 0.6, 20_000), 3, 128).astype(np.int64)
    batches = token_batches(lengths, max_tokens=4096, max_texts=32, rng=np.random.default_rng(1))
    assert padding_share(lengths, batches) < 0.10
    assert sorted(np.concatenate(batches)) == list(range(len(lengths)))
    assert 24 <= np.mean([len(batch) for batch in batches]) <= 32


def test_who_watches_sees_the_curve_grow_and_may_end_it(tiny_model, toy_data):
    seen = []

    class Enough(Exception):
        pass

    def watch(curve, epochs):
        seen.append(([row["epoch"] for row in curve], epochs))
        if len(curve) == 3:
            raise Enough

    with pytest.raises(Enough):
        STAGE(tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240)), run=Run(watch=watch))
    assert seen == [([0.5], 2), ([0.5, 1.0], 2), ([0.5, 1.0, 1.5], 2)]

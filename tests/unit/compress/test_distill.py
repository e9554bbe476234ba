"""A student is cut out of its teacher by what its parts are worth, and learns to answer as the teacher does."""

import dataclasses

import numpy as np
import pytest
import torch

from luodi.compress import Distill, TrimVocab
from luodi.compress.importance import importance
from luodi.compress.lesson import distance_of
from luodi.compress.spare import spare
from luodi.compress.student import Cut, cut_out
from luodi.compress.teacher import ask_teacher
from luodi.data import Dataset
from luodi.data.kinds import SPANS
from luodi.errors import RecipeError
from luodi.models import Run, apply, keep, read_kept
from luodi.models.blocks import blocks_of
from luodi.models.load import load
from luodi.models.surgery import without_heads, without_layers, without_units
from luodi.progress import Silent
from luodi.tasks import read_task
from luodi.tasks.task import head_kinds
from luodi.tune import Finetune
from luodi.tune.evaluate import judge_model, logits_of, main_score
from luodi.tune.tokens import tokenize

QUICK = Distill(layers=1, epochs=6, precision="fp32", learning_rate=2e-3, evaluations_per_epoch=1, batch_texts=16)


@pytest.fixture(scope="module")
def teacher(tiny_model, toy_data):
    stage = Finetune(epochs=10, precision="fp32", learning_rate=3e-3, batch_texts=16, patience=20)
    return apply(stage, tiny_model, toy_data.take(range(160)), validation=toy_data.take(range(160, 240)))


def answers(model, texts):
    return logits_of(model.network, model, tokenize(model, texts, progress=Silent()))[0]


def score(model, data):
    return main_score(model.task, judge_model(model, data))


def are_equal(one, other):
    first, second = one.network.state_dict(), other.network.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def deep(tiny_encoder, toy_data, *, layers=4, kinds=None):
    """An untrained model of more layers than the tiny one, whose weights are large enough to matter."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(3)
    fresh = load(str(tiny_encoder), task=read_task(toy_data, kinds), max_tokens=64)
    config = BertConfig(
        vocab_size=fresh.n_pieces, hidden_size=32, num_hidden_layers=layers, num_attention_heads=4,
        intermediate_size=24, max_position_embeddings=128, initializer_range=0.2,
    )  # fmt: skip
    network = fresh.network
    network.encoder = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for head in network.heads.values():
            head.weight.normal_()
    return fresh


def test_the_student_answers_as_its_teacher(teacher, toy_data):
    learned, unseen = toy_data.take(range(160)), toy_data.take(range(160, 240))
    made = QUICK(teacher, learned, validation=unseen)
    fresh = cut_out(teacher, learned, Cut(1, 1.0, 1.0), seed=7, progress=Silent()).model
    before, after = (
        np.abs(answers(one, unseen.texts) - answers(teacher, unseen.texts)).mean() for one in (fresh, made)
    )
    assert after < 0.75 * before  # 0.39 to 0.55 by the number of threads; untaught it would be 1
    assert score(made, unseen) > 0.9
    assert len(blocks_of(made.network.encoder)) == 1
    assert made.findings["layers"][0] in (1, 2)
    assert len(made.findings["left_out"]) == 1


def test_the_layer_that_does_nothing_goes_first(tiny_encoder, toy_data):
    model = deep(tiny_encoder, toy_data)
    block = blocks_of(model.network.encoder)[2]
    with torch.no_grad():
        for layer in (block.attended, block.narrowed):
            layer.weight.mul_(1e-3)
            layer.bias.zero_()
    tokens = tokenize(model, toy_data.texts[:60], progress=Silent())
    found = spare(model, tokens, n_kept=2, progress=Silent())
    assert found.left_out[0]["layer"] == 2
    assert len(found.kept) == 2
    assert found.left_out[0]["distance"] < found.left_out[1]["distance"]
    gone = without_layers(model, [row["layer"] for row in found.left_out])
    log_p, log_q = (torch.from_numpy(answers(one, toy_data.texts[:60])).log_softmax(-1) for one in (model, gone))
    kl = float((log_p.exp() * (log_p - log_q)).sum(1).mean())
    assert kl == pytest.approx(found.left_out[1]["distance"], rel=1e-3)


def test_parts_are_worth_what_the_loss_says(tiny_encoder, toy_data):
    """The sum over texts of |slope| is no less than the slope of the whole, got here by a small step."""
    model = deep(tiny_encoder, toy_data, layers=2)
    some = toy_data.take(range(40))
    found = importance(model, some)
    block = blocks_of(model.network.encoder)[1]
    with torch.no_grad():
        block.narrowed.weight[:, 5] = 0
        block.attended.weight[:, 8:16] = 0  # the second of four heads
    silent = importance(model, some)
    assert silent.units[1][5] == 0
    assert silent.heads[1][1] == 0
    assert (found.units[1] > 0).all()
    assert (found.heads[0] > 0).all()
    assert found.heads[0].shape == (4,)
    head = model.task.heads[0]
    targets = torch.from_numpy(head.targets(some))

    def loss(one):
        return torch.stack([head.loss(torch.from_numpy(answers(one, [text])), targets[row : row + 1])
                            for row, text in enumerate(some.texts)])  # fmt: skip

    place, step = 3, 1e-2
    changed = model.copy()
    with torch.no_grad():
        blocks_of(changed.network.encoder)[0].narrowed.weight[:, place] *= 1 - step
    slopes = float((loss(changed) - loss(model)).abs().mean()) / step
    assert importance(model, some).units[0][place] == pytest.approx(slopes, rel=0.05)


def test_what_the_loss_depends_on_least_goes(tiny_encoder, toy_data):
    model = deep(tiny_encoder, toy_data, layers=2)
    found = importance(model, toy_data)
    student = cut_out(model, toy_data, Cut(1.0, 0.5, 6), seed=7, progress=Silent())
    order = [np.argsort(one) for one in found.units], [np.argsort(one) for one in found.heads]
    by_hand = without_units(without_heads(model, {i: one[:2] for i, one in enumerate(order[1])}),
                            {i: one[:18] for i, one in enumerate(order[0])})  # fmt: skip
    assert are_equal(student.model, by_hand)
    assert (student.findings["heads"], student.findings["units"]) == (2, 6)


def mixed_rows(toy_data):
    """One label, several, a number, and spans, of which each row lacks some."""
    n = len(toy_data)
    goods = [label == "正面" for label in toy_data.labels["情感"]]
    several = ['["好", "快"]' if good else '["慢"]' for good in goods]
    numbers = ["5" if good else "1" for good in goods]
    spans = ['[{"start": 0, "end": 2, "label": "物"}]' for _ in range(n)]
    labels = {
        "classify": [None if i % 5 == 0 else ("a" if good else "b") for i, good in enumerate(goods)],
        "multilabel": several, "score": numbers, "tag": spans,
    }  # fmt: skip
    return dataclasses.replace(Dataset.of(toy_data.texts, labels), kinds={"tag": SPANS})


def test_every_kind_of_head_learns_from_its_teacher(tiny_encoder, toy_data):
    data = mixed_rows(toy_data)
    kinds = {name: name for name in data.labels}
    tutor = deep(tiny_encoder, data, layers=2, kinds=kinds)
    task, learned = tutor.task, data.take(range(160))
    assert {type(head) for head in task.heads} == {head_kinds()[name] for name in kinds}
    made = QUICK(tutor, learned, validation=data.take(range(160, 240)))
    start = cut_out(tutor, learned, Cut(1, 1.0, 1.0), seed=7, progress=Silent()).model
    texts = learned.texts
    tokens = tokenize(tutor, texts, progress=Silent())
    tables = [logits_of(one.network, one, tokens) for one in (tutor, start, made)]
    for place, head in enumerate(task.heads):
        wanted, before, after = (
            torch.from_numpy(np.concatenate([row[p.tokens] for row, p in zip(one[place], tokens.pieces, strict=True)])
                             if head.by_token else one[place]) for one in tables
        )  # fmt: skip
        measure = distance_of(head)
        assert measure(after, wanted, temperature=1.0) < 0.8 * measure(before, wanted, temperature=1.0), head.name


def test_the_teacher_is_asked_once_about_each_text(teacher, toy_data, tmp_path):
    seen = []

    class Counting(Silent):
        def work(self, title, *, total, unit):
            if title == "asking the teacher":
                seen.append(total)
            return super().work(title, total=total, unit=unit)

    stage = dataclasses.replace(QUICK, epochs=3, augment=1)
    made = stage(teacher, toy_data, run=Run(tmp_path, Counting()))
    assert len(seen) == 1
    n_held_out = len(toy_data) // 10
    assert seen[0] == pytest.approx(2 * (len(toy_data) - n_held_out), abs=20)
    assert made.findings["texts_made_up"] > 0
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and "checkpoints" not in path.parts
                and "logs" not in path.parts]  # fmt: skip


def test_what_the_teacher_said_is_what_it_says(teacher, toy_data, tmp_path):
    tokens = tokenize(teacher, toy_data.texts, progress=Silent())
    said = ask_teacher(teacher, tokens, layers=[0, 1], run=Run(tmp_path))
    rows = np.array([3, 0, 77])
    assert np.array_equal(said.of(0, rows).numpy(), answers(teacher, toy_data.texts)[rows])
    ids, mask = tokens.batch(rows, pad_id=teacher.pad_id)
    with torch.inference_mode():
        last = teacher.network.pool(ids, mask).numpy()
    assert said.vectors.shape == (len(toy_data), 64)
    assert np.abs(said.vectors[rows][:, 32:] - last).max() < 1e-5


@pytest.mark.parametrize("after", [1, 6, 9])
def test_a_stopped_stage_goes_on_to_the_same_weights(teacher, toy_data, tmp_path, after, stopper):
    learned, rest = toy_data.take(range(80)), toy_data.take(range(160, 240))
    stage = dataclasses.replace(QUICK, augment=1, batch_texts=16, labels=0.3, evaluations_per_epoch=2)
    whole = stage(teacher, learned, validation=rest)
    with pytest.raises(KeyboardInterrupt):
        stage(teacher, learned, validation=rest, run=Run(tmp_path, stopper(after)))
    listener = stopper()
    resumed = stage(teacher, learned, validation=rest, run=Run(tmp_path, listener))
    assert f"going on from step {after}" in listener.notes
    assert are_equal(whole, resumed)


def test_a_student_can_be_tuned_trimmed_and_distilled_again(teacher, toy_data, tmp_path):
    wide = dataclasses.replace(QUICK, layers=1.0, attention_heads=1, feed_forward=0.5, epochs=1)
    once = apply(wide, teacher, toy_data)
    trimmed = apply(TrimVocab(at_least=0), once, toy_data)
    tuned = apply(Finetune(epochs=1, precision="fp32"), trimmed, toy_data)
    keep(tuned, tmp_path / "kept")
    twice = apply(dataclasses.replace(QUICK, epochs=1), read_kept(tmp_path / "kept"), toy_data)
    assert [row["use"] for row in twice.provenance[-4:]] == ["distill", "trim_vocab", "finetune", "distill"]
    assert (len(blocks_of(twice.network.encoder)), twice.provenance[-1]["units"]) == (1, 32)
    assert twice.n_parameters < once.n_parameters < teacher.n_parameters
    assert np.isfinite(answers(twice, ["", "很" * 999])).all()


def test_layers_too_large_to_keep_are_not_compared(teacher, toy_data, stopper):
    listener = stopper()
    small = dataclasses.replace(QUICK, cache_mib=0, epochs=1)
    made = small(teacher, toy_data, run=Run(progress=listener))
    assert any("layers are not compared" in note for note in listener.notes)
    assert are_equal(made, dataclasses.replace(small, hidden=0.0)(teacher, toy_data))


@pytest.mark.parametrize(
    "wrong", [{"layers": 0}, {"layers": 1.5}, {"feed_forward": 0.0}, {"attention_heads": -1}, {"labels": 1.1},
              {"temperature": 0.0}, {"augment": -1}]
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(wrong):
    with pytest.raises(RecipeError, match=next(iter(wrong))):
        Distill(**wrong)


def test_a_kind_that_cannot_be_softened_learns_from_its_labels(teacher, toy_data, monkeypatch):
    from luodi import registry

    stage = dataclasses.replace(QUICK, layers=1.0, hidden=0.0, epochs=1)
    learned = toy_data.take(range(80))
    alone = dataclasses.replace(stage, labels=1.0)(teacher, learned)
    monkeypatch.setitem(registry._parts, "softening", {})
    assert are_equal(stage(teacher, learned), alone)

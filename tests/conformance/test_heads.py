"""Every registered head keeps every promise; there is no list of exceptions."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

from luodi.bundle import Contents, Draft, Feeding, choose_precision, export, open_predictor, parity, read_bundle
from luodi.bundle.calibrate import calibrate
from luodi.data import Dataset, halves, pair
from luodi.data.kinds import KINDS, LIKENESS, NUMBER, ONE, SEVERAL, SPANS, kind_of
from luodi.data.likeness import says_yes_or_no
from luodi.models import keep, read_kept
from luodi.progress import Silent
from luodi.registry import parts
from luodi.tasks import Task, head_kinds, kind_name, rate
from luodi.tune.evaluate import logits_of
from luodi.tune.finetune import Finetune
from luodi.tune.tokens import tokenize
from luodi.verify import fit_baseline, paired
from luodi.verify.evidence import assess

HEADS = head_kinds()
WORDS = ("物流", "包装", "味道", "服务", "价格", "driver", "room", "soup")
FEELINGS = ("很快", "很好", "满意", "喜欢", "great", "lovely")
ODD_TEXTS = ("", " \t\n", "🙂🙂", "ｶﾀｶﾅ", "\x00\x01", "ქართული", "很" * 5_000)


#: A span begins and ends with a word: of "the soupwas" nothing is one.
_WORD = re.compile("|".join(WORDS[:5]) + "|(?:" + "|".join(WORDS[5:]) + ")(?![a-z])")


def named(text):
    return [word for word in WORDS if word in text]


def pleased(text):
    return any(word in text for word in FEELINGS)


def in_pairs(texts):
    """Hold each of some pleased texts against four others: two are not pleased, one says the same, one is pleased."""
    good, bad = [text for text in texts if pleased(text)], [text for text in texts if not pleased(text)]
    others = (lambda row: bad[7 * row % len(bad)], lambda row: f"{good[row // 4].partition('，')[0]} {row}",
              lambda row: bad[7 * row % len(bad)], lambda row: good[(5 * row + 60) % len(good)])  # fmt: skip
    return tuple(pair(good[row // 4], others[row % 4](row)) for row in range(len(texts)))


#: What a text is to be answered with, by what the cells of its column hold.
CELLS = {
    ONE: lambda text: "正面" if pleased(text) else "负面",
    SEVERAL: lambda text: json.dumps(named(text), ensure_ascii=False),
    SPANS: lambda text: json.dumps(
        [[met.start(), met.end(), "zh" if met[0] in WORDS[:5] else "en"] for met in _WORD.finditer(text)]
    ),
    NUMBER: lambda text: str(1 + 2 * pleased(text) + ("很" in text)),
    LIKENESS: lambda text: "是" if all(map(pleased, halves(text))) else "否",
}


def test_heads_are_found():
    assert len(HEADS) >= 6
    assert set(CELLS) == set(KINDS)


@pytest.fixture(params=sorted(HEADS), scope="module")
def kind(request):
    return HEADS[request.param]


@pytest.fixture(scope="module")
def data(kind, toy_data):
    texts = in_pairs(toy_data.texts) if kind.takes == LIKENESS else toy_data.texts
    column = tuple(None if row % 11 == 0 else CELLS[kind.takes](text) for row, text in enumerate(texts))
    return replace(toy_data, texts=texts, labels={"回答": column}, kinds={"回答": kind.takes})


@pytest.fixture(scope="module")
def head(kind, data):
    return kind.fit("回答", data)


@pytest.fixture(scope="module")
def untrained(head, tiny_model):
    """The tiny model with this head in the place of its own."""
    from torch import nn

    from luodi.models.load import fresh_layer

    copy = tiny_model.copy()
    task = Task((head,))
    torch.manual_seed(0)
    copy.network.heads = nn.ModuleDict({"0": fresh_layer(32, head, torch.Generator().manual_seed(0))})
    copy.network.by_token = task.by_token
    return replace(copy, task=task)


@pytest.fixture(scope="module")
def tuned(untrained, data):
    stage = Finetune(epochs=12, learning_rate=2e-3, head_learning_rate=1e-2, precision="fp32", patience=24)
    return stage(untrained, data.take(range(160)), validation=data.take(range(160, 240)))


def tables(model, texts):
    tokens = tokenize(model, texts, progress=Silent())
    return logits_of(model.network, model, tokens)[0], tokens


def answers(model, texts, **how):
    logits, tokens = tables(model, texts)
    return model.task.heads[0].decode(logits, tokens.pieces, **how)


def test_it_is_the_head_for_what_it_takes(kind, head, data):
    assert kind_name(head) in HEADS
    cells = data.labels["回答"]
    held = {kind_of(cells), NUMBER, *([LIKENESS] if says_yes_or_no(cells) else [])}
    assert kind.takes in held  # a number, or a yes, may be a label too
    assert kind.main_metric in kind.metrics
    assert Task.from_json(json.loads(json.dumps(Task((head,)).to_json()))) == Task((head,))


def saying(target, head):
    """Give logits that say what a target says."""
    if head.apart:  # two vectors that point one way, or from each other
        vector = np.ones(head.n_outputs, np.float32)
        return np.concatenate([vector, vector if target[0] > 0 else -vector])
    if head.n_outputs == 1 or (np.ndim(target) and not head.by_token):
        return np.where(np.atleast_1d(target) > 0, 9.0, -9.0).astype(np.float32)
    table = np.zeros((*np.shape(target)[:1], head.n_outputs) if head.by_token else head.n_outputs, np.float32)
    wanted = np.maximum(np.asarray(target, np.int64), 0)
    np.put_along_axis(table.reshape(-1, head.n_outputs), wanted.reshape(-1, 1), 12.0, axis=1)
    return table


def test_decode_inverts_encode(head, data, untrained):
    """Logits that say what the targets say are answered with the labels; rows without one say nothing."""
    known = data.take([row for row, cell in enumerate(data.labels["回答"]) if cell is not None])
    tokens = tokenize(untrained, known.texts, progress=Silent())
    targets = head.targets(known, tokens.pieces)
    logits = [saying(one, head) for one in targets]
    found = head.decode(logits if head.by_token else np.stack(logits), tokens.pieces)
    judged = head.judge(known.labels["回答"], [one.label for one in found])
    assert judged.right.all()
    assert all(one.probability > 0.9 for one in found)


def test_the_loss_falls_and_it_learns(head, data, untrained, tuned):
    rows = data.take(range(160, 240))
    scores = [rate(head, rows, answers(model, rows.texts), intervals=False).metrics for model in (untrained, tuned)]
    assert set(scores[1]) == set(head.metrics)
    assert scores[1][head.main_metric].value > scores[0][head.main_metric].value + 0.2
    losses = [row["loss"] for row in tuned.findings["curve"]]
    assert losses[-1] < 0.7 * losses[0]


def test_right_answers_are_judged_right_and_strange_ones_wrong(head, data):
    gold = data.labels["回答"]
    said = [cell if cell is not None else next(c for c in gold if c is not None) for cell in gold]
    judged = head.judge(gold, said)
    assert len(judged.rows) == sum(cell is not None for cell in gold)
    assert judged.right.all()
    every = np.arange(len(judged.rows))
    assert judged.scores[head.main_metric](every) == pytest.approx(1.0)
    turned = [said[(row + 7) % len(said)] for row in range(len(said))]
    worse = head.judge(gold, turned)
    assert worse.scores[head.main_metric](every) < 0.99
    compared = paired(head, judged, worse)
    assert compared.gain.value == pytest.approx(1 - worse.scores[head.main_metric](every))
    assert compared.accuracy.value == pytest.approx(1 - worse.right.mean())
    assert compared.metric == head.main_metric


def test_nothing_labelled_is_judged_as_nothing(head, data):
    said = [cell or "[]" for cell in data.labels["回答"]][1:4]
    judged = head.judge([None] * 3, said)
    assert len(judged.rows) == 0
    assert np.isnan(judged.report(np.zeros(0)).metrics["accuracy"].value)


def test_any_text_gets_an_answer(head, tuned):
    for one in answers(tuned, ODD_TEXTS):
        assert isinstance(one.label, str)
        assert 0 <= one.probability <= 1 + 1e-6
        json.dumps(one.to_json(), allow_nan=False)


def test_what_it_says_is_a_cell_that_it_can_read(head, data, tuned):
    """Answers can be read back as labels: that is how feedback comes home."""
    said = [one.label for one in answers(tuned, data.texts)]
    again = Dataset.of(data.texts, {"回答": tuple(said)})
    assert head.judge(said, said).right.all()
    assert type(head).fit("回答", replace(again, kinds=data.kinds)).n_outputs <= head.n_outputs + 2


def test_its_temperature_is_found(head, data, tuned):
    rows = data.take(range(160, 240))
    logits, tokens = tables(tuned, rows.texts)
    (found,) = calibrate(tuned.task, {"回答": logits}, rows, tokens.pieces).values()
    assert 0.05 <= found["temperature"] <= 20
    sure = answers(tuned, rows.texts, temperature=0.5)
    unsure = answers(tuned, rows.texts, temperature=5.0)
    said = [[one.label for one in some] for some in (sure, unsure, answers(tuned, rows.texts))]
    assert said[0] == said[1] == said[2], "what was chosen without a temperature must not change with it"
    assert np.mean([one.probability for one in sure]) > np.mean([one.probability for one in unsure])


def test_it_survives_being_kept_and_as_a_bundle(head, data, tuned, tmp_path):
    keep(tuned, tmp_path / "kept")
    back = read_kept(tmp_path / "kept")
    texts = [*data.texts[:30], *ODD_TEXTS]
    wanted = answers(tuned, texts)
    assert parity(Task((head,)), {"回答": wanted}, {"回答": answers(back, texts)}, names=("a", "b")).max_abs_diff == 0.0
    fp32 = export(tuned)
    choice = choose_precision(fp32, model=tuned, validation=data.take(range(160, 240)))
    with Draft(tmp_path) as draft:
        draft.add("model.onnx", fp32)
        draft.add("tokenizer.json", tuned.tokenizer.to_str())
        draft.add("calibration.json", json.dumps({"model": {"回答": {"temperature": 1.0}}}))
        feeding = Feeding(max_tokens=tuned.max_tokens, pad_id=tuned.pad_id)
        draft.seal(
            Contents(
                name="made", created="2026-01-02T03:04:05Z", luodi="0.1.0", task=tuned.task.to_json(), feeding=feeding
            )
        )
        place = draft.publish(tmp_path / "made.luodi")
    with open_predictor(read_bundle(place)) as predictor:
        found = [one.answers["回答"] for one in predictor.predict(texts)]
        alone = [predictor.predict([text])[0].answers["回答"] for text in texts]
    apart = parity(Task((head,)), {"回答": wanted}, {"回答": found}, names=("memory", "bundle"))
    assert apart.max_abs_diff < 1e-4  # sums in another order
    assert apart.label_flips == 0
    assert parity(Task((head,)), {"回答": found}, {"回答": alone}, names=("together", "alone")).max_abs_diff < 1e-5
    assert {one.name for one in choice.candidates} >= {"fp32", "int8"}


def test_it_has_a_cheap_peer(head, data):
    train, validation, test = (data.take(range(*rows)) for rows in ((0, 160), (160, 200), (200, 240)))
    baseline = fit_baseline(train, validation, task=Task((head,)))
    said = [one.answers["回答"] for one in baseline.predict(test.texts)]
    assert rate(head, test, said, intervals=False).metrics[head.main_metric].value > 0.6
    assert baseline.predict([]) == []
    assert all(isinstance(one.answers["回答"].label, str) for one in baseline.predict(ODD_TEXTS))


def test_what_is_drawn_adds_up(head, data, tuned):
    from luodi.tasks import Prediction

    predictions = [Prediction({"回答": one}) for one in answers(tuned, data.texts)]
    _, found = assess(head, data, predictions)
    n = sum(cell is not None for cell in data.labels["回答"])
    assert sum(one["n"] for one in found["reliability"]) == n
    assert all(one["true"] != one["answered"] for one in found["mistakes"])
    json.dumps(found, allow_nan=False)


def test_every_tuner_tunes_it(head, data, untrained):
    for name, tuner in parts("tuner").items():
        made = Finetune(tuner=tuner(), epochs=1, precision="fp32")(untrained, data.take(range(60)))
        assert all(0 <= one.probability <= 1 + 1e-6 for one in answers(made, data.texts[:5])), name

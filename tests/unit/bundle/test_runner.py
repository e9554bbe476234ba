"""The runner answers as the model does, alone or in company, in order, whatever the text."""

import shutil
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.bundle import Draft, Tier, open_predictor, read_bundle
from luodi.bundle.form import FORMS, write_form
from luodi.data.batches import pad
from luodi.errors import BundleError, DataError

ODD = ["", " ", "\n\t", "😀" * 30, "\x00\x01\x7f", "\ud800 alone \udfff", "好" * 5000, "a\u0301\u200b", "the soup", "ﷺ"]


@pytest.fixture(scope="module")
def runner(written):
    with open_predictor(read_bundle(written), workers=2) as opened:
        yield opened


def of_torch(model, texts):
    """The model's own logits, one text at a time."""
    from luodi.data.text import encodable

    rows = []
    for text in texts:
        ids = model.tokenizer.encode(encodable(text)).ids
        ids = ids[: model.max_tokens - 1] + ids[-1:] if len(ids) > model.max_tokens else ids
        padded, mask = pad([np.array(ids, np.int32)], pad_id=model.pad_id)
        with torch.no_grad():
            rows.append(model.network(torch.from_numpy(padded), torch.from_numpy(mask))["0"][0].numpy())
    return np.stack(rows)


def test_logits_are_the_models_own(runner, tiny_model, toy_data):
    texts = [*toy_data.texts[:40], *ODD]
    np.testing.assert_allclose(runner.logits(texts)["情感"], of_torch(tiny_model, texts), atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=12))
def test_an_answer_does_not_depend_on_its_company(runner, texts):
    together = runner.logits(texts)["情感"]
    alone = np.concatenate([runner.logits([text])["情感"] for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_alone_it_answers_the_same_with_one_worker(runner, toy_data):
    alone = runner.alone()
    assert (alone.workers, runner.workers) == (1, 2)
    np.testing.assert_array_equal(alone.logits(toy_data.texts)["情感"], runner.logits(toy_data.texts)["情感"])
    alone.close()
    assert runner.predict(["好"])


def test_order_is_kept_over_windows(runner, toy_data):
    texts = [*toy_data.texts, *ODD] * 3
    whole = [one.probability for one in runner.predict(texts)]
    streamed = [one.probability for one in runner.stream(iter(texts), window=7)]
    np.testing.assert_allclose(streamed, whole, atol=1e-5)


def test_a_stream_takes_no_more_than_a_window_ahead(runner):
    taken = []
    answers = runner.stream((taken.append(row) or f"row {row}" for row in range(1000)), window=10)
    for n in range(1, 51):
        next(answers)
        assert len(taken) <= 10 * ((n - 1) // 10 + 2)


def test_a_window_is_computed_while_the_one_before_is_with_the_caller(runner, monkeypatch):
    """The second window has begun when the caller holds the first answer, and he is not needed for it to end."""
    begun = [threading.Event() for _ in range(3)]
    asked = runner._asked
    order = iter(begun)

    def watched(encoded):
        next(order).set()
        return asked(encoded)

    monkeypatch.setattr(runner, "_asked", watched)
    answers = runner.stream(["好"] * 30, window=10)
    next(answers)
    assert begun[1].wait(timeout=30)
    assert not begun[2].is_set()
    assert len(list(answers)) == 29


def test_a_stream_that_nobody_reads_to_its_end_lets_go(runner):
    answers = runner.stream((f"row {row}" for row in range(100)), window=10)
    next(answers)
    answers.close()
    assert runner.predict(["好"])


def test_what_is_no_text_is_said_in_a_later_window_too(runner):
    with pytest.raises(DataError):
        list(runner.stream(["好"] * 15 + [None], window=5))


@pytest.fixture(scope="module")
def int8_runner(wide_onnx, files, contents, tmp_path_factory):
    raw = write_form(wide_onnx, FORMS["int8"])
    folder = tmp_path_factory.mktemp("int8")
    with Draft(folder) as draft:
        for name, content in {**files, "model.onnx": raw}.items():
            draft.add(name, content)
        draft.seal(contents(tiers=[Tier(precision="int8")]))
        draft.publish(folder / "b.luodi")
    with open_predictor(read_bundle(folder / "b.luodi"), workers=2) as opened:
        yield opened


#: How far int8 logits of one text may lie apart in two batches: a number on the edge between two steps falls on either
#: side when sums are taken in another order. Where two labels lie no further apart than that, they are a tie.
TIE = 0.02


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=80), min_size=1, max_size=12))
def test_in_int8_no_label_turns_with_the_company(int8_runner, texts):
    together = int8_runner.logits(texts)["情感"]
    alone = np.concatenate([int8_runner.logits([text])["情感"] for text in texts])
    np.testing.assert_allclose(together, alone, atol=TIE)
    turned = together.argmax(axis=1) != alone.argmax(axis=1)
    assert (np.abs(np.diff(alone, axis=1))[turned] <= 2 * TIE).all()


def test_temperature_of_the_bundle_is_applied(runner, toy_data):
    logits = runner.logits(toy_data.texts[:5])["情感"] / 1.5
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    answered = np.stack([one.answers["情感"].probabilities for one in runner.predict(toy_data.texts[:5])])
    np.testing.assert_allclose(answered, expected, atol=1e-6)


def test_nothing_asked_nothing_answered(runner):
    assert runner.predict([]) == []
    assert runner.logits([])["情感"].shape == (0, 2)


def test_several_threads_may_ask_at_once(runner, toy_data):
    want = runner.logits(toy_data.texts)["情感"]
    with ThreadPoolExecutor(4) as pool:
        for got in pool.map(lambda _: runner.logits(toy_data.texts)["情感"], range(8)):
            np.testing.assert_allclose(got, want, atol=1e-5)


@pytest.mark.parametrize("texts", ["one text", ["good", None], [float("nan")], [b"bytes"]])
def test_what_is_no_text_is_said(runner, texts):
    with pytest.raises(DataError):
        runner.predict(texts)


def test_a_model_of_another_task_is_refused(forged):
    bundle = read_bundle(forged(task=[{"use": "classify", "name": "情感", "labels": ["a", "b", "c"]}]))
    with pytest.raises(BundleError, match="does not belong"):
        open_predictor(bundle)


def test_a_file_changed_after_reading_is_refused(copied):
    bundle = read_bundle(copied)
    raw = bytearray((copied / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (copied / "model.onnx").write_bytes(raw)
    with pytest.raises(BundleError, match="was changed since"):
        open_predictor(bundle)


def test_serving_loads_neither_torch_nor_transformers(written, tmp_path):
    shutil.copytree(written, tmp_path / "b.luodi")
    program = """
        import sys
        from luodi.bundle import open_predictor, read_bundle
        assert not {"onnxruntime", "tokenizers", "torch", "onnx"} & set(sys.modules), "the face is not lazy"
        with open_predictor(read_bundle(sys.argv[1])) as runner:
            assert runner.predict(["很好"])[0].label in ("正面", "负面")
        assert not {"torch", "transformers", "onnx", "sklearn"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-W", "error", "-c", textwrap.dedent(program), tmp_path / "b.luodi"], check=True)

"""The batcher answers each text as if it had been asked alone; what is too much, too late or left is dropped."""

import asyncio
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import luodi
from luodi.bundle import open_predictor, read_bundle
from luodi.data.pair import pair
from luodi.errors import BundleError, DataError, LuodiError

TEXTS = ["物流很快", "the soup was cold", "", " ", "😀" * 30, "好" * 500, "\x00\x01", "\ud800 alone", "a b c d e f g"]


def same(one, other):
    """Tell whether two predictions say the same: labels equal, probabilities to 1e-5."""
    assert (one.tier, one.abstained, list(one.answers)) == (other.tier, other.abstained, list(other.answers))
    for head, answer in one.answers.items():
        assert answer.label == other.answers[head].label
        np.testing.assert_allclose(answer.probabilities, other.answers[head].probabilities, atol=1e-5)
    return True


def near(one, other):
    """Tell whether two JSON values are the same, numbers to 1e-5."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    return one == pytest.approx(other, abs=1e-5) if isinstance(one, float) else one == other


@pytest.fixture(scope="module")
def opened(bundle, open_batcher):
    """A runner of each shape, and a batcher on it."""
    with open_predictor(read_bundle(bundle), workers=1) as runner:
        batcher = open_batcher(runner, max_tokens=64, max_wait_ms=5)
        yield runner, batcher
        batcher.close()


@settings(max_examples=15)
@given(st.lists(st.text(st.characters(), max_size=60), min_size=1, max_size=12), st.data())
def test_company_changes_no_answer(opened, texts, data):
    runner, batcher = opened
    if runner.bundle.task.paired:
        texts = [pair(text, other) for text, other in zip(texts, reversed(texts), strict=True)]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(texts)), max_size=4)))
    calls = [texts[a:b] for a, b in zip([0, *cuts], [*cuts, len(texts)], strict=True)]

    async def ask():
        return await asyncio.gather(*map(batcher.ask, calls))

    alone = [runner.predict([text])[0] for text in texts]
    together = [answer for answers in asyncio.run(ask()) for answer in answers]
    assert all(map(same, alone, together))
    assert len(alone) == len(together)


def test_a_cascade_answers_by_both_tiers(cascade):
    """Or the property above would not see a cascade at work."""
    assert {answer.tier for answer in luodi.load(cascade)(TEXTS)} == {"fast", "model"}


def test_it_answers_as_python_and_the_command_line_do(bundle, open_batcher):
    predict = luodi.load(bundle, workers=1)
    with open_predictor(read_bundle(bundle), workers=1) as runner:
        texts = ["物流很快", "the soup was cold", "味道太慢", "ok"]
        words = texts
        if runner.bundle.task.paired:
            texts = [pair(*texts[:2]), pair(*texts[2:])]
        batcher = open_batcher(runner)
        through = asyncio.run(batcher.ask(texts))
        batcher.close()
    assert all(map(same, predict(texts), through))
    ended = subprocess.run(
        [sys.executable, "-m", "luodi", "predict", bundle, *words, "--json"], capture_output=True, text=True,
        encoding="utf-8", check=True,
    )  # fmt: skip
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    for row, answer in zip(said, through, strict=True):
        row.pop("text")
        assert near(row, answer.to_json())


def test_a_long_call_is_answered_in_order(runner, open_batcher):
    texts = [f"{'很' * (n % 50)} {n}" for n in range(700)]
    batcher = open_batcher(runner)
    answers = asyncio.run(batcher.ask(texts))
    batcher.close()
    assert all(map(same, runner.predict(texts), answers))
    assert len(answers) == 700


def test_what_is_no_text_fails_alone(runner, open_batcher):
    batcher = open_batcher(runner)
    answers = asyncio.run(batcher.ask(["物流很快", 3, None, "太慢"]))
    batcher.close()
    assert [type(one) for one in answers[1:3]] == [DataError, DataError]
    assert all(map(same, runner.predict(["物流很快", "太慢"]), answers[::3]))


def test_a_text_that_the_engine_cannot_answer_fails_alone(runner, open_batcher, watched):
    poison = runner.split(["the driver"]).ids[0].tolist()

    class Poisoned(watched):
        def answer(self, encoded):
            self.batches.append(encoded.n)
            if any(ids.tolist() == poison for ids in encoded.ids):
                raise RuntimeError("/secret/path")
            return self.runner.answer(encoded)

    texts = ["the soup", "the room", "物流", "包装很", "was cold", "喜欢", "was", "cold great"] * 3
    poisoned = [3, 11, 12]
    for row in poisoned:
        texts[row] = "the driver"
    engine = Poisoned(runner)
    batcher = open_batcher(engine)

    async def ask():
        return await asyncio.gather(*(batcher.ask([text]) for text in texts), batcher.ask(texts))

    *lone, together = asyncio.run(ask())
    batcher.close()
    assert max(engine.batches) > 8, "it was never among others"
    for answers in (together, [one for (one,) in lone]):
        assert [row for row, one in enumerate(answers) if isinstance(one, LuodiError)] == poisoned
        assert "secret" not in str(answers[3])
        others = [row for row in range(len(texts)) if row not in poisoned]
        assert all(same(runner.predict([texts[row]])[0], answers[row]) for row in others)


def test_an_error_of_the_engine_keeps_its_class(runner, open_batcher, watched):
    class Refusing(watched):
        def answer(self, encoded):
            raise BundleError("no")

    batcher = open_batcher(Refusing(runner))
    assert [type(one) for one in asyncio.run(batcher.ask(["a", "b"]))] == [BundleError, BundleError]
    batcher.close()

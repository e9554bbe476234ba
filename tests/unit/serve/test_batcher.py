"""The batcher answers each text as if it had been asked alone; what is too much, too late or left is dropped."""

import asyncio
import json
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import luodi
from luodi.bundle import open_predictor, read_bundle
from luodi.data.pair import pair
from luodi.errors import BundleError, DataError, LuodiError, Overloaded, TooSlow
from luodi.serve import Batcher, Departed, Plan

TEXTS = ["物流很快", "the soup was cold", "", " ", "😀" * 30, "好" * 500, "\x00\x01", "\ud800 alone", "a b c d e f g"]


@pytest.fixture(scope="module")
def runner(one_head):
    with open_predictor(read_bundle(one_head), workers=1) as opened:
        yield opened


def open_batcher(runner, **plan):
    return Batcher(runner, plan=Plan(**{"workers": 2, **plan}))


class Held:
    """A runner that computes a batch only when it is let go: ``release``; ``started`` tells that one is held."""

    def __init__(self, runner):
        self.runner, self.batches = runner, []
        self.started, self.release = threading.Semaphore(0), threading.Semaphore(0)

    def alone(self):
        return self

    def close(self):
        self.runner = None

    def split(self, texts):
        return self.runner.split(texts)

    def answer(self, encoded):
        self.batches.append([len(ids) for ids in encoded.ids])
        self.started.release()
        assert self.release.acquire(timeout=60)
        return self.runner.answer(encoded)


@pytest.fixture
def held(runner):
    one = Held(runner)
    yield one
    one.release.release(10_000)


async def until(semaphore):
    assert await asyncio.to_thread(semaphore.acquire, timeout=60)


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
def opened(bundle):
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


def test_it_answers_as_python_and_the_command_line_do(bundle):
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


def test_a_long_call_is_answered_in_order(runner):
    texts = [f"{'很' * (n % 50)} {n}" for n in range(700)]
    batcher = open_batcher(runner)
    answers = asyncio.run(batcher.ask(texts))
    batcher.close()
    assert all(map(same, runner.predict(texts), answers))
    assert len(answers) == 700


def test_what_is_no_text_fails_alone(runner):
    batcher = open_batcher(runner)
    answers = asyncio.run(batcher.ask(["物流很快", 3, None, "太慢"]))
    batcher.close()
    assert [type(one) for one in answers[1:3]] == [DataError, DataError]
    assert all(map(same, runner.predict(["物流很快", "太慢"]), answers[::3]))


def test_a_text_that_the_engine_cannot_answer_fails_alone(runner):
    class Poisoned(Held):
        def answer(self, encoded):
            if any(len(ids) == 9 for ids in encoded.ids):
                raise RuntimeError("/secret/path")
            return self.runner.answer(encoded)

    texts = ["a b c d e f g" if n in (3, 11) else "the soup" for n in range(20)]
    texts = [text + " " * n for n, text in enumerate(texts)]
    poisoned = [row for row, ids in enumerate(runner.split(texts).ids) if len(ids) == 9]
    assert poisoned == [3, 11]
    batcher = open_batcher(Poisoned(runner))

    async def ask():
        return await asyncio.gather(*(batcher.ask([text]) for text in texts), batcher.ask(texts))

    *lone, together = asyncio.run(ask())
    batcher.close()
    for answers in (together, [one for (one,) in lone]):
        errors = [row for row, one in enumerate(answers) if isinstance(one, LuodiError)]
        assert errors == poisoned
        assert "secret" not in str(answers[3])
        assert all(same(runner.predict([texts[row]])[0], answers[row]) for row in range(20) if row not in poisoned)


def test_an_error_of_the_engine_keeps_its_class(runner):
    class Refusing(Held):
        def answer(self, encoded):
            raise BundleError("no")

    batcher = open_batcher(Refusing(runner))
    assert [type(one) for one in asyncio.run(batcher.ask(["a", "b"]))] == [BundleError, BundleError]
    batcher.close()


def test_a_lone_text_waits_for_nobody(runner):
    """With nothing computed, even an hour of patience is not used."""
    batcher = open_batcher(runner, max_wait_ms=3_600_000)
    assert len(asyncio.run(batcher.ask(["好"]))) == 1
    batcher.close()


def test_texts_of_several_calls_go_together_by_length(held):
    batcher = open_batcher(held, workers=1, max_tokens=64)
    short, long = "the soup", "a b c d e f g h i j k l m n o p q r s t u v w x y z"

    async def ask():
        first = asyncio.ensure_future(batcher.ask(["x"]))
        await until(held.started)
        calls = [asyncio.ensure_future(batcher.ask([text])) for text in [short, long] * 4]
        while batcher.depth().n_texts < 8:
            await asyncio.sleep(0)
        held.release.release(100)
        await asyncio.gather(first, *calls)

    asyncio.run(ask())
    batcher.close()
    assert len(held.batches[1]) == 4
    assert all(max(batch) - min(batch) <= 4 for batch in held.batches)
    assert sum(map(len, held.batches)) == 9


def test_a_long_call_does_not_hold_up_a_short_one(held):
    """Each call gets its share, whoever came first and however much it brought; and the long one ends too."""
    batcher = open_batcher(held, workers=1, max_tokens=32)
    n_tokens = len(held.split(["a b c d e f g"]).ids[0])

    async def ask():
        long = asyncio.ensure_future(batcher.ask(["the soup was cold"] * 64))
        await until(held.started)
        short = asyncio.ensure_future(batcher.ask(["a b c d e f g"]))
        while batcher.depth().n_texts < 64 - len(held.batches[0]) + 1:
            await asyncio.sleep(0)
        held.release.release(1000)
        await asyncio.gather(long, short)

    asyncio.run(ask())
    batcher.close()
    taken = next(n for n, batch in enumerate(held.batches) if n_tokens in batch)
    assert taken <= 3 < 12 < len(held.batches)


def test_no_length_waits_for_ever(held):
    """Short texts keep coming; a long one among them is still taken when its turn has come."""
    batcher = open_batcher(held, workers=1, max_tokens=32)

    async def ask():
        calls = [asyncio.ensure_future(batcher.ask(["x"]))]
        await until(held.started)
        calls.append(asyncio.ensure_future(batcher.ask(["a b c d e f g h i j k l m n o p"])))
        for _ in range(30):
            calls += [asyncio.ensure_future(batcher.ask(["the soup"])) for _ in range(4)]
            await asyncio.sleep(0)
            held.release.release()
            await until(held.started)
            if any(len(batch) == 1 and batch[0] > 12 for batch in held.batches):
                break
        held.release.release(1000)
        await asyncio.gather(*calls)
        return len(held.batches)

    asyncio.run(ask())
    batcher.close()
    taken = next(n for n, batch in enumerate(held.batches) if batch[0] > 12)
    assert taken <= 3


def test_a_full_queue_says_so_at_once(held):
    batcher = open_batcher(held, workers=1, queue_tokens=100)

    async def ask():
        first = asyncio.ensure_future(batcher.ask(["x"]))
        await until(held.started)
        calls = [asyncio.ensure_future(batcher.ask(["the soup was cold"])) for _ in range(40)]
        await asyncio.sleep(0)
        while sum(call.done() for call in calls) + batcher.depth().n_texts < 40:
            await asyncio.sleep(0)
        depth = batcher.depth()
        held.release.release(1000)
        return depth, await asyncio.gather(*calls, return_exceptions=True), await first

    depth, answers, _ = asyncio.run(ask())
    batcher.close()
    refused = [one for one in answers if isinstance(one, Overloaded)]
    assert len(refused) == 40 - depth.n_texts > 0
    assert 0 < depth.n_tokens <= 130
    assert all(one.retry_after_s > 0 for one in refused)


def test_a_queue_that_would_take_too_long_is_full(held):
    """By what was measured: at a second a token, a queue of half a second holds nothing."""
    batcher = open_batcher(held, workers=1, queue_s=0.5)
    batcher._pace.note(10, 10.0)

    async def ask():
        first = asyncio.ensure_future(batcher.ask(["x"]))
        await until(held.started)
        second = asyncio.ensure_future(batcher.ask(["x"]))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded) as refused:
            await batcher.ask(["x"])
        held.release.release(1000)
        await asyncio.gather(first, second)
        return refused.value

    refused = asyncio.run(ask())
    batcher.close()
    assert refused.retry_after_s > 0.5


def test_a_call_larger_than_the_queue_is_taken_where_nobody_waits(runner):
    batcher = open_batcher(runner, queue_tokens=10)
    assert len(asyncio.run(batcher.ask(["the soup was cold"] * 200))) == 200
    batcher.close()


def test_a_client_that_left_costs_nothing(held):
    batcher = open_batcher(held, workers=1)
    has_left = False

    async def ask():
        nonlocal has_left
        first = asyncio.ensure_future(batcher.ask(["x"]))
        await until(held.started)
        second = asyncio.ensure_future(batcher.ask(["the soup"], gone=lambda: has_left))
        cancelled = asyncio.ensure_future(batcher.ask(["the room"]))
        while batcher.depth().n_texts < 2:
            await asyncio.sleep(0)
        has_left = True
        cancelled.cancel()
        held.release.release(1000)
        with pytest.raises(Departed):
            await second
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        await first
        return await batcher.ask(["x"])

    assert len(asyncio.run(ask())) == 1
    batcher.close()
    assert len(held.batches) == 2


def test_past_its_deadline_a_text_costs_nothing(held):
    batcher = open_batcher(held, workers=1)

    async def ask():
        first = asyncio.ensure_future(batcher.ask(["x"]))
        await until(held.started)
        with pytest.raises(TooSlow):
            await batcher.ask(["the soup"], deadline=time.monotonic() + 0.01)
        with pytest.raises(TooSlow):
            await batcher.ask(["the soup"], deadline=time.monotonic() - 1)
        held.release.release(1000)
        await first
        return await batcher.ask(["x"], deadline=time.monotonic() + 600)

    assert len(asyncio.run(ask())) == 1
    batcher.close()
    assert len(held.batches) == 2


def test_draining_answers_what_was_taken_and_takes_no_more(held):
    batcher = open_batcher(held, workers=1)

    async def ask():
        calls = [asyncio.ensure_future(batcher.ask([text])) for text in ("x", "the soup", "a b c")]
        await until(held.started)
        drained = asyncio.ensure_future(batcher.drain())
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await batcher.ask(["y"])
        assert not drained.done()
        held.release.release(1000)
        await drained
        return await asyncio.gather(*calls)

    assert [len(answers) for answers in asyncio.run(ask())] == [1, 1, 1]
    batcher.close()
    batcher.close()


def test_each_batch_is_told(runner):
    batcher, told = open_batcher(runner), []
    batcher.on_batch = lambda *figures: told.append(figures)
    asyncio.run(batcher.ask(["the soup was cold", "物流很快"]))
    batcher.close()
    assert sum(n_texts for n_texts, *_ in told) == 2
    assert all(n_tokens > 0 and seconds > 0 and queued_s >= 0 for _, n_tokens, seconds, queued_s in told)
    assert batcher.depth() == type(batcher.depth())(0, 0, 0)


def test_a_loop_that_ended_harms_nobody(held):
    """Whoever asked is gone with its loop; the next one is answered."""
    batcher = open_batcher(held, workers=1)

    async def ask_and_leave():
        asyncio.ensure_future(batcher.ask(["x"]))  # noqa: RUF006
        await until(held.started)

    asyncio.run(ask_and_leave())
    held.release.release(1000)
    assert len(asyncio.run(batcher.ask(["y"]))) == 1
    batcher.close()

"""Who waits, in what order and how long: what is too much, too late or left is dropped before it costs anything."""

import asyncio
import time

import pytest

from luodi.errors import Overloaded, TooSlow
from luodi.serve import Departed


async def until(semaphore):
    assert await asyncio.to_thread(semaphore.acquire, timeout=60)


def test_a_lone_text_waits_for_nobody(runner, open_batcher):
    """With nothing computed, even an hour of patience is not used."""
    batcher = open_batcher(runner, max_wait_ms=3_600_000)
    assert len(asyncio.run(batcher.ask(["好"]))) == 1
    batcher.close()


def test_texts_of_several_calls_go_together_by_length(held, open_batcher):
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


def test_a_long_call_does_not_hold_up_a_short_one(held, open_batcher):
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


def test_no_length_waits_for_ever(held, open_batcher):
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
    assert taken <= 6  # as many tokens pass it as it brings itself


def test_calls_of_like_size_are_answered_one_after_the_other(held, open_batcher):
    """Not a piece of each in turn, which would make all of them late."""
    batcher = open_batcher(held, workers=1, max_tokens=32)
    done = []

    async def ask():
        async def one(name):
            await batcher.ask([f"the soup was cold {name}"] * 4)
            done.append(name)

        first = asyncio.ensure_future(batcher.ask(["x"]))
        await until(held.started)
        calls = []
        for name in range(6):
            calls.append(asyncio.ensure_future(one(name)))
            while batcher.depth().n_texts < 4 * len(calls):
                await asyncio.sleep(0)
        while not done:
            held.release.release()
            await until(held.started)
        n_batches = len(held.batches)
        held.release.release(1000)
        await asyncio.gather(first, *calls)
        return n_batches

    n_batches = asyncio.run(ask())
    batcher.close()
    assert done == sorted(done)
    assert n_batches <= 4 < len(held.batches)


def test_a_full_queue_says_so_at_once(held, open_batcher):
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


def test_a_queue_that_would_take_too_long_is_full(held, open_batcher):
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


def test_a_call_larger_than_the_queue_is_taken_where_nobody_waits(runner, open_batcher):
    batcher = open_batcher(runner, queue_tokens=10)
    assert len(asyncio.run(batcher.ask(["the soup was cold"] * 200))) == 200
    batcher.close()


def test_a_client_that_left_costs_nothing(held, open_batcher):
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
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        held.release.release(1000)
        with pytest.raises(Departed):
            await second
        await first
        return await batcher.ask(["x"])

    assert len(asyncio.run(ask())) == 1
    batcher.close()
    assert len(held.batches) == 2


def test_a_long_call_whose_client_left_before_it_was_split_ends(runner, open_batcher):
    batcher = open_batcher(runner)
    with pytest.raises(Departed):
        asyncio.run(batcher.ask(["the soup was cold"] * 1000, gone=lambda: True))
    assert len(asyncio.run(batcher.ask(["x"]))) == 1
    batcher.close()


def test_what_callers_hand_in_stops_no_worker(runner, open_batcher):
    def fail(*_):
        raise RuntimeError("no")

    batcher = open_batcher(runner, workers=1)
    batcher.on_batch = fail
    for _ in range(3):
        assert len(asyncio.run(batcher.ask(["x"], gone=fail))) == 1
    batcher.close()


def test_what_cannot_be_answered_before_its_deadline_is_refused_at_once(held, open_batcher):
    batcher = open_batcher(held, workers=1, queue_s=3600)
    batcher._pace.note(1, 60.0)

    async def ask():
        calls = [asyncio.ensure_future(batcher.ask(["x"]))]
        await until(held.started)
        calls.append(asyncio.ensure_future(batcher.ask(["x"])))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await batcher.ask(["x"], deadline=time.monotonic() + 60)
        held.release.release(1000)
        await asyncio.gather(*calls)

    asyncio.run(ask())
    batcher.close()


def test_past_its_deadline_a_text_costs_nothing(held, open_batcher):
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


def test_draining_answers_what_was_taken_and_takes_no_more(held, open_batcher):
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


def test_each_batch_is_told(runner, open_batcher):
    batcher, told = open_batcher(runner), []
    batcher.on_batch = lambda *figures: told.append(figures)
    asyncio.run(batcher.ask(["the soup was cold", "物流很快"]))
    batcher.close()
    assert sum(n_texts for n_texts, *_ in told) == 2
    assert all(n_tokens > 0 and seconds > 0 and queued_s >= 0 for _, n_tokens, seconds, queued_s in told)
    assert batcher.depth() == type(batcher.depth())(0, 0, 0)


def test_a_loop_that_ended_harms_nobody(held, open_batcher):
    """Whoever asked is gone with its loop; the next one is answered."""
    batcher = open_batcher(held, workers=1)

    async def ask_and_leave():
        asyncio.ensure_future(batcher.ask(["x"]))  # noqa: RUF006
        await until(held.started)

    asyncio.run(ask_and_leave())
    held.release.release(1000)
    assert len(asyncio.run(batcher.ask(["y"]))) == 1
    batcher.close()

"""Bundles side by side, and one put in another's place while both are asked."""

import asyncio
import shutil
import threading
import time

import pytest

import luodi
from luodi.data.pair import pair
from luodi.errors import BundleError, DataError, Overloaded, RecipeError
from luodi.serve import Fleet, Plan

TEXT = "物流很快，包装很好"


@pytest.fixture
def fleet():
    opened = Fleet(Plan(workers=2))
    yield opened
    opened.close()


def test_each_bundle_answers_under_its_name(fleet, one_head, several_heads, pairs):
    one, several, two = fleet.open(one_head), fleet.open(several_heads, "other"), fleet.open(pairs)
    assert fleet.names() == ("tiny", "other", "pairs")
    assert fleet.get("other") is several
    assert one.warm
    assert (one.path, one.name) == (one_head, "tiny")
    assert len({one.fingerprint, several.fingerprint, two.fingerprint}) == 3
    assert [*asyncio.run(several.ask([TEXT]))[0].answers] == ["情感", "方面", "名称"]
    assert asyncio.run(two.ask([pair("a", "b")]))[0].label in ("不", "是")


def test_the_only_one_is_asked_without_a_name(fleet, one_head, several_heads):
    assert fleet.default() is None
    one = fleet.open(one_head)
    assert fleet.default() is one
    fleet.open(several_heads)
    assert fleet.default() is None


def test_a_name_that_is_not_there(fleet, one_head):
    fleet.open(one_head, "reviews")
    with pytest.raises(DataError, match="did you mean 'reviews'"):
        fleet.get("review")
    with pytest.raises(DataError):
        fleet.replace("other", one_head)


def test_a_name_that_is_taken(fleet, one_head, another):
    fleet.open(one_head)
    with pytest.raises(RecipeError, match="tiny"):
        fleet.open(another)
    assert fleet.names() == ("tiny",)


def test_a_fingerprint_is_of_what_is_inside(fleet, one_head, another, tmp_path):
    copied = shutil.copytree(one_head, tmp_path / "copy.luodi")
    assert fleet.open(one_head, "a").fingerprint == fleet.open(copied, "b").fingerprint
    assert fleet.open(another, "c").fingerprint != fleet.get("a").fingerprint


def test_a_damaged_one_leaves_the_old_one_answering(fleet, one_head, another, tmp_path):
    before = fleet.open(one_head)
    damaged = shutil.copytree(another, tmp_path / "damaged.luodi")
    raw = bytearray((damaged / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (damaged / "model.onnx").write_bytes(raw)
    for path in (damaged, tmp_path / "nothing.luodi"):
        with pytest.raises(BundleError):
            fleet.replace("tiny", path)
    assert fleet.get("tiny") is before
    assert len(asyncio.run(before.ask([TEXT]))) == 1


def test_one_that_fails_while_it_is_warmed_leaves_the_old_one_answering(fleet, one_head, another, monkeypatch):
    from luodi.bundle import Runner

    before = fleet.open(one_head)
    n = threading.active_count()

    def fail(*_):
        raise BundleError("no")

    with monkeypatch.context() as broken:
        broken.setattr(Runner, "answer", fail)
        with pytest.raises(BundleError, match="no"):
            fleet.replace("tiny", another)
    assert fleet.get("tiny") is before
    assert threading.active_count() == n, "the failed one left threads behind"
    assert len(asyncio.run(before.ask([TEXT]))) == 1


def test_replaced_twenty_times_while_it_is_asked_no_call_fails(fleet, one_head, another):
    """Every answer is that of one of the two bundles, and of that one whose name it bears."""
    probabilities = {}
    for path in (one_head, another):
        probabilities[fleet.open(path, path.parent.name).fingerprint] = luodi.load(path)([TEXT])[0].probability
    fleet.open(one_head)
    asked, is_over = [], False

    async def keep_asking():
        while not is_over:
            with fleet.lend("tiny") as served:
                if len(asked) % 3 == 0:
                    await asyncio.sleep(0)  # as a handler may do that reads a body meanwhile
                (answer,) = await served.ask([TEXT])
            asked.append((served.fingerprint, answer.probability))

    async def hammer():
        nonlocal is_over
        callers = [asyncio.ensure_future(keep_asking()) for _ in range(8)]
        for n in range(20):
            before = len(asked)
            await asyncio.to_thread(fleet.replace, "tiny", (another, one_head)[n % 2])
            while len(asked) < before + 10:
                await asyncio.sleep(0)
        is_over = True
        await asyncio.gather(*callers)

    asyncio.run(hammer())
    assert len(asked) >= 200
    assert {fingerprint for fingerprint, _ in asked} == set(probabilities)
    assert all(probability == pytest.approx(probabilities[name], abs=1e-5) for name, probability in asked)


def test_the_old_one_is_closed_once_it_is_let_go(fleet, one_head, another):
    old = fleet.open(one_head)
    with fleet.lend("tiny") as held:
        assert held is old
        new = fleet.replace("tiny", another)
        (leaving,) = fleet._leaving
        answers = asyncio.run(held.ask([TEXT]))
        assert leaving.is_alive()
        assert not old.batcher.is_draining
    leaving.join(timeout=60)
    assert not leaving.is_alive()
    assert (old.warm, new.warm) == (False, True)
    assert answers[0].probability != asyncio.run(new.ask([TEXT]))[0].probability
    # who kept it without lending it is answered by its successor
    assert asyncio.run(old.ask([TEXT]))[0].probability == asyncio.run(new.ask([TEXT]))[0].probability


def test_a_closed_fleet_takes_no_calls(one_head):
    fleet = Fleet(Plan(workers=1))
    served = fleet.open(one_head)
    fleet.close()
    fleet.close()
    with pytest.raises(Overloaded):
        asyncio.run(served.ask([TEXT]))


def test_batches_are_told_with_the_name(fleet, one_head, another):
    told = []
    fleet.on_batch = lambda name, n_texts, *_: told.append((name, n_texts))
    fleet.open(one_head, "a")
    asyncio.run(fleet.get("a").ask([TEXT]))
    asyncio.run(fleet.replace("a", another).ask([TEXT]))
    assert told == [("a", 1), ("a", 1)]


def test_all_bundles_share_the_cores(one_head, several_heads):
    """With one worker, a batch of one bundle waits for that of the other."""
    fleet = Fleet(Plan(workers=1))
    beside, at_once = [0], []
    counting = threading.Lock()

    def counted(answer):
        def one(encoded):
            with counting:
                beside[0] += 1
                at_once.append(beside[0])
            try:
                time.sleep(0.005)
                return answer(encoded)
            finally:
                with counting:
                    beside[0] -= 1

        return one

    served = [fleet.open(one_head, "a"), fleet.open(several_heads, "b")]
    for one in served:
        one.batcher._runner.answer = counted(one.batcher._runner.answer)

    async def ask():
        for _ in range(5):
            await asyncio.gather(*(one.ask([TEXT]) for one in served))

    asyncio.run(ask())
    fleet.close()
    assert len(at_once) == 10
    assert set(at_once) == {1}

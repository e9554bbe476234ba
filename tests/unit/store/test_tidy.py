"""The oldest go first, a few at a time; what a person corrected stays longest."""

import threading
import time

import pytest

from luodi.store import Correction, Retention, Tidied, Wanted, open_store
from luodi.store.tidier import Tidier
from luodi.store.tidy import tidy, used_bytes

DAY = 86_400.0
NOW = time.time()


def ids(store):
    return sorted(one.answered.id for one in store.look(Wanted(limit=10_000)))


def correct(store, *names):
    for name in names:
        store.correct(Correction(name, NOW, "情感", "负面", "me")).result()


def used(store):
    with store.reading() as connection:
        return used_bytes(connection)


@pytest.fixture
def aged(store, answer):
    """Answers of 1 to 6 days of age; those of 2 and 5 days are corrected, the latter twice."""
    store.keep([answer(n, at=NOW - n * DAY) for n in range(1, 7)]).result()
    correct(store, "r-2", "r-5", "r-5")
    return store


def test_answers_go_by_their_age_and_corrected_ones_stay(aged):
    before = used(aged)
    gone = aged.tidy(Retention(days=3.5))
    assert gone == Tidied(2, 0, before - used(aged))
    assert gone.bytes > 0
    assert ids(aged) == ["r-1", "r-2", "r-3", "r-5"]
    assert len(aged.one("r-5").corrections) == 2
    assert aged.tidy(Retention(days=3.5)) == Tidied()


def test_corrected_ones_go_with_what_was_said_of_them_where_that_is_asked_for(aged):
    gone = aged.tidy(Retention(days=3.5, corrected_days=4.5))
    assert (gone.n, gone.n_corrections) == (3, 2)
    assert ids(aged) == ["r-1", "r-2", "r-3"]
    assert aged.one("r-5") is None


def test_the_oldest_go_until_the_others_fit_and_corrected_ones_last(store, answer):
    """A correction is counted with its answer."""
    store.keep([answer(n, at=NOW - n * DAY) for n in range(1, 7)]).result()
    one = used(store) // 6
    correct(store, "r-2", "r-5")
    said = (used(store) - 6 * one) // 2
    assert said > 0
    aged = store
    aged.tidy(Retention(bytes=4 * one + 2 * said))
    assert ids(aged) == ["r-1", "r-2", "r-3", "r-5"]
    aged.tidy(Retention(bytes=2 * one + 2 * said))
    assert ids(aged) == ["r-2", "r-5"]
    aged.tidy(Retention(bytes=one + said))
    assert ids(aged) == ["r-2"]
    aged.tidy(Retention(bytes=0))
    assert ids(aged) == []


def test_nothing_goes_that_nobody_asked_to_go(aged):
    assert aged.tidy() == aged.tidy(Retention()) == aged.tidy(Retention(bytes=10**9, days=100)) == Tidied()
    assert len(ids(aged)) == 6


def test_what_is_written_meanwhile_does_not_wait_for_all_of_it(store, answer):
    """Rows that come in while thousands are removed are written between the steps."""
    store.keep([answer(n, at=1.0) for n in range(5_000)]).result()
    order = []

    def write(act):
        order.append("step")
        done = store.write(act)
        store.keep([answer(10_000 + len(order), at=NOW)]).add_done_callback(lambda _: order.append("kept"))
        return done

    tidy(Retention(days=1), write=write, used=lambda: 0, is_stopped=lambda: False)
    store.keep([]).result()
    assert order.count("step") >= 10
    assert "kept" in order[: order.index("step", 5)]
    assert len(ids(store)) == order.count("step")


def test_it_stops_between_two_steps(store, answer):
    store.keep([answer(n, at=1.0) for n in range(1_100)]).result()
    steps = iter([False, True, True, True])
    gone = tidy(Retention(days=1), write=store.write, used=lambda: 0, is_stopped=lambda: next(steps))
    assert gone.n == 500


def test_the_file_of_sqlite_shrinks_and_is_as_large_as_was_allowed(tmp_path, answer):
    place = tmp_path / "store.db"
    store = open_store(place)
    for start in range(0, 20_000, 1000):
        store.keep([answer(n, text="物流很快，包装完好。" * 5) for n in range(start, start + 1000)]).result()
    store.close()
    before, store = place.stat().st_size, open_store(place)
    estimated = used(store)
    assert estimated == pytest.approx(before, rel=0.35)
    store.tidy(Retention(bytes=estimated // 4))
    store.close()
    assert place.stat().st_size < before / 4 + 6 * 2**20
    assert place.stat().st_size < before * 0.6


def test_an_open_store_tidies_itself(url, answer):
    store = open_store(url)
    done = threading.Event()
    store.keep([answer(1, at=1.0), answer(2, at=NOW)]).result()
    tidier = Tidier(lambda: (store.tidy(Retention(days=1)), done.set()), every_s=0.01)
    assert done.wait(30)
    tidier.close()
    assert tidier.is_stopped()
    assert ids(store) == ["r-2"]
    store.close()


def test_a_store_with_a_retention_closes_at_once(url):
    before = set(threading.enumerate())
    store = open_store(url, retention=Retention(days=1))
    own = set(threading.enumerate()) - before
    assert any(one.name == "luodi-store-tidier" for one in own)
    store.close()
    assert not [one for one in own if one.is_alive()]

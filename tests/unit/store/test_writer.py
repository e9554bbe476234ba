"""Too much, a full disk, a server that dies: whoever waits is told, and the store goes on."""

import json
import os
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from luodi.errors import DataError, LuodiError, Overloaded
from luodi.language import speak
from luodi.store import Correction, KeyRing, Wanted, open_store, writer


@pytest.fixture
def held(store):
    """Keeps the writer busy; gives what lets it go on."""
    go, begun = threading.Event(), threading.Event()
    store.write(lambda _: (begun.set(), go.wait()))
    begun.wait()
    yield go
    go.set()


def test_too_much_is_refused_and_what_waits_is_written(store, held, answer, monkeypatch):
    monkeypatch.setattr(writer, "WAITING_ROWS", 10)
    kept = [store.keep([answer(n)]) for n in range(10)]
    assert store.waiting() == 10
    with pytest.raises(Overloaded, match="10 rows wait"):
        store.keep([answer(10)])
    with pytest.raises(Overloaded):
        store.correct(Correction("r-0", 1.0, "情感", "负面", ""))
    held.set()
    assert [one.result() for one in kept] == [None] * 10
    store.keep([answer(11)]).result()
    assert len(store.look(Wanted())) == 11
    assert store.waiting() == 0


def test_too_many_bytes_are_refused_and_one_large_text_is_not(store, held, answer, monkeypatch):
    monkeypatch.setattr(writer, "WAITING_BYTES", 10_000)
    large = store.keep([answer(0, text="字" * 50_000)])
    with pytest.raises(Overloaded):
        store.keep([answer(1)])
    held.set()
    large.result()
    store.keep([answer(1)]).result()
    assert len(store.look(Wanted())) == 2


def test_what_waits_together_is_one_transaction(store, held, answer):
    """A commit for each of 500 rows would be 500 times the disk's wait."""
    from sqlalchemy import event

    commits = []
    event.listen(store.database.writer, "commit", lambda _: commits.append(store.waiting()))
    kept = [store.keep([answer(n)]) for n in range(500)]
    held.set()
    for one in kept:
        one.result()
    assert len(commits) == 2  # of what held it, and of all the others


def test_a_future_is_done_when_others_see_the_row(url, store, answer):
    other, seen = open_store(url), []
    for n in range(20):
        done = threading.Event()
        store.keep([answer(n)]).add_done_callback(
            lambda _, n=n, done=done: (seen.append(other.one(f"r-{n}")), done.set())
        )
        done.wait()
    assert [one.answered.id for one in seen] == [f"r-{n}" for n in range(20)]
    other.close()


def test_one_that_was_called_off_is_not_written(store, held, answer):
    called_off, kept = store.keep([answer(0)]), store.keep([answer(1)])
    assert called_off.cancel()
    held.set()
    kept.result()
    assert store.one("r-0") is None


def test_an_error_speaks_the_language_of_whoever_asked(store):
    with speak("zh"):
        failed = store.correct(Correction("nobody", 1.0, "情感", "负面", "")).exception()
    assert isinstance(failed, DataError)
    assert "没有编号为" in failed.what


_FULL = """
    import json, resource, sys
    from luodi.errors import LuodiError
    from luodi.store import Answered, Wanted, open_store

    store = open_store(sys.argv[1])
    def keep(n, text):
        row = Answered(f"r{n}", 1.0 * n, "m", "b", "t", text, {}, 0.5, False, 0.1, 1, "r")
        try:
            store.keep([row]).result()
        except LuodiError as failed:
            return [failed.what, failed.found]
        return "kept"

    said = [keep(0, "small")]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    said += [keep(1, "x" * 2_000_000), keep(2, "x" * 2_000_000)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said += [keep(3, "x" * 2_000_000), keep(4, "small")]
    found = sorted(one.answered.id for one in store.look(Wanted()))
    store.close()
    again = open_store(sys.argv[1])
    print(json.dumps([said, found, sorted(one.answered.id for one in again.look(Wanted()))]))
    again.close()
"""


def run(script, *words):
    env = {**os.environ, "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, words)], env=env, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def test_a_full_disk_fails_what_does_not_fit_and_later_rows_are_kept(tmp_path):
    ended = run(_FULL, tmp_path / "store.db")
    assert ended.returncode == 0, ended.stderr
    said, found, after = json.loads(ended.stdout)
    assert [said[0], said[3], said[4]] == ["kept"] * 3
    assert all("disk is full" in what or "could not be written" in what for what, _ in said[1:3])
    assert str(tmp_path / "store.db") in said[1][0]
    assert found == after == ["r0", "r3", "r4"]


def test_a_server_that_is_killed_loses_nothing_and_doubles_nothing(mortal, answer):
    url = mortal.new()
    store = open_store(url)
    kept, stop = [], threading.Event()

    def ask():
        for n in range(100_000):
            if stop.is_set():
                return
            kept.append((n, store.keep([answer(n)])))
            time.sleep(0.001)

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(2):
        time.sleep(0.3)
        mortal.kill()
        mortal.start()
    time.sleep(0.3)
    stop.set()
    asking.join()
    lost = [n for n, one in kept if one.exception() is not None]
    found = [one.answered.id for one in store.look(Wanted(limit=200_000))]
    assert len(kept) > 100
    assert lost == []
    assert sorted(found) == sorted(f"r-{n}" for n, _ in kept)
    assert KeyRing(store).any() is False
    store.close()


def test_a_server_that_stays_away_is_told_and_one_that_is_back_is_used(mortal, answer, monkeypatch):
    monkeypatch.setattr(writer, "_PATIENCE_S", 0.5)
    store = open_store(mortal.new())
    store.keep([answer(0)]).result()
    mortal.kill()
    with pytest.raises(LuodiError, match="could not be written"):
        store.keep([answer(1)]).result()
    with pytest.raises(LuodiError, match="could not be read"):
        store.look(Wanted())
    mortal.start()
    store.keep([answer(2)]).result()
    assert [one.answered.id for one in store.look(Wanted())] == ["r-2", "r-0"]
    store.close()


_OTHER = """
    import sys, time
    from luodi.store import Answered, Correction, KeyRing, open_store

    store = open_store(sys.argv[1])
    for n in range(300):
        store.keep([Answered(f"{sys.argv[2]}-{n}", 1.0 * n, "m", "b", "t", "x" * 2000, {}, 0.5, False, 0.1, 1, "r")])
        if n % 20 == 0:
            store.keep([]).result()
            KeyRing(store).add(f"{sys.argv[2]}-{n}", frozenset({"predict"}))
            store.correct(Correction(f"{sys.argv[2]}-{n}", 1.0, "h", "l", "")).result()
    store.close()
"""


def test_several_processes_write_one_store_at_once(url):
    script = textwrap.dedent(_OTHER)
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(url), f"p{k}"], stderr=subprocess.PIPE) for k in range(3)
    ]
    for one in running:
        _, said = one.communicate()
        assert one.returncode == 0, said
    store = open_store(url)  # reads the file for damage
    assert len(store.look(Wanted(limit=2000))) == 900
    assert len(store.look(Wanted(corrected=True))) == 45
    assert len(KeyRing(store).list()) == 45
    store.close()

"""``luodi store``: a table of what was answered, and old answers gone, while a service has the store open."""

import json
import time

import pytest

from luodi.store import Answered, Correction, Wanted, open_store

NOW = time.time()
DAY = 86_400.0


@pytest.fixture
def service(tmp_path, monkeypatch):
    """A store that is open elsewhere: an answer a day, of 0 to 5 days of age, that of 3 days corrected."""
    monkeypatch.setenv("LUODI_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = open_store(tmp_path / "store.db")
    store.keep([
        Answered(f"r-{n}", NOW - n * DAY, "other" if n == 1 else "reviews", "f00d", "model", f"物流 {n}",
                 {"情感": {"label": "正面", "probability": 0.9}}, 0.9 - n / 10, False, 0.01, 4, "r")
        for n in range(6)
    ]).result()  # fmt: skip
    store.correct(Correction("r-3", NOW, "情感", "负面", "me")).result()
    yield store
    store.close()


def exported(tmp_path):
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    return {row["id"]: row["情感"] for row in rows}


def day(n):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(NOW - n * DAY))


def test_export(luodi, service, tmp_path):
    ended = luodi("store", "export", "-o", "a.jsonl")
    assert ended.code == 0
    assert "6 rows, 1 of them corrected by a person" in ended.out
    assert exported(tmp_path) == {f"r-{n}": "负面" if n == 3 else "正面" for n in range(6)}


@pytest.mark.parametrize(
    ("words", "ids"),
    [(("--corrected",), {3}), (("--model", "other"), {1}), (("--below", "0.6"), {4, 5}),
     (("--since", day(2.5), "--until", day(0.5)), {1, 2})],
)  # fmt: skip
def test_export_of_some(luodi, service, tmp_path, words, ids):
    done = json.loads(luodi("store", "export", "-o", "a.jsonl", *words, "--json").out)
    assert set(done) == {"output", "rows", "corrected", "textless", "heads", "neutralised"}
    assert set(exported(tmp_path)) == {f"r-{n}" for n in ids}


def test_tidy_while_a_service_writes(luodi, service):
    ended = luodi("store", "tidy", "--days", "1.5")
    assert ended.code == 0
    assert "3 answers, 0 corrections" in ended.out
    assert sorted(one.answered.id for one in service.look(Wanted())) == ["r-0", "r-1", "r-3"]
    done = json.loads(luodi("store", "tidy", "--corrected-days", "1", "--mib", "0", "--json").out)
    assert (done["n"], done["n_corrections"]) == (3, 1)
    assert service.look(Wanted()) == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [(("export",), 2, "needs -o"), (("export", "-o", "a.xlsx"), 2, ".csv, .tsv, .jsonl"),
     (("tidy",), 2, "what is to go"),
     (("tidy", "--days", "-1"), 2, "0 or more"), (("tidy", "--days", "1", "-o", "a.csv"), 2, "-o has no meaning"),
     (("export", "-o", "a.csv", "--mib", "5"), 2, "--mib has no meaning"),
     (("export", "-o", "a.csv", "--since", "yesterday"), 2, "'yesterday' is no date"),
     (("export", "-o", "a.csv", "--model", "nobody"), 3, "kept with its text"),
     (("export", "-o", "a.csv", "--store", "none.db"), 2, "there is no store none.db"),
     (("export", "-o", "no/such/a.csv"), 1, "cannot be written"), (("forget",), 2, "export, tidy")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(luodi, service, tmp_path, words, code, says):
    ended = luodi("store", *words)
    assert ended.code == code
    assert says in ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "none.db").exists()

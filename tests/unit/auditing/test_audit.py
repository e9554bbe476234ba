"""An audit asks every check that is registered, and puts the worst first."""

import importlib
import json
from types import SimpleNamespace

import pytest

from luodi import registry
from luodi.auditing import Audited, Finding, Suspect, audit, check
from luodi.auditing.check import KIND
from luodi.data import Dataset, read
from luodi.errors import DataError
from luodi.language import speak


@pytest.fixture
def only(monkeypatch):
    """Leave no check but those that the test enters."""
    monkeypatch.setitem(registry._parts, KIND, {})

    def enter(name, *found):
        @check(name)
        def look(evidence):
            """Say what the test wants."""
            yield from found

    return enter


def finding(severity, score, what="what"):
    return Finding(
        severity, score, 2, what, "effect", "advice", suspects=(Suspect(1, {"twin": "memory:1"}), Suspect(0))
    )


DATA = Dataset.of(["好吃", "难吃"], {"情感": ["正", None]})


def test_the_worst_come_first_under_the_names_of_their_checks(only):
    only("a", finding("note", 0.9), finding("warning", 0.1))
    only("b", finding("error", 0.2), finding("warning", 0.4))
    found = audit(DATA)
    assert [(one.severity, one.score, one.check) for one in found.findings] == [
        ("error", 0.2, "b"), ("warning", 0.4, "b"), ("warning", 0.1, "a"), ("note", 0.9, "a"),
    ]  # fmt: skip
    assert found.has_errors()
    assert not Audited(DATA, {"train": 2}, found.findings[1:]).has_errors()


def test_its_json_is_as_promised(only):
    only("a", finding("note", 1 / 3))
    raw = audit(DATA).to_json()
    assert json.loads(json.dumps(raw)) == {
        "n": 2,
        "findings": [{
            "check": "a", "severity": "note", "score": 0.3333, "count": 2, "what": "what", "effect": "effect",
            "advice": "advice",
            "examples": [
                {"origin": "memory:2", "text": "难吃", "label": None, "twin": "memory:1"},
                {"origin": "memory:1", "text": "好吃", "label": "正"},
            ],
        }],
    }  # fmt: skip


def test_printed_it_says_every_finding(only):
    only("a", finding("note", 0.5, "{braces}"))
    with speak("en"):
        assert str(audit(DATA)) == "note: {braces}\n  effect\n  → advice"
        assert str(Audited(DATA, {"train": 2}, ())) == "Nothing was found"


def test_files_folders_and_rows_in_memory_are_audited_alike(tmp_path, only):
    seen = []

    @check("a")
    def look(evidence):
        """Note what was looked at."""
        seen.append((evidence.parts, evidence.data.texts))
        yield from ()

    table = "text,label\n好吃,a\n,b\n难吃,b\n"
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text(table, encoding="utf-8")
    rows = read(tmp_path / "train.csv", keep_textless=True)
    for source in (rows, {"train": rows, "test": rows}, tmp_path / "train.csv", str(tmp_path)):
        audit(source)
    assert seen[0] == seen[2] == (("train",), ("好吃", "", "难吃"))
    assert seen[1] == seen[3] == (("train", "test"), ("好吃", "", "难吃") * 2)


def test_rows_of_a_finding_lie_where_its_part_says(tmp_path, only):
    only("a", finding("note", 0.5))
    (tmp_path / "train.csv").write_text("text,label\n好吃,a\n", encoding="utf-8")
    (tmp_path / "dev.csv").write_text("text,label\n难吃,b\n", encoding="utf-8")
    found = audit(tmp_path)
    assert dict(found.parts) == {"train": 1, "validation": 1}
    assert [row["origin"] for row in found.to_json()["findings"][0]["examples"]] == ["dev.csv:2", "train.csv:2"]


def test_a_deep_audit_chooses_its_encoder_by_what_parts_there_are(only, monkeypatch):
    asked = []
    module = importlib.import_module("luodi.auditing.audit")  # the package names its function so
    monkeypatch.setattr(module, "choose", lambda part: asked.append(part) or SimpleNamespace(name="any"))
    audit({"test": DATA}, deep=True)
    audit({"test": DATA, "train": DATA.take([0])}, deep=True)
    assert [len(part) for part in asked] == [2, 1]


def test_no_parts_are_refused():
    with pytest.raises(DataError, match="no part"):
        audit({})


def test_the_face_audits(only):
    import luodi

    only("a", finding("note", 0.5))
    assert len(luodi.audit(DATA, seed=3).findings) == 1

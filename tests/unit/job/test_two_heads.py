"""Two label columns, from the table to the proof; and a proof that a stranger wrote."""

import csv
import io
import json
import shutil
import sys

import numpy as np
import pytest

from luodi import build, recheck
from luodi.bundle import Contents, Draft, read_bundle
from luodi.cli import main
from luodi.data import Dataset
from luodi.errors import BundleError, DataError
from luodi.job.recipe import make_recipe

HEADS = ("情感", "对象")


@pytest.fixture(scope="module")
def table(tmp_path_factory, toy_data):
    """Reviews with two label columns, and beside them one that only looks like a label."""
    path = tmp_path_factory.mktemp("two") / "reviews.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["短信", "label", *HEADS])
        for text, mood in zip(toy_data.texts, toy_data.labels["情感"], strict=True):
            writer.writerow([text, "x" if len(text) % 2 else "y", mood, "英文" if text.startswith("the") else "中文"])
    return path


@pytest.fixture(scope="module")
def bundle(table, tiny_encoder):
    recipe = make_recipe({
        "data": {"path": str(table), "text": "短信", "labels": dict.fromkeys(HEADS, "classify")},
        "model": str(tiny_encoder),
        "stages": [{"use": "finetune", "epochs": 20, "patience": 40, "learning_rate": 3e-3, "precision": "fp32"}],
        "budget": {"latency_p95_ms": {"at_most": 60_000, "threads": 2, "batch": 3}},
    })  # fmt: skip
    made = build(recipe, output=table.parent / "two.luodi", tracker="none")
    assert not made.breaches
    return made.bundle


@pytest.fixture
def said(capsys):
    """Run a command and read the JSON that it prints."""

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main([*map(str, words), "--json", "--quiet", "--lang", "en"])
        printed = capsys.readouterr()
        assert left.value.code == 0, printed.err
        return printed.out

    return run


def test_predict_answers_both(bundle, table, said):
    rows = [json.loads(line) for line in said("predict", bundle, table).splitlines()]
    assert len(rows) == 240
    assert all(
        set(row) == {"短信", "label", "情感_given", "对象_given", "text", "abstained", "tier", *HEADS} for row in rows
    )
    for head in HEADS:
        assert np.mean([row[head]["label"] == row[f"{head}_given"] for row in rows]) > 0.8


def test_standard_input_is_read_in_its_encoding(bundle, said, monkeypatch):
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO("物流很快\n太慢".encode("gb18030")), encoding="utf-8")
    )
    rows = [json.loads(line) for line in said("predict", bundle, "-", "--encoding", "gb18030").splitlines()]
    assert [row["text"] for row in rows] == ["物流很快", "太慢"]
    assert all(set(row) == {"text", "abstained", "tier", *HEADS} for row in rows)


def test_evaluate_scores_both_without_being_told(bundle, table, said):
    found = json.loads(said("evaluate", bundle, table))
    assert set(found["heads"]) == set(HEADS)
    assert all(head["accuracy"]["value"] > 0.8 for head in found["heads"].values())


def test_verify_scores_both_under_the_conditions_of_the_budget(bundle, table, said):
    found = json.loads(said("verify", bundle, "--data", table))
    assert found["same_answers"] is True
    assert found["breaches"] == []
    assert found["report"]["conditions"]["n"] == 240
    assert (found["report"]["conditions"]["threads"], found["report"]["conditions"]["batch"]) == (2, 3)
    assert all(found["report"]["heads"][head]["accuracy"]["value"] > 0.8 for head in HEADS)


def test_rows_without_a_heads_labels_are_refused(bundle):
    with pytest.raises(DataError, match="the labels of '对象'"):
        recheck(bundle, data=Dataset.of(["好", "差"], {"情感": ["正面", "负面"]}))


@pytest.fixture
def forged(bundle, tmp_path):
    """The bundle with another report, its hashes right: what a stranger may send."""

    def forge(report):
        manifest = read_bundle(bundle).manifest
        with Draft(tmp_path) as draft:
            for name in manifest.files:
                draft.add(name, report if name == "report.json" else (bundle / name).read_bytes())
            draft.seal(Contents(**{name: getattr(manifest, name) for name in Contents.model_fields}))
            return draft.publish(tmp_path / "forged.luodi")

    return forge


def changed(raw, place, value):
    """A copy of nested values with one of them, named by its keys, another."""
    raw = json.loads(json.dumps(raw))
    *way, last = place
    inner = raw
    for step in way:
        inner = inner[step]
    if value is KeyError:
        del inner[last]
    else:
        inner[last] = value
    return raw


CHANGES = [
    (("report",), KeyError), (("report",), []), (("report", "heads"), {}), (("report", "heads"), 5),
    (("report", "heads", "情感"), KeyError), (("report", "heads", "情感", "accuracy"), {"value": "high"}),
    (("report", "heads", "情感", "accuracy", "low"), [1]), (("report", "heads", "情感", "per_class"), [1]),
    (("report", "heads", "情感", "accuracy", "value"), 10**400), (("report", "conditions"), 3),
    (("report", "baseline"), None), (("report", "size_mib"), "20"), (("report", "parity"), [{}]),
    (("report", "parity", 0, "n"), "many"), (("report", "latency_p50_ms"), 5),
    (("budget",), KeyError), (("budget",), []), (("budget",), {"macro_f1": 5}),
    (("budget",), {"size_mib": {"at_most": "x"}}), (("budget",), {"beauty": {"at_least": 1}}),
    (("budget",), {"意图.macro_f1": {"at_least": 0.5}}),
    (("budget",), {"latency_p50_ms": {"at_most": 1, "threads": 10**6, "batch": 1}}),
    (("budget",), {"latency_p50_ms": {"at_most": 1, "threads": 1, "batch": 10**12}}),
    (("probes",), KeyError), (("probes",), []), (("probes",), "text"), (("probes", 0), 7),
    (("probes", 0, "text"), None), (("probes", 0, "answers", "对象"), KeyError),
    (("probes", 0, "answers", "情感", "probabilities"), [1.0]), (("probes", 0, "answers", "情感", "label"), 3),
    (("probes", 0, "answers", "情感", "probabilities"), [1.0, float("nan")]),
    (("probes", 0, "answers", "情感", "probabilities"), ["a", "b"]), (("probes", 0, "answers", "情感"), {"a": 1}),
    (("probes", 0, "answers", "情感", "probabilities"), {"a": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value"), CHANGES, ids=range(len(CHANGES)))
def test_a_proof_that_is_none_is_refused(bundle, forged, place, value):
    sound = json.loads((bundle / "report.json").read_text("utf-8"))
    with pytest.raises(BundleError, match=r"report\.json cannot be trusted"):
        recheck(forged(json.dumps(changed(sound, place, value)).encode()))


@pytest.mark.parametrize("report", [b"", b"null", b"[]", b"\xff\xfe", b"[" * 200_000, b'{"report": {}}'])
def test_what_is_no_report_is_refused(forged, report):
    with pytest.raises(BundleError, match=r"report\.json cannot be trusted"):
        recheck(forged(report))


def test_a_bundle_without_a_proof_is_refused(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "bare.luodi")
    (copy / "report.json").unlink()
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    del manifest["files"]["report.json"]
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(BundleError, match="holds no proof"):
        recheck(copy)

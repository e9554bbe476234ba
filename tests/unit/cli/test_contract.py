"""What ``--json`` prints, verb by verb: the keys are promised to programs, so they are pinned here."""

import csv
import json

import pytest

from luodi.cli import main

pytestmark = pytest.mark.slow

_Q = {"value", "low", "high"}
_METRICS = {"accuracy", "macro_f1", "expected_calibration_error"}
_PER_CLASS = {"precision", "recall", "f1", "support"}
_CONDITIONS = {"device", "cpu", "threads", "batch", "n", "versions"}
_REPORT = {
    "conditions", "heads", "baseline", "latency_p50_ms", "latency_p95_ms", "throughput_per_s", "size_mib",
    "peak_memory_mib", "parity",
}  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory, toy_data):
    place = tmp_path_factory.mktemp("contract") / "reviews.csv"
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        writer.writerows(zip(toy_data.texts, toy_data.labels["情感"], strict=True))
    return place


@pytest.fixture(scope="module")
def built(table, tiny_encoder):
    """A real build of the tiny encoder through the command line, with a budget that cannot be kept."""
    import contextlib
    import io

    words = [
        "build", table, "-o", table.parent / "reviews.luodi", "--model", tiny_encoder, "--tracker", "none", "--quiet",
        "--set", "stages.finetune.epochs=1", "--budget", "accuracy>=1.1", "--lang", "en", "--json",
    ]  # fmt: skip
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    assert left.value.code == 4, err.getvalue()
    assert "情感.accuracy is 0." in err.getvalue()
    assert " ," not in err.getvalue()
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def bundle(built):
    return built["bundle"]


def _check_quantities(value):
    """Every quantity lies in its interval, or has none."""
    if isinstance(value, list):
        return sum(map(_check_quantities, value))
    if not isinstance(value, dict):
        return 0
    if set(value) != _Q:
        return sum(map(_check_quantities, value.values()))
    assert (value["low"] is None) == (value["high"] is None)
    assert value["low"] is None or value["low"] <= value["value"] <= value["high"]
    return 1


def _check_report(report):
    assert _check_quantities(report) >= 8
    assert set(report) == _REPORT
    assert set(report["conditions"]) >= _CONDITIONS
    for head in report["heads"].values():
        assert set(head) == {*_METRICS, "per_class"}
        assert all(set(head[name]) == _Q for name in _METRICS)
        assert all(set(row) == _PER_CLASS for row in head["per_class"].values())
    assert all(set(row[name]) == _Q for row in report["baseline"].values() for name in row)
    assert "macro_f1" in report["baseline"]["情感"]
    assert all(set(report[name]) == _Q for name in ("latency_p50_ms", "latency_p95_ms", "throughput_per_s"))
    assert all(isinstance(report[name], float) for name in ("size_mib", "peak_memory_mib"))
    assert report["parity"]
    assert all(set(row) == {"from", "to", "max_abs_diff", "label_flips", "n"} for row in report["parity"])


def test_build(built):
    assert set(built) == {"bundle", "report", "breaches", "stages", "candidates", "trials", "ladder", "tiers"}
    assert built["bundle"].endswith("reviews.over-budget.luodi")
    _check_report(built["report"])
    assert [set(row) >= {"limit", "at_least", "value", "unit"} for row in built["breaches"]] == [True]
    assert [row["use"] for row in built["stages"]] == ["trim_vocab", "finetune"]
    assert all({"use", "seconds", "parameters"} <= set(row) for row in built["stages"])
    assert all({"name", "report", "breaches", "chosen"} <= set(row) for row in built["candidates"])
    assert sum(row["chosen"] for row in built["candidates"]) == 1
    assert (built["trials"], built["ladder"], built["tiers"]) == ([], {}, [])


def test_predict(luodi, bundle):
    lines = luodi("predict", bundle, "物流很快", "", "😀", "--json").out.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["text"] for row in rows] == ["物流很快", "", "😀"]
    for row in rows:
        assert set(row) == {"text", "情感", "abstained", "tier"}
        assert set(row["情感"]) == {"label", "probability"}
        assert row["abstained"] is False


def test_predict_writes_answers_beside_columns(luodi, bundle, table):
    answers = table.parent / "answers.csv"
    assert luodi("predict", bundle, "--file", str(table), "-o", str(answers), "--quiet").code == 0
    with answers.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["评论", "情感", "情感_answer", "情感_probability"]
    assert len(rows) == 240
    asked = luodi("predict", bundle, rows[7]["评论"], "--json")
    assert json.loads(asked.out)["情感"]["label"] == rows[7]["情感_answer"]


def test_a_failed_predict_leaves_what_was_there(luodi, bundle, table):
    answers = table.parent / "kept.csv"
    answers.write_text("before", encoding="utf-8")
    broken = table.parent / "broken.csv"
    broken.write_text("评论,情感\n" + "好,正面\n" * 9000 + '"很差,负面\n', encoding="utf-8")
    ended = luodi("predict", bundle, "--file", str(broken), "-o", str(answers))
    assert ended.code == 3
    assert answers.read_text("utf-8") == "before"
    assert not list(table.parent.glob(".*.part"))


def test_evaluate(luodi, bundle, table):
    found = json.loads(luodi("evaluate", bundle, str(table), "--json").out)
    assert set(found) == {"n", "heads", "mistakes"}
    assert found["n"] == 240
    assert set(found["heads"]["情感"]) == {*_METRICS, "per_class"}
    assert found["mistakes"]
    assert {"head", "text", "true", "answered", "probability", "origin"} <= set(found["mistakes"][0])
    assert found["mistakes"][0]["origin"].startswith("reviews.csv:")


def test_verify(luodi, bundle):
    ended = luodi("verify", bundle, "--json")
    found = json.loads(ended.out)
    assert ended.code == 4  # the budget that cannot be kept
    assert set(found) == {"bundle", "files", "same_answers", "parity", "report", "breaches"}
    assert found["same_answers"] is True
    _check_report(found["report"])


def test_doctor(luodi):
    found = json.loads(luodi("doctor", "--json").out)
    assert {"cpu", "int8", "threads", "gpu", "extras"} <= set(found)
    assert set(found["int8"]) == {"instructions", "speedup", "safe_scheme"}
    assert {"serve", "train"} <= set(found["extras"])
    assert set(found["extras"].values()) <= {True, False}


def test_models_and_parts(luodi):
    assert {"minilm-en", "e5-multilingual"} <= set(json.loads(luodi("models", "--json").out))
    found = json.loads(luodi("parts", "--json").out)
    assert {"head", "stage", "tuner"} <= set(found)
    assert all(set(row) == {"about", "fields"} for rows in found.values() for row in rows.values())
    assert set(json.loads(luodi("parts", "tuner", "--json").out)) == {"tuner"}
    assert luodi("parts", "stagee").code == 2


def test_parts_speak_the_language_that_is_asked_for(luodi):
    english, chinese = (luodi("parts", "check", "--lang", language).out for language in ("en", "zh"))
    assert "check leaks: Find rows of the test" in english
    assert "check leaks: 测试集和验证集中也出现在训练集里的行" in chinese

"""Bundles side by side: what each proved, as its report says; a report that cannot be read is left out."""

import json

import pytest

from luodi.bundle import Contents, Draft, Feeding, export
from luodi.console.views.models import read_model, side_by_side
from luodi.serve import Fleet

REPORT = {
    "report": {
        "heads": {"情感": {"accuracy": {"value": 0.91, "low": 0.88, "high": 0.94}, "per_class": {}}},
        "latency_p95_ms": {"value": 7.0, "low": None, "high": None},
    },
    "budget": {
        "accuracy": {"at_least": 0.9},
        "latency_p95_ms": {"at_most": 5, "device": "cpu", "threads": 1, "batch": 1},
    },
    "breaches": [{"limit": "latency_p95_ms", "at_most": 5, "value": 7.0, "unit": "ms"}],
    "data": {"rows": {"test": 300}},
}


@pytest.fixture
def served(tiny_model, tmp_path):
    """Serve a bundle with a report: ``served(name, report)``."""
    fleet = Fleet()

    def serve(name, report):
        folder = tmp_path / name
        folder.mkdir()
        with Draft(folder) as draft:
            draft.add("model.onnx", export(tiny_model))
            draft.add("tokenizer.json", tiny_model.tokenizer.to_str().encode())
            draft.add("calibration.json", json.dumps({"model": {"情感": {"temperature": 1.0}}}).encode())
            draft.add("report.json", report)
            draft.seal(Contents(name=name, created="2026-01-02", luodi="0.1.0", task=tiny_model.task.to_json(),
                                feeding=Feeding(max_tokens=64, pad_id=0)))  # fmt: skip
            path = draft.publish(folder / f"{name}.luodi")
        return fleet.open(path)

    yield serve
    fleet.close()


def test_a_broken_promise_is_shown_beside_one_that_was_kept(served):
    model = read_model(served("one", json.dumps(REPORT).encode()))
    assert [(one.kept, one.measured) for one in model.promises] == [(True, "91.0 %"), (False, "7 ms")]
    assert model.is_kept is False
    assert model.heads[0].labels == ("正面", "负面")
    assert (model.is_warm, model.has_report) == (True, False)
    assert model.figures["accuracy"] == "91.0 %"


def test_a_report_that_cannot_be_read_leaves_the_model_there(served):
    for place, raw in enumerate((b"no json", b"[]", b'{"report": {"heads": {"x": 1}}}', b'{"report": 3}')):
        model = read_model(served(f"m{place}", raw))
        assert (model.is_kept, model.figures, model.promises) == (None, {}, ())


def test_figures_stand_in_rows_with_dashes_where_one_has_none(served):
    one = read_model(served("one", json.dumps(REPORT).encode()))
    other = read_model(served("other", b"{}"))
    rows = dict(side_by_side((one, other)))
    assert rows["accuracy"] == ("91.0 %", "–")

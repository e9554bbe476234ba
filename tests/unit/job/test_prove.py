"""A bundle is measured under the conditions that its budget names."""

import json

from luodi import runtime
from luodi.budget import Budget, Quantity, Report
from luodi.bundle import Contents, Draft, Feeding, export
from luodi.job.prove import prove
from luodi.progress import Silent


def test_a_limit_under_other_conditions_than_one_and_one_can_be_kept(tiny_model, toy_data, tmp_path):
    budget = Budget(latency_p95_ms={"at_most": 60_000, "threads": 2, "batch": 8}, throughput_per_s={"at_least": 0.001})
    contents = Contents(
        name="tiny", created="2026-01-02T03:04:05Z", luodi="0.1.0", task=tiny_model.task.to_json(),
        feeding=Feeding(max_tokens=tiny_model.max_tokens, pad_id=tiny_model.pad_id), data="f" * 64,
    )  # fmt: skip
    with Draft(tmp_path) as draft:
        draft.add("model.onnx", export(tiny_model))
        draft.add("tokenizer.json", tiny_model.tokenizer.to_str())
        draft.add(
            "calibration.json",
            json.dumps({"model": {head.name: {"temperature": 1.0} for head in tiny_model.task.heads}}),
        )
        sealed = draft.seal(contents)
        proof = prove(sealed, toy_data, probes=["好"], budget=budget, work=tmp_path, progress=Silent())
    measured = proof["measured"]
    assert (measured["conditions"]["threads"], measured["conditions"]["batch"]) == (2, 8)
    assert measured["conditions"]["workers"] == max(1, runtime.n_cores() // 2)
    costs = {name: Quantity.from_json(raw) for name, raw in measured["costs"].items()}
    assert budget.check(Report(measured["conditions"], costs=costs)) == []

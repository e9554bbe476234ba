"""A report of the toy set, as ``report.json`` holds it."""

import json

import pytest


@pytest.fixture(scope="session")
def report_json(toy_data):
    """The object of a report.json: real measurements, with the cheap model in the place of the large one."""
    from luodi.budget import Breach, Parity, Report
    from luodi.tasks import judged, read_task
    from luodi.verify import fit_baseline, measure, paired

    train, validation, test = (toy_data.take(range(*rows)) for rows in ((0, 120), (120, 160), (160, 240)))
    task = read_task(train)
    made = measure(fit_baseline(train, validation, task=task), test, task=task)
    cheap = measure(fit_baseline(train.take(range(24)), validation, task=task), test, task=task)
    answered = ([one.answers["情感"] for one in side.predictions] for side in (made, cheap))
    compared = paired(task["情感"], *(judged(task["情感"], test, answers) for answers in answered))
    for mistake in made.evidence["heads"]["情感"]["mistakes"]:
        mistake["origin"] = test.origin(mistake.pop("row"))
    same = Parity("finetune", "exported", 2e-7, 0, 40)
    report = Report(made.conditions, made.heads, {"情感": cheap.heads["情感"].metrics}, made.costs, (same,))
    zero = {"value": 0.0, "low": 0.0, "high": 0.0}
    raw = {
        "name": "reviews", "created": "2026-01-02T03:04:05Z", "luodi": "0.1.0", "report": report.to_json(),
        "budget": {"macro_f1": {"at_least": 0.5}, "peak_memory_mib": {"at_most": 1}},
        "breaches": [Breach("peak_memory_mib", 300.0, "MiB", at_most=1).to_json()],
        "comparisons": {"情感": {"n": compared.n, **compared.to_json()}},
        "evidence": made.evidence,
        "baseline": {"latency_p50_ms": cheap.costs["latency_p50_ms"].to_json(), "seconds": 0.4,
                     "about": {"情感": "Weighs character n-grams (TF-IDF) by a logistic regression for each label."}},
        "data": {
            "files": ["reviews.csv"], "rows": {"train": 120, "validation": 40, "test": 80},
            "labels": {"情感": {"train": {"正面": 61, "负面": 59}, "test": {"正面": 40, "负面": 40}}},
            "leaks": {"exact": {"test": 3}, "near": {"test": 1}, "dropped": 2, "examples": [["test.csv:3", "a.csv:9"]]},
            "fingerprint": "f" * 64,
        },
        "stages": [
            {"use": "minilm-en", "name": "minilm-en"},
            {"use": "finetune", "seconds": 130.0, "parameters": 22_700_000, "epochs": 2, "tuner": {"use": "full"},
             "curve": [{"step": n, "epoch": n / 2, "loss": 1 / n, "metric": n / 5} for n in (1, 2, 3, 4)]},
        ],
        "candidates": [
            {"name": name, "tier": "model", "size_mib": size, "speedup": {"value": speed, "low": speed, "high": speed},
             "lost": lost, "won": 0, "difference": {"情感": zero}, "parity": same.to_json(), "chosen": name == "int8",
             "fault": fault}
            for name, size, speed, lost, fault in (
                ("fp32", 80.0, 1.0, 0, ""), ("int8", 20.0, 1.6, 0, ""), ("int8-weights", 20.0, 0.7, 9, "loses")
            )
        ],
        "sizes": {"model.onnx": 20 * 2**20, "tokenizer.json": 4000, "recipe.yaml": 90},
        "calibration": {"model": {"情感": {"temperature": 1.25}}},
        "recipe": {"data": {"path": "reviews.csv"}, "model": "minilm-en", "seed": 7},
    }  # fmt: skip
    return json.loads(json.dumps(raw, ensure_ascii=False))

"""luodi[serve] alone answers what was built: no torch, no transformers.

``make serve-only`` names an interpreter that has nothing else installed in ``LUODI_SERVE_PYTHON``. Elsewhere this
environment's own is taken and training code is barred from it.
"""

import csv
import json
import os
import subprocess
import sys

import pytest

TRAINING = ("torch", "transformers", "accelerate", "sklearn", "onnx", "matplotlib")
SERVE_PYTHON = os.environ.get("LUODI_SERVE_PYTHON")
_BARRED = f"import sys; sys.modules.update(dict.fromkeys({TRAINING!r}))\n"


@pytest.fixture(scope="module")
def rows(toy_data, tmp_path_factory):
    """The toy reviews as a table, numbered, with a formula among the texts."""
    table = tmp_path_factory.mktemp("rows") / "reviews.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["编号", "评论", "情感"])
        writer.writerows(zip(range(len(toy_data)), toy_data.texts, toy_data.labels["情感"], strict=True))
    return table


@pytest.fixture(scope="module")
def bundle(rows, tiny_encoder):
    """A real bundle of the tiny encoder, built by the main job."""
    import luodi

    built = luodi.build(
        rows, output=rows.with_name("reviews.luodi"), model=str(tiny_encoder), stages=[{"use": "finetune", "epochs": 2}]
    )
    return built.bundle


@pytest.fixture
def luodi_serve(tmp_path):
    """Run one command of the command line where nothing can train."""

    def run(*words, said=""):
        start = "" if SERVE_PYTHON else _BARRED
        script = f"{start}import sys\nfrom luodi.cli import main\nmain(sys.argv[1:])"
        env = {**os.environ, "LANG": "C.UTF-8"}
        env.pop("PYTHONPATH", None)
        return subprocess.run(
            [SERVE_PYTHON or sys.executable, "-c", script, *map(str, words)], cwd=tmp_path, env=env, input=said,
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip

    return run


def test_nothing_that_trains_is_there(tmp_path):
    """In the environment made for it; with the barred one, an import is what must fail."""
    script = "" if SERVE_PYTHON else _BARRED
    script += f"""
import importlib
for name in {TRAINING!r}:
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    sys.exit(name + " is there")
"""
    ended = subprocess.run(
        [SERVE_PYTHON or sys.executable, "-c", "import sys\n" + script], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr


def test_it_answers_as_the_building_environment_does(luodi_serve, bundle, toy_data):
    import luodi

    texts = ["物流很快，包装完好", "", "🙂", *toy_data.texts[:5]]
    ended = luodi_serve("predict", bundle, *texts, "--json")
    assert ended.returncode == 0, ended.stderr
    said = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [row["text"] for row in said] == texts
    here = luodi.load(bundle)(texts)
    assert [row["情感"]["label"] for row in said] == [answer.label for answer in here]
    assert [row["情感"]["probability"] for row in said] == pytest.approx([a.probability for a in here], abs=1e-5)


def test_it_answers_a_file_beside_its_columns(luodi_serve, bundle, rows, tmp_path):
    ended = luodi_serve("predict", bundle, "--file", rows, "-o", tmp_path / "answers.csv")
    assert ended.returncode == 0, ended.stderr
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as stream:
        answers = list(csv.DictReader(stream))
    assert [int(row["编号"]) for row in answers] == list(range(240))
    assert "情感_probability" in answers[0]


def test_it_answers_standard_input(luodi_serve, bundle):
    ended = luodi_serve("predict", bundle, "-", "--json", said="物流很快\n\n味道很差\n")
    assert ended.returncode == 0, ended.stderr
    assert [json.loads(line)["text"] for line in ended.stdout.splitlines()] == ["物流很快", "", "味道很差"]


def test_it_evaluates(luodi_serve, bundle, rows):
    ended = luodi_serve("evaluate", bundle, rows, "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["n"] == 240
    assert set(found["heads"]["情感"]["per_class"]) == {"正面", "负面"}


def test_it_verifies(luodi_serve, bundle):
    ended = luodi_serve("verify", bundle, "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["same_answers"] is True


def test_it_tells_what_the_machine_can_do(luodi_serve):
    ended = luodi_serve("doctor", "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["extras"]["serve"] is True


def test_building_says_what_is_missing(luodi_serve, rows, tiny_encoder):
    ended = luodi_serve("build", rows, "--model", tiny_encoder)
    assert ended.returncode == 5, ended.stderr
    assert 'pip install "luodi[train]"' in ended.stderr
    assert "Traceback" not in ended.stderr

"""A tracker is found by its name, or it is said what is missing."""

import subprocess
import sys

import pytest

from luodi.errors import LuodiError, MissingExtra, RecipeError
from luodi.models import Run
from luodi.tune import Finetune, trackers
from luodi.tune.trackers import make_accelerator

QUICK = Finetune(epochs=1, precision="fp32")


def test_tensorboard_gets_the_curve_by_default(tiny_model, toy_data, tmp_path):
    QUICK(tiny_model, toy_data, run=Run(tmp_path))
    logs = list((tmp_path / "logs").rglob("events.out.tfevents.*"))
    assert logs
    assert any(b"validation" in log.read_bytes() for log in logs)


def test_the_tracker_notes_recipe_and_rows(tiny_model, toy_data, tmp_path):
    QUICK(tiny_model, toy_data, run=Run(tmp_path, about={"recipe": "model: auto", "rows": toy_data.fingerprint()}))
    noted = b"".join(log.read_bytes() for log in (tmp_path / "logs").rglob("events.out.tfevents.*"))
    assert b"model: auto" in noted
    assert toy_data.fingerprint().encode() in noted


def test_a_run_without_a_folder_leaves_nothing(tiny_model, toy_data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    QUICK(tiny_model, toy_data, run=Run(tracker="tensorboard"))
    assert list(tmp_path.iterdir()) == []


def test_none_keeps_no_log(tiny_model, toy_data, tmp_path):
    QUICK(tiny_model, toy_data, run=Run(tmp_path, tracker="none"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoints"]


def test_a_misspelt_name_is_mended(tmp_path):
    with pytest.raises(RecipeError, match=r"did you mean 'tensorboard'"):
        make_accelerator(Run(tmp_path, tracker="tensorbord"))


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(trackers, "has", lambda module: False)
    with pytest.raises(MissingExtra) as missing:
        make_accelerator(Run(tmp_path, tracker="swanlab"))
    assert missing.value.fix == "pip install swanlab"
    make_accelerator(Run(tmp_path))  # the default one is not insisted on
    assert list(tmp_path.iterdir()) == []


def test_a_tracker_that_would_not_start_is_said(tmp_path, monkeypatch):
    import accelerate

    def fail(*_, **__):
        raise ConnectionError("no network")

    monkeypatch.setattr(accelerate.Accelerator, "init_trackers", fail)
    with pytest.raises(LuodiError, match="tensorboard would not start") as failed:
        make_accelerator(Run(tmp_path))
    assert failed.value.found == "ConnectionError: no network"


def test_the_face_imports_no_torch():
    code = (
        "import sys, luodi.tune; sys.exit(int(any(m in sys.modules for m in ('torch', 'transformers', 'accelerate'))))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The command line called in this process: arguments in; exit code, standard output and standard error out."""

import csv
import dataclasses
import multiprocessing
import os
import sys
import types

import pytest

from luodi.cli import app as frame
from luodi.cli import main


@dataclasses.dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


@pytest.fixture
def luodi(capsys, monkeypatch):
    """Run one command in English unless the test says otherwise."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")

    def run(*words):
        with pytest.raises(SystemExit) as left:
            main(list(words))
        said = capsys.readouterr()
        return Ended(left.value.code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def start_build(tmp_path_factory, toy_data, tiny_encoder):
    """Start a build of the tiny encoder: always the same command, in a process that has the imports done."""
    table = tmp_path_factory.mktemp("built-from") / "reviews.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        writer.writerows(zip(toy_data.texts, toy_data.labels["情感"], strict=True))
    words = [
        "build", table, "--model", tiny_encoder, "--tracker", "none", "--quiet", "--lang", "en",
        "--set", "stages.finetune.epochs=2", "--set", "precision=int8",
    ]  # fmt: skip
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["torch._dynamo", "torch.onnx", "transformers.models.bert.modeling_bert", "accelerate", "onnxscript",
         "onnxruntime", "sklearn.linear_model", "sklearn.feature_extraction.text", "luodi.job", "luodi.cli.build"]
    )  # fmt: skip

    def start(bundle, *more, said=os.devnull):
        code = f"""
import sys
from luodi.cli import main
sys.stdout = open({os.devnull!r}, "w")
sys.stderr = open({str(said)!r}, "w")
main({[str(word) for word in (*words, *more, "-o", bundle)]!r})
"""
        process = context.Process(target=exec, args=(code,))
        process.start()
        return process

    return start


@pytest.fixture
def verb(monkeypatch):
    """Enter a verb `act` that does what the test wants, under the frame of the real ones."""

    def enter(function):
        module = types.ModuleType("a_verb_of_a_test")
        module.act = function
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(frame.VERBS, "act", (f"{module.__name__}:act", "Act as the test wants."))

    return enter

"""What is imported when: the face is lazy, and answering needs no training code."""

import ast
import importlib
import subprocess
import sys

import pytest

import luodi

HEAVY = ("numpy", "torch", "transformers", "onnxruntime", "tokenizers", "sklearn", "pyarrow", "pydantic", "cyclopts",
         "sqlalchemy", "alembic")  # fmt: skip
TRAINING = ("torch", "transformers", "accelerate", "sklearn", "onnx")
#: What serves, judges or reads; none of it may load training code.
SERVING = (
    "luodi.bundle.reader", "luodi.bundle.runner", "luodi.bundle.answers", "luodi.bundle", "luodi.verify.measure",
    "luodi.verify", "luodi.data.read", "luodi.data", "luodi.tasks", "luodi.job.parts", "luodi.job.recipe",
    "luodi.job.recheck", "luodi.job.checkup", "luodi.serve", "luodi.models", "luodi.tune", "luodi.compress",
    "luodi.cli.predict", "luodi.cli.evaluate", "luodi.cli.verify", "luodi.cli.doctor", "luodi.cli.models",
    "luodi.cli.parts", "luodi.cli.init", "luodi.cli.build", "luodi.cli.audit",
    "luodi.store", "luodi.store.asking", "luodi.store.export", "luodi.cli.keys", "luodi.cli.store",
)  # fmt: skip


def loaded_by(code, wanted):
    """Run code in a fresh interpreter and tell which of some packages it loaded."""
    script = f"{code}\nimport sys\nprint(*[name for name in {wanted!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()[-1].split()


def test_a_loaded_package_is_seen():
    assert loaded_by("import numpy", HEAVY) == ["numpy"]


def test_import_luodi_loads_nothing_heavy():
    assert loaded_by("import luodi", HEAVY) == []


def test_help_loads_nothing_heavy():
    code = "from luodi.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit: pass"
    assert loaded_by(code, tuple(set(HEAVY) - {"cyclopts"})) == []


@pytest.mark.parametrize("module", SERVING)
def test_no_training_code_is_loaded(module):
    assert loaded_by(f"import {module}", TRAINING) == []


def test_the_face_agrees_with_itself(root):
    tree = ast.parse((root / "luodi" / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.asname: node.module for node in block.body for alias in node.names}
    assert typed == luodi._FACE
    assert sorted(luodi._FACE) == sorted(luodi.__all__)
    assert set(luodi.__all__) <= set(dir(luodi))
    assert len(luodi.__all__) >= 10


@pytest.mark.parametrize("name", sorted(luodi._FACE))
def test_every_public_name_is_there_and_says_what_it_is(name):
    found = getattr(luodi, name)
    assert found is getattr(importlib.import_module(luodi._FACE[name]), name)
    assert found.__doc__


def test_a_public_name_survives_the_import_of_every_module(sources):
    """A folder of the name would hide it: ``import luodi.build.x`` binds ``luodi.build`` to the folder."""
    folders = {source.module.split(".")[1] for source in sources if "." in source.module}
    assert not set(luodi._FACE) & folders


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = luodi.no_such_name


def test_every_verb_is_there():
    from luodi.cli.app import VERBS

    assert len(VERBS) >= 9
    for verb, (place, line) in VERBS.items():
        module, _, function = place.partition(":")
        found = getattr(importlib.import_module(module), function)
        assert "Example: luodi " + verb in found.__doc__, f"{verb} --help shows no example"
        assert line.endswith(".")

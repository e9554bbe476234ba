"""The command line called in this process: arguments in; exit code, standard output and standard error out."""

import dataclasses
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


@pytest.fixture
def verb(monkeypatch):
    """Enter a verb `act` that does what the test wants, under the frame of the real ones."""

    def enter(function):
        module = types.ModuleType("a_verb_of_a_test")
        module.act = function
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(frame.VERBS, "act", (f"{module.__name__}:act", "Act as the test wants."))

    return enter

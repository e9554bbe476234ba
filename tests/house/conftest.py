"""What the house tests walk over: every source file of the checkout, parsed once."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """A Python file of the package: its dotted name, its text and its tree."""

    path: Path
    module: str
    text: str
    tree: ast.Module

    @property
    def place(self):
        return self.path.relative_to(ROOT).as_posix()

    @property
    def is_package(self):
        return self.path.name == "__init__.py"


def _source(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    text = path.read_text(encoding="utf-8")
    return Source(path, ".".join(p for p in parts if p != "__init__"), text, ast.parse(text))


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def sources():
    """Every Python file of luodi/; a walk that found too few of them would prove nothing."""
    found = [_source(path) for path in sorted((ROOT / "luodi").rglob("*.py"))]
    assert len(found) > 90
    return found


@pytest.fixture(scope="session")
def imports(sources):
    """For each file the modules of the house that it names in an import, wherever in the file, and for whatever end."""
    known = {source.module for source in sources}
    return {source.module: _imported(source, known) for source in sources}


def _imported(source, known):
    """Give (module, line) pairs; ``from luodi.a import b`` is luodi.a.b where that is a module."""
    found = set()
    places = {  # resources.files("luodi.a") names a folder of files, not code
        id(argument)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "files"
        for argument in node.args
    }
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {(alias.name, node.lineno) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.place}:{node.lineno}: a relative import hides where it leads"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add((inner if inner in known else node.module, node.lineno))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in places:
            found.add((node.value.partition(":")[0], node.lineno))  # imported by its name, late
    return {(module, line) for module, line in found if module in known and module != source.module}

"""What the pages show works: marked blocks run, other commands are at least understood, recipes are whole.

A fenced block says what is done with it: ``python run`` and ``console run`` are run in a folder that holds a small
``reviews.csv``; with ``slow`` besides, it is marked so. Other commands are parsed, other Python is compiled,
``yaml recipe`` is checked as a recipe.
"""

import csv
import dataclasses
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from luodi import errors

_ROOT = Path(__file__).parents[2]
_PAGES = [_ROOT / "README.md", _ROOT / "README.zh-CN.md", *sorted((_ROOT / "docs").rglob("*.md"))]
#: Rows of the table that examples find; the slow one trains a real encoder on them.
_N_ROWS = 120
_SLOW = [pytest.mark.slow, pytest.mark.zoo, pytest.mark.timeout(900)]
_FENCE = re.compile(r"^```([^\n`]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Block:
    page: str
    marks: tuple[str, ...]
    code: str


def _blocks():
    """Give every marked block; a translation's block that is the same stands for both."""
    found = {}
    for page in _PAGES:
        for marks, code in _FENCE.findall(page.read_text("utf-8")):
            block = Block(page.relative_to(_ROOT).as_posix(), tuple(marks.split()), code)
            found.setdefault((block.marks, code), block)
    return list(found.values())


def _of(language, *, run):
    rows = [one for one in _BLOCKS if one.marks[0] == language and ("run" in one.marks) == run]
    marked = [pytest.param(one, id=one.page, marks=_SLOW if "slow" in one.marks else []) for one in rows]
    assert marked, f"no {language} block is marked"
    return marked


def _commands(code):
    words = [shlex.split(line.removeprefix("$ ")) for line in code.splitlines() if line.startswith("$ ")]
    return [row[row.index("luodi") + 1 :] for row in words if "luodi" in row]


_BLOCKS = _blocks()
_SHOWN = [
    (one.page, words) for one in _BLOCKS if one.marks[0] == "console" for words in _commands(one.code)
]  # fmt: skip


@pytest.fixture
def folder(tmp_path, toy_data):
    with (tmp_path / "reviews.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["评论", "情感"])
        writer.writerows(list(zip(toy_data.texts, toy_data.labels["情感"], strict=True))[:_N_ROWS])
    return tmp_path


def _run(words, folder):
    """Run Python on this checkout's luodi, whatever else is installed."""
    env = {**os.environ, "PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8"}
    return subprocess.run([sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("block", _of("python", run=True))
def test_python_runs(block, folder):
    ended = _run(["-W", "error::DeprecationWarning:luodi", "-c", block.code], folder)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("block", _of("console", run=True))
def test_commands_run(block, folder):
    commands = _commands(block.code)
    assert commands
    for words in commands:
        ended = _run(["-m", "luodi", *words], folder)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout


@pytest.mark.parametrize("block", _of("python", run=False))
def test_other_python_is_python(block):
    assert compile(block.code, block.page, "exec").co_names, "nothing is named in it"


@pytest.mark.parametrize(("page", "words"), _SHOWN, ids=[f"{page}: {' '.join(words)}" for page, words in _SHOWN])
def test_every_command_shown_is_understood(page, words):
    from luodi.cli.app import VERBS, _hyphen_last, make_app

    assert words[0] in VERBS
    verb, given, _ = make_app(words).parse_args(_hyphen_last(words), exit_on_error=False, print_error=False)
    assert verb.__name__ == words[0]
    assert bool(given.arguments) == (len(words) > 1)  # each word went somewhere


def test_enough_was_found():
    assert len(_PAGES) >= 30
    assert len(_SHOWN) >= 12
    assert {words[0] for _, words in _SHOWN} == set(_verbs())


def _verbs():
    from luodi.cli.app import VERBS

    return VERBS


def test_recipes_shown_are_whole():
    from ruamel.yaml import YAML

    from luodi.job.recipe import make_recipe

    recipes = [one for one in _BLOCKS if one.marks == ("yaml", "recipe")]
    assert recipes
    for block in recipes:
        make_recipe(YAML().load(block.code))


@pytest.mark.parametrize("page", ["docs/recipes.md", "docs/zh/recipes.md"])
def test_every_field_of_a_recipe_is_explained(page):
    from luodi.job.recipe import Recipe
    from luodi.job.source import DataSource, SplitPlan

    text = (_ROOT / page).read_text("utf-8")
    named = [one.name for one in dataclasses.fields(Recipe) if one.name != "data"]
    named += [f"data.{one.name}" for one in dataclasses.fields(DataSource) if one.name != "split"]
    named += [f"data.split.{one.name}" for one in dataclasses.fields(SplitPlan)]
    assert len(named) >= 18
    assert not [name for name in named if f"`{name}`" not in text]


@pytest.mark.parametrize("page", ["docs/errors.md", "docs/zh/errors.md"])
def test_every_exit_code_is_explained(page):
    rows = dict(re.findall(r"^\| (\d+) \| `(\w+)`", (_ROOT / page).read_text("utf-8"), re.MULTILINE))
    classes = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.LuodiError)}
    codes = {str(one.exit_code): one.__name__ for one in classes if one.exit_code != 1}
    assert len(codes) >= 6
    assert rows == {**codes, "1": "LuodiError"}


@pytest.mark.parametrize(
    "page",
    [one for one in _PAGES if one.parent.name == "zh" or "zh-CN" in one.name],
    ids=lambda one: one.relative_to(_ROOT).as_posix(),
)
def test_both_languages_show_the_same_code(page):
    other = _ROOT / "README.md" if page.parent == _ROOT else page.parents[1] / page.name

    def runnable(one):
        return [(marks, code) for marks, code in _FENCE.findall(one.read_text("utf-8"))]

    assert runnable(page) == runnable(other)

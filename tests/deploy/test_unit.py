"""The systemd unit: systemd understands it, it is shut in, and it agrees with the service that it starts."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "luodi.service"
#: systemd's own measure of how exposed a service is, in tenths: below 2.0 it says OK.
MOST_EXPOSED = 20


@pytest.fixture(scope="module")
def settings():
    lines = [line for line in FILE.read_text("utf-8").splitlines() if "=" in line and not line.startswith("#")]
    found = dict(line.split("=", 1) for line in lines)
    assert len(found) > 40
    return found


@pytest.fixture
def analyze(tmp_path):
    """Ask systemd about the unit, its program in a place where there is one."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    copy = tmp_path / FILE.name
    copy.write_text(FILE.read_text("utf-8").replace("/usr/local/luodi/bin/luodi", shutil.which("true")), "utf-8")

    def ask(*words):
        return subprocess.run([tool, *words, copy], capture_output=True, text=True, check=False)

    return ask


def test_systemd_understands_it(analyze):
    ended = analyze("verify")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_it_is_shut_in(analyze):
    ended = analyze("security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager")
    assert ended.returncode == 0, ended.stdout[-200:]


def test_the_time_to_stop_is_longer_than_the_drain(settings):
    words = shlex.split(settings["ExecStart"])
    assert int(settings["TimeoutStopSec"]) >= int(words[words.index("--grace-seconds") + 1]) + 5
    assert settings["KillSignal"] == "SIGTERM"


def test_what_only_a_person_mends_is_not_started_again(settings):
    from luodi import errors

    mended = {errors.RecipeError, errors.DataError, errors.MissingExtra, errors.BundleError}
    assert {int(code) for code in settings["RestartPreventExitStatus"].split()} == {one.exit_code for one in mended}


def test_its_home_is_the_folder_that_it_may_write(settings):
    assert settings["ProtectSystem"] == "strict"
    assert f"LUODI_HOME=/var/lib/{settings['StateDirectory']}" in settings["Environment"]


def test_the_command_is_understood(settings):
    from luodi.cli.app import make_app

    words = shlex.split(settings["ExecStart"])[1:]
    verb, given, _ = make_app(words).parse_args(words, exit_on_error=False, print_error=False)
    assert verb.__name__ == "serve"
    assert given.arguments["require_key"] is True
    assert re.fullmatch(r"/.*\.luodi", given.arguments["bundle"])

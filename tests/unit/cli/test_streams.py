"""Streams that were closed before the command began, or lead to a full disk: an exit code, and a sentence if it can."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_FULL = Path("/dev/full")


def run(words, redirections=""):
    """Run a command line in a shell, which can close streams."""
    command = f"exec {sys.executable} -m luodi {words} {redirections}"
    return subprocess.run(["sh", "-c", command], cwd=_ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "redirections", "code"),
    [
        ("models", ">&-", 0),
        ("models", "2>&-", 0),
        ("models", "<&- >&- 2>&-", 0),
        ("modles", ">&-", 2),
        ("modles", "2>&-", 2),
        ("--version", ">&-", 0),
        ("", ">&-", 0),
        ("predict none.luodi -", "<&-", 2),
    ],
)
def test_closed_streams_change_no_exit_code(words, redirections, code):
    ended = run(words, redirections)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert "unforeseen" not in ended.stderr


def test_what_is_opened_later_does_not_get_what_is_printed():
    """A closed standard output gives its number to the next file; a print into that would spoil the file."""
    code = (
        "import os, sys\n"
        "from luodi.cli import app\n"
        "app._open_streams()\n"
        "print('for nobody', flush=True)\n"
        "number = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "assert number > 2, number\n"
        "os.write(1, b'from below')"
    )
    done = subprocess.run(["sh", "-c", 'exec "$0" -c "$1" "$2" <&- >&- 2>&-', sys.executable, code, "/dev/null"],
                          cwd=_ROOT, check=False)  # fmt: skip
    assert done.returncode == 0


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", ["models", "--help", "parts", ""])
def test_a_full_disk_behind_standard_output_is_said(words):
    ended = run(words, ">/dev/full")
    assert ended.returncode == 1
    assert ended.stderr.startswith("luodi: the disk is full")
    assert len(ended.stderr.splitlines()) == 2


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no /dev/full")
def test_who_cannot_be_told_still_gets_the_exit_code():
    assert run("modles", "2>/dev/full").returncode == 2

"""The lines of ``curl`` on the page of the service are run as they stand there, and answer as shown."""

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "serve.md"
BLOCK = re.compile(r"^```console curl\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_answers_as_shown(serving, built):
    running = serving(built)
    lines = BLOCK.search(PAGE.read_text("utf-8"))[1].splitlines()
    asked = [place for place, line in enumerate(lines) if line.startswith("$ curl ")]
    assert len(asked) == 3
    for place in asked:
        words = shlex.split(lines[place].removeprefix("$ ").replace("http://127.0.0.1:8000", running.address))
        ended = subprocess.run([*words, "--silent", "--noproxy", "*"], capture_output=True, text=True, check=True)
        said = json.loads(ended.stdout)
        assert "error" not in said
        if place + 1 < len(lines) and lines[place + 1].startswith("{"):
            shown = json.loads(lines[place + 1])
            assert list(said) == list(shown)
            assert [list(one) for one in said["predictions"]] == [list(one) for one in shown["predictions"]]

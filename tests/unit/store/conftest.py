"""A store of each kind: a file of SQLite, and a real PostgreSQL where its server is installed."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from luodi.store import Answered, open_store

KINDS = ("sqlite", "postgresql")


def _binaries():
    """Find the folder with initdb and postgres; None where there is none."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ.get("PATH", "").split(os.pathsep))]
    return next((one for one in found if (one / "initdb").exists() and (one / "postgres").exists()), None)


class Server:
    """A PostgreSQL of its own, in a temporary folder, reached through a socket there."""

    def __init__(self, binaries):
        self.binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="luodi-postgres-"))
        self.lesser = []  # the server refuses to run as root
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self.lesser = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        self._run(
            "initdb", "-D", self.folder / "data", "-U", "luodi", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )
        self.process = None
        self.n = 0
        self.start()

    def start(self):
        words = [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=",
                 "-c", "fsync=off"]  # the disk is asked in benchmarks/bench_store.py  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*self.lesser, *map(str, words)], cwd=self.folder, stdout=log, stderr=log)
        for _ in range(600):
            if subprocess.run([self.binaries / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "log").read_text())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def new(self):
        self.n += 1
        self._run("createdb", "-h", self.folder, "-U", "luodi", f"t{self.n}")
        return f"postgresql://luodi@/t{self.n}?host={self.folder}"

    def query(self, sql):
        self._run("psql", "-h", self.folder, "-U", "luodi", "-d", "postgres", "-q", "-c", sql)

    def close(self):
        self.process.send_signal(signal.SIGQUIT)  # at once: nobody needs what is in it
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program, *words):
        done = subprocess.run(
            [*self.lesser, self.binaries / program, *map(str, words)], cwd=self.folder, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def binaries():
    if (found := _binaries()) is None:
        pytest.skip("no PostgreSQL server is installed (initdb and postgres)")
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("a PostgreSQL server does not run as root, and setpriv is not there")
    return found


@pytest.fixture(scope="session")
def server(binaries):
    running = Server(binaries)
    yield running
    running.close()


@pytest.fixture
def mortal(binaries):
    """A server of a test's own, to be killed; it holds little that it would have to recover."""
    running = Server(binaries)
    yield running
    running.close()


@pytest.fixture(params=KINDS)
def url(request, tmp_path):
    """Where a new store may be: every test that asks for it runs on both kinds."""
    return tmp_path / "store.db" if request.param == "sqlite" else request.getfixturevalue("server").new()


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


_FIRST = Answered(
    id="r-0", at=1_000_000.0, model="reviews", bundle="f00d", tier="model", text="物流很快",
    answers={"情感": {"label": "正面", "probability": 0.9}}, probability=0.9, abstained=False, seconds=0.01,
    n_tokens=4, request="r",
)  # fmt: skip


@pytest.fixture
def answer():
    """Makes answers: ``answer(3)`` is the one of three seconds after the first."""
    return lambda n=0, **other: replace(_FIRST, **{"id": f"r-{n}", "at": _FIRST.at + n, **other})

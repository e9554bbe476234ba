"""A file appears whole or not at all."""

import errno
import os
import subprocess
import sys

import pytest

from luodi.data.whole import _clear_dead, whole
from luodi.errors import LuodiError


def test_it_appears_when_the_block_has_ended_well(tmp_path):
    with whole(tmp_path / "a.csv", elsewhere="-o") as stream:
        stream.write("好\r\n")
        assert not (tmp_path / "a.csv").exists()
    assert (tmp_path / "a.csv").read_bytes() == "\ufeff好\r\n".encode()
    with whole(tmp_path / "a.html", elsewhere="-o") as stream:
        stream.write("好")
    assert (tmp_path / "a.html").read_bytes() == "好".encode()


def test_after_a_failure_what_was_there_is_there(tmp_path, monkeypatch):
    place = tmp_path / "a.csv"
    place.write_text("before")
    with pytest.raises(ZeroDivisionError), whole(place, elsewhere="-o") as stream:
        stream.write("x" * (100_000 // 0))

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LuodiError, match=r"a\.csv cannot be written") as told, whole(place, elsewhere="-o b.csv"):
        pass
    assert (told.value.found, told.value.fix) == ("No space left on device", "-o b.csv")
    assert place.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]


def test_a_failure_to_read_within_is_not_called_one_to_write(tmp_path):
    with pytest.raises(OSError, match="Input/output"), whole(tmp_path / "a.csv", elsewhere="-o"):
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("name", ["no/a.csv", "folder"])
def test_a_place_that_cannot_be_is_named(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(LuodiError, match="cannot be written"), whole(tmp_path / name, elsewhere="-o") as stream:
        stream.write("a")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]


def test_what_a_killed_writer_left_is_cleared_away_and_a_living_ones_draft_is_not(tmp_path):
    code = (
        "import os, sys, signal\nfrom pathlib import Path\nfrom luodi.data.whole import whole\n"
        "with whole(Path(sys.argv[1]), elsewhere='-o') as stream:\n"
        "    stream.write('x')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.csv")], check=False)
    (left,) = tmp_path.iterdir()
    os.utime(left, (0, 0))
    with whole(tmp_path / "b.csv", elsewhere="-o") as living:
        assert not left.exists()
        living.write("b")
        for draft in tmp_path.iterdir():
            os.utime(draft, (0, 0))
        with whole(tmp_path / "c.csv", elsewhere="-o") as other:
            other.write("c")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b.csv", "c.csv"]


def test_a_draft_is_never_cleared_away_once_it_is_whole(tmp_path, monkeypatch):
    """Between the last write and the rename another writer starts in the same folder, however long that took."""
    real = os.fsync

    def slowly(handle):
        real(handle)
        for draft in tmp_path.glob("*.part"):
            os.utime(draft, (0, 0))
        _clear_dead(tmp_path)

    monkeypatch.setattr("luodi.data.whole.os.fsync", slowly)
    monkeypatch.setattr("luodi.data.whole.shutil.copymode", lambda *_: _clear_dead(tmp_path))
    place = tmp_path / "a.csv"
    place.write_text("before")
    with whole(place, elsewhere="-o") as stream:
        stream.write("x")
    assert place.read_text("utf-8-sig") == "x"


def test_a_link_stays_one_and_permissions_stay(tmp_path):
    kept = tmp_path / "kept.csv"
    kept.write_text("before")
    kept.chmod(0o600)
    link = tmp_path / "link.csv"
    link.symlink_to(kept)
    with whole(link, elsewhere="-o") as stream:
        stream.write("x")
    assert link.is_symlink()
    assert kept.read_text("utf-8-sig") == "x"
    assert kept.stat().st_mode & 0o777 == 0o600

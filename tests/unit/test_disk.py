"""A file is there whole or as it was; a rename is safe once its folder is synced."""

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi import disk
from luodi.disk import sync, write_whole


@given(text=st.text(st.characters(exclude_categories=("Cs",))))
def test_what_is_written_is_read_back(tmp_path_factory, text):
    place = tmp_path_factory.mktemp("disk") / "名称.yaml"
    write_whole(place, "before")
    write_whole(place, text)
    assert place.read_bytes().decode() == text
    assert os.listdir(place.parent) == [place.name]


def test_a_half_character_is_no_reason_to_fail(tmp_path):
    write_whole(tmp_path / "a", "x\ud800y")
    assert (tmp_path / "a").read_text("utf-8") == "x?y"


def test_where_the_disk_is_full_everything_is_as_it_was(tmp_path, monkeypatch):
    place = tmp_path / "a"
    place.write_text("before")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk, "sync", full)
    with pytest.raises(OSError, match="No space") as failed:
        write_whole(place, "after")
    assert failed.value.filename == str(place)
    assert place.read_text() == "before"
    assert os.listdir(tmp_path) == ["a"]


def test_files_and_folders_are_synced_and_what_is_not_there_is_told(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle).st_ino))
    (tmp_path / "a").touch()
    sync(tmp_path / "a")
    sync(tmp_path)
    assert synced == [(tmp_path / "a").stat().st_ino, tmp_path.stat().st_ino]
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "b")

"""Checkpoints are whole or not there, whatever happens while they are written and after."""

import os
import shutil

import pytest
import torch

from luodi.tune.checkpoint import Snapshot, newest, save


def snapshot(step, *, best=0):
    tensors = {"network": {"w": torch.full((3,), float(step))}, "best": {"w": torch.full((3,), float(best))}}
    return Snapshot(step, tensors, {"epoch": step, "best": float("-inf")}, {"best": best})


@pytest.fixture
def notes():
    return []


@pytest.fixture
def find(tmp_path, notes):
    return lambda fingerprint="f": newest(tmp_path, fingerprint=fingerprint, note=notes.append)


def kept(folder):
    return sorted(int(entry.name[-9:]) for entry in folder.iterdir())


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.unlink()
    path.write_bytes(raw)


def cut(path):
    path.write_bytes(path.read_bytes()[:-4])


DAMAGES = {
    "a flipped bit": lambda folder: flip(folder / "network.safetensors"),
    "a cut file": lambda folder: cut(folder / "network.safetensors"),
    "a missing file": lambda folder: (folder / "state.json").unlink(),
    "no manifest": lambda folder: (folder / "MANIFEST.json").unlink(),
    "a cut manifest": lambda folder: cut(folder / "MANIFEST.json"),
    "a manifest of something else": lambda folder: (folder / "MANIFEST.json").write_text("[1, 2]"),
    "an empty folder": lambda folder: [entry.unlink() for entry in folder.iterdir()],
}


def test_what_was_written_is_read(tmp_path, find, notes):
    assert find() is None
    save(snapshot(5, best=4), tmp_path, fingerprint="f")
    found = find()
    assert (found.step, found.state, found.versions) == (5, {"epoch": 5, "best": float("-inf")}, {"best": 4})
    assert torch.equal(found.tensors["network"]["w"], torch.full((3,), 5.0))
    assert not notes


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_passed_over_and_said(tmp_path, find, notes, damage):
    for step in (1, 2):
        save(snapshot(step, best=step), tmp_path, fingerprint="f")
    DAMAGES[damage](max(tmp_path.iterdir()))
    assert find().step == 1
    assert len(notes) == 1
    assert "damaged" in notes[0]
    save(snapshot(2, best=2), tmp_path, fingerprint="f")
    assert find().step == 2


def test_what_a_killed_save_left_is_removed_and_two_stay(tmp_path, find):
    for step in (1, 2, 3, 10):
        save(snapshot(step), tmp_path, fingerprint="f")
    (tmp_path / ".checkpoint-dead").mkdir()
    assert find().step == 10
    assert kept(tmp_path) == [3, 10]


def test_another_training_neither_takes_them_up_nor_loses_its_own(tmp_path, find, notes):
    for step in (1000, 2000):
        save(snapshot(step), tmp_path, fingerprint="long ago")
    assert find("now") is None
    assert "starting anew" in notes[0]
    for step in (1, 2, 3):
        save(snapshot(step), tmp_path, fingerprint="now")
    assert find("now").step == 3
    assert find("long ago").step == 2000
    assert len(list(tmp_path.iterdir())) == 4
    save(snapshot(1), tmp_path, fingerprint="a third")
    assert len(list(tmp_path.iterdir())) == 3


def test_best_weights_that_did_not_change_are_not_written_again(tmp_path, find):
    for step, best in ((1, 1), (2, 1), (3, 3)):
        save(snapshot(step, best=best), tmp_path, fingerprint="f")
        files = [entry / "best.safetensors" for entry in sorted(tmp_path.iterdir())]
        if step == 2:
            assert os.path.samefile(*files)
    assert not os.path.samefile(*files)
    assert float(find().tensors["best"]["w"][0]) == 3


def test_a_damaged_file_is_never_taken_over(tmp_path, find):
    save(snapshot(1, best=1), tmp_path, fingerprint="f")
    flip(max(tmp_path.iterdir()) / "best.safetensors")
    save(snapshot(2, best=1), tmp_path, fingerprint="f")
    assert find().step == 2


def test_a_full_disk_leaves_the_earlier_ones(tmp_path, find):
    import resource

    save(snapshot(1), tmp_path, fingerprint="f")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = Snapshot(2, {"network": {"w": torch.zeros(100_000)}}, {})
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"large|space"):
            save(big, tmp_path, fingerprint="f")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert kept(tmp_path) == [1]
    assert find().step == 1


@pytest.mark.parametrize("broken", ["fsync", "rename"])
def test_a_failure_at_any_point_leaves_no_half_checkpoint(tmp_path, find, monkeypatch, broken):
    save(snapshot(1), tmp_path, fingerprint="f")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync" if broken == "fsync" else "pathlib.Path.rename", fail)
    with pytest.raises(OSError, match="No space"):
        save(snapshot(2), tmp_path, fingerprint="f")
    monkeypatch.undo()
    assert kept(tmp_path) == [1]
    assert find().step == 1


def test_a_removed_folder_does_no_harm(tmp_path, find):
    save(snapshot(1), tmp_path / "deep" / "down", fingerprint="f")
    shutil.rmtree(tmp_path / "deep")
    assert newest(tmp_path / "deep" / "down", fingerprint="f", note=print) is None

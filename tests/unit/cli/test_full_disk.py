"""A disk that fills up while a build runs: one sentence, nothing half-written, and with room again it goes on."""

import errno
import subprocess
import time

import pytest

from luodi.bundle import read_bundle

pytestmark = pytest.mark.slow

#: Room that is plenty for the build of a tiny model.
_MIB = 8
#: What a build has just done when the disk fills up, and what it still could write then.
_MOMENTS = {
    "reviews.work/build-*/stage-0-*/model.json": "stage-1-",
    ".luodi-draft-*/manifest.json": "proof-",
}


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, in memory."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_MIB}m", "luodi", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place):
    """Take all room that is left."""
    with (place / "filler").open("ab", buffering=0) as stream:
        for size in (1 << 20, 4096, 1):
            try:
                while stream.write(bytes(size)):
                    pass
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Where the processes of this file say what they have to say."""
    return tmp_path_factory.mktemp("said")


def test_one_sentence_then_with_room_again_it_goes_on(disk, start_build, said):
    bundle = disk / "reviews.luodi"
    for number, (moment, place) in enumerate(_MOMENTS.items()):
        told = said / f"{number}.txt"
        process = start_build(bundle, said=told)
        while process.is_alive() and not list(disk.glob(moment)):
            time.sleep(0.001)
        fill(disk)
        process.join()
        assert process.exitcode == 1
        complaint = told.read_text("utf-8")
        assert "disk is full" in complaint
        assert place in complaint
        assert "Traceback" not in complaint
        assert sum(line.startswith("luodi: ") for line in complaint.splitlines()) == 1
        assert sorted(entry.name for entry in disk.iterdir()) == ["filler", "reviews.work"]
        (disk / "filler").unlink()
    process = start_build(bundle, said=said / "last.txt")
    process.join()
    assert process.exitcode == 0, (said / "last.txt").read_text("utf-8")
    assert read_bundle(bundle).manifest.name == "reviews"
    assert list(disk.iterdir()) == [bundle]

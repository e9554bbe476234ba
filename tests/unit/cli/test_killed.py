"""A build that is killed leaves no half bundle; the same command goes on to its end, and no litter stays."""

import time

import pytest

from luodi.bundle import read_bundle

pytestmark = pytest.mark.slow

#: What shows that a build has come to a phase.
_SIGNS = {
    "tuning": "reviews.work/build-*/run-*/checkpoints/checkpoint-*",
    "exporting": "reviews.work/build-*/stage-1-*/model.json",
}


def test_the_same_command_goes_on_to_the_end(start_build, tmp_path):
    bundle = tmp_path / "reviews.luodi"
    for sign in _SIGNS.values():
        process = start_build(bundle)
        while process.is_alive() and not list(tmp_path.glob(sign)):
            time.sleep(0.001)
        process.kill()
        process.join()
        assert process.exitcode == -9
        assert not bundle.exists()
    process = start_build(bundle)
    process.join()
    assert process.exitcode == 0
    assert read_bundle(bundle).manifest.name == "reviews"
    assert list(tmp_path.iterdir()) == [bundle]

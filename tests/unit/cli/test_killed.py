"""A build that is killed leaves no half bundle; the same command goes on to its end, and no litter stays."""

import json
import time

import pytest

from luodi.bundle import read_bundle
from luodi.job.ledger import Ledger

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


def test_a_search_that_is_killed_again_and_again_comes_to_its_end(start_build, tmp_path):
    bundle, n_done = tmp_path / "reviews.luodi", 0
    words = ("--trials", "4", "--set", "audit=false", "--json")
    for n in (1, 3):
        process = start_build(bundle, *words)
        while process.is_alive() and n_done < n:
            n_done = max((len(Ledger(one).rows) for one in tmp_path.glob("reviews.work/*/trials.json")), default=0)
            time.sleep(0.001)
        process.kill()
        process.join()
        assert process.exitcode == -9
        assert not bundle.exists()
    process = start_build(bundle, *words)
    process.join()
    assert process.exitcode == 0
    trials = json.loads(read_bundle(bundle).read("report.json"))["trials"]
    assert [row["number"] for row in trials] == [1, 2, 3, 4]
    assert list(tmp_path.iterdir()) == [bundle]

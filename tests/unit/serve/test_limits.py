"""Limits come from flags, then from the bundles, then from the defaults."""

import pytest

from luodi.bundle import read_bundle
from luodi.errors import RecipeError
from luodi.serve import Limits


def test_a_text_may_be_as_long_as_the_bundle_that_reads_most_reads(one_head, write_bundle):
    from luodi.bundle.manifest import Limits as Reading
    from luodi.tasks import Classify, Task

    long = write_bundle(Task((Classify("情感", ("正面", "负面")),)), limits=Reading(max_characters=30_000))
    manifests = [read_bundle(path).manifest for path in (one_head, long)]
    assert Limits.of(manifests).characters == 30_000
    assert Limits.of(manifests, characters=10, body_bytes=None) == Limits(characters=10)


@pytest.mark.parametrize("flag", [{"texts": 0}, {"header_s": -1.0}, {"idle_s": float("nan")}])
def test_a_limit_that_lets_nothing_in(flag):
    with pytest.raises(RecipeError, match=next(iter(flag))):
        Limits.of(**flag)

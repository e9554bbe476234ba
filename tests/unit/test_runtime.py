"""What the process runs on is told as it is, and what is missing is named with the line that installs it."""

import os
from pathlib import Path

import pytest

from luodi import runtime
from luodi.errors import MissingExtra


def test_a_missing_package_is_named_with_its_pip_line():
    with pytest.raises(MissingExtra, match="no_such_package_at_all") as caught:
        runtime.need("no_such_package_at_all", extra="serve")
    assert caught.value.fix == 'pip install "luodi[serve]"'
    assert caught.value.exit_code == 5


def test_a_missing_part_of_a_missing_package_is_named_too():
    with pytest.raises(MissingExtra):
        runtime.need("no_such_package_at_all.inner", extra="serve")


def test_a_package_that_is_broken_inside_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import something_it_needs_that_is_not_there\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="something_it_needs"):
        runtime.need("half_installed", extra="train")


def test_a_package_is_looked_for_without_being_imported():
    assert runtime.has("json")
    assert not runtime.has("no_such_package_at_all")


def test_the_home_of_state_can_be_named(monkeypatch):
    monkeypatch.setenv("LUODI_HOME", "/somewhere/else")
    assert runtime.home() == Path("/somewhere/else")
    monkeypatch.setenv("LUODI_HOME", "")
    assert runtime.home() == Path.home() / ".luodi"


def test_cores_are_those_that_this_process_may_use():
    allowed = os.sched_getaffinity(0)
    assert runtime.n_cores() == len(allowed)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert runtime.n_cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_the_processor_has_a_name():
    assert runtime.cpu_name().strip()
    assert "\n" not in runtime.cpu_name()


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        ({"avx2", "fma"}, False),
        ({"avx2", "avx_vnni"}, True),
        ({"avx512f", "avx512_vnni"}, True),
        ({"asimd", "asimddp"}, True),
        (set(), False),
    ],
)
def test_exact_8_bit_products_are_told_from_those_that_saturate(flags, has, monkeypatch):
    monkeypatch.setattr(runtime, "cpu_flags", lambda: frozenset(flags))
    assert runtime.has_vnni() is has


def test_versions_of_what_is_installed():
    found = runtime.versions("numpy", "no-such-package-at-all")
    assert list(found) == ["numpy"]

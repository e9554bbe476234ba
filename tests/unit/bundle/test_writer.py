"""A bundle is written whole or not at all, and replaces another in one step."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from luodi.bundle import Draft, read_bundle
from luodi.bundle import replace as replacing
from luodi.errors import LuodiError, RecipeError


def fill(draft, files):
    for name, content in files.items():
        draft.add(name, content)


def test_a_sealed_draft_is_read_like_a_bundle_and_may_grow(files, contents, tmp_path):
    with Draft(tmp_path) as draft:
        fill(draft, files)
        assert set(read_bundle(draft.seal(contents())).manifest.files) == set(files)
        draft.add("report.json", "{}")
        (tmp_path / "card").write_text("中文", encoding="utf-8")
        draft.add("card.md", tmp_path / "card")
        place = draft.publish(tmp_path / "one.luodi")
    bundle = read_bundle(place)
    assert set(bundle.manifest.files) == {*files, "report.json", "card.md"}
    assert bundle.read("card.md").decode() == "中文"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["card", "one.luodi"]


def test_left_without_publishing_nothing_stays(files, tmp_path):
    def fail():
        with Draft(tmp_path) as draft:
            fill(draft, files)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_not_of_a_bundle_is_our_own_fault(tmp_path):
    with Draft(tmp_path) as draft:
        for name in ("x.pkl", "../model.onnx", "manifest.json", ""):
            with pytest.raises(ValueError, match="no file of a bundle"):
                draft.add(name, b"")
        with pytest.raises(ValueError, match="is not in"):
            draft.publish(tmp_path.parent / "elsewhere.luodi")


@pytest.mark.parametrize("can_exchange", [True, False])
def test_an_older_bundle_is_replaced(files, contents, tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(replacing, "_exchange", lambda *_: False)
    for name in ("old", "new"):
        with Draft(tmp_path) as draft:
            fill(draft, files)
            draft.seal(contents(name=name))
            draft.publish(tmp_path / "one.luodi")
        assert read_bundle(tmp_path / "one.luodi").manifest.name == name
        assert [entry.name for entry in tmp_path.iterdir()] == ["one.luodi"]


def test_what_is_no_bundle_is_never_overwritten(files, contents, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1").write_text("years of work")
    (tmp_path / "link").symlink_to(tmp_path / "thesis")
    (tmp_path / "file").write_text("x")
    for name in ("thesis", "link", "file"):
        with Draft(tmp_path) as draft:
            fill(draft, files)
            draft.seal(contents())
            with pytest.raises(RecipeError, match="is no bundle"):
                draft.publish(tmp_path / name)
    assert (tmp_path / "thesis" / "chapter1").read_text() == "years of work"


def test_an_old_bundle_set_aside_by_a_killed_process_comes_back(files, contents, written, tmp_path):
    aside = tmp_path / ".one.luodi.luodi-old"
    written_copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", written, written_copy], check=True)
    written_copy.rename(aside)
    with Draft(tmp_path):
        assert read_bundle(tmp_path / "one.luodi").manifest.name == "tiny"
    assert not aside.exists()


def test_drafts_of_the_dead_are_cleared_and_those_of_the_living_are_not(tmp_path):
    dead = tmp_path / ".luodi-draft-0123456789ab"
    dead.mkdir()
    (dead / "model.onnx").write_bytes(b"x")
    with Draft(tmp_path) as living:
        assert not dead.exists()
        dead.mkdir()
        with Draft(tmp_path):
            assert not dead.exists()
            assert living.path.exists()


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path):
    """The limit on file size stands for the full disk where nothing can be mounted; both fail in ``write``."""
    program = """
        import errno, resource, signal, sys
        from luodi.bundle import Draft
        from luodi.errors import LuodiError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            with Draft(sys.argv[1]) as draft:
                draft.add("model.onnx", b"x" * 100_000)
        except LuodiError as refused:
            assert "cannot be written" in refused.what or "full" in refused.what, refused
            sys.exit(9)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program), tmp_path])
    assert done.returncode == 9
    assert not list(tmp_path.iterdir())


def test_no_space_left_is_called_a_full_disk(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    with Draft(tmp_path) as draft:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(LuodiError, match="the disk is full"):
            draft.add("model.onnx", b"x")


def test_killed_at_any_moment_there_is_the_old_or_the_new(written, tmp_path):
    """A process that publishes in a loop is killed 12 times; every time a whole bundle stands there."""
    program = """
        import sys
        from luodi.bundle import Draft, read_bundle
        source = read_bundle(sys.argv[1])
        contents = {name: getattr(source.manifest, name) for name in type(source.manifest).model_fields if name not in ("files", "luodi_bundle")}
        from luodi.bundle import Contents
        from pathlib import Path
        place = Path(sys.argv[2])
        for round in range(100000):
            with Draft(place.parent) as draft:
                for name in source.manifest.files:
                    draft.add(name, source.read(name))
                draft.seal(Contents(**{**contents, "name": f"round {round}"}))
                draft.publish(place)
            if round == 0:
                print("ready", flush=True)
    """  # noqa: E501
    place = tmp_path / "one.luodi"
    for kill in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program), written, place], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.003 * kill)
            process.send_signal(signal.SIGKILL)
        assert read_bundle(place).manifest.name.startswith("round")

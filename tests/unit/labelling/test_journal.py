"""What was said to be saved is there, whatever happens to process or disk; what is no journal stays as it is."""

import errno
import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.errors import DataError, LuodiError, RecipeError
from luodi.labelling import open_journal, read_journal

ONE, TWO = {"action": "label", "label": "a"}, {"action": "skip", "label": None}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "reviews.labels.jsonl"


def test_an_entry_is_on_disk_before_append_returns(place):
    with open_journal(place) as journal:
        journal.append(ONE)
        assert read_journal(place) == [ONE]
        journal.append(TWO)
        assert [json.loads(line) for line in place.read_text("utf-8").splitlines()] == [ONE, TWO]
        assert journal.entries == [ONE, TWO]


def test_a_second_session_goes_on_behind_the_first(place):
    with open_journal(place) as journal:
        journal.append(ONE)
    with open_journal(place) as journal:
        assert journal.entries == [ONE]
        journal.append(TWO)
    assert read_journal(place) == [ONE, TWO]


@given(label=st.text())
def test_any_label_survives(tmp_path_factory, label):
    place = tmp_path_factory.mktemp("any") / "x.labels.jsonl"
    with open_journal(place) as journal:
        journal.append({"action": "label", "label": label})
    assert read_journal(place) == [{"action": "label", "label": label}]


@pytest.mark.parametrize("torn", [b'{"action": "lab', b'{"action": "label", "label": "\xe5\xa5', b"{", b'{"action": "'])
def test_a_line_cut_off_by_a_killed_process_is_passed_over_and_written_behind(place, torn):
    whole = json.dumps(ONE).encode() + b"\n"
    place.write_bytes(whole + torn)
    assert read_journal(place) == [ONE]
    with open_journal(place) as journal:
        journal.append(TWO)
    assert place.read_bytes() == whole + json.dumps(TWO).encode() + b"\n"


@pytest.mark.parametrize(
    "theirs",
    [
        b'[{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]',
        b"text,label\na,x\nb,y",
        b'{"action": 3, "text": "a"',
        "评论\t情感".encode("gb18030"),
        json.dumps(ONE).encode() + b"\nnonsense",
        b"x",
    ],
)
def test_a_file_of_somebody_else_is_never_cut(place, theirs):
    place.write_bytes(theirs)
    with pytest.raises(DataError, match="is no saved answer"), open_journal(place):
        pass
    assert place.read_bytes() == theirs


def test_a_whole_line_that_lacks_only_its_end_counts(place):
    place.write_bytes(json.dumps(ONE).encode())
    with open_journal(place) as journal:
        assert journal.entries == [ONE]
        journal.append(TWO)
    assert read_journal(place) == [ONE, TWO]


def test_a_torn_line_longer_than_what_is_looked_at_at_once_is_cut_off_whole(place):
    whole = json.dumps(ONE).encode() + b"\n"
    place.write_bytes(whole + b'{"action": "batch", "texts": "' + b"x" * 200_000)
    with open_journal(place):
        pass
    assert place.read_bytes() == whole


@pytest.mark.parametrize("content", ["文本,标签\n好,正面\n", '{"text": "good"}\n', "[1]\n", "[" * 100_000 + "\n"])
def test_what_is_no_journal_is_refused_with_its_line_and_stays(place, content):
    place.write_text(content, "utf-8")
    with pytest.raises(DataError, match="line 1 is no saved answer"), open_journal(place):
        pass
    assert place.read_text("utf-8") == content


def test_a_damaged_line_within_is_refused(place):
    place.write_bytes(json.dumps(ONE).encode() + b"\n{oops}\n" + json.dumps(TWO).encode() + b"\n")
    with pytest.raises(DataError, match="line 2 is no saved answer"):
        read_journal(place)


def test_a_file_that_is_not_there_is_told(place):
    with pytest.raises(DataError, match="cannot be read"):
        read_journal(place)


def test_a_folder_that_is_not_there_is_told(place):
    with pytest.raises(LuodiError, match="cannot be written"), open_journal(place.parent / "no" / place.name):
        pass


def test_two_processes_never_write_one_journal(place):
    script = f"""
from pathlib import Path
from luodi.labelling import open_journal
try:
    with open_journal(Path({str(place)!r})):
        print("opened")
except Exception as refused:
    print(type(refused).__name__)
"""
    with open_journal(place):
        run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert run.stdout.strip() == RecipeError.__name__
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "opened"


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_called_saved_that_nobody_would_find(place, replaced):
    """A file that is deleted or replaced lives on for who has it open: answers would vanish with it."""
    away = place.with_name("away")
    with open_journal(place) as journal:
        journal.append(ONE)
        place.rename(away)
        if replaced:
            place.write_bytes(away.read_bytes())
        with pytest.raises(LuodiError, match="deleted or replaced"):
            journal.append(TWO)
        assert journal.entries == [ONE]
        away.rename(place)
        journal.append(TWO)
    assert read_journal(place) == [ONE, TWO]


def test_a_full_disk_leaves_the_journal_as_it_was(place, monkeypatch):
    """Half a line is written before the disk is full: it goes again, and nobody is told that it was saved."""
    real = os.write

    def half(handle, raw):
        if len(raw) > 5:
            return real(handle, raw[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_journal(place) as journal:
        journal.append(ONE)
        before = place.read_bytes()
        with monkeypatch.context() as full:
            full.setattr(os, "write", lambda handle, raw: half(handle, raw[:8]))
            with pytest.raises(LuodiError, match="cannot be written"):
                journal.append(TWO)
        assert place.read_bytes() == before
        assert journal.entries == [ONE]
        journal.append(TWO)
    assert read_journal(place) == [ONE, TWO]

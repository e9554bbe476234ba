"""A small table of reviews to label, and what is needed to walk through it."""

import csv
import itertools

import pytest

from luodi.data import Dataset
from luodi.labelling import Look, Source, text_key

TEXTS = ("很好吃", "太慢了", "还行", "太慢了", "一般")
LABELS = ("正面", "正面", None, "负面", None)


@pytest.fixture
def source():
    """Five rows under the head 情感: two bear one text and two different labels, two have no label."""
    return Source(Dataset.of(TEXTS, {"情感": LABELS}), "情感", ("正面", "负面"), len(TEXTS))


@pytest.fixture
def looks():
    """Ask about each text once, in the order of the rows."""
    return [Look(text_key(text), "next") for text in dict.fromkeys(TEXTS)]


@pytest.fixture
def clock():
    """Give a clock that a test can foretell: 0, 1, 2 ..."""
    ticks = itertools.count()
    return lambda: str(next(ticks))


@pytest.fixture
def table(tmp_path):
    """Write rows as csv under a name; gives its place."""

    def write(name, rows):
        place = tmp_path / name
        with place.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
        return place

    return write

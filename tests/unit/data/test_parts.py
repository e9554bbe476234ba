"""Folders that come split: the files of the parts are found, an ordinary folder is refused."""

import pytest

from luodi.data.parts import find_parts, read_parts
from luodi.errors import DataError


def test_parts_are_found_by_their_names(write, tmp_path):
    write("train.csv", "文本,类别\n好,1\n坏,0\n")
    write("dev.tsv", "坏\t0\n还行\t1\n".replace("\t", "\t"))
    write("test.jsonl", '{"文本": "行", "类别": 1}\n')
    write("notes.md", "x")
    assert {part: path.name for part, path in find_parts(tmp_path).items()} == {
        "train": "train.csv", "validation": "dev.tsv", "test": "test.jsonl",
    }  # fmt: skip
    (tmp_path / "dev.tsv").write_text("文本\t类别\n坏\t0\n", encoding="utf-8")
    parts = read_parts(tmp_path)
    assert [part.labels["类别"] for part in parts.values()] == [("1", "0"), ("0",), ("1",)]
    assert parts["test"].origin(0) == "test.jsonl:1"


def test_names_may_end_in_the_part(write, tmp_path):
    write("bank_train.csv", "text,label\na,1\n")
    write("bank_test.csv", "text,label\nb,1\n")
    assert sorted(find_parts(tmp_path)) == ["test", "train"]
    write("shop_train.csv", "text,label\na,1\n")
    with pytest.raises(DataError, match="several files for train"):
        find_parts(tmp_path)


def test_an_ordinary_folder_is_refused(write, tmp_path):
    write("reviews.csv", "text,label\na,1\n")
    with pytest.raises(DataError, match="no file named train") as error:
        read_parts(tmp_path)
    assert error.value.found == "reviews.csv"
    with pytest.raises(DataError, match="no folder"):
        find_parts(tmp_path / "none")

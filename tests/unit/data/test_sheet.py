"""Every kind of workbook gives the same rows; one that is locked says so and how to open it."""

import zipfile
from pathlib import Path

import pytest

from luodi.data import read
from luodi.data.sheet import open_sheet
from luodi.errors import DataError

_FILES = Path(__file__).parent / "files"  # make_files.py beside them made them
_TEXTS = ("物流很快，包装完好 😀", "太慢了", "a <b>bold</b> one & more")


def test_titles_empty_sheets_and_empty_columns_are_passed_over(spreadsheet):
    book = spreadsheet(
        {
            "空": [],
            "评论": [("2024年评论",), (), ("评论", "标签", None), ("好吃", 1.0, None), (None, None), ("难吃", 0, None)],
            "另一": [("text", "label"), ("a", "x"), ("b", "y")],
        }
    )
    data = read(book)
    assert (data.texts, data.labels) == (("好吃", "难吃"), {"标签": ("1", "0")})
    assert data.origin(1) == "book.xlsx, sheet 评论:6"
    assert read(book, sheet="另一").texts == read(book, sheet=3).texts == ("a", "b")
    with pytest.raises(DataError, match="has no sheet '另外'"):
        read(book, sheet="另外")


@pytest.mark.parametrize("name", ["reviews.xls", "reviews.xlsb", "reviews.ods"])
def test_other_workbooks_give_the_same_rows(name):
    data = read(_FILES / name, time="时间")
    assert data.texts == _TEXTS
    assert data.labels == {"标签": ("1", "0", "1")}
    assert [when[:10] for when in data.times] == ["2024-01-31", "2024-02-01", "2024-02-29"]
    assert [data.origin(row) for row in range(3)] == [f"{name}:{line}" for line in (2, 3, 4)]


@pytest.mark.parametrize("name", ["reviews.xls", "reviews.xlsb", "reviews.ods"])
def test_their_sheets_have_names_and_numbers(name):
    for sheet in ("一月", "1", 1):
        assert open_sheet(_FILES / name, sheet=sheet).columns == ("评论", "标签", "时间")
    with pytest.raises(DataError, match="has no sheet '二月'"):
        open_sheet(_FILES / name, sheet="二月")


@pytest.mark.parametrize("name", ["locked.xlsx", "locked.xls", "locked.ods"])
def test_a_locked_workbook_says_so(name):
    with pytest.raises(DataError, match=f"{name} is locked with a password") as refused:
        read(_FILES / name)
    assert "without one" in refused.value.fix


@pytest.mark.parametrize("name", ["reviews.xls", "reviews.xlsb", "reviews.ods", "locked.xlsx"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_workbook_that_was_cut_off_is_damaged(tmp_path, name, share):
    whole = (_FILES / name).read_bytes()
    cut = tmp_path / name
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(DataError) as refused:
        read(cut)
    assert name in refused.value.what


def test_a_sheet_that_is_damaged_inside_a_sound_workbook_says_so(tmp_path):
    """The directory of sheets can be read, the sheet itself breaks off."""
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(_FILES / "reviews.xlsb") as source, zipfile.ZipFile(broken, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            archive.writestr(name, content[:60] if name.endswith("sheet1.bin") else content)
    with pytest.raises(DataError, match=r"broken\.xlsx is damaged"):
        read(broken)


def test_a_workbook_that_claims_to_be_huge_is_not_unpacked(tmp_path):
    """Its directory tells another size than its content has; only that is read."""
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w") as archive:
        archive.writestr("xl/workbook.xml", b"x")
        archive.filelist[0].file_size = 5 << 30
        archive.filelist[0].compress_size = 1
    with pytest.raises(DataError, match="claims to hold 5 GiB"):
        read(bomb)

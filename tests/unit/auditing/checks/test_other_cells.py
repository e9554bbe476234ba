"""What no check looks at is said, so that silence is not taken for praise."""

from luodi.auditing import audit
from luodi.data import Dataset


def notes(labels):
    found = audit(Dataset.of([f"第{row}条评论很好" for row in range(8)], labels)).findings
    return [one for one in found if one.check == "other_cells"]


def test_columns_of_lists_and_spans_are_named():
    (one,) = notes({"情感": ["好", "差"] * 4, "主题": ['["a"]', "[]"] * 4, "片段": ['[[0, 2, "x"]]', "[]"] * 4})
    assert one.severity == "note"
    assert "主题, 片段" in one.what


def test_nothing_is_said_where_every_column_sorts():
    assert notes({"情感": ["好", "差"] * 4}) == []

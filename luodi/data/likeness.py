"""What a cell says of how well two texts fit each other: yes or no, in many words, or a grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.data.kinds import is_number

if TYPE_CHECKING:
    from collections.abc import Iterable

_YES = (
    "1", "yes", "y", "true", "t", "match", "matched", "matching", "similar", "same", "duplicate", "duplicated",
    "is_duplicate", "relevant", "paraphrase", "positive", "dup", "是", "对", "真", "相似", "相同", "重复", "匹配",
    "相关", "一致", "同义",
)  # fmt: skip
_NO = (
    "0", "-1", "no", "n", "false", "f", "not", "mismatch", "unmatched", "dissimilar", "different", "unique",
    "irrelevant", "unrelated", "distinct", "negative", "否", "错", "假", "非", "不同", "无关", "不一致",
)  # fmt: skip
#: What stands before a word of yes to turn it.
_NOT = ("not_", "not-", "not ", "non_", "non-", "non ", "non", "un", "no_", "no-", "no ", "不", "非", "未")


def likeness(cell: str) -> float | None:
    """Read a cell: 1 where two texts fit, 0 where they do not, a grade as it is; None where it says neither.

    >>> likeness("是"), likeness("Not duplicate"), likeness("不相似"), likeness("2.5"), likeness("maybe")
    (1.0, 0.0, 0.0, 2.5, None)
    """
    word = cell.strip().casefold()
    if word in _YES:
        return 1.0
    if word in _NO or any(word.startswith(turn) and word[len(turn) :].strip() in _YES for turn in _NOT):
        return 0.0
    return float(word) if is_number(word) and float(word) >= 0 else None


def says_yes_or_no(cells: Iterable[str | None]) -> bool:
    """Tell whether every cell that holds anything says yes or no, and both are said.

    >>> says_yes_or_no(["1", None, "0"]), says_yes_or_no(["1", "2"]), says_yes_or_no(["yes", "yes"])
    (True, False, False)
    """
    said = {likeness(cell) for cell in {cell for cell in cells if cell is not None}}
    return said == {0.0, 1.0}

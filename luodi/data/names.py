"""The names by which columns are recognised, in the order of preference, in English and Chinese."""

from __future__ import annotations

TEXT = (
    "text", "content", "review", "sentence", "query", "utterance", "comment", "title", "question", "headline",
    "message", "文本", "内容", "评论", "正文", "句子", "标题", "问题",
    "评论内容", "评价内容", "评价", "留言", "文本内容",
)  # fmt: skip
LABEL = (
    "label", "labels", "target", "category", "class", "intent", "sentiment", "tag", "polarity", "label_text",
    "标签", "类别", "分类", "情感", "意图", "标注", "类型", "情感倾向", "情感标签", "正/负面", "正负面", "极性",
)  # fmt: skip
#: Columns that only number the rows.
NUMBERING = frozenset({"", "id", "index", "idx", "no", "unnamed: 0", "序号", "编号"})

_KNOWN = frozenset(TEXT) | frozenset(LABEL)


def fold(name: str) -> str:
    """Fold a column's name for comparison: trimmed, small letters.

    >>> fold(" Label ")
    'label'
    """
    return name.strip("\ufeff \t\r\n\u3000").casefold()


def is_known(name: str | None) -> bool:
    """Tell whether a cell is a name that a column of text or labels often bears."""
    return name is not None and fold(name) in _KNOWN

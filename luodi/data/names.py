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
    "is_duplicate", "relevance", "是否重复", "是否相似", "是否匹配", "相关度",
)  # fmt: skip
#: Two columns of texts that are held against each other.
PAIRS = (
    ("question1", "question2"), ("sentence1", "sentence2"), ("text1", "text2"), ("text_a", "text_b"),
    ("sentence_a", "sentence_b"), ("question_a", "question_b"), ("query1", "query2"), ("query", "candidate"),
    ("query", "document"), ("query", "passage"), ("question", "candidate"),
    ("问题1", "问题2"), ("句子1", "句子2"), ("文本1", "文本2"), ("问题a", "问题b"), ("句子a", "句子b"),
    ("文本a", "文本b"), ("查询", "候选"), ("问题", "候选"), ("问句1", "问句2"),
)  # fmt: skip
#: Columns that only number the rows.
NUMBERING = frozenset({"", "id", "index", "idx", "no", "unnamed: 0", "序号", "编号"})

_KNOWN = frozenset(TEXT) | frozenset(LABEL) | {name for two in PAIRS for name in two}


def fold(name: str) -> str:
    """Fold a column's name for comparison: trimmed, small letters.

    >>> fold(" Label ")
    'label'
    """
    return name.strip("\ufeff \t\r\n\u3000").casefold()


def is_known(name: str | None) -> bool:
    """Tell whether a cell is a name that a column of text or labels often bears."""
    return name is not None and fold(name) in _KNOWN

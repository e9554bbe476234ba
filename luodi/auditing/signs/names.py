"""The likeness of label names: when two of them are written differently by mistake."""

from __future__ import annotations

import re
import unicodedata
from itertools import combinations
from typing import TYPE_CHECKING

from luodi.data.clean import normalise_unicode
from luodi.data.near import normal_form

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = r"_\-./,:;'\"()\[\]{}·、，。：；“”‘’（）【】"
#: What stands between the words of a name and does not tell one label from another: no mark between digits (1.5, 3-5),
#: no hyphen or point before one, which makes it another number (-1, .5).
_BETWEEN = re.compile(rf"(?<=[^\W_])[{_MARKS}]+(?=[^\W\d_])|(?<=[^\W\d_])[{_MARKS}]+(?<![-.])(?=\d)")
#: What stands around a name likewise, a full stop only behind it. Others mean something: A and A-, 满意! and 满意?.
_AROUND = "'\"()[]{}·,:;_、，。：；“”‘’（）【】"
#: White space that keeps two numbers apart.
_APART = re.compile(r"(?<=\d)\s+(?=\d)")
#: What turns a name into its opposite, or into another, where one name has it and the other has not.
_TURNS = frozenset("不未无非没反否前后a")
#: A shorter name is no misspelt other one: in so few characters one of them turns the meaning.
_SHORTEST, _SHORTEST_HAN = 6, 4
#: A longer name is a sentence.
_LONGEST = 80


def plain_form(name: str) -> str:
    r"""Fold what nobody sees in a name: width, case, white space but for that between two numbers, invisible signs.

    >>> plain_form("Re Fund\u200b") == plain_form("ｒｅｆｕｎｄ"), plain_form("1 1")
    (True, '1 1')
    """
    seen = normalise_unicode(name).replace("\ufe0f", "")
    return " ".join(map(normal_form, _APART.split(seen)))


def bare_form(name: str) -> str:
    """Fold besides the marks around a name and between its words; a name of signs and digits keeps its marks.

    >>> bare_form("Re-Fund ") == bare_form("ｒｅ＿ｆｕｎｄ"), bare_form("-1"), bare_form("C++"), bare_form("pos-")
    (True, '-1', 'c++', 'pos-')
    """
    form = plain_form(name)
    bare = _BETWEEN.sub("", form.strip(_AROUND).rstrip(_AROUND + "."))
    return bare if sum(sign.isalpha() for sign in bare) > 1 else form


def is_slip(one: str, other: str) -> bool:
    """Tell whether two names differ as a slip of the pen does: one character too many, too few, swapped or another.

    Not where that character is no letter, or turns the meaning (``unlock``, ``不满意``), nor in short names. Of Chinese
    names each character carries a meaning of its own, so that another one makes another name.

    >>> is_slip("refund request", "refund reqest"), is_slip("class 1", "class 2"), is_slip("lock card", "unlock card")
    (True, False, False)
    >>> is_slip("退款申请", "退款申申请"), is_slip("国内新闻", "国际新闻"), is_slip("可以使用", "不可以使用")
    (True, False, False)
    """
    return _differ_by_a_slip(bare_form(one), bare_form(other))


def _differ_by_a_slip(one: str, other: str) -> bool:
    a, b = sorted((one, other), key=len)
    is_han = any("\u4e00" <= sign <= "\u9fff" for sign in a + b)
    if a == b or len(a) < (_SHORTEST_HAN if is_han else _SHORTEST) or len(b) - len(a) > 1:
        return False
    start = _common(a, b)
    end = min(_common(a[::-1], b[::-1]), len(a) - start)
    mine, theirs = a[start : len(a) - end], b[start : len(b) - end]
    if any(unicodedata.category(sign)[0] not in "LM" for sign in mine + theirs):  # letters, and marks that are theirs
        return False
    if len(b) > len(a):
        return not mine and theirs not in _TURNS
    is_swapped = len(mine) == 2 and mine == theirs[::-1]
    return is_swapped or (len(mine) == 1 and not is_han)


def slips(names: Sequence[str]) -> list[tuple[str, str]]:
    """Find the pairs of names that are a slip of the pen apart, without comparing every name with every other.

    Two such names are equal after one character of either is left out.

    >>> slips(["refund", "delivery", "delivrey"])
    [('delivery', 'delivrey')]

    Source: Mor and Fraenkel 1982, Communications of the ACM 25 (deletion neighbourhoods).
    """
    forms = {name: bare_form(name) for name in names}
    short_by_one: dict[str, list[str]] = {}
    for name, form in forms.items():
        if len(form) <= _LONGEST:
            for shortened in {form, *(form[:place] + form[place + 1 :] for place in range(len(form)))}:
                short_by_one.setdefault(shortened, []).append(name)
    pairs = {pair for alike in short_by_one.values() for pair in combinations(alike, 2)}
    return sorted(pair for pair in pairs if _differ_by_a_slip(forms[pair[0]], forms[pair[1]]))


def _common(one: str, other: str) -> int:
    """Count the characters that two texts begin with alike."""
    n = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        n += 1
    return n

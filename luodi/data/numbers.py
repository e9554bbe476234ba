"""Numbers that name a person: found by issuer, length and check digit, never inside a longer number.

Everywhere a text has plain digits (``personal`` folds other widths), and a place is its first character and the one
after its last.
"""

from __future__ import annotations

import datetime
import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Span = tuple[int, int]
    Groups = list[tuple[int, int, str]]  # place and signs of each

#: Groups of digits, a space, two, a hyphen or a point between them; at the end perhaps the X that checks an identity
#: number.
_RUN = re.compile(r"[0-9]+(?:(?: {1,2}|[.-])[0-9]+)*+(?:[ -]?[Xx](?![A-Za-z]))?")
_GROUP = re.compile("[0-9]+[Xx]?|[Xx]")
#: An identity number's length; a card's.
_IDENTITY, _CARD = range(18, 19), range(13, 20)


def identities(text: str) -> Iterator[Span]:
    """Give the places of Chinese identity numbers, and of passports behind the word.

    An identity number has 18 signs: the region, the birth date, a number of three digits, and a check sign such that
    the sum of all signs, times 2 to the power of their place from the right, leaves 1 when divided by 11.

    >>> list(identities("身份证 110105 19491231 002x。"))
    [(4, 24)]

    Source: GB 11643-1999 (ISO 7064:1983, MOD 11-2).
    """
    for groups in _numbers(text, lengths=_IDENTITY):
        if is_identity(_signs(groups)):
            yield groups[0][0], groups[-1][1]
    for found in _PASSPORT.finditer(text):
        yield found.span(1)


def is_identity(number: str) -> bool:
    """Tell whether 18 signs are an identity number: a region, a day of 1900 to 2099, the right check sign.

    >>> is_identity("11010519491231002X"), is_identity("110105194912310021")
    (True, False)
    """
    if not _REGION.match(number) or number[6:8] not in ("19", "20") or not number[:17].isdecimal():
        return False
    try:
        datetime.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) << (17 - place) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


#: Provinces; 81 to 83 are residence permits of people from Hong Kong, Macao and Taiwan.
_REGION = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_PASSPORT = re.compile(r"(?:护照|passport)[^0-9A-Za-z\n]{0,8}(?:(?:no|number)[^0-9A-Za-z\n]{1,4})?"
                       r"([A-Z](?:[0-9]{8}|[A-Z][0-9]{7}))(?![0-9A-Za-z])", re.IGNORECASE)  # fmt: skip


def cards(text: str) -> Iterator[Span]:
    """Give the places of bank cards: the beginning and the length of a known issuer, and Luhn's check digit.

    >>> list(cards("卡号 6222 0212 3456 7890 128。"))
    [(3, 26)]

    Source: ISO/IEC 7812-1, annex B (Luhn).
    """
    for groups in _numbers(text, lengths=_CARD, alike=True):
        if is_card(_signs(groups)):
            yield groups[0][0], groups[-1][1]


def is_card(number: str) -> bool:
    """Tell whether digits are a card's: issuer, length, check digit; one digit over and over is none.

    >>> is_card("4111111111111111"), is_card("4111111111111112")
    (True, False)
    """
    if not number.isdecimal() or len(number) not in _lengths(number) or len(set(number)) < 2:
        return False
    doubled = sum(_DOUBLED[int(digit)] for digit in number[-2::-2])
    return (doubled + sum(map(int, number[::-2]))) % 10 == 0


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
#: Issuers: how their numbers begin (from, to), and how long they are.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("62", "62", frozenset((16, 17, 18, 19))),  # UnionPay
    ("95588", "95588", frozenset((19,))),  # ICBC, before 62
    ("95599", "95599", frozenset((19,))),  # ABC, before 62
    ("4", "4", frozenset((13, 16, 19))),  # Visa
    ("51", "55", frozenset((16,))),  # Mastercard
    ("2221", "2720", frozenset((16,))),  # Mastercard
    ("34", "34", frozenset((15,))),  # American Express
    ("37", "37", frozenset((15,))),  # American Express
    ("3528", "3589", frozenset((16,))),  # JCB
    ("300", "305", frozenset((14, 16))),  # Diners Club
    ("36", "36", frozenset((14, 16))),  # Diners Club
    ("38", "39", frozenset((14, 16))),  # Diners Club
    ("6011", "6011", frozenset((16, 19))),  # Discover
    ("644", "659", frozenset((16, 19))),  # Discover
)


def _lengths(number: str) -> frozenset[int]:
    return next((n for low, high, n in _ISSUERS if low <= number[: len(low)] <= high), frozenset())


def phones(text: str) -> Iterator[Span]:
    """Give the places of Chinese mobile and landline numbers.

    >>> list(phones("打 +86 138 0013 8000 或 (021) 6543-2109"))
    [(2, 19), (22, 37)]

    Source: numbering plan of the Ministry of Industry and Information Technology, 2017 and later segments.
    """
    for found in _MOBILE.finditer(text):
        if not _is_enclosed(text, *found.span()):
            yield found.span()
    for found in _LANDLINE.finditer(text):
        yield found.span()


#: A number of a list may stand before it (10.138...), but it is no fraction (0.138..., 2024.138...).
_START = r"(?<![0-9])(?<![0-9]{3}\.)(?<!(?<![0-9])0\.)"
#: A point and two digits behind it make it a price (138....50).
_MOBILE = re.compile(
    _START + r"(?:(?:\+|00)?86[ -]?|\((?:\+|00)?86\)[ -]?|0)?"
    r"1(?:3[0-9]|4[014-9]|5[0-35-9]|6[2567]|7[0-8]|8[0-9]|9[0-35-9])"
    r"(?:(?: {1,2}|-)?[0-9]{8}|([ .-]) ?[0-9]{4}\1 ?[0-9]{4}|[0-9]([ .-]) ?[0-9]{3}\2 ?[0-9]{4})"
    r"(?![0-9])(?!\.[0-9]{2}(?![0-9]))"
)
_AREA = "(?:10|2[0-57-9]|[3-9][0-9]{2})"
_LANDLINE = re.compile(
    _START + r"(?<![A-Za-z])(?<![0-9]-)"
    rf"(?:(?:(?:\+|00)86[ -]?)?\(0{_AREA}\) {{0,2}}|(?:0|(?:\+|00)86[ -]?0?){_AREA}(?: {{1,2}}|[.-]))"
    r"[2-8][0-9]{2,3}(?: {1,2}|[.-])?[0-9]{4}(?![0-9])(?:(?:-| ?转| ?ext\.?) ?[0-9]{1,5}(?![0-9]))?"
)


def _numbers(text: str, *, lengths: range, alike: bool = False) -> Iterator[Groups]:
    """Give numbers of some lengths: one group of digits, or several that stand a mark apart.

    Args:
        text: of plain digits.
        lengths: how many signs a number may have.
        alike: several groups make a number only if they are set alike, and no other group is set so beside them.
    """
    for run in _RUN.finditer(text):
        if run.end() - run.start() < lengths.start:
            continue
        groups = [(*found.span(), found[0]) for found in _GROUP.finditer(text, *run.span())]
        for first in range(len(groups)):
            n = 0
            for last in range(first, len(groups)):
                n += len(groups[last][2])
                if n in lengths and (first == last or not alike or _is_whole(text, groups, first, last)):
                    number = groups[first : last + 1]
                    if not _is_enclosed(text, number[0][0], number[-1][1]):
                        yield number
                if n >= lengths.stop or len(groups[last][2]) < 2:  # a single digit ends a number
                    break


def _signs(groups: Groups) -> str:
    return "".join(signs for *_, signs in groups)


def _is_whole(text: str, groups: Groups, first: int, last: int) -> bool:
    """Tell whether groups are set as one number: alike apart, none tiny but the last, no further group beside them."""
    inner = groups[first : last + 1]
    marks = [text[one[1]] for one, _ in pairwise(inner)]
    if len(set(marks)) > 1 or not all(len(signs) > 2 for *_, signs in inner[:-1]) or marks == ["."]:  # a fraction
        return False
    before, after = groups[first - 1 : first] if first else [], groups[last + 1 : last + 2]
    return not (
        any(2 < len(signs) < 7 and text[end] == marks[0] for _, end, signs in before)
        or any(len(signs) < 7 and text[inner[-1][1]] == marks[0] for *_, signs in after)
    )


def _is_enclosed(text: str, start: int, end: int) -> bool:
    """Tell whether letters stand on both sides: then it is part of a code."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    return bool(before and after) and all(sign.isascii() and (sign.isalnum() or sign == "_") for sign in before + after)

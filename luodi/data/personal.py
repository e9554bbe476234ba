"""Personal data in a text: numbers and addresses that name a person or a machine, keys that open something."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.data.keys import KEY_SIGN, keys
from luodi.data.numbers import cards, identities, phones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Span = tuple[int, int]

#: What stands in place of each kind once it is masked: the same in every language, and nothing that is found again.
MASKS = {
    "key": "[KEY]",
    "identity": "[ID]",
    "card": "[CARD]",
    "email": "[EMAIL]",
    "phone": "[PHONE]",
    "machine": "[ADDRESS]",
}


@dataclass(frozen=True, slots=True)
class Personal:
    """A place in a text that holds personal data.

    Args:
        kind: ``identity``, ``card``, ``phone``, ``email``, ``machine`` (its address), ``key``.
        start: its first character.
        end: the character after its last.
    """

    kind: str
    start: int
    end: int


def find_personal(text: str) -> tuple[Personal, ...]:
    """Find personal data in a text, in time that grows with its length alone.

    - ``identity``: Chinese identity numbers by region, date and check digit (GB 11643-1999); passports by their word.
    - ``card``: bank cards by issuer, length and check digit (ISO/IEC 7812).
    - ``phone``: Chinese mobile and landline numbers.
    - ``email``; ``machine``: addresses of IPv4, IPv6 and network cards.
    - ``key``: by what issuers begin them with, or random signs behind a word such as ``token`` or ``密码``.

    Digits of full width count as digits. Not found: names, postal addresses, phones and identity numbers of other
    countries, numbers written out in words, or taken apart by invisible signs (``normalise_unicode`` removes those).

    Returns:
        The places from left to right; none overlaps another: what begins first stands, of two the longer.

    >>> find_personal("电话 １３８-００１３-８０００，邮箱 a.li@example.com")
    (Personal(kind='phone', start=3, end=16), Personal(kind='email', start=20, end=36))
    """
    if not ((_SIGN.search(text) or KEY_SIGN.search(text)) and _HINT.search(text)):
        return ()
    plain = text if text.isascii() else text.translate(_FOLD)
    found = (Personal(kind, *span) for kind, look in _KINDS.items() for span in look(plain))
    return tuple(_apart(found))


def mask_personal(text: str) -> str:
    """Put a sign that names its kind in place of all personal data in a text.

    >>> mask_personal("身份证 11010519491231002X，卡号 6222 0212 3456 7890 128")
    '身份证 [ID]，卡号 [CARD]'
    """
    n_passes = 0
    while found := find_personal(text):  # once more where what was masked had kept a neighbour from being seen
        pieces: list[str] = []
        done = 0
        for one in found:
            pieces += (text[done : one.start], MASKS[one.kind])
            done = one.end
        text = "".join((*pieces, text[done:]))
        n_passes += 1
        if n_passes == _MOST_PASSES:  # made up to take one pass for each number
            text = text.translate(_BLANK)
    return text


def _apart(found: Iterable[Personal]) -> Iterator[Personal]:
    """Give what does not overlap: what begins first, then the longer, then the kind that proves more."""
    order = {kind: place for place, kind in enumerate(MASKS)}
    done = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end, order[one.kind])):
        if one.start >= done:
            yield one
            done = one.end


#: Text that people write is masked after two; then what numbers and addresses consist of goes.
_MOST_PASSES = 8
_BLANK = {**{ord(digit): "0" for digit in "123456789１２３４５６７８９"}, ord("@"): " ", ord("＠"): " "}

#: One of these stands in all that is looked for, but for some keys.
_SIGN = re.compile("[0-9０-９@＠]")
#: A text without any of these holds nothing: enough digits, an address, or a word as long as a key.
_HINT = re.compile(
    "[@＠]|(?:[0-9０-９][ ()（）\u00a0\u3000－\u2010-\u2015-]{0,2}){7}"
    "|[0-9０-９][.．][0-9０-９]{1,4}[.．][0-9０-９]|[0-9A-Fa-f]:[0-9A-Fa-f]{0,4}:|[0-9A-Za-z+/_=-]{16}|PRIVATE KEY"
)
#: Signs of other widths and the plain ones that they stand for, one for one, so that places stay what they are.
_FOLD = {
    **{ord("！") + place: ord("!") + place for place in range(94) if chr(ord("!") + place) not in "!,:;?~"},
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), ord("-")),
    **dict.fromkeys((0xA0, 0x2002, 0x2003, 0x2009, 0x202F, 0x3000), ord(" ")),
}

_EMAIL = re.compile(
    r"(?<![\w.%+-])[\w.%+-]{1,64}+@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}([a-z]{2,24})(?![a-z])",
    re.IGNORECASE | re.ASCII,
)
#: Endings of files, where ``icon@2x.png`` is no address.
_FILE = re.compile(
    "png|jpe?g|gif|webp|svg|bmp|ico|css|m?js|ts|html?|php|jsp|json|xml|csv|txt|pdf|zip|t?gz|mp[34]", re.IGNORECASE
)


def _emails(text: str) -> Iterator[Span]:
    if "@" not in text:
        return
    for found in _EMAIL.finditer(text):
        start = found.start() + len(found[0]) - len(found[0].lstrip(".%+-"))
        if text[start] != "@" and not _FILE.fullmatch(found[1]):
            yield start, found.end()


_IPV4 = re.compile(
    r"(?<![\w.])(?<!版本)(?<!version )(?<!version)(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}"
    r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\w])(?!\.\d)",
    re.IGNORECASE | re.ASCII,
)
_IPV6 = re.compile(r"(?<![\w.])(?:[0-9a-f]{1,4}:|::)[0-9a-f:]++(?:(?:\.\d{1,3}){3})?", re.IGNORECASE | re.ASCII)
_WORD = re.compile(r"\w", re.ASCII)
_MAC = re.compile(
    r"(?<![\w-])(?<!\b[0-9a-f]{2}:)[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\w-])(?!:[0-9a-f])",
    re.IGNORECASE | re.ASCII,
)
#: First numbers of addresses that name no machine: this one, itself, masks.
_NOWHERE = ("0.", "127.", "255.")


def _machines(text: str) -> Iterator[Span]:
    for found in _IPV4.finditer(text) if "." in text else ():
        if not found[0].startswith(_NOWHERE) and len(found[0]) > len("1.2.3.4"):  # as short, a chapter's number
            yield found.span()
    if text.count(":") > 1:
        for found in _IPV6.finditer(text):
            written = found[0].rstrip(":") if not found[0].endswith("::") else found[0]
            end = found.start() + len(written)
            if _is_ipv6(written) and not _WORD.match(text, end):
                yield found.start(), end
    for found in _MAC.finditer(text):
        if found[1] == ":" or not found[0].replace("-", "").isdigit():  # else a number with hyphens
            yield found.span()


def _is_ipv6(written: str) -> bool:
    """Tell whether signs are the address of a machine, and no time (12:30:45) and no name (a::b)."""
    if len(written) > len("0000:0000:0000:0000:0000:ffff:255.255.255.255"):
        return False
    groups = [group for group in written.split(":") if group]
    if len(groups) < 2 or not any(sign.isdigit() for sign in written) or len(groups[0]) < 4 > len(groups):
        return False
    try:
        ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return True


#: Every kind, and what looks for it in a text of plain signs.
_KINDS: dict[str, Callable[[str], Iterable[Span]]] = {
    "key": keys,
    "identity": identities,
    "card": cards,
    "email": _emails,
    "phone": phones,
    "machine": _machines,
}

"""Keys in a text: what opens a service, by the way its issuer writes it or by the word before it."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    Span = tuple[int, int]

#: A key that has no digit has one of these in it.
KEY_SIGN = re.compile("AKI|ASIA|LTAI|gh[a-z]_|github_pat_|glpat-|sk[-_]|rk_|xox|AIza|hf_|npm_|eyJ|PRIVATE KEY")

#: Bits for a sign: less is a word or a number, not chance.
_LEAST_BITS = 2.8
_MOST_WEIGHED = 256


def keys(text: str) -> Iterator[Span]:
    """Give the places of keys.

    - what issuers begin theirs with: Amazon, Alibaba and Tencent Cloud, GitHub, GitLab, OpenAI and others, Stripe,
      Slack, Google, Hugging Face, npm; signed web tokens; private keys with all their lines;
    - 16 signs or more, of letters and digits as chance throws them, behind a word such as ``token`` or ``密码``.

    >>> list(keys("token: 9f86d081884c7d659a2f, id 9f86d081884c7d659a2f"))
    [(7, 27)]

    Source: the issuers' pages on secret scanning; RFC 7519 (web tokens), RFC 7468 (private keys).
    """
    for found in _ISSUED.finditer(text):
        if found.lastgroup != "loose" or _is_random(found[0]):
            yield found.span()
    if "PRIVATE KEY" in text:
        for found in _PRIVATE.finditer(text):
            yield found.span()
    for found in _LONG.finditer(text):
        if _is_random(found[0]) and _WORD.search(text[max(0, found.start() - _REACH) : found.start()]):
            yield found.span()


_ISSUED = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"A(?:KI|SI)A[0-9A-Z]{16}(?![0-9A-Za-z])|LTAI[0-9A-Za-z]{12,26}(?![0-9A-Za-z])|AKID[0-9A-Za-z]{32}(?![0-9A-Za-z])"
    r"|gh[pousr]_[0-9A-Za-z]{36,255}|github_pat_[0-9A-Za-z_]{22,255}|glpat-[0-9A-Za-z_-]{20,64}"
    r"|[sr]k_(?:live|test)_[0-9A-Za-z]{16,255}|xox[abeoprs]-[0-9A-Za-z-]{10,255}|AIza[0-9A-Za-z_-]{35}"
    r"|hf_[0-9A-Za-z]{30,64}|npm_[0-9A-Za-z]{36}"
    r"|(?P<loose>sk-[0-9A-Za-z_-]{20,255})"
    r"|(?<![_-])eyJ[0-9A-Za-z_-]{8,}+\.eyJ[0-9A-Za-z_-]{8,}+(?:\.[0-9A-Za-z_-]*+)?)"
)
_PRIVATE = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[0-9A-Za-z+/=\s\\:,.]|-(?!-))*+-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\s|\\n)*+[0-9A-Za-z+/=]{40,}+)*+)"
)
_LONG = re.compile(r"[0-9A-Za-z+/_-]{16,}+={0,2}")
#: A word is looked for in so many characters before.
_REACH = 32
_WORD = re.compile(
    r"(?:secret|token|bearer|passw(?:or)?d|passphrase|pwd|credential|(?:(?<![a-z])|(?<=api)|(?<=access)|(?<=secret)"
    r"|(?<=private)|(?<=app))key(?:[ _-]?(?:id|secret))?|密码|口令|密钥|秘钥|私钥|令牌|授权码)"
    r"""["'”’」\]]?\s{0,3}(?:[:=：＝]{1,2}>?|->|是|为|is)?\s{0,3}["'“‘「\[(（]?$""",
    re.IGNORECASE,
)


def _is_random(signs: str) -> bool:
    """Tell whether signs are letters and digits as chance throws them: the entropy of how often each one stands."""
    weighed = signs[:_MOST_WEIGHED]
    if not any(map(str.isdigit, weighed)) or not any(map(str.isalpha, weighed)):
        return False
    n = len(weighed)
    return -sum(times / n * math.log2(times / n) for times in Counter(weighed).values()) >= _LEAST_BITS

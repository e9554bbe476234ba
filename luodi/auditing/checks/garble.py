"""Text that a machine has spoilt on its way."""

from __future__ import annotations

import re
from collections import Counter
from html.entities import html5
from typing import TYPE_CHECKING

from luodi.auditing.check import check
from luodi.auditing.finding import Finding, Suspect
from luodi.auditing.signs.mojibake import Misread, recover
from luodi.auditing.wording import percent
from luodi.data import mask_personal
from luodi.data.escapes import ADDRESS, ESCAPES
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from luodi.auditing.evidence import Evidence

#: From this share of rows on it is a warning.
_MANY = 0.01
#: From this share of misread rows on it is the file that was read wrongly, not some rows of it.
_WHOLE_FILE = 0.5
#: So much of a text that was turned back is shown, so many kinds of what was found.
_SHOWN, _KINDS = 200, 5
#: So many rows of a finding are listed, the worst first; ``count`` tells of all.
_LISTED = 1000
#: The names that ``--encoding`` takes.
_CODECS = {"UTF-8": "utf-8", "GBK": "gb18030", "Big5": "big5"}

_TAGS = (
    "a|abbr|b|big|blockquote|body|br|button|center|code|dd|del|div|dl|dt|em|embed|font|footer|form|h[1-6]|head|header|hr|"
    "html|i|iframe|img|input|ins|label|li|link|meta|nav|object|ol|option|p|pre|s|script|section|select|small|span|strike|"
    "strong|style|sub|sup|table|tbody|td|textarea|tfoot|th|thead|title|tr|tt|u|ul|video"
)
#: What each kind looks like; each is quick on hostile input too.
_PATTERNS = {
    # Signs that stand for others which are gone for good, and private ones that only some old phone could show.
    "lost": re.compile("\ufffd|锟斤拷|锟斤|斤拷锟|烫烫烫烫|屯屯屯屯|[\ue000-\uf8ff]"),
    # Tags, and entities; the five that are often written without their semicolon are known so.
    "html": re.compile(
        rf"</?(?:{_TAGS})(?:\s[^<>]{{0,500}})?/?>|&(?:#\d{{2,7}}|#x[0-9a-f]{{2,6}}|[a-z]{{2,8}}\d{{0,2}});"
        r"|&(?:nbsp|quot|amp|lt|gt)(?![a-z=;])",
        re.IGNORECASE,
    ),
    # What stands for a sign in source code, in the XML of a spreadsheet, in an address, in e-mail.
    "escapes": ESCAPES,
    "invisible": re.compile(
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\ufffc]"
    ),
}

_WHAT = {
    "lost": "rows with signs that nobody can read any more: {n:,} ({share}); {shown}",
    "html": "rows with remains of HTML: {n:,} ({share}); {shown}",
    "escapes": "rows with codes in the place of signs: {n:,} ({share}); {shown}",
    "invisible": "rows with invisible signs: {n:,} ({share}); {shown}",
}
_EFFECT = {
    "lost": "What stood there is gone; for the model it is one and the same unknown sign, whatever it meant.",
    "html": "They take up room that the text needs; where only some sources have them, the model learns the source.",
    "escapes": "The model reads them as letters; in service, where real line breaks come, it sees another text.",
    "invisible": "Texts that look alike are not: a word with such a sign in it is another word to the model.",
}
_ADVICE = {
    "lost": "They cannot be brought back here: export the texts again from where they are kept, in UTF-8.",
    "html": '--set "data.clean=[strip_html]" takes them out, in training and in service alike.',
    "escapes": '--set "data.clean=[decode_escapes]" puts the signs in their place, in training and in service alike.',
    "invisible": '--set "data.clean=[normalise_unicode]" takes them out, in training and in service alike.',
}


@check("garbled")
def garbled(evidence: Evidence, /) -> Iterable[Finding]:
    """Find texts that were read in the wrong encoding, lost signs, remains of HTML or of escapes, invisible signs."""
    texts = evidence.data.texts
    misread = {row: back for row, text in enumerate(texts) if (back := recover(text)) is not None}
    if misread:
        yield _of_misread(misread, n_rows=len(texts))
    for kind, pattern in _PATTERNS.items():
        found = {row: signs for row, text in enumerate(texts) if pattern.search(text) and (signs := _signs(kind, text))}
        if kind in ("lost", "invisible"):  # of which misread rows are full
            found = {row: signs for row, signs in found.items() if row not in misread}
        if found:
            yield _of_kind(kind, found, n_rows=len(texts))


def _signs(kind: str, text: str) -> Counter[str]:
    """Count what was found in a text, as it is shown."""
    if kind == "escapes":
        text = ADDRESS.sub(" ", text)
    found = Counter(match.group() for match in _PATTERNS[kind].finditer(text))
    if kind == "html":
        return Counter({sign: k for sign, k in found.items() if _is_html(sign)})
    if kind == "invisible":
        return Counter({f"U+{ord(sign):04X}": k for sign, k in found.items()})
    return found


def _is_html(found: str) -> bool:
    """Tell names of entities from other words between an ampersand and a semicolon."""
    return not found.startswith("&") or "#" in found or f"{found[1:].rstrip(';')};" in html5 or found[1:].isalpha()


def _of_misread(misread: Mapping[int, Misread], *, n_rows: int) -> Finding:
    (written, read), n_most = Counter((one.written, one.read) for one in misread.values()).most_common(1)[0]
    n, share = len(misread), len(misread) / n_rows
    if share >= _WHOLE_FILE:
        advice = t("Read the file as what it is: --encoding {codec}. If that does not help, it was saved wrongly "
                   "before: export it again.", codec=_CODECS[written])  # fmt: skip
    else:
        advice = t("The other rows are well, so two encodings are mixed in one file: export these rows again in UTF-8, "
                   "or put what was recovered in their place.")  # fmt: skip
    return Finding(
        "error" if share >= _WHOLE_FILE else "warning" if share >= _MANY else "note", min(1.0, share**0.5), n,
        what=t("rows that were read in the wrong encoding: {n:,} ({share}); {most:,} of them: {written} read as "
               "{read}",
               n=n, share=percent(share), most=n_most, written=written, read=read),
        effect=t("To the model these are other words: it learns nothing from them, and the same sentence, read well, "
                 "is new to it."),
        advice=advice,
        suspects=tuple(
            Suspect(row, {"found": mask_personal(one.text)[:_SHOWN], "written": one.written, "read": one.read})
            for row, one in list(misread.items())[:_LISTED]
        ),
    )  # fmt: skip


def _of_kind(kind: str, found: Mapping[int, Counter[str]], *, n_rows: int) -> Finding:
    n, share = len(found), len(found) / n_rows
    kinds: Counter[str] = Counter(sign for signs in found.values() for sign in signs)
    worst: Sequence[int] = sorted(found, key=lambda row: -found[row].total())[:_LISTED]
    shown = _shown(kinds)
    return Finding(
        "warning" if share >= _MANY else "note", min(0.9, share**0.5), n,
        what=t(_WHAT[kind], n=n, share=percent(share), shown=shown), effect=t(_EFFECT[kind]), advice=t(_ADVICE[kind]),
        suspects=tuple(Suspect(row, {"found": _shown(found[row])}) for row in worst),
    )  # fmt: skip


def _shown(signs: Counter[str]) -> str:
    return ", ".join(_visible(sign) for sign, _ in signs.most_common(_KINDS))


def _visible(sign: str) -> str:
    """Write private signs by their number; shorten what is long, masked before it is cut."""
    return f"U+{ord(sign):04X}" if len(sign) == 1 and "\ue000" <= sign <= "\uf8ff" else mask_personal(sign)[:40]

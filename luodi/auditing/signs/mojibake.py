"""Text that was written in one encoding, then read in another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luodi.data.text import encodable

if TYPE_CHECKING:
    from collections.abc import Callable

#: Longer texts are judged by their beginning.
_LONGEST = 4000
#: What was misread twice is turned back twice.
_TURNS = 3
#: Of the signs that come back so many must be in everyday use.
_PLAUSIBLE = 0.8

#: So many lost bytes are bridged between two parts that were turned back.
_GAP = 6

#: UTF-8 of a few Chinese signs or signs of punctuation, as bytes.
_UTF8 = re.compile(rb"(?:[\xe3-\xef][\x80-\xbf]{2}|\xe2[\x80-\x9f][\x80-\xbf])+")
#: Quotation marks and dashes in UTF-8 begin with two bytes that are, in GBK, a sign which nobody writes.
_QUOTE = b"\xe2\x80"
#: Every byte from 0x80 on as a Western program shows it; the five that Windows-1252 leaves out stay as they are.
_WESTERN = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0x100))
_BYTE_OF = {chr(byte): byte for byte in range(0x80, 0x100)} | {
    sign: 0x80 + place for place, sign in enumerate(_WESTERN)
}
#: UTF-8 as a Western program shows it: an accented letter, followed by signs that stand in no word.
_TRAIL = "[\x80-\x9f" + re.escape(_WESTERN[:0x40]) + "]"
_SHOWN_WESTERN = re.compile(f"(?:[Â-ß]{_TRAIL}|[à-ï]{_TRAIL}{{2}}|[ð-ô]{_TRAIL}{{3}})+")
#: What both begin with; to look for it first is quicker.
_ACCENTED = re.compile("[¡-÷][\x80-\u2122]")
#: GBK as a Western program shows it: pairs of accented letters with no space between.
_PAIRS_WESTERN = re.compile("(?:[¡-÷][¡-þ]){2,}")
#: Big5 read as GBK: among the Chinese stand signs of other scripts, frames and private ones.
_ODD = re.compile("[\u0370-\u03ff\u0400-\u04ff\u2500-\u257f\u3040-\u30ff\u3100-\u312f\ue000-\uf8ff]")
_RUN = re.compile("[^\x00-\x7f]{3,}")
#: The signs that make up a third of Chinese text, in both ways of writing.
_FREQUENT = frozenset(
    "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发"
    "天如然作方成者多日都三小二无同么经法当起与好看学进种将还分此心前面又定见只主没公从很這為來個們說國時於會後對著裡過發無"
    "麼經當與學進種將還見從沒"
)


@dataclass(frozen=True)
class Misread:
    """A text that was read in the wrong encoding.

    Args:
        text: what had been written.
        written: the encoding that it was written in.
        read: the encoding that it was read in.
    """

    text: str
    written: str
    read: str


def recover(text: str) -> Misread | None:
    """Turn a misread text back; None where it looks as its writer meant it.

    It is turned back on trial: bytes that are chosen for one encoding make sense in another one only by rare chance,
    and then in signs that nobody uses. Known are UTF-8 read as GBK or as Windows-1252 (Latin-1), GBK read as
    Windows-1252, and Big5 read as GBK; a text may be misread in a part of it only.

    >>> recover("鐧惧害鍦板浘").text, recover("donâ€™t").text, recover("ÄãºÃ").text
    ('百度地图', 'don’t', '你好')
    >>> recover("联通") is recover("café, 20 °C") is None
    True
    """
    if text.isascii():
        return None
    shown = encodable(text[:_LONGEST]).replace("\ufffd", "?")
    has_accents = _ACCENTED.search(shown) is not None
    for (written, read), turn in _TURNED.items():
        back = turn(shown) if has_accents or read == "GBK" else None
        if back is not None:
            for _ in range(_TURNS - 1):
                back = turn(back) or back
            return Misread(back, written, read)
    return None


def _utf8_as_gbk(text: str) -> str | None:
    raw = text.encode("gb18030")
    pieces, at = [], 0
    for match in _UTF8.finditer(raw):
        is_near = at > 0 and match.start() - at <= _GAP  # behind bytes that were lost, a single sign is enough
        if _is_misread(match, raw) or (is_near and _usual(match.group().decode("utf-8", "ignore")) == 1):
            pieces.append(raw[at : match.start()].decode("utf-8" if is_near else "gb18030", "ignore"))
            pieces.append(match.group().decode("utf-8", "replace"))
            at = match.end()
    return "".join([*pieces, raw[at:].decode("gb18030", "replace")]) if pieces else None


def _is_misread(match: re.Match[bytes], raw: bytes) -> bool:
    signs = match.group().decode("utf-8", "ignore")
    if match.group().startswith(_QUOTE) and len(signs) == 1:
        return match.group()[2] in (0x93, 0x94, 0x98, 0x99, 0x9C, 0x9D, 0xA6)
    if len(signs) < 2 or _usual(signs) < _PLAUSIBLE:
        return False
    if len(signs) >= 3:
        return True
    alone = len(match.group()) >= 0.6 * sum(byte > 0x7F for byte in raw)
    return alone and _usual(match.group().decode("gb18030", "replace")) < _PLAUSIBLE


def _usual(signs: str) -> float:
    """Give the share of signs in everyday use: frequent Chinese ones (level 1 of GB 2312) and Chinese punctuation."""
    usual = 0
    for sign in signs:
        raw = sign.encode("gb2312", "ignore")
        usual += len(raw) == 2 and (0xB0 <= raw[0] <= 0xD7 or raw[0] in (0xA1, 0xA3))
    return usual / max(len(signs), 1)


def _utf8_as_western(text: str) -> str | None:
    return _replaced(text, _SHOWN_WESTERN, _from_western)


def _from_western(shown: str) -> str | None:
    signs = bytes(_BYTE_OF[sign] for sign in shown).decode("utf-8", "replace")
    if "\ufffd" in signs:
        return None
    western = sum(sign < "Ā" or "‐" <= sign <= "™" for sign in signs)
    usual = western + round(_usual(signs) * len(signs))
    one_script = len(signs) >= 3 and signs.isalpha() and max(signs) < "\u0800"
    return (
        signs if western == len(signs) or (len(signs) >= 2 and usual >= _PLAUSIBLE * len(signs)) or one_script else None
    )


def _gbk_as_western(text: str) -> str | None:
    return _replaced(text, _PAIRS_WESTERN, _from_pairs)


def _from_pairs(shown: str) -> str | None:
    letters = sum(sign.isalpha() for sign in shown)
    if len(set(shown)) < 3 or letters < len(shown) / 3:
        return None
    signs = shown.encode("latin-1").decode("gb2312", "replace")
    no_alphabet = len(signs) >= 6 or _frequent(signs) > 0 or letters < len(shown)
    return signs if no_alphabet and _usual(signs) >= _PLAUSIBLE else None


def _big5_as_gbk(text: str) -> str | None:
    if len({min(ord(sign) >> 8, 0xE0) for sign in _ODD.findall(text)}) < 2:  # its block; 0xE0 to 0xF8 are private
        return None  # Japanese or Russian has the signs of one script, Big5 those of several
    runs = [run for run in _RUN.findall(text) if _ODD.search(run)]
    turned = [run.encode("gb18030").decode("big5", "replace") for run in runs]
    before, after = "".join(runs), "".join(turned)
    if len(after) < 6 or _frequent(after) < 0.15 or _frequent(before) > 0.5 * _frequent(after):
        return None
    if after.count("\ufffd") > 0.15 * len(after):
        return None
    return _RUN.sub(lambda match: dict(zip(runs, turned, strict=True)).get(match.group(), match.group()), text)


def _frequent(signs: str) -> float:
    return sum(sign in _FREQUENT for sign in signs) / max(len(signs), 1)


def _replaced(text: str, pattern: re.Pattern[str], turn: Callable[[str], str | None]) -> str | None:
    """Replace what can be turned back, None where nothing can."""
    back = pattern.sub(lambda match: turn(match.group()) or match.group(), text)
    return back if back != text else None


_TURNED: dict[tuple[str, str], Callable[[str], str | None]] = {
    ("UTF-8", "GBK"): _utf8_as_gbk,
    ("UTF-8", "Windows-1252"): _utf8_as_western,
    ("GBK", "Windows-1252"): _gbk_as_western,
    ("Big5", "GBK"): _big5_as_gbk,
}

"""Tells which encoding a text file is in, and opens it so that a bad byte is named by its line."""

from __future__ import annotations

import codecs
import io
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How much of the file beyond its first byte that is no ASCII is looked at.
_LOOKED_AT = 1 << 18
_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
#: Up to this share of undecodable signs among those beyond ASCII, a file is in an encoding but damaged.
_DAMAGED = 0.1
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
#: What Chinese text consists of: common characters, punctuation, full-width forms.
_CHINESE = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2027\u00b7]")


def detect(path: Path) -> str:
    """Name the encoding of a text file: by its byte-order mark, else UTF-8 where it fits, else GB18030.

    Raises:
        DataError: the file is no text, or is in another encoding.
    """
    head, sample = _samples(path)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if wide := _unmarked_utf16(head):
        return wide
    if _is_binary(head):
        raise DataError(
            t("data: {file} is no text and no kind of table that is known here", file=path.name),
            found=repr(head[:24]),
            fix=t("give csv, tsv, txt, json, jsonl, parquet or xlsx"),
        )
    if not sample or _damage(sample, "utf-8") <= _DAMAGED:
        return "utf-8"
    if _damage(sample, "gb18030") <= _DAMAGED and _is_chinese(sample):
        return "gb18030"
    raise DataError(
        t("data: {file} is neither in UTF-8 nor in GB18030", file=path.name),
        found=repr(sample[:24]),
        fix=t("name its encoding: --encoding cp1252 (Western), big5 (traditional Chinese), shift_jis (Japanese) ..."),
    )


def require_encoding(name: str) -> None:
    """Refuse what is no encoding of text; Python's codecs hold others too (base64, rot13, zlib).

    Raises:
        DataError: no encoding is known by this name.
    """
    try:
        "a".encode(name)
    except (LookupError, ValueError) as unknown:  # ValueError: the name itself is beyond what a name can be
        raise DataError(
            t("data: no encoding is named {name!r}", name=name), fix="--encoding utf-8 | gb18030 | utf-16 | big5"
        ) from unknown


@contextmanager
def open_text(path: Path, *, encoding: str) -> Iterator[io.TextIOWrapper]:
    """Open a text file strictly; line ends stay as they are.

    Raises:
        DataError: the encoding is not known, or a byte does not belong to it; the line is named.
    """
    require_encoding(encoding)
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        try:
            yield text
        except UnicodeError as bad:
            raise _bad_byte(path, encoding) from bad


def n_bytes_read(text: io.TextIOWrapper) -> int:
    """Tell how far an opened file has been read, to the nearest few thousand bytes."""
    return os.lseek(text.fileno(), 0, os.SEEK_CUR)


def _samples(path: Path) -> tuple[bytes, bytes]:
    """Give the file's beginning, and its bytes from the first one on that is no ASCII."""
    with path.open("rb") as raw:
        head = chunk = raw.read(_CHUNK)
        while chunk and chunk.isascii():
            chunk = raw.read(_CHUNK)
        start = next((place for place, byte in enumerate(chunk) if byte > 127), len(chunk))
        sample = chunk[start : start + _LOOKED_AT]
        return head[:_LOOKED_AT], sample + raw.read(_LOOKED_AT - len(sample))


def _is_binary(head: bytes) -> bool:
    """Tell bytes from text: full of zeros, or with control characters in what is no UTF-8."""
    n_controls = len(head) - len(head.translate(None, _CONTROLS))
    return head.count(0) > 0.1 * len(head) or (n_controls > 0.005 * len(head) + 1 and _damage(head, "utf-8") > 0)


def _damage(sample: bytes, encoding: str) -> float:
    """Tell which share of the signs beyond ASCII cannot be decoded; the sample's cut end does not count."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    beyond = [sign for sign in text if sign > "\x7f"]
    return beyond.count("\ufffd") / len(beyond) if beyond else 0.0


def _is_chinese(sample: bytes) -> bool:
    """Tell whether a sample read as GB18030 looks like Chinese rather than like another encoding read wrongly.

    Of the pairs of Chinese text nearly all lie in GB2312, whose bytes are both above 0xA0.
    """
    text = codecs.getincrementaldecoder("gb18030")("replace").decode(sample)
    beyond = [sign for sign in text if sign > "\x7f"]
    common = sum(1 for sign in beyond if _CHINESE.match(sign) and min(sign.encode("gb18030")) > 0xA0)
    return common >= 0.8 * len(beyond)


def _unmarked_utf16(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark by the zeros beside its ASCII signs."""
    pairs = len(head) // 2
    if pairs < 8:
        return None
    even, odd = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if even + odd < 0.05 * pairs or (even + odd < 0.6 * pairs and _damage(head, "utf-8") == 0):
        return None  # too few zeros, or a text with some in it
    name = "utf-16-le" if odd > 20 * even else "utf-16-be" if even > 20 * odd else None
    if name is None:
        return None
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    plausible = sum(sign.isprintable() or sign in "\t\r\n" for sign in text)
    return name if plausible >= 0.98 * len(text) else None


def _bad_byte(path: Path, encoding: str) -> DataError:
    """Find the first line that cannot be decoded, and say so."""
    line, found = _first_bad_line(path, encoding)
    return DataError(
        t("data: {file}, line {line}: a byte is not {encoding}", file=path.name, line=line, encoding=encoding),
        found=found,
        fix=t("mend that line, or name the file's encoding: --encoding gb18030"),
    )


def _first_bad_line(path: Path, encoding: str) -> tuple[int, str]:
    if encoding.startswith(("utf-16", "utf-32")):  # a line end is no single byte there
        text = path.read_bytes().decode(encoding, "replace")
        at = text.find("\ufffd")
        return text.count("\n", 0, max(at, 0)) + 1, repr(text[max(0, at - 20) : at + 20])
    with path.open("rb") as raw:
        for line, content in enumerate(raw, 1):
            try:
                content.decode(encoding)
            except UnicodeError as bad:
                at = getattr(bad, "start", 0)
                before = content[max(0, at - 40) : at].decode(encoding, "replace")
                return line, t("byte 0x{byte:02X} after {before!r}", byte=content[at], before=before[-12:])
    return 0, ""

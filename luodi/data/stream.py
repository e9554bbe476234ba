"""Reads lines off a stream as they come: what has arrived is given at once, however little it is."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from luodi.data.encoding import require_encoding
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

#: Bytes taken at a time: what a pipe holds.
_AT_ONCE = 1 << 16


def read_lines(stream: io.BufferedIOBase, *, encoding: str = "utf-8") -> Iterator[list[str]]:
    r"""Give the lines that have arrived, again and again until the stream ends; the last one needs no line end.

    Never waits for a second line once there is one.

    Args:
        stream: of bytes; ``read1`` gives what there is.
        encoding: of the text; a byte-order mark at the beginning is passed over.

    Raises:
        DataError: the encoding is not known, or a byte does not belong to it; the lines before were given.

    >>> import io
    >>> list(read_lines(io.BytesIO("好\r\n差\n中".encode())))
    [['好', '差'], ['中']]
    """
    require_encoding(encoding)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    begun: list[str] = []  # the pieces of a line whose end has not come
    n = 0
    while True:
        raw = stream.read1(_AT_ONCE)
        bad = None
        try:
            text = decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as fault:
            bad, text = fault, fault.object[: fault.start].decode(encoding, "replace")
        except UnicodeError as fault:  # a stream in UTF-16 that does not say which of the two it is
            raise DataError(
                t("data: standard input, line {line}: a byte is not {encoding}", line=n + 1, encoding=encoding),
                found=str(fault),
                fix="--encoding utf-16-le | utf-16-be",
            ) from fault
        *whole, rest = text.split("\n")
        lines = [line.rstrip("\r") for line in ("".join([*begun, *whole[:1]]), *whole[1:])] if whole else []
        begun = [rest] if whole else [*begun, rest]
        if n == 0 and lines:
            lines[0] = lines[0].removeprefix("\ufeff")
        n += len(lines)
        if lines:
            yield lines
        if bad is not None:
            raise _bad_byte(bad, line=n + 1, before="".join(begun), encoding=encoding) from bad
        if not raw:
            break
    if last := "".join(begun).rstrip("\r"):
        yield [last if n else last.removeprefix("\ufeff")]


def _bad_byte(bad: UnicodeDecodeError, *, line: int, before: str, encoding: str) -> DataError:
    return DataError(
        t("data: standard input, line {line}: a byte is not {encoding}", line=line, encoding=encoding),
        found=t("byte 0x{byte:02X} after {before!r}", byte=bad.object[bad.start], before=before[-12:]),
        fix=t("mend that line, or name the encoding: --encoding gb18030"),
    )

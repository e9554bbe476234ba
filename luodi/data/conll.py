"""Reads files of tagged words, one a line, sentences parted by blank lines: a text and its spans for each sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from luodi.data.encoding import detect, open_text
from luodi.data.rows import Row, Table
from luodi.data.spans import Span, write_spans
from luodi.errors import DataError
from luodi.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from luodi.progress import Bar

#: What such files end in.
SUFFIXES = (".conll", ".conll2003", ".bio", ".iob", ".bioes", ".bmes")
#: What the letter before a tag's label says: a span begins, goes on, or is one word long.
_BEGINS, _GOES_ON = "BSU", "IMEL"
_MARK = "-DOCSTART-"
#: Thai, Lao, Burmese, Khmer; Han, Kana, their punctuation and wide forms; Korean among them has blanks.
_CLOSE = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0xA4CF), (0xF900, 0xFFEF), (0x20000, 0x3FFFF))
_HANGUL = ((0x3130, 0x318F), (0xFFA0, 0xFFDC))


def open_conll(path: Path, *, encoding: str | None = None) -> Table:
    """Open a file of tagged words: the word first, its tag last on each line, whatever stands between.

    Tags are ``O``, and a letter (B I E S M L U) with a label behind ``-`` or ``_``. The columns are ``text``, words
    with a blank between them where their script has one, and ``label``, the spans.

    Raises:
        DataError: a line has no tag, or one that cannot be read.
    """
    encoding = encoding or detect(path)

    def stream(bar: Bar) -> Iterator[Row]:
        with open_text(path, encoding=encoding) as file:
            for line, words in _sentences(file):
                yield Row(line, _row(words, path, line))
        bar.advance(path.stat().st_size)

    return Table(path.name, ("text", "label"), path.stat().st_size, stream, has_header=False)


def _sentences(lines: Iterator[str]) -> Iterator[tuple[int, list[list[str]]]]:
    """Give the cells of each sentence's lines, and the line where it begins."""
    words: list[list[str]] = []
    began = 1
    for number, line in enumerate(lines, 1):
        cells = _cells(line.strip("\ufeff\r\n"))
        if not cells:
            if words:
                yield began, words
            words = []
        elif not cells[0].startswith(_MARK) and not (cells[0] == "#" and not words):
            began = began if words else number
            words.append(cells)
    if words:
        yield began, words


def _cells(line: str) -> list[str]:
    r"""Part a line; a word that is a blank is one all the same, where a tag stands behind it.

    >>> _cells("北\tB-LOC"), _cells("\u3000 O"), _cells("play VB O"), _cells("  ")
    (['北', 'B-LOC'], [' ', 'O'], ['play', 'VB', 'O'], [])
    """
    cells = [cell.strip() for cell in line.split("\t")] if "\t" in line else line.split()
    if not any(cells):
        return []
    is_blank = (not cells[0] or line[:1].isspace()) and sum(map(bool, cells)) == 1
    return [" ", cells[-1]] if is_blank else cells


def _row(words: Sequence[Sequence[str]], path: Path, line: int) -> tuple[str, str]:
    """Join the words to a text, and their tags to spans."""
    text, spans, before = "", list[Span](), ""
    for at, cells in enumerate(words):
        letter, label = _tag(cells, path, line + at)
        word = cells[0]
        if word.isspace():
            text, before = text + " " * (text[-1:] != " "), ""
            continue
        if text and text[-1] != " " and not (_stands_close(text[-1]) or _stands_close(word[0])):
            text += " "
        start = len(text)
        text += word
        if not letter:
            before = ""
            continue
        if letter in _GOES_ON and before == label:
            spans[-1] = Span(spans[-1].start, len(text), label)
        else:
            spans.append(Span(start, len(text), label))
        before = "" if letter in "ESLU" else label
    return text, write_spans(spans)


def _tag(cells: Sequence[str], path: Path, line: int) -> tuple[str, str]:
    """Part a tag in its letter and its label; both are empty where the word belongs to no span."""
    tag = cells[-1]
    if len(cells) > 1 and tag in ("O", "o"):
        return "", ""
    letter, sign, label = tag[:1].upper(), tag[1:2], tag[2:]
    if len(cells) < 2 or letter not in _BEGINS + _GOES_ON or sign not in ("-", "_") or not label:
        raise DataError(
            t("data: {file}, line {line}: a word and its tag are wanted", file=path.name, line=line),
            found=" ".join(cells)[:80], fix=t("write each word on a line, behind it O, B-label or I-label"),
        )  # fmt: skip
    return letter, label


def _stands_close(sign: str) -> bool:
    """Tell whether a sign is of a script that puts no blanks between words, or of its punctuation."""
    return any(low <= ord(sign) <= high for low, high in _CLOSE) and not any(
        low <= ord(sign) <= high for low, high in _HANGUL
    )

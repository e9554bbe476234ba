"""Lines off a stream: at once, in any encoding, a bad byte named by its line, wherever chunks end."""

import io
import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.data.stream import read_lines
from luodi.errors import DataError


class Dripping(io.BytesIO):
    """Gives a few bytes at a time, as a slow pipe does."""

    def __init__(self, raw, n):
        super().__init__(raw)
        self.n = n

    def read1(self, _=-1):
        return super().read1(self.n)


def lines_of(stream, **how):
    return [line for lines in read_lines(stream, **how) for line in lines]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-be", "utf-8-sig"])
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"))),
    n=st.integers(1, 9),
)
def test_what_was_written_is_read_however_it_arrives(encoding, lines, n):
    raw = "".join(f"{line}\r\n" for line in lines).encode(encoding)
    assert lines_of(Dripping(raw, n), encoding=encoding) == lines


def test_the_last_line_needs_no_end_and_a_mark_is_no_text():
    assert lines_of(io.BytesIO("\ufeff好\n\n差".encode())) == ["好", "", "差"]
    assert lines_of(io.BytesIO("\ufeff好".encode())) == ["好"]
    assert lines_of(io.BytesIO(b"")) == []


def test_a_line_is_given_before_the_next_one_comes():
    receives, sends = os.pipe()
    given_at_once = threading.Event()

    def send():
        os.write(sends, "好\n".encode())
        assert given_at_once.wait(20)
        os.close(sends)

    sender = threading.Thread(target=send)
    sender.start()
    with open(receives, "rb") as stream:
        lines = read_lines(stream)
        assert next(lines) == ["好"]
        given_at_once.set()
        assert list(lines) == []
    sender.join()


@pytest.mark.parametrize("n", [1, 3, 1000])
def test_a_bad_byte_is_named_by_its_line_after_the_lines_before_it(n):
    raw = "好\n很好\n".encode() + b"ab\xff\n" + "差\n".encode()
    came = []
    with pytest.raises(DataError, match=r"line 3: a byte is not utf-8") as caught:
        came.extend(line for lines in read_lines(Dripping(raw, n)) for line in lines)
    assert caught.value.found == "byte 0xFF after 'ab'"
    assert came == ["好", "很好"]


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "zlib", "quopri", "undefined", "", "utf\0", "\ud800"])
def test_what_is_no_encoding_of_text_is_said(name):
    with pytest.raises(DataError, match="no encoding is named"):
        next(read_lines(io.BytesIO(b"a\n"), encoding=name))


def test_a_stream_that_does_not_say_which_utf16_it_is_is_refused():
    with pytest.raises(DataError, match="line 1: a byte is not utf-16") as caught:
        next(read_lines(io.BytesIO("a\nb".encode("utf-16-be")), encoding="utf-16"))
    assert "utf-16-le" in caught.value.fix

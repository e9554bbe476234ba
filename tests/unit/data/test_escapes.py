"""Codes become the signs that they stand for; what only looks like one stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data.escapes import decode_escapes

BITS = st.sampled_from(
    ["\\", "\\\\", "\\u", "\\x", "\\n", "005c", "005C", "6e", "5c", "u", "x", "n", "0", "00", "41", "d83d", "de00",
     "%E5", "%A5", "%BD", "%5C", "=E5", "=A5", "=BD", "%", "=", "_x000", "D_", "_", "http://", "C:\\", "a", "好", " "]
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (r"很好\n下次再来\t谢谢\r", "很好\n下次再来\t谢谢\r"),
        (r"end\nNext", "end\nNext"),
        (r"\u597d\u5403", "好吃"),
        (r"\ud83d\ude00 \ud83d", "😀 \ufffd"),
        (r"caf\xe9", "café"),
        (r"\xe5\xa5\xbd", "好"),
        ("一_x000D_二", "一\r二"),
        ("%E5%A5%BD吃", "好吃"),
        ("=E5=A5=BD", "好"),
        (r"\u005cu597d", "好"),
    ],
)
def test_codes_become_signs(written, plain):
    assert decode_escapes(written) == plain


@pytest.mark.parametrize(
    "text",
    [
        r"\theta \nabla",
        r"C:\new\test",
        "https://a.com/%E5%A5%BD",
        "100%",
        "a=b",
        "%E5%A5",
        "%FF%FF%FF",
        "",
        "snake_x000",
    ],
)
def test_what_only_looks_like_one_stays(text):
    assert decode_escapes(text) == text


@settings(max_examples=400)
@given(st.lists(BITS, max_size=30).map("".join) | st.text(st.characters(), max_size=60))
def test_twice_is_once(text):
    once = decode_escapes(text)
    assert decode_escapes(once) == once


@pytest.mark.parametrize("unit", ["\\u005c", "\\x5c", "\\", "%E5", "=E5=", "_x000", "http://", "\\u005cu005c"])
def test_hostile_text_takes_no_time(unit):
    once = decode_escapes((unit * 100_000)[:100_000])
    assert decode_escapes(once) == once


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"Q:\nWhat?\nA:\nGood", "Q:\nWhat?\nA:\nGood"), (r"D:\n好", "D:\n好"),
        (r"C:\new\temp", r"C:\new\temp"), (r"a\u0000b", "a b"), ("x_x0000_", "x "), ("x_x000D_", "x\r"),
    ],
)  # fmt: skip
def test_a_letter_before_a_code_is_no_drive_and_no_code_gives_a_control_sign(written, read):
    assert decode_escapes(written) == read

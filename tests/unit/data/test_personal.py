"""Personal data is found by its checks, whatever it stands in, and nothing else is taken for it."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data.numbers import is_card, is_identity
from luodi.data.personal import MASKS, Personal, find_personal, mask_personal

#: A made-up key of each issuer, put together here so that no scanner takes this file for a leak.
ISSUED = [
    "AKIA" + "IOSFODNN7EXAMPLE", "LTAI" + "5tEXAMPLEexample1234", "ghp_" + "a1B2" * 9, "glpat-" + "aB3_" * 5,
    "sk-" + "proj-aB3dE6gH9jK2mN5pQ8", "sk_" + "live_" + "aB3d" * 5, "xoxb-" + "1234567890-abcdef",
    "AIza" + "aB3-_" * 7, "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZabcdefgh", "npm_" + "aB3d" * 9,
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0In0.abc-_DEF",
]  # fmt: skip
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEow\nIBAAKC==\n-----END RSA PRIVATE" + " KEY-----"


def kinds(text):
    return [(one.kind, text[one.start : one.end]) for one in find_personal(text)]


WRITTEN = {
    "identity": [
        "11010519491231002X", "11010519491231002x", "110105 19491231 002X", "110105-1949-1231-002-X", "护照E12345678",
        "１１０１０５１９４９１２３１００２Ｘ", "810000199408230021", "620102199903075412",
    ],
    "card": [
        "4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "4222222222222", "378282246310005",
        "3782 822463 10005", "6222021234567890128", "6222 0212 3456 7890 128", "5555555555554444", "30569309025904",
        "3530111333300000", "6011111111111117", "2223003122003222", "４１１１　１１１１　１１１１　１１１１",
    ],
    "phone": [
        "13800138000", "138 00138000", "138-00138000", "138  0013  8000", "138.0013.8000",
        "138 0013 8000", "138-0013-8000", "1380-013-8000", "+8613800138000", "+86 138 0013 8000",
        "(+86)13800138000", "0086-13800138000", "１３８００１３８０００", "010-62345678", "0571-87654321",
        "(021) 6543-2109", "+86 21 65432109", "0571-87654321转123", "0571—8765432",
    ],
    "email": ["a.li+x@mail.example.com.cn", "２０＠ｓｏｈｕ．ｃｏｍ", "13800138000@163.com", "x" * 64 + "@a-b.io"],
    "machine": [
        "192.168.1.10", "fe80::1ff:fe23:4567:890a", "2001:0db8:85a3:0000:0000:8a2e:0370:7334", "2001:db8::1",
        "00:1A:2b:3C:4D:5E", "00-1A-2B-3C-4D-5E",
    ],
    "key": [
        *ISSUED, PEM, "密码：9f86d081884c7d65", 'api_key = "9f86d081884c7d659a2f"', "password is Tr0ub4dor-and-3-more",
        "AccessKeySecret：aB3dE6gH9jK2mN5pQ8sT1vW4yZ7",
    ],
}  # fmt: skip
FRAMES = ["{}", "我的是{}，谢谢", "see {} please", "（{}）", "行一\n{}\n行三", "卡:{}。", "{} 同号", "12 {}"]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("kind", WRITTEN)
def test_each_kind_is_found_wherever_it_stands(kind, frame):
    for written in WRITTEN[kind]:
        text = frame.format(written)
        found = kinds(text)
        assert [one for one, _ in found] == [kind], text
        assert found[0][1] in written if kind in ("key", "identity") else found[0][1] == written
        assert mask_personal(text).count(MASKS[kind]) == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "🎉🎉", "\ud800" * 20, "QQ 421467809", "好吃 100 分，2018-05-18 19:30:00 下单，5公里",
        "订单号 20240131123456789012345", "11010519491231002" + "1", "110105194902310021", "990105194912310028",
        "4111111111111112",
        "9911111111111111", "11111111111", "12800138000", "138001380001", "3138001380001", "13800138000.50",
        "0.13800138000", "A13800138000B", "550e8400-e29b-41d4-a716-446655440000", "127.0.0.1 0.0.0.0 255.255.255.0",
        "v1.2.3.4 版本10.2.3.4 第2.1.2.1条 300.1.2.3", "12:30:45 std::abc1 a::b 1:2", "icon@2x.png @某人 a@b",
        "2000-3000元 2016-2017-2018", "1 2 3 4 5 6 7 8 9 10 11 12 13 14", "sk-learn-is-a-good-library-for-you",
        "the key to internationalization1 of things", "token AAAAAAAAAAAAAAAA1", "护照很方便 A1",
        "md5 9f86d081884c7d659a2feaa0c55ad015", "passport E12345678901", "01010-12345678",
    ],
)  # fmt: skip
def test_what_is_none_is_let_be(text):
    assert kinds(text) == []
    assert mask_personal(text) == text


def test_what_stands_side_by_side_is_told_apart():
    text = "卡 6222 0212 3456 7890 128 13800138000 11010519491231002X;a@b.com,10.1.2.3"
    assert [kind for kind, _ in kinds(text)] == ["card", "phone", "identity", "email", "machine"]
    assert mask_personal(text) == "卡 [CARD] [PHONE] [ID];[EMAIL],[ADDRESS]"


def test_part_of_a_longer_number_is_none():
    assert kinds("4111 1111 1111 1111 1111 1111") == []
    assert kinds("41111111111111114111111111111111") == []


def test_the_check_digit_decides():
    """Of the ten or eleven last signs exactly one is right."""
    assert [sign for sign in "0123456789X" if is_identity("11010519491231002" + sign)] == ["X"]
    assert [sign for sign in "0123456789" if is_card("411111111111111" + sign)] == ["1"]


digits = st.text("0123456789", min_size=17, max_size=17)


@given(digits)
def test_a_changed_digit_breaks_a_card(number):
    for last in "0123456789":
        if is_card("4" + number[:14] + last):
            other = "4" + str((int(number[0]) + 1) % 10) + number[1:14] + last
            assert not is_card(other)


_BITS = st.sampled_from(
    ["1", "138", "0013", "8000", "13800138000", " ", "-", ".", "@", "a.cn", "X", "x", "4111", "6222", ":", "fe80", "::",
     "11010519491231002X", "key", "token:", "sk-", "eyJ", "ａ", "１", "＠", "好", "[ID]", "\ud800", "+86", "(021)",
     "\n"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.one_of(st.lists(_BITS, max_size=40).map("".join), st.text(st.characters(), max_size=200)))
def test_places_are_in_order_and_masks_stay(text):
    found = find_personal(text)
    ends = [0, *(one.end for one in found)]
    assert all(end <= one.start < one.end <= len(text) for end, one in zip(ends, found, strict=False))
    assert {one.kind for one in found} <= set(MASKS)
    masked = mask_personal(text)
    assert find_personal(masked) == ()
    assert mask_personal(masked) == masked
    if not found:
        assert masked == text


def test_numbers_that_hide_one_another_are_all_masked():
    """Each is seen only once the one behind it is masked: made up to take a pass for each."""
    text = " ".join(["622202 1234567890128"] * 200)
    masked = mask_personal(text)
    assert find_personal(masked) == ()
    assert not re.search(r"622202 1234567890128", masked)


HOSTILE = [
    "1", "1 ", "12 ", "1-", "4111 1111 ", "1.", "1.1.1.", "a@", "a@a.", "a.", "-", "eyJ-", "eyJaaaaaaaaaa.", "sk-",
    "token:", "-----BEGIN PRIVATE" + " KEY-----", "1:", "::", "00:", "00-", "138 0013 ", "(021)", "0571-", "１", "护照",
    "key key", "11010519491231002X", "A" * 45 + "\n", "x1_",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_a_hundred_thousand_hostile_signs_come_to_an_end(unit):
    """Quadratic work would take minutes here, and the time limit of the suite would tell."""
    text = (unit * 100_000)[:100_000]
    assert mask_personal(mask_personal(text)) == mask_personal(text)


def test_a_place_is_plain_values():
    assert json.dumps([[one.kind, one.start, one.end] for one in find_personal("a@b.com")]) == '[["email", 0, 7]]'
    assert find_personal("a@b.com") == (Personal("email", 0, 7),)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("1.13800138000", "phone", "13800138000"), ("13800138000.5分", "phone", "13800138000"),
        ("10.13800138000", "phone", "13800138000"), ("2.138 0013 8000", "phone", "138 0013 8000"),
        ("13800138000.2026年起", "phone", "13800138000"), ("1.010-62345678", "phone", "010-62345678"),
        ("138  0013 8000", "phone", "138  0013 8000"), ("021.6543.2109", "phone", "021.6543.2109"),
        ("1380.013.8000", "phone", "1380.013.8000"), ("3.6222 0212 3456 7890 128", "card", "6222 0212 3456 7890 128"),
        ("6222.0212.3456.7890.128", "card", "6222.0212.3456.7890.128"),
        ("6222  0212 3456 7890  128", "card", "6222  0212 3456 7890  128"),
        ("1.110105.19491231.002X", "identity", "110105.19491231.002X"),
        ("li@qq.com-谢谢", "email", "li@qq.com"), ("a@qq.com1", "email", "a@qq.com"),
        ("li@qq.com-Tom", "email", "li@qq.com"), ("li@qq.com-138", "email", "li@qq.com"),
        ("li@a.com-pany.cn", "email", "li@a.com-pany.cn"),
        ("bob@firma.md", "email", "bob@firma.md"),
        ("6222  0212  3456  7890  128", "card", "6222  0212  3456  7890  128"),
    ],
)  # fmt: skip
def test_what_stands_beside_it_hides_nothing(text, kind, found):
    assert [(one.kind, text[one.start : one.end]) for one in find_personal(text)] == [(kind, found)]
    assert found not in mask_personal(text)


@pytest.mark.parametrize(
    "text",
    [
        "0.13800138000", "13800138000.55", "价0.13800138000", "2024.13800138000", "4111.111111111111",
        "1.0.13800138000", "135.12345678", "0.010-62345678", "icon@2x.png", "icon@2x.png-old",
    ],
)  # fmt: skip
def test_fractions_and_files_are_no_finds(text):
    assert not list(find_personal(text))

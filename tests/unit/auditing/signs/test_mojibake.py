"""Misread text is turned back, and text in any language is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.auditing.signs.mojibake import recover
from luodi.data import read

CHINESE = ["退款一直没有到账，请尽快处理", "物流很快，包装完好", "图片", "味道不错！"]


def western(raw):
    return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in raw)


@pytest.mark.parametrize("text", CHINESE)
@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda text: text.encode("utf-8").decode("gb18030", "replace"), ("UTF-8", "GBK")),
        (lambda text: western(text.encode("utf-8")), ("UTF-8", "Windows-1252")),
        (lambda text: text.encode("utf-8").decode("latin-1"), ("UTF-8", "Windows-1252")),
        (lambda text: text.encode("gb18030").decode("latin-1"), ("GBK", "Windows-1252")),
    ],
)
def test_chinese_is_turned_back(text, spoil, names):
    back = recover(spoil(text))
    assert (back.written, back.read) == names
    kept = set(back.text) & set(text)  # a byte that the other encoding lacks is lost, and its sign with it
    assert len(kept) >= len(set(text)) - 3


def test_big5_read_as_gbk_is_turned_back():
    text = "房間衛生太差，服務人員水平太低，而且專業不夠"
    assert recover(text.encode("big5").decode("gb18030", "replace")).text == text


def test_a_part_of_a_text_is_turned_back_and_the_rest_stays():
    spoilt = "订单 1024 没到。" + "客服说明天就会送到".encode().decode("gb18030", "replace")
    assert recover(spoilt).text == "订单 1024 没到。客服说明天就会?到"
    assert recover("donâ€™t, cafÃ© â€“ 20 Â°C").text == "don’t, café – 20 °C"


def test_what_was_misread_twice_is_turned_back_twice():
    assert recover(western(western("café".encode()).encode())).text == "café"


@pytest.mark.parametrize(
    "text",
    [
        "联通", "Œuvre à l’œuvre « voilà »", "São Paulo, É…", "Привет, как дела?", "Ελληνικά", "日本語のテキストです",
        "これはペンです。あれは本です。", "한국어 문장입니다", "Tiếng Việt được", "ÄÖÜ äöüß", "àâäéèêëîïôöùûüç", "«Ça»",
        "£5, ¥100, 10–20 €", "陕A×××××号", "危难之际······", "蟑螂啧啧囔囔", "房間及其他設施都很好", "",
        "plain", "²³¹ ½ ¾",
        "ὁ λόγος", "الطعام بارد", "naïve “quote”…", "臺灣龍鳳", "囧rz orz ლ(ಠ益ಠლ)",
    ],
)  # fmt: skip
def test_good_text_is_left_alone(text):
    assert recover(text) is None


@given(st.text())
def test_any_text_is_survived(text):
    recover(text)


def test_long_text_is_survived():
    assert recover("é" + "hello world, " * 10_000) is None
    assert recover("Ã" * 100_000) is None
    assert recover("鍥捐墖" * 30_000) is not None


@pytest.mark.shared
def test_no_text_of_the_real_sets_is_accused(shared_data):
    for name in ("waimai_10k.csv", "finance_news_seed.xlsx", "banking77_train.csv"):
        texts = read(shared_data / name).texts
        assert len(texts) > 5000
        assert [text for text in texts if recover(text) is not None] == []

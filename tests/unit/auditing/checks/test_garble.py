"""What machines spoil is found by kind, with the rows and what was found; good text is not accused."""

import pytest

from luodi.auditing.checks.garble import garbled
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, clean, read

GOOD = [f"送餐很快，味道不错，下次再来 {row}" for row in range(200)]


def findings(texts):
    return list(garbled(Evidence({"train": Dataset.of(texts)})))


def rows(finding):
    return [suspect.row for suspect in finding.suspects]


def test_misread_rows_are_found_with_what_they_said():
    spoilt = "还没有到账，请退款".encode().decode("gb18030", "replace")
    (one,) = findings([*GOOD, spoilt])
    assert rows(one) == [200]
    assert one.suspects[0].facts["found"].startswith("还没有到账，请")
    assert one.severity == "note"
    assert "two encodings" in one.advice


def test_what_a_misread_row_said_is_masked_before_it_is_cut():
    spoilt = ("还没有到账，请退款" * 20 + "，我的邮箱是 wang.wei.wei.wei.wei.wei@firma.cn，谢谢").encode()
    (one,) = findings([*GOOD, spoilt.decode("latin-1")])
    found = one.suspects[0].facts["found"]
    assert "wang" not in found
    assert found.endswith("我的邮箱是 [EMAIL]，谢谢"[: len(found) - 180])


def test_a_file_read_wrongly_as_a_whole_is_an_error():
    (one,) = findings([text.encode().decode("latin-1") for text in GOOD])
    assert (one.severity, one.count) == ("error", 200)
    assert "--encoding utf-8" in one.advice


@pytest.mark.parametrize(
    ("text", "found", "says"),
    [
        ("很好<br/>不错", "<br/>", "HTML"),
        ('<a href="x">点这里</a>', '<a href="x">', "HTML"),
        ("便宜&nbsp;好用", "&nbsp;", "HTML"),
        ("AT&amp;T", "&amp;", "HTML"),
        ("价格&gt实惠", "&gt", "HTML"),
        ("&#21152;油", "&#21152;", "HTML"),
        ("第一行\\n第二行", "\\n", "codes"),
        ("\\u4e2d\\u6587", "\\u4e2d", "codes"),
        ("一_x000D_二", "_x000D_", "codes"),
        ("%E9%80%80%E6%AC%BE", "%E9%80%80%E6%AC%BE", "codes"),
        ("=E9=80=80=E6=AC=BE", "=E9=80=80=E6=AC=BE", "codes"),
        ("服务\ufffd好", "\ufffd", "nobody can read"),
        ("锟斤拷锟斤拷", "锟斤拷", "nobody can read"),
        ("好吃\ue412", "U+E412", "nobody can read"),
        ("很\u200b好", "U+200B", "invisible"),
        ("\ufeff很好", "U+FEFF", "invisible"),
        ("a\x08b", "U+0008", "invisible"),
    ],
)
def test_each_kind_is_found_and_shown(text, found, says):
    (one,) = findings([*GOOD, text])
    assert rows(one) == [200]
    assert found in one.suspects[0].facts["found"]
    assert says in one.what


@pytest.mark.parametrize(
    "text",
    [
        "a < b > c", "I <3 you", "Q&A; R&D", "AT&T", "tom & jerry", "<user> said", "C:\\new\\table", "\\nabla \\times",
        "https://x.cn/%E9%80%80%E6%AC%BE", "涨了20%30%", "第一行\n第二行\t完", "👨‍👩‍👧 ❤️", "می\u200cخواهم", "x=1=2",
        "烫烫的", "&c.", "屯溪", "a&ltd=1",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_is_left_alone(text):
    assert findings([*GOOD, text]) == []


def test_the_worst_rows_come_first_and_many_are_a_warning():
    (one,) = findings([*GOOD, "<b>a", "<b>a</b>", "<b>a", "<b><i>a</i></b>"])
    assert one.severity == "warning"
    assert rows(one)[0] == 203
    assert "strip_html" in one.advice


def test_what_is_advised_against_codes_takes_them_all_out():
    spoilt = [r"很好\n\u597d\u5403", "一_x000D_二", "%E5%A5%BD吃", "=E5=A5=BD喝", r"caf\xe9"]
    (one,) = findings([*GOOD, *spoilt])
    assert one.count == len(spoilt)
    assert '--set "data.clean=[decode_escapes]"' in one.advice
    assert findings([*GOOD, *(clean(text, ["decode_escapes"]) for text in spoilt)]) == []


def test_hostile_text_takes_no_time():
    hostile = ["<a " * 30_000, "&" * 100_000, "\\" * 100_000, "%E9" * 30_000, "http://" * 15_000 + "\\n"]
    assert len(findings(hostile)) >= 1


@pytest.mark.shared
def test_the_real_sets_hold_three_spoilt_texts(shared_data):
    spoilt = {
        name: sorted(row for one in garbled(Evidence({"train": read(shared_data / name)})) for row in rows(one))
        for name in ("waimai_10k.csv", "finance_news_seed.xlsx", "banking77_test.csv")
    }
    # two with private signs of old phones, one with a backspace
    assert spoilt == {"waimai_10k.csv": [1040, 4550, 11087], "finance_news_seed.xlsx": [], "banking77_test.csv": []}

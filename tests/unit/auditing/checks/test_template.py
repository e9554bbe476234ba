"""Boilerplate is told with how many rows bear it, what it costs, and whether it gives a label away."""

import pytest

from luodi.auditing.checks.template import template_texts
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset


def texts_of(n):
    stems, branches, sides = "甲乙丙丁戊己庚辛", "子丑寅卯辰巳午未申酉戌", "东南西北"
    return [f"{stems[row % 8]}{branches[row % 11]}{sides[row // 9 % 4]}号店不错" for row in range(n)]


def findings(texts, labels=None):
    return list(template_texts(Evidence({"train": Dataset.of(texts, {"label": labels} if labels else {})})))


def test_a_frame_of_every_label_is_a_note_with_its_cost():
    texts, labels = texts_of(1000), ["好", "坏"] * 500
    texts[:30] = [f"补充点评 2026年1月{row}日：{text}" for row, text in enumerate(texts[:30])]
    (one,) = findings(texts, labels)
    assert (one.severity, one.count) == ("note", 30)
    assert [suspect.row for suspect in one.suspects] == list(range(30))
    assert "begin with the same words" in one.what
    assert "补充点评 2026年1月" in one.what
    assert "bear the label" not in one.what
    assert "%" in one.effect
    assert one.fixes == ()


def test_a_frame_of_one_label_is_a_warning():
    texts, labels = texts_of(1000), ["好", "坏"] * 500
    for row in range(1, 60, 2):
        texts[row] += "。投诉处理中心 转人工客服"
    (one,) = findings(texts, labels)
    assert one.severity == "warning"
    assert "100% of them bear the label '坏'" in one.what


def test_a_label_that_nearly_all_rows_bear_is_not_given_away():
    texts, labels = texts_of(1000), ["好"] * 950 + ["坏"] * 50
    for row in range(30):
        texts[row] += "。投诉处理中心 转人工客服"
    (one,) = findings(texts, labels)
    assert one.severity == "note"


def test_few_labelled_rows_give_nothing_away():
    texts, labels = texts_of(1000), [None] * 500 + [f"第{row % 25}类" for row in range(500)]
    for row in range(490, 503):
        texts[row] += "。投诉处理中心 转人工客服"
        texts[row - 400] += "。投诉处理中心 转人工客服"
    labels[500:503] = ["第1类"] * 3
    (one,) = findings(texts, labels)
    assert (one.severity, one.count) == ("note", 26)


def test_a_label_as_frequent_as_by_chance_is_not_given_away():
    texts, labels = texts_of(1000), ["好", "好", "好", "坏"] * 250
    for row in range(20):
        texts[row] += "。投诉处理中心 转人工客服"
        labels[row] = "好" if row else "坏"
    (one,) = findings(texts, labels)
    assert one.severity == "note"


def test_of_several_columns_the_one_that_is_given_away_is_named():
    texts, labels = texts_of(1000), ["是", "否"] * 500
    for row in range(1, 80, 2):
        texts[row] += "。投诉处理中心 转人工客服"
    data = Dataset.of(texts, {"加急": labels, "投诉": ["是"] * 500 + ["否"] * 500})
    (one,) = template_texts(Evidence({"train": data}))
    assert "100% of them bear the label '否' in the column '加急'" in one.what
    assert "100% of them bear the label '是' in the column '投诉'" in one.what


def test_one_text_over_and_over_is_dropped_on_request_only():
    texts = texts_of(500)
    texts[10:40] = [f"订单{row}：此用户没有填写评价" for row in range(30)]
    (one,) = findings(texts)
    assert one.count == 30
    assert [(fix.row, fix.kept, fix.is_safe) for fix in one.fixes] == [(row, 10, False) for row in range(11, 40)]


def test_nothing_is_said_of_free_texts():
    assert findings(texts_of(1000)) == []
    assert findings([]) == []


@pytest.mark.parametrize(
    ("frame", "shown"),
    [
        ("请各位同事注意，联系人 wang.wei@firma.{end} {text}", "联系人 [EMAIL]”"),
        ("{text}，{word}：a1b2c3d4e5f6a7b8c9d0", "“[KEY]”"),
        ("{text}，本店的服务热线 021-6543{row}", "本店的服务热线 [PHONE]”"),
    ],
)
def test_personal_data_are_masked_whole_where_a_frame_cuts_them(frame, shown):
    ends = ["cn", "com", "de", "org", "net"] * 20
    texts = [frame.format(end=end, text=text, row=1000 + row, word=("密码", "密钥", "口令")[row % 3])
             for row, (end, text) in enumerate(zip(ends, texts_of(100), strict=True))]  # fmt: skip
    assert any(one.what.endswith(shown) for one in findings([*texts, *texts_of(300)]))

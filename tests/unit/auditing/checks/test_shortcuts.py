"""Planted shortcuts are found with their label and their rows; honest sets are left in peace."""

import numpy as np
import pytest

from luodi.auditing.checks.shortcuts import shortcuts
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read

SUBJECTS = ("送餐", "味道", "包装", "价格", "份量", "服务", "环境", "口味", "面条", "米饭", "鸡腿", "汤")
WORDS = ("不错", "太慢", "一般", "失望", "满意", "太咸", "很香", "偏贵", "实惠", "凉了", "漏了", "还行")
#: Numbers the rows without a digit, so that no two are equal.
NUMERALS = str.maketrans("0123456789abcdef", "子丑寅卯辰巳午未申酉戌亥乾坤震巽")


def texts_and_labels(n=800, seed=0, names=("好", "坏")):
    """Texts whose label nothing tells."""
    rng = np.random.default_rng(seed)
    texts = [
        "，".join(f"{rng.choice(SUBJECTS)}{rng.choice(WORDS)}" for _ in range(rng.integers(3, 6)))
        + f"{row:x}".translate(NUMERALS)
        for row in range(n)
    ]
    return texts, [str(name) for name in rng.choice(names, n)]


def findings(texts, labels, **columns):
    return list(shortcuts(Evidence({"train": Dataset.of(texts, {"label": labels}, **columns)})))


def planted(change, *, share=0.6, names=("好", "坏")):
    """Change this share of the rows of the first label."""
    texts, labels = texts_and_labels(names=names)
    rng = np.random.default_rng(1)
    rows = [row for row, label in enumerate(labels) if label == names[0] and rng.random() < share]
    for row in rows:
        texts[row] = change(texts[row])
    return texts, labels, rows


def test_nothing_is_found_where_nothing_tells():
    assert findings(*texts_and_labels()) == []
    assert findings(*texts_and_labels(names=tuple("甲乙丙丁戊己庚辛"))) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: f"{text} http://t.cn/x", "a web address"),
        (lambda text: f"{text} kf@a.cn", "an e-mail address"),
        (lambda text: f"{text} 工单20260117", "a number of six digits or more"),
        (lambda text: f"3{text}", "a digit at the beginning"),
        (lambda text: f"{text}。", "the sign 。"),
        (lambda text: f"{text}★行", "the sign ★"),
        (lambda text: f"[甲组] {text}", "“甲组” set off at the beginning"),
        (lambda text: f"{text}（转自微信）", "“转自微信” set off at the end"),
        (lambda text: text + "真的" * 60, "more than"),
        (lambda text: f"{text}\n完", "a line break"),
    ],
)
def test_a_planted_mark_is_found_with_its_rows(change, says):
    texts, labels, rows = planted(change)
    found = findings(texts, labels)
    assert any(says in one.what for one in found), [one.what for one in found]
    for one in found:
        if "single words" not in one.what:
            assert "bear the label '好'" in one.what
            assert set(rows) <= {suspect.row for suspect in one.suspects} or "more than" in one.what


def test_a_mark_that_half_of_a_label_bears_puts_the_figures_in_doubt():
    texts, labels, _ = planted(lambda text: f"{text} http://t.cn/x")
    assert findings(texts, labels)[0].severity == "error"
    texts, labels, _ = planted(lambda text: f"{text} http://t.cn/x", share=0.25)
    assert findings(texts, labels)[0].severity == "warning"


def test_one_trait_is_reported_once():
    texts, labels, _ = planted(lambda text: f"{text} http://t.cn/x")
    assert len([one for one in findings(texts, labels) if "single words" not in one.what]) == 1


def test_a_mark_of_a_few_rows_is_none():
    texts, labels, _ = planted(lambda text: f"{text} http://t.cn/x", share=0.04)
    assert findings(texts, labels) == []


def test_a_label_in_the_text_is_an_error():
    texts, labels = texts_and_labels(names=("退款", "咨询", "投诉"))
    told = range(0, 800, 20)
    for row in told:
        texts[row] = f"[{labels[row]}] {texts[row]}"
    (one,) = findings(texts, labels)
    assert (one.severity, one.count) == ("error", 40)
    assert [suspect.row for suspect in one.suspects] == list(told)
    assert "name their own label" in one.what


def test_labels_of_others_in_the_text_are_no_leak():
    texts, labels = texts_and_labels(names=("退款", "咨询", "投诉"))
    for row in range(0, 800, 20):
        texts[row] = f"[退款] {texts[row]}"
    assert [one for one in findings(texts, labels) if "name their own label" in one.what] == []


def test_a_word_that_tells_is_named_and_one_that_the_label_means_is_not():
    texts, labels, rows = planted(lambda text: f"小华 {text}", share=0.7)
    (one,) = (one for one in findings(texts, labels) if "single words" in one.what)
    assert one.severity == "warning"
    assert "“小华”" in one.what
    assert {suspect.row for suspect in one.suspects} <= set(rows)
    texts, labels, _ = planted(lambda text: f"退款 {text}", share=0.7, names=("退款申请", "其他"))
    assert not [one for one in findings(texts, labels) if "single words" in one.what]


def test_a_group_that_tells_is_named():
    texts, labels = texts_and_labels()
    groups = [f"{label}{row % 20}" for row, label in enumerate(labels)]
    (one,) = findings(texts, labels, groups=groups)
    assert one.severity == "warning"
    assert "group" in one.what
    assert "--group COL" in one.advice
    mixed = [str(row % 20) for row in range(800)]
    assert findings(texts, labels, groups=mixed) == []


def test_a_file_that_tells_is_named():
    texts, labels = texts_and_labels()
    parts = [
        Dataset.of([x for x, y in zip(texts, labels, strict=True) if y == name], {"label": [name] * labels.count(name)})
        for name in ("好", "坏")
    ]
    (one,) = shortcuts(Evidence({"train": parts[0], "test": parts[1]}))
    assert "the file that a row came from" in one.what


def test_repeated_rows_are_one_proof():
    texts, labels = texts_and_labels()
    again = ["加我微信 http://t.cn/x 领红包"] * 300
    found = findings([*texts, *again], [*labels, *(["好"] * 300)])
    assert found == []


def test_every_label_column_is_named_where_there_are_several():
    texts, labels, _ = planted(lambda text: f"{text} http://t.cn/x")
    other = [str(k) for k in np.random.default_rng(3).integers(0, 2, len(texts))]
    data = Dataset.of(texts, {"情感": labels, "来源": other})
    found = list(shortcuts(Evidence({"train": data})))
    assert found
    assert all("'情感'" in one.what for one in found)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [([], {}), (["a"], {"x": ["1"]}), (["a"] * 50, {"x": ["1"] * 50}), (["a", "b"], {"x": [None, None]}), (["a"], {})],
)
def test_poor_sets_are_survived(texts, labels):
    assert list(shortcuts(Evidence({"train": Dataset.of(texts, labels)}))) == []


@pytest.mark.shared
def test_honest_real_sets_are_left_in_peace(shared_data):
    for name in ("waimai_10k.csv", "finance_news_seed.xlsx", "banking77_train.csv"):
        assert list(shortcuts(Evidence({"train": read(shared_data / name)}))) == []


@pytest.mark.shared
def test_a_url_planted_in_a_real_set_is_found(shared_data):
    data = read(shared_data / "waimai_10k.csv")
    (labels,) = data.labels.values()
    texts = [f"{text} 详情 http://t.cn/{row}" if label == "1" and row % 2 else text
             for row, (text, label) in enumerate(zip(data.texts, labels, strict=True))]  # fmt: skip
    first, *_ = findings(texts, labels)
    assert "'1'" in first.what
    assert first.severity in ("error", "warning")

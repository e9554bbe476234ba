"""One label under two names: found by spelling, by slips, and by what a model cannot tell apart."""

from dataclasses import replace

import numpy as np
import pytest

from luodi.auditing.checks.label_names import label_names, told_apart
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset, read

TOPICS = {
    "退款申请": ("退款", "退钱", "钱款", "退回"), "物流速度": ("快递", "物流", "送货", "配送"),
    "商品质量": ("质量", "破损", "瑕疵", "做工"), "发票问题": ("发票", "抬头", "税号", "开票"),
}  # fmt: skip
FILLERS = (
    "请问",
    "怎么",
    "还没",
    "什么时候",
    "一直",
    "昨天",
    "订单",
    "你好",
    "麻烦",
    "帮我",
    "看看",
    "处理",
    "一下",
    "谢谢",
)


def rows(n=240, seed=0):
    """n complaints of four topics, as many of each, that a model can tell apart."""
    rng = np.random.default_rng(seed)
    topics = list(TOPICS) * (n // 4)
    texts = [
        "".join([*rng.choice(FILLERS, 5), *rng.choice(TOPICS[topic], 2), *rng.choice(FILLERS, 4)]) for topic in topics
    ]
    return Dataset.of(texts, {"label": topics})


def renamed(data, new, *, old, share, seed=1):
    """Give some rows of a label another name."""
    rng = np.random.default_rng(seed)
    column = [new if label == old and rng.random() < share else label for label in data.labels["label"]]
    return replace(data, labels={"label": tuple(column)})


def found(data):
    return list(label_names(Evidence({"train": data})))


def test_labels_that_differ_are_left_alone():
    assert found(rows()) == []


def test_names_that_are_written_differently_are_one():
    data = renamed(
        renamed(rows(), "退款 申请", old="退款申请", share=0.3), "物流／速度", old="物流速度", share=0.3, seed=2
    )
    (one,) = found(data)
    assert one.severity == "error"
    assert one.count == sum(label in ("退款 申请", "物流／速度") for label in data.labels["label"])
    right = {"退款 申请": ("退款申请", True), "物流／速度": ("物流速度", False)}  # a mark more is not safe
    assert {(data.labels["label"][fix.row], (fix.label, fix.is_safe)) for fix in one.fixes} == set(right.items())


def test_width_case_and_space_alone_are_safe_to_mend():
    labels = ["Refund", "Refund", "refund", "Ｒefund", "Refund\u200b", "x 1 1", "x 11"]
    (one,) = found(Dataset.of([f"t{row}" for row in range(7)], {"label": labels}))
    assert [(fix.row, fix.label, fix.is_safe) for fix in one.fixes] == [(row, "Refund", True) for row in (2, 3, 4)]


def test_a_rare_misspelt_name_is_the_frequent_one():
    data = rows()
    column = list(data.labels["label"])
    column[152] = column[200] = "退款申申请"
    (one,) = found(replace(data, labels={"label": tuple(column)}))
    assert one.severity == "warning"
    assert [(fix.row, fix.label, fix.is_safe) for fix in one.fixes] == [
        (152, "退款申请", False),
        (200, "退款申请", False),
    ]
    assert fixed_at_nine_tenths(one)


def fixed_at_nine_tenths(finding):
    return all(fix.sureness >= 0.9 for fix in finding.fixes)


@pytest.mark.parametrize("share", [0.5, 0.3])
def test_names_whose_rows_cannot_be_told_apart_are_one(share):
    data = renamed(rows(400), "Refund", old="退款申请", share=share)
    (one,) = found(data)
    assert one.severity == "warning"
    assert "Refund" in one.what
    assert "退款申请" in one.what
    assert not fixed_at_nine_tenths(one)
    assert all(not fix.is_safe for fix in one.fixes)


def test_labels_dealt_out_at_random_cannot_be_told_apart():
    data = rows(200)
    rng = np.random.default_rng(3)
    (one,) = found(replace(data, labels={"label": tuple(rng.choice(["yes", "no"], 200).tolist())}))
    assert "guessing gets 50%" in one.what


def test_told_apart_is_the_area_under_the_curve():
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(0)
    first = np.round(np.concatenate([rng.beta(3, 2, 40), rng.beta(2, 3, 70)]), 1)  # with ties
    table = np.column_stack([first, 1 - first]).astype(np.float32)
    share, bound = told_apart(table[:40], table[40:])
    assert share == pytest.approx(metrics.roc_auc_score([1] * 40 + [0] * 70, first))
    assert bound > share


def test_sets_without_two_labels_are_left_alone():
    assert found(Dataset.of(["a", "b"])) == []
    assert found(Dataset.of(["a", "b"], {"label": ["x", "x"]})) == []
    assert found(Dataset.of(["a", "b"], {"label": [None, "x"]})) == []
    assert found(Dataset.of([], {"label": []})) == []


@pytest.mark.shared
def test_a_real_set_is_left_alone(shared_data):
    assert found(read(shared_data / "finance_news_seed.xlsx")) == []


def test_the_log_names_the_right_name_of_each_row():
    rows = [("退款要多久", "退款"), ("退款到了吗", "退 款"), ("refund me", "refund"), ("my refund", "Refund")] * 12
    texts = [f"{text} {n}" for n, (text, _) in enumerate(rows)]
    data = Dataset.of(texts, {"类": [label for _, label in rows]})
    fixes = [fix for one in label_names(Evidence({"train": data})) for fix in one.fixes]
    right = {fix.label for fix in fixes}
    assert len(right) == 2
    for fix in fixes:
        assert [name for name in right if name in fix.why] == [fix.label]

"""Personal data leave the audit by no way, whichever check names the row that holds them."""

import json
from datetime import date, timedelta

import numpy as np
import pytest

from luodi import registry
from luodi.auditing import Finding, Suspect, audit, check
from luodi.auditing.check import KIND
from luodi.auditing.page import render
from luodi.data import Dataset
from luodi.job.survey import _in_short

#: Each kind once: a telephone number, an e-mail address, an identity number and a card (both with right check digits).
SECRETS = ("13912345678", "wang.wei@firma.cn", "11010119900307803X", "6222021234567890128")
SECRET = " ".join(SECRETS)
#: Those that only the word before them tells, and the address of a machine.
BY_THEIR_WORD = {"护照：": "E12345678", "token: ": "9f86d081884c7d65" + "9a2f", "IP ": "10.20.30.40"}


def plain(n):
    """Rows that nothing is wrong with, of two labels."""
    words = ["退款", "物流", "发票", "账号", "密码", "优惠", "客服", "地址", "包装", "尺码"]
    return [(f"{words[i % 10]}{words[(i * 7 + 3) % 10]}的问题第{i}次来问", "甲" if i % 2 else "乙") for i in range(n)]


def misread(text):
    """Give what stands there where UTF-8 was read as GBK."""
    return text.encode("utf-8").decode("gb18030", "replace")


#: For each check the rows that make it speak, personal data in them.
PLANTED = {
    "exact_doubles": [(f"我的资料 {SECRET} 请查收", "甲")] * 3,
    "near_doubles": [(f"我的资料 {SECRET} 请各位同事尽快查收并回复确认一下谢谢{end}", "甲") for end in "。！"],
    "conflicts": [(f"同一句话 {SECRET}", label) for label in "甲乙"],
    "garbled": [(misread(f"您好，我的资料是 {SECRET}，请尽快处理退款和物流的问题"), "甲")] * 1,
    "template_texts": [(f"{SECRET} 是本店热线，感谢您的来信：{text}", label) for text, label in plain(60)],
    "foreign_texts": [(f"Please refund my order now, my data: {SECRET}", "甲")] * 1,
    "lengths": [("很长" * 3000 + SECRET, "甲")],
    "shortcuts": [(f"{text}，token: {BY_THEIR_WORD['token: ']}", "丙") for text, _ in plain(60)],
}


def leaked(found, secrets):
    """Give what stands anywhere in what is written of an audit."""
    said = {
        "json": json.dumps(found.to_json(), ensure_ascii=False),
        "page": render(found, name="a", created="", language="zh"),
        "report": json.dumps(_in_short(found), ensure_ascii=False),
        "text": str(found),
    }
    return [(where, secret) for where, text in said.items() for secret in secrets if secret in text]


@pytest.mark.parametrize("check", PLANTED)
def test_no_planted_value_gets_out(check):
    rows = [*plain(300), *PLANTED[check]]
    data = Dataset.of([text for text, _ in rows], {"类别": [label for _, label in rows]})
    found = audit(data)
    names = {one.check for one in found.findings}
    assert {check, "personal_data"} <= names or check == "garbled", names
    assert leaked(found, [*SECRETS, *BY_THEIR_WORD.values()]) == []


@pytest.mark.parametrize(("word", "secret"), [*(("", one) for one in SECRETS), *BY_THEIR_WORD.items()])
def test_a_check_that_quotes_whatever_it_sees_gives_nothing_away(word, secret, monkeypatch):
    monkeypatch.setitem(registry._parts, KIND, {})

    def quoting(evidence):
        """Quote texts, and the end of one."""
        text = evidence.data.texts[0]
        for quoted in (text, text[text.index(secret) :]):
            facts = {"found": quoted, "other": quoted, "twin": "memory:2"}
            yield Finding("error", 1.0, 1, f"“{quoted}”", f"“{quoted}”", f"“{quoted}”", (Suspect(0, facts), Suspect(1)))

    check("quoting")(quoting)
    data = Dataset.of([f"我的{word}{secret}", f"他的 {word}{secret} 也是"], {"类别": ["甲", "乙"]})
    found = audit(data)
    assert leaked(found, [secret]) == []
    assert found.findings[0].suspects[0].facts["twin"] == "memory:2"
    assert found.data.texts == data.texts, "what --fix copies stays as it is"


def everything_wrong(n=900, seed=0):
    """Rows of two labels with all that checks look for, personal data in each of them, at the end or the beginning."""
    rng = np.random.default_rng(seed)
    words = {"甲": "快递物流送货配送", "乙": "质量破损瑕疵做工"}
    of = rng.choice(list(words), n).tolist()
    tails = [*SECRETS, *(word + secret for word, secret in BY_THEIR_WORD.items())]
    texts = [
        "".join(
            [
                *rng.choice(list(words[label]), 4),
                *rng.choice(list("天地玄黄宇宙洪荒日月盈昃"), 9),
                f"：{tails[row % 7]}",
            ]
        )
        for row, label in enumerate(of)
    ]
    labels: list[str | None] = [label if rng.random() > 0.05 else "甲" for label in of]
    labels[:3], labels[3:9] = [None] * 3, ["甲 "] * 6
    texts[10:12] = texts[500:502]  # in the test too
    texts[20], labels[20], labels[21] = texts[21], "甲", "乙"
    texts[30], texts[31], texts[32] = "！？" * 4, f"{SECRET} the parcel is late again, please help me", texts[33]
    texts[40] = f"<a href='mailto:{'long.' * 6}{SECRETS[1]}'>写信</a>&nbsp;{SECRET}"
    texts[50:80] = [f"请各位注意，联系人 wang.wei@firma.{end} 处" for end in ["cn", "com", "de"] * 10]
    texts[90] = "很长" * 3000 + SECRET
    days = tuple((date(2024, 1, 1) + timedelta(days=row // 2)).isoformat() for row in range(n))
    groups = ["东" if row % 3 else SECRETS[0] for row in range(n)]
    labels = [rng.choice(["甲", "乙"]) if group != "东" and row > 100 else label
              for row, (label, group) in enumerate(zip(labels, groups, strict=True))]  # fmt: skip
    data = Dataset.of(texts, {"类别": labels}, groups=groups, times=("1970-01-01", *days[1:]))
    return {"train": data.take(range(500)), "test": data.take(range(500, n))}


def test_where_everything_is_wrong_nothing_gets_out():
    found = audit(everything_wrong())
    spoke = {one.check for one in found.findings if one.suspects}
    named_elsewhere = {"shortcuts"}  # a table of its own above
    name_no_text = {"test_resolution", "one_label", "imbalance", "drift", "other_cells"}
    assert set(registry.parts(KIND)) == spoke | named_elsewhere | name_no_text
    assert leaked(found, [*SECRETS, *BY_THEIR_WORD.values(), "wang.wei@firma", "long.long"]) == []

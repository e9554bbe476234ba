"""Personal data leave the audit by no way, whichever check names the row that holds them."""

import json

import pytest

from luodi.auditing import audit
from luodi.auditing.page import render
from luodi.data import Dataset
from luodi.job.survey import _in_short

#: Each kind once: a telephone number, an e-mail address, an identity number and a card (both with right check digits).
SECRETS = ("13912345678", "wang.wei@firma.cn", "11010119900307803X", "6222021234567890128")
SECRET = " ".join(SECRETS)


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
}


@pytest.mark.parametrize("check", PLANTED)
def test_no_planted_value_gets_out(check):
    rows = [*plain(300), *PLANTED[check]]
    data = Dataset.of([text for text, _ in rows], {"类别": [label for _, label in rows]})
    found = audit(data)
    names = {one.check for one in found.findings}
    assert {check, "personal_data"} <= names or check == "garbled", names
    said = {
        "json": json.dumps(found.to_json(), ensure_ascii=False),
        "page": render(found, name="a", created="", language="zh"),
        "report": json.dumps(_in_short(found), ensure_ascii=False),
        "text": str(found),
    }
    leaked = [(where, secret) for where, text in said.items() for secret in SECRETS if secret in text]
    assert not leaked

"""Which columns of a table a bundle takes: those that it learned from, then those that look right."""

import json

import pytest

from luodi.bundle import read_bundle
from luodi.bundle.rows import fitted, learned_text, open_texts, read_labelled
from luodi.data import Dataset
from luodi.errors import DataError

ROWS = [
    ("物流很快", "正面", "快递"),
    ("味道很差", "负面", "餐饮"),
    ("服务满意", "正面", "餐饮"),
    ("太慢", "负面", "快递"),
]
TWO = [{"use": "classify", "name": name, "labels": labels} for name, labels in
       (("情感", ["正面", "负面"]), ("种类", ["快递", "餐饮"]))]  # fmt: skip


@pytest.fixture
def table(tmp_path):
    def write(header, rows=ROWS):
        path = tmp_path / "rows.csv"
        lines = [header, *(",".join(row[: header.count(",") + 1]) for row in rows)]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def bundle(forged):
    """A bundle that learned from columns of these names."""

    def make(text="短信", **fields):
        report = json.dumps({"recipe": {"data": {"text": text}}}).encode()
        heads = [head["name"] for head in fields.get("task", [{"name": "情感"}])]
        calibration = json.dumps({"model": {head: {"temperature": 1.0} for head in heads}}).encode()
        return read_bundle(forged({"report.json": report, "calibration.json": calibration}, **fields))

    return make


def test_the_text_columns_learned_from_are_read_off_the_report(bundle, written):
    assert learned_text(bundle("短信")) == ("短信",)
    assert learned_text(read_bundle(written)) == ()


@pytest.mark.parametrize(
    "report", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"recipe": {"data": {"text": 5}}}', b'{"recipe": null}',
               b'{"recipe": {"data": {"text": ["a", 1]}}}', b'{"recipe": {"data": {"text": null}}}'],
)  # fmt: skip
def test_a_report_that_says_nothing_of_it_is_no_fault(forged, report):
    assert learned_text(read_bundle(forged({"report.json": report}))) == ()


def test_a_table_learned_from_by_elimination_is_answered(bundle, table):
    _, columns = open_texts(bundle("短信"), table("种类,短信"))
    assert columns.text == (1,)


def test_several_columns_learned_from_are_joined(bundle, table):
    _, columns = open_texts(bundle(["短信", "text"]), table("text,种类,短信"))
    assert columns.text == (2, 0)


def test_what_was_learned_from_goes_before_a_name_that_looks_like_a_text(bundle, table):
    assert open_texts(bundle("短信"), table("text,短信"))[1].text == (1,)
    assert open_texts(bundle("短信"), table("text,短信"), text=("text",))[1].text == (0,)


def test_a_column_that_bears_the_name_of_a_head_is_no_text(written, table):
    assert open_texts(read_bundle(written), table("短信,情感"))[1].text == (0,)


def test_without_the_columns_learned_from_a_text_is_recognised(bundle, table):
    assert open_texts(bundle("短信"), table("情感,内容,x"))[1].text == (1,)


def test_the_heads_column_goes_before_one_that_looks_like_a_label(written, table):
    rows = [(text, "x", label) for text, label, _ in ROWS]
    data = read_labelled(read_bundle(written), table("text,label,情感", rows))
    assert set(data.labels) == {"情感"}
    assert data.labels["情感"] == ("正面", "负面", "正面", "负面")


def test_the_only_head_takes_a_label_column_of_another_name(written, table):
    data = read_labelled(read_bundle(written), table("text,label"))
    assert data.labels == {"情感": ("正面", "负面", "正面", "负面")}
    named = read_labelled(read_bundle(written), table("text,a,b"), labels=("a",))
    assert named.labels == data.labels


def test_two_heads_find_their_columns_without_being_named(bundle, table):
    data = read_labelled(bundle("短信", task=TWO), table("短信,情感,种类"))
    assert set(data.labels) == {"情感", "种类"}
    assert data.labels["种类"] == ("快递", "餐饮", "餐饮", "快递")


def test_two_heads_and_one_column_are_refused_with_what_is_there(bundle, table):
    with pytest.raises(DataError, match="the labels of '种类'") as caught:
        read_labelled(bundle("短信", task=TWO), table("短信,情感,x"))
    assert caught.value.found == "短信, 情感, x"
    assert "情感, 种类" in caught.value.fix


def test_rows_in_memory_are_fitted_the_same():
    one = Dataset.of(["a"], {"label": ["x"]})
    assert fitted(one, heads=["情感"]).labels == {"情感": ("x",)}
    with pytest.raises(DataError, match="'情感'"):
        fitted(Dataset.of(["a"], {"label": ["x"], "b": ["y"]}), heads=["情感"])
    with pytest.raises(DataError):
        fitted(Dataset.of(["a"]), heads=["情感"])

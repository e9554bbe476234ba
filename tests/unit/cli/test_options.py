"""What verbs share: JSON that any reader takes, columns as the library wants them, progress only where wanted."""

import contextlib
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.cli.options import Columns, Options
from luodi.progress import Silent

_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(st.characters()) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


class _Strict(io.StringIO):
    """Takes only what can be written as UTF-8, as a terminal and a file do."""

    def write(self, text):
        text.encode()
        return super().write(text)


def _printed(value):
    with contextlib.redirect_stdout(_Strict()) as stream:
        Options(json=True).print_json(value)
    return stream.getvalue()


@given(value=_VALUES)
def test_json_is_one_line_that_any_reader_takes(value):
    printed = _printed(value)
    assert printed.endswith("\n")
    assert printed.count("\n") == 1

    def refuse(constant):
        raise AssertionError(constant)

    json.loads(printed, parse_constant=refuse)


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_know_become_null(odd):
    assert _printed({"a": [odd, 1.5]}) == '{"a": [null, 1.5]}\n'


def test_half_characters_are_escaped_as_json_does_it(luodi, verb):
    def act(text: str, /, *, options: Options | None = None):
        options.print_json({"text": text})

    verb(act)
    assert json.loads(luodi("act", "a\ud800b", "--json").out) == {"text": "a\ud800b"}


def test_chinese_stays_readable():
    assert _printed({"文本": "很好"}) == '{"文本": "很好"}\n'


def test_columns_say_nothing_where_nothing_was_said():
    assert set(Columns().reading().values()) == {None}
    assert Columns().recipe("a.csv") == {"path": "a.csv"}


def test_columns_reach_the_recipe():
    columns = Columns(text=("标题", "内容"), label=("a", "b"), group="客户")
    assert columns.recipe("a.csv") == {
        "path": "a.csv", "text": ["标题", "内容"], "labels": {"a": "auto", "b": "auto"},
        "split": {"by": "客户"},
    }  # fmt: skip
    assert Columns(text=("标题",)).recipe("a.csv")["text"] == "标题"


def test_quiet_reports_to_nobody():
    assert isinstance(Options(quiet=True).progress(), Silent)

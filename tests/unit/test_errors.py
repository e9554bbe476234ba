"""An error says what is wrong, what was found and what mends it, and its class says who must act."""

import inspect

import pytest

from luodi import errors
from luodi.errors import LuodiError

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, LuodiError)]
#: What the documentation promises to scripts.
EXIT_CODES = {
    "LuodiError": 1, "RecipeError": 2, "DataError": 3, "BudgetError": 4, "MissingExtra": 5, "BundleError": 6,
    "ModelError": 7, "Overloaded": 1, "TooSlow": 1,
}  # fmt: skip


def test_each_class_has_the_code_that_is_promised():
    assert {cls.__name__: cls.exit_code for cls in CLASSES} == EXIT_CODES


def test_no_two_of_those_who_must_act_share_a_code():
    codes = [cls.exit_code for cls in CLASSES if cls.exit_code != 1]
    assert len(codes) == len(set(codes)) == 6


def test_services_answer_with_codes_that_say_whose_turn_it_is():
    assert (errors.DataError.http_status, errors.Overloaded.http_status, errors.TooSlow.http_status) == (422, 429, 504)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_three_parts_stand_below_each_other(cls):
    error = cls("data: a.csv: no column 'label'", found="文本, 类别", fix="--label 类别")
    assert str(error).splitlines() == ["data: a.csv: no column 'label'", "  found: 文本, 类别", "  fix:   --label 类别"]
    assert error.args == (error.what,)


def test_parts_that_are_not_given_are_left_out():
    assert str(LuodiError("x")) == "x"
    assert str(LuodiError("x", fix="y")).splitlines() == ["x", "  fix:   y"]


def test_it_can_be_caught_as_one():
    with pytest.raises(LuodiError, match="x"):
        raise errors.BundleError("x")

"""What abstaining brings and costs, counted."""

import math

from luodi.tasks import Classify
from luodi.verify.abstention import weigh


def judged(gold, said):
    return Classify("y", ("a", "b")).judge(gold, said)


def test_rows_without_a_label_are_left_out():
    found = weigh(judged(["a", None, "b"], ["a", "a", "a"]), [False, False, True])
    assert found["answered"].value == 0.5
    assert found["wrong"].value == 0
    assert found["wrong_if_never_abstained"].value == 0.5
    assert found["answered"].low < 0.5 < found["answered"].high


def test_nothing_answered_and_nothing_asked():
    found = weigh(judged(["a", "b"], ["b", "b"]), [True, True])
    assert found["answered"].value == found["wrong"].value == 0
    assert math.isnan(found["wrong_if_answered"].value)
    assert math.isnan(weigh(judged([], []), [])["answered"].value)

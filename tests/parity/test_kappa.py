"""Cohen's kappa beside scikit-learn's."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from luodi.labelling import Answer, agreement

LABELS = ("负面", "中性", "正面", "10", "9")


def answers(labels):
    return {str(i): Answer("label", str(i), "h", label, None, "", None, "") for i, label in enumerate(labels)}


@given(st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=60))
def test_kappa_is_that_of_scikit_learn(pairs):
    first, second = zip(*pairs, strict=True)
    assume(len({*first, *second}) > 1)  # of one label throughout neither gives a number
    found = agreement(answers(first), answers(second), head="h")
    assert found.kappa.value == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)
    assert found.agreed.value == pytest.approx(np.mean([a == b for a, b in pairs]))

"""A group whose labels follow other rules is found; equal groups are not."""

import numpy as np
import pytest

from luodi.auditing.checks.groups import groups
from luodi.auditing.evidence import Evidence
from luodi.data import Dataset

WORDS = {"ship": ("parcel", "courier", "late"), "pay": ("invoice", "card", "refund")}


def rows(n, *, noisy=None, share=0.4, names=("north", "south", "west"), seed=0):
    """n rows in a few groups; in one of them a share of the labels is drawn by chance."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(list(WORDS), n).tolist()
    texts = [" ".join([*rng.choice(WORDS[label], 2), *(f"w{k}" for k in rng.integers(90, size=4))]) for label in labels]
    column = rng.choice(names, n).tolist()
    for row in range(n):
        if column[row] == noisy and rng.random() < share:
            labels[row] = str(rng.choice(list(WORDS)))
    return Evidence({"train": Dataset.of(texts, {"label": labels}, groups=column)})


def test_the_group_that_is_answered_worse_is_named_with_its_interval():
    (found,) = groups(rows(1500, noisy="west"))
    assert found.severity == "warning"
    assert "1 of 3 groups" in found.what
    assert "'west'" in found.what
    assert " to " in found.what
    assert "different texts)" in found.what
    assert {one.facts["found"] for one in found.suspects} == {"west"}
    assert "--deep" in found.advice


def test_equal_groups_raise_no_alarm():
    assert [list(groups(rows(600, seed=seed))) for seed in range(8)] == [[]] * 8


@pytest.mark.parametrize("names", [("one",), tuple(f"customer {k}" for k in range(200))])
def test_one_group_and_very_many_are_no_groups(names):
    assert list(groups(rows(400, names=names))) == []


def test_one_text_over_and_over_is_no_proof():
    data = rows(600).data
    wrong = ("parcel courier late w1 w2 w3", "pay", "west")
    texts, labels, column = (
        [*old, *[new] * 200] for old, new in zip((data.texts, data.labels["label"], data.groups), wrong, strict=True)
    )
    found = list(groups(Evidence({"train": Dataset.of(texts, {"label": labels}, groups=column)})))
    assert found == []


def test_rows_without_groups_are_passed_over():
    assert list(groups(Evidence({"train": Dataset.of(["a", "b"], {"label": ["x", "y"]})}))) == []
    data = Dataset.of(["a", "b"], {"label": ["x", "y"]}, groups=["g", "h"])
    assert list(groups(Evidence({"train": data}))) == []

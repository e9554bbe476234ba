"""Every label has one key where keys suffice, and none of them is a key that does something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.labelling.keys import TAKEN, assign, in_order


@pytest.mark.parametrize("n", [2, 9, 10, 33])
def test_every_label_has_a_key_of_its_own(n):
    labels = [f"label {i}" for i in range(n)]
    keys = assign(labels)
    assert list(keys.values()) == labels
    assert not set(keys) & (TAKEN | {"0"})
    assert list(keys)[:9] == list("123456789")[:n]


@pytest.mark.parametrize("n", [34, 77, 5000])
def test_beyond_the_keys_nobody_has_one(n):
    assert assign([f"label {i}" for i in range(n)]) == {}


def test_ratings_have_their_own_digit():
    assert assign(["0", "1", "2"]) == {"0": "0", "1": "1", "2": "2"}
    assert assign(["3", "5"]) == {"3": "3", "5": "5"}
    assert assign(["1", "2", "10"]) == {"1": "1", "2": "2", "3": "10"}


def test_numbers_are_sorted_by_size_and_letters_whatever_their_case():
    assert in_order(["10", "9", "b", "A", "1", "类别 10", "类别 2"]) == ["1", "9", "10", "A", "b", "类别 2", "类别 10"]


@given(st.lists(st.text()))
def test_any_labels_can_be_sorted(labels):
    assert sorted(in_order(labels)) == sorted(set(labels))
    assert in_order(labels) == in_order(labels[::-1])

"""Near-duplicates: what is alike shares a group, what means the opposite never does."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data.near import SHORTEST, near_groups, normal_form, overlap
from luodi.errors import MissingExtra

LONG = "这家店的外卖送得非常快，味道也很好，下次还会再来光顾的"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("好评", "好 评"), ("ＧＯＯＤ！", "good!"), ("Straße", "STRASSE"), ("①", "1"),
        (LONG, LONG + "！"), (LONG, "  " + LONG.replace("，", ",")),
        ("I still have not received my new card, I ordered over a week ago.",
         "I still have not received my new card I ordered over a week ago!"),
    ],
)  # fmt: skip
def test_alike(one, other):
    a, b, c = near_groups([one, other, "完全不同的另一句话，没有任何关系"])
    assert a == b != c


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("好评", "差评"),
        ("很好吃", "很不好吃"),
        ("味道好，送得快", "味道差，送得快"),
        ("I like it", "I dislike it"),
        ("服务很周到下次还会再来", "服务很周到下次还会再来吗"),
        ("", "好"),
    ],
)
def test_opposites_are_never_alike(one, other):
    a, b = near_groups([one, other])
    assert a != b


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(alphabet="ab 好差！x\ud800\U0001f600", max_size=40), max_size=25))
def test_as_every_pair_compared(texts):
    """The groups are those of a plain comparison of all pairs, but for what MinHash may miss at the very threshold."""
    groups = near_groups(texts)
    forms = [normal_form(text) for text in texts]
    for one, other in combinations(range(len(texts)), 2):
        long = min(len(forms[one]), len(forms[other])) >= SHORTEST
        if forms[one] == forms[other] or (long and overlap(forms[one], forms[other]) >= 0.95):
            assert groups[one] == groups[other]
    # nothing is joined but through a chain of true likeness
    for group in set(groups.tolist()):
        members = np.flatnonzero(groups == group).tolist()
        reached, waiting = {members[0]}, [members[0]]
        while waiting:
            here = waiting.pop()
            for there in members:
                alike = forms[here] == forms[there] or (
                    min(len(forms[here]), len(forms[there])) >= SHORTEST and overlap(forms[here], forms[there]) >= 0.8
                )
                if there not in reached and alike:
                    reached.add(there)
                    waiting.append(there)
        assert reached == set(members)


def test_a_stricter_threshold_parts_more():
    texts = [LONG, LONG + "，谢谢你们了啊"]
    assert len(set(near_groups(texts, threshold=0.7).tolist())) == 1
    assert len(set(near_groups(texts, threshold=0.95).tolist())) == 2
    assert len(set(near_groups([LONG, LONG, LONG + "！"], threshold=1.0).tolist())) == 2


def test_many_copies_of_one_template_are_one_group():
    assert len(set(near_groups([f"{LONG}{LONG}{row}" for row in range(500)]).tolist())) == 1


def test_without_rensa_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rensa", None)
    with pytest.raises(MissingExtra, match="rensa"):
        near_groups([LONG, LONG + "！"])


def test_nothing_is_nothing():
    assert near_groups([]).shape == (0,)

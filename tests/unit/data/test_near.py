"""Near-duplicates: what is alike shares a group, what means the opposite never does."""

import random
import unicodedata
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data import read
from luodi.data.near import SHORTEST, near_groups, near_pairs, normal_form, normal_forms, overlap

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
    """The groups are those of a plain comparison of all pairs, but for what bands may miss at the very threshold."""
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


def test_nothing_is_nothing():
    assert near_groups([]).shape == (0,)
    assert near_pairs([]).shape == (0, 2)
    assert near_pairs([LONG]).shape == near_pairs([LONG, LONG]).shape == near_pairs(["", "a"]).shape == (0, 2)


@given(text=st.text(max_size=60) | st.text(alphabet="，：Ａｂ…\u3000\u0301e\u1100\u1161\ud800ß①", max_size=20))
def test_the_short_way_to_the_normal_form_is_the_long_one(text):
    whole = "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    assert normal_form(text) == "".join(unicodedata.normalize("NFKC", whole).casefold().split())


@given(
    texts=st.lists(st.text("aＢ，ß \0\u0301e\u1100\u1161\ud800\udc00\n", max_size=6), max_size=6),
    copies=st.integers(1, 90),
)
def test_many_are_folded_as_one_by_one(texts, copies):
    assert normal_forms(texts * copies) == [normal_form(text) for text in texts] * copies


def test_pairs_name_the_first_row_of_each_text():
    texts = [
        "别的",
        LONG,
        LONG + " ",
        "另一句完全不相干的话，说的是天气和股票",
        LONG.replace("，", ",") + "！",
        LONG + "!",
    ]
    assert near_pairs(texts).tolist() == [[1, 4]]
    assert near_groups(texts).tolist() == [0, 1, 1, 3, 1, 1]


def test_what_is_near_to_something_near_is_in_one_group():
    whole = LONG + "，包装也完好无损，就是价格比上个月又贵了两块钱，希望能有优惠"
    texts = [whole[start : start + 25] for start in range(0, 30, 2)]
    pairs, groups = near_pairs(texts), near_groups(texts)
    assert pairs.tolist() == [[row, row + 1] for row in range(14)]
    assert set(groups.tolist()) == {0}


def edited(texts, n, rng):
    """n copies of texts with one to four characters put in, changed or left out."""
    letters = "".join(texts[:200])
    copies = []
    for _ in range(n):
        signs = list(rng.choice(texts))
        for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
            place = rng.randrange(len(signs) + 1)
            signs[place : place + rng.randrange(2)] = rng.choice(["", *rng.choice(letters)])
        copies.append("".join(signs))
    return copies


def every_pair(forms, threshold):
    """The pairs of texts in normal form that are near, by comparing all that share a shingle."""
    sets = [{form[at : at + 3] for at in range(len(form) - 2)} for form in forms]
    having, found = {}, set()
    for row, shingles in enumerate(sets):
        common = {}
        for shingle in shingles:
            for other in having.setdefault(shingle, []):
                common[other] = common.get(other, 0) + 1
            having[shingle].append(row)
        found |= {
            (other, row) for other, n in common.items() if n / (len(shingles) + len(sets[other]) - n) >= threshold
        }
    return found


@pytest.mark.shared
@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_real_texts_as_every_pair_compared(shared_data, threshold):
    rng = random.Random(3)
    real = [*read(shared_data / "waimai_10k.csv").texts[::12], *read(shared_data / "banking77_test.csv").texts[::3]]
    texts = list({normal_form(text): text for text in real + edited(real, 2000, rng)}.values())
    forms = [normal_form(text) for text in texts]
    long = {row for row, form in enumerate(forms) if len(form) >= SHORTEST}
    truth = {pair for pair in every_pair(forms, threshold) if long.issuperset(pair)}
    pairs = near_pairs(texts, threshold=threshold)
    found = set(map(tuple, pairs.tolist()))
    assert len(truth) > 200
    assert len(found) == len(pairs)
    assert found <= truth
    assert len(found) >= 0.995 * len(truth)


def test_copies_of_a_template_are_a_chain_not_all_pairs():
    texts = [f"{LONG}{LONG}{row}" for row in range(3000)]
    pairs = near_pairs(texts)
    assert len(pairs) < 100 * len(texts)
    assert set(near_groups(texts).tolist()) == {0}


def test_the_rare_pairs_of_a_template_are_found():
    """All texts share most of their shingles, few have enough in common."""
    rng = random.Random(4)
    texts = [f"亲爱的客户您好，您的订单{rng.randrange(10**10):010d}已经发货，请注意查收" for _ in range(1500)]
    near = [text.replace("亲爱的", "亲爱滴", 1) for text in texts[:100]]
    found = set(map(tuple, near_pairs(texts + near).tolist()))
    assert sum((row, 1500 + row) in found for row in range(100)) >= 95


def test_endless_texts():
    one, other = "好" * 100_000, LONG * 4000
    texts = [one, other, other + "！", "差" + other, "".join(map(chr, range(0x4E00, 0x9000)))]
    assert near_groups(texts).tolist() == [0, 1, 1, 1, 4]
    assert near_groups(["a" * 12, "a" * 13, "A" * 5000, "b" * 12]).tolist() == [0, 0, 0, 3]


@settings(max_examples=40)
@given(texts=st.lists(st.text(max_size=40), max_size=8), order=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_decides_nothing(texts, order):
    texts = [*texts, *(text + text[:2] for text in texts)]
    rows = list(range(len(texts)))
    order.shuffle(rows)
    groups, mixed = near_groups(texts), near_groups([texts[row] for row in rows])
    for one, other in combinations(range(len(texts)), 2):
        assert (groups[rows[one]] == groups[rows[other]]) == (mixed[one] == mixed[other])


def test_it_tells_how_far_it_is(listener):
    near_groups([LONG, LONG + "！", LONG, "短"], progress=listener)
    assert listener.done == {"looking for near-duplicates": (4, 4), "comparing texts": (2, 2)}

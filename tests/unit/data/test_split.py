"""Splitting: nothing stands on two sides, sizes and labels are as asked, what cannot be split is said."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given as having
from hypothesis import settings
from hypothesis import strategies as st

from luodi.data.dataset import Dataset
from luodi.data.near import near_groups
from luodi.data.pair import halves, pair
from luodi.data.split import Shares, given, hold_out, split
from luodi.errors import DataError, RecipeError
from tests.conftest import reviews


def different(n, start=0):
    """n texts of which no two are alike."""
    rng = np.random.default_rng(start)
    return ["".join(chr(0x4E00 + sign) for sign in rng.integers(0, 8000, 20)) for _ in range(n)]


def origins(part):
    return {part.origin(row) for row in range(len(part))}


def groups_of(parts):
    """For each part the near-duplicate groups that it holds, numbered over all of them."""
    groups = near_groups([text for part in parts for text in part.texts])
    ends = np.cumsum([len(part) for part in parts])
    return [set(one.tolist()) for one in np.split(groups, ends[:-1])]


@settings(max_examples=40, deadline=None)
@having(
    n=st.integers(30, 200),
    n_copies=st.integers(0, 60),
    n_labels=st.integers(2, 4),
    test=st.sampled_from([0.1, 0.2, 0.3]),
    seed=st.integers(0, 5),
)
def test_every_row_once_no_text_twice_shares_and_seed(n, n_copies, n_labels, test, seed):
    rng = np.random.default_rng(seed)
    texts = different(n, seed)
    texts += [texts[place] + "！" * int(rng.integers(3)) for place in rng.integers(0, n, n_copies)]
    labels = [str(row % n_labels) for row in range(n)] + [str(i) for i in rng.integers(0, n_labels, n_copies)]
    data = Dataset.of(texts, {"label": labels})
    made = split(data, test=test, validation=0.1, seed=seed)
    parts = (made.train, made.validation, made.test)
    assert sorted(origin for part in parts for origin in origins(part)) == sorted(origins(data))
    one, two, three = groups_of(parts)
    assert not one & two
    assert not one & three
    assert not two & three
    largest = max(Counter(near_groups(texts).tolist()).values())
    for part, share in zip(parts, (0.9 - test, 0.1, test), strict=True):
        assert abs(len(part) - share * len(data)) <= largest + n_labels
        assert set(part.labels["label"]) == set(labels)
    again = split(data, test=test, validation=0.1, seed=seed)
    assert again.test.texts == made.test.texts
    assert again.train.fingerprint() == made.train.fingerprint()


def test_labels_stand_in_like_shares():
    data = Dataset.of(different(1000), {"label": ["a"] * 700 + ["b"] * 270 + ["c"] * 30})
    made = split(data)
    assert [len(part) for part in (made.train, made.validation, made.test)] == [700, 100, 200]
    assert Counter(made.test.labels["label"]) == {"a": 140, "b": 54, "c": 6}
    assert split(data, seed=8).test.texts != made.test.texts


def test_several_heads_are_stratified_together():
    one, two = ["a", "b"] * 200, ["x"] * 200 + ["y"] * 200
    made = split(Dataset.of(different(400), {"one": one, "two": two}))
    assert Counter(zip(*made.test.labels.values(), strict=True)) == dict.fromkeys(
        [("a", "x"), ("b", "x"), ("a", "y"), ("b", "y")], 20
    )


def test_a_part_may_be_left_out():
    made = split(reviews(100), validation=0.0)
    assert (len(made.train), len(made.validation), len(made.test)) == (80, 0, 20)
    with pytest.raises(RecipeError, match="shares of"):
        split(reviews(100), test=0.7, validation=0.3)


def test_groups_stay_together_and_shared_texts_are_left_out(listener):
    texts = different(300)
    texts[::30] = ["五星好评"] * 10
    customers = tuple(f"c{row // 6}" for row in range(300))
    data = Dataset.of(texts, {"label": ["a", "b"] * 150}, groups=customers)
    made = split(data, by="group", progress=listener)
    sides = [set(part.groups) for part in (made.train, made.validation, made.test)]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    one, two, three = groups_of((made.train, made.validation, made.test))
    assert not one & three
    assert not two & three
    assert not one & two
    assert made.leaks.dropped == 300 - sum(map(len, (made.train, made.validation, made.test))) > 0
    assert any(str(made.leaks.dropped) in note for note in listener.notes)
    assert abs(len(made.test) - 60) < 12
    with pytest.raises(DataError, match="by group") as error:
        split(Dataset.of(texts, {"label": ["a", "b"] * 150}), by="group")
    assert error.value.fix == "--group COLUMN"


def test_time_puts_the_newest_rows_last(listener):
    rng = np.random.default_rng(0)
    days = [f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in rng.permutation(300)]
    labels = ["a" if day < "2024-10" else "new" for day in days]
    data = Dataset.of(different(300), {"label": labels}, times=tuple(days))
    made = split(data, by="time", progress=listener)
    assert max(made.train.times) < min(made.validation.times)
    assert max(made.validation.times) < min(made.test.times)
    assert (len(made.train), len(made.validation), len(made.test)) == (210, 30, 60)
    assert any("new" in note for note in listener.notes)
    with pytest.raises(DataError, match="column of dates"):
        split(Dataset.of(different(30), {"label": ["a", "b"] * 15}), by="time")


def test_too_few_independent_rows_of_a_label_are_named():
    texts = [*different(40), "同一条很长的评论，说了又说", "同一条很长的评论，说了又说！", "另一条评论"]
    data = Dataset.of(texts, {"label": ["a", "b"] * 20 + ["稀有"] * 3})
    with pytest.raises(DataError, match="1 labels have fewer than 3") as error:
        split(data)
    assert error.value.found == "'稀有': 2 (3)"
    with pytest.raises(DataError, match="all 9 texts are the same"):
        split(Dataset.of(["好"] * 9, {"label": ["a", "b", "c"] * 3}))
    with pytest.raises(DataError, match="no labels"):
        split(Dataset.of(different(9)))


def test_chains_of_likeness_do_not_swallow_the_set(listener):
    template = "尊敬的客户您好，您的订单已经发货，预计三天之内送达，请注意查收，单号"
    texts = [f"{template}{row}" for row in range(200)]
    made = split(Dataset.of(texts, {"label": ["a", "b"] * 100}), progress=listener)
    assert len(made.test) == 40
    assert any("more strictly" in note for note in listener.notes)


def test_hold_out_keeps_a_lone_label_to_learn_from():
    data = Dataset.of(different(41), {"label": ["a", "b"] * 20 + ["lone"]})
    rest, held = hold_out(data, share=0.2, seed=1)
    assert "lone" in rest.labels["label"]
    assert "lone" not in held.labels["label"]
    assert len(held) == 8


def test_given_parts_stay_as_they_are_and_leaks_are_counted():
    texts = different(60)
    train = Dataset.of(texts[:40], {"label": ["a", "b"] * 20})
    test = Dataset.of([texts[0], texts[1] + "！", *texts[40:]], {"label": ["a", "b"] * 11})
    made = given(train, test=test)
    assert made.test is test
    assert len(made.train) + len(made.validation) == 40
    assert made.leaks.exact["test"] + made.leaks.near["test"] == sum(t in made.train.texts for t in texts[:2])
    assert made.leaks.exact["validation"] == 0
    assert given(train, validation=test, test=test).train is train


@pytest.mark.parametrize("missing", ["test", "validation"])
def test_a_missing_part_has_its_share_of_the_rows_and_repeats_nothing_that_came(missing):
    texts = different(400)
    train = Dataset.of(texts[:300], {"label": ["a", "b", "c"] * 100})
    came = Dataset.of(["　" + text for text in texts[:60]] + texts[300:], {"label": ["a", "b"] * 80})
    name = "validation" if missing == "test" else "test"
    made = given(train, **{name: came}, shares=Shares(test=0.3, validation=0.15), seed=3)
    held = getattr(made, missing)
    assert getattr(made, name) is came
    assert len(held) == (90 if missing == "test" else 45)
    assert len(made.train) + len(held) == 300
    assert not set(held.texts) & set(texts[:60])
    assert Counter(held.labels["label"]) == dict.fromkeys("abc", len(held) // 3)
    assert made.leaks.exact == {missing: 0, name: 60}
    assert made.leaks.in_validation == {"exact": 0, "near": 0}
    assert given(train, **{name: came}, seed=4).train.texts != given(train, **{name: came}, seed=5).train.texts


def test_a_missing_part_is_held_out_by_group(listener):
    texts = different(330)
    texts[::30] = ["五星好评"] * 11
    customers = tuple(f"c{row // 6}" for row in range(330))
    data = Dataset.of(texts, {"label": ["a", "b"] * 165}, groups=customers)
    test = data.take(np.arange(270, 330))
    made = given(data.take(np.arange(303)), test=test, by="group", progress=listener)
    sides = [set(part.groups) for part in (made.train, made.validation, made.test)]
    assert not sides[0] & sides[1]
    assert not sides[1] & sides[2]
    assert sides[0] & sides[2] == {f"c{n}" for n in range(45, 51)}, "customers of the part that came stay in train"
    assert "五星好评" not in made.validation.texts
    assert made.leaks.in_validation == {"exact": 0, "near": 0}
    assert made.leaks.dropped == 303 - len(made.train) - len(made.validation) > 0
    assert abs(len(made.validation) - 30) < 9


def test_a_missing_part_is_held_out_by_time():
    days = [f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in np.random.default_rng(0).permutation(200)]
    texts = different(200)
    data = Dataset.of(texts, {"label": ["a", "b"] * 100}, times=tuple(days))
    newest = texts[int(np.argmax(days))]
    made = given(data, validation=Dataset.of([newest, *different(20, 9)], {"label": ["a"] * 21}), by="time")
    assert max(made.train.times) < min(made.test.times)
    assert len(made.test) == 39
    assert newest not in made.test.texts
    assert made.leaks.dropped == 1


def test_too_few_rows_for_a_missing_part_are_refused():
    texts = different(42)
    train = Dataset.of(texts[:41], {"label": ["a", "b"] * 20 + ["lone"]})
    test = Dataset.of(texts[41:], {"label": ["a"]})
    with pytest.raises(DataError, match="1 labels have fewer than 2 independent texts, one") as error:
        given(train, test=test)
    assert error.value.found == "'lone': 1 (1)"
    with pytest.raises(DataError, match="fewer than 2 independent texts that do not stand in"):
        given(train, test=train.take(range(39)))
    with pytest.raises(DataError, match="holds every row to learn from"):
        given(train, test=train)


def test_without_any_part_it_is_a_split():
    assert given(reviews(100), seed=3).test.texts == split(reviews(100), seed=3).test.texts


def test_a_pair_the_other_way_round_stays_on_its_side():
    texts = different(200)
    pairs = [pair(*two) for two in zip(texts[:100], texts[100:], strict=True)]
    turned = [pair(*reversed(halves(one))) for one in pairs]
    made = split(Dataset.of([*pairs, *turned], {"label": ["a", "b"] * 100}))
    sides = [{frozenset(halves(one)) for one in part.texts} for part in (made.train, made.validation, made.test)]
    assert sum(map(len, sides)) == 100


def test_pairs_that_all_hang_together_are_divided_by_their_first_texts():
    texts = different(100)
    asked = [pair(one, "怎么退货") for one in texts]
    made = split(Dataset.of([*asked, *(pair("怎么退货", one) for one in texts)], {"label": ["a", "b"] * 100}))
    assert len(made.train) > len(made.test) > 0


@pytest.mark.shared
def test_real_reviews_split_without_a_leak(shared_data):
    from luodi.data.leaks import find_leaks
    from luodi.data.read import read

    data = read(shared_data / "waimai_10k.csv")
    made = split(data)
    assert [round(len(part) / len(data), 3) for part in (made.train, made.validation, made.test)] == [0.7, 0.1, 0.2]
    leaks = find_leaks(made.train, {"validation": made.validation, "test": made.test})
    assert leaks.exact == leaks.near == {"validation": 0, "test": 0}

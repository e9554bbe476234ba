"""Hashed terms are counted as a vectorizer counts them one by one."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.auditing.opinion import counts
from luodi.auditing.opinion.counts import BUCKETS, count_runs, count_words

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.text("ab 好の.A1_"), max_size=8)


def runs(text: str) -> Counter[str]:
    return Counter(text[at : at + n] for n in (1, 2, 3) for at in range(len(text) - n + 1))


def words(text: str) -> Counter[str]:
    found = WORD.findall(text.lower())
    return Counter([*found, *(f"{one} {other}" for one, other in pairwise(found))])


@pytest.mark.parametrize(("count", "plainly"), [(count_runs, runs), (count_words, words)])
@settings(max_examples=60)
@given(texts=TEXTS)
def test_terms_are_counted_as_one_by_one(count, plainly, texts):
    table, wanted = count(texts), [plainly(text) for text in texts]
    assert table.shape == (len(texts), BUCKETS)
    assert np.asarray(table.sum(axis=1)).ravel().tolist() == [one.total() for one in wanted]
    for row, one in enumerate(wanted):  # two terms of one text may fall into one bucket, by rare chance
        assert len(one) - 2 <= table[row].nnz <= len(one)


@pytest.mark.parametrize("count", [count_runs, count_words])
def test_equal_texts_count_alike_wherever_they_stand(count, monkeypatch):
    texts = ["好吃 Good soup", "", "x" * 50, "好吃 Good soup"]
    whole = count(texts)
    monkeypatch.setattr(counts, "_AT_ONCE", 7)
    assert (abs(count(texts) - whole)).sum() == 0
    assert (abs(whole[0] - whole[3])).sum() == 0


def test_small_letters_are_the_same_words_and_no_term_reaches_over_the_end_of_a_text():
    table = count_words(["Good SOUP", "good soup", "good", "soup"])
    assert (abs(table[0] - table[1])).sum() == 0
    assert [table[row].nnz for row in range(4)] == [3, 3, 1, 1]
    assert [count_runs(["ab", "c"])[row].nnz for row in range(2)] == [3, 1]


@pytest.mark.parametrize("count", [count_runs, count_words])
def test_lone_surrogates_and_no_texts_at_all(count):
    assert count(["a\ud800b"]).sum() == count(["a\ufffdb"]).sum() > 0
    assert count([]).shape == (0, BUCKETS)
    assert count(["", ""]).nnz == 0

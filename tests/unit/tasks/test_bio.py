"""Tags of words: spans come back, and no span goes on from nothing."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data.spans import Span
from luodi.tasks.bio import likeliest, spans_of, tags_of

LABELS = ("a", "b")
WORDS = np.array([[2 * place, 2 * place + 2] for place in range(8)])


@st.composite
def _spans(draw):
    edges = sorted(draw(st.sets(st.integers(0, 8), max_size=8)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [Span(2 * start, 2 * end, draw(st.sampled_from(LABELS))) for start, end in pairs]


@given(_spans())
def test_spans_of_whole_words_come_back(spans):
    assert spans_of(tags_of(spans, WORDS, labels=LABELS), WORDS, labels=LABELS) == spans


def test_neighbours_of_one_label_stay_two():
    spans = [Span(0, 2, "a"), Span(2, 4, "a")]
    assert spans_of(tags_of(spans, WORDS, labels=LABELS), WORDS, labels=LABELS) == spans


def test_a_span_takes_the_words_that_it_touches_and_unknown_labels_none():
    assert tags_of([Span(1, 3, "a")], WORDS, labels=LABELS).tolist()[:3] == [1, 2, 0]
    assert not tags_of([Span(1, 3, "z")], WORDS, labels=LABELS).any()


@settings(max_examples=40)
@given(st.integers(1, 4), st.integers(0, 2**31))
def test_it_is_the_likeliest_of_all_rows_of_tags_that_may_be(n, seed):
    scores = np.random.default_rng(seed).normal(size=(n, 5)).astype(np.float32)

    def may_be(tags):
        return all(tag % 2 or tag == 0 or before in (tag, tag - 1) for before, tag in itertools.pairwise((0, *tags)))

    rows = [tags for tags in itertools.product(range(5), repeat=n) if may_be(tags)]
    best = max(rows, key=lambda tags: sum(scores[word, tag] for word, tag in enumerate(tags)))
    assert likeliest(scores).tolist() == list(best)


def test_no_word_has_no_tag():
    assert likeliest(np.zeros((0, 5), np.float32)).tolist() == []

"""Span scores beside seqeval: the same precision, recall and F1 over the same words."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luodi.data.spans import Span, write_spans
from luodi.tasks.bio import spans_of
from luodi.tasks.tag import Tag

LABELS = ("ART", "LOC")
HEAD = Tag("slots", LABELS)
NAMES = ("O", "B-ART", "I-ART", "B-LOC", "I-LOC")
WORDS = np.array([[3 * place, 3 * place + 2] for place in range(6)])
_ROWS = st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=6)


def names(rows):
    return [[NAMES[tag] for tag in row] for row in rows]


def cells(rows):
    return [write_spans(spans_of(row, WORDS, labels=LABELS)) for row in rows]


@settings(max_examples=60)
@given(_ROWS, st.randoms(use_true_random=False))
def test_scores_are_seqevals(gold, random):
    """Tags that go on from nothing are read as seqeval reads them (its default, as conlleval does): a span begins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from seqeval.metrics import f1_score, precision_score, recall_score

        said = [[tag if random.random() < 0.7 else random.randrange(5) for tag in row] for row in gold]
        judged = HEAD.judge(cells(gold), cells(said))
        every = np.arange(len(gold))
        for name, score in (("span_f1", f1_score), ("span_precision", precision_score), ("span_recall", recall_score)):
            assert judged.scores[name](every) == pytest.approx(score(names(gold), names(said)))
        per_label = f1_score(names(gold), names(said), average=None)
        present = sorted({tag[2:] for row in (*names(gold), *names(said)) for tag in row if tag != "O"})
        assert [judged.per_class[label]["f1"] for label in present] == pytest.approx(list(np.atleast_1d(per_label)))


def test_a_span_is_met_exactly_or_not():
    judged = HEAD.judge([write_spans([Span(0, 5, "ART")])], [write_spans([Span(0, 2, "ART")])])
    assert judged.scores["span_f1"](np.array([0])) == 0.0

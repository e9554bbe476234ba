"""Answers of every kind of head come back from JSON as what they were."""

import json

import numpy as np
import pytest

from luodi.client.replies import read_reply
from luodi.data.pieces import Pieces
from luodi.errors import LuodiError
from luodi.tasks.classify import Classify
from luodi.tasks.match import Match
from luodi.tasks.multilabel import Multilabel
from luodi.tasks.prediction import Prediction
from luodi.tasks.retrieve import Retrieve
from luodi.tasks.score import Score
from luodi.tasks.tag import Tag
from luodi.tasks.task import head_kinds, kind_name

TEXT = "Anna 在 Bern"
HEADS = [
    Classify("h", ("a", "b", "c")), Multilabel("h", ("a", "b", "c")), Tag("h", ("who", "where")),
    Score("h", (1.0, 2.0, 3.0), True, 0.5), Match("h", "no", "yes", 1), Retrieve("h", "0", "3", 3.0, 8),
]  # fmt: skip


def predictions(head):
    rng = np.random.default_rng(0)
    spans = np.array([[0, 4], [5, 6], [7, 11]])
    pieces = [Pieces(TEXT, 5, spans, np.array([1, 2, 3]))] * 40
    if head.by_token:
        logits = [rng.normal(size=(5, head.n_outputs)).astype(np.float32) * 3 for _ in pieces]
    else:
        logits = rng.normal(size=(40, head.n_outputs * (2 if head.apart else 1))).astype(np.float32) * 3
    return [Prediction({"h": one}, abstained=True, tier="fast") for one in head.decode(logits, pieces)]


def test_every_kind_is_tried():
    assert {kind_name(head) for head in HEADS} == set(head_kinds())


@pytest.mark.parametrize("head", HEADS, ids=kind_name)
def test_what_a_head_answers_comes_back(head):
    said = predictions(head)
    rows = [{"id": f"r-{n}", **json.loads(json.dumps(one.to_json())), "stored": False} for n, one in enumerate(said)]
    found = [read_reply(row, TEXT) for row in rows]
    assert [one.to_json() for one in found] == [one.to_json() for one in said]
    assert [one.label for one in found] == [one.label for one in said]
    assert {type(one.answers["h"]) for one in found} == {type(one.answers["h"]) for one in said} or kind_name(head) in (
        "tag", "multilabel",
    )  # fmt: skip  # of an empty list nobody can tell which
    assert len({one.label for one in found}) > 1
    if kind_name(head) not in ("tag", "multilabel"):
        assert [one.probability for one in found] == pytest.approx([one.probability for one in said], abs=1e-6)


def test_spans_in_a_text_that_was_cleaned_keep_their_words():
    found = {"label": "who", "probability": 0.9, "start": 0, "end": 4, "text": "Anna"}
    row = {"h": [found], "abstained": False, "tier": "m"}
    assert read_reply(row, "   Anna").to_json() == row


@pytest.mark.parametrize("end", [10**12, -1, "x", None])
def test_spans_that_cannot_be_are_refused(end):
    found = {"label": "a", "probability": 1, "start": 0, "end": end, "text": "b"}
    row = {"h": [found], "abstained": False, "tier": "m"}
    with pytest.raises(LuodiError, match="no answer"):
        read_reply(row, "ab")
